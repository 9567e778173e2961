//! One of several processes that work on one blob, for the tests. Only the first argument differs by store:
//! `plain>FOLDER`, `best>FOLDER` or `best>FOLDER>BUS ADDRESS`; then `count TIMES`, `hold` or `once`.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use entra_vault::{Change, Places, Preference, Vault};

#[path = "../common/blob.rs"]
mod blob;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments.as_slice() {
        [place, "count", times] => count(&vault(place)?, times.parse()?),
        [place, "hold"] => hold(&vault(place)?),
        [place, "once"] => once(&vault(place)?),
        _ => Err("unknown arguments".into()),
    }
}

fn vault(place: &str) -> Result<Vault, Box<dyn Error>> {
    let mut parts = place.splitn(3, '>');
    let (Some(kind), Some(folder)) = (parts.next(), parts.next()) else {
        return Err("no folder".into());
    };
    let patience = Duration::from_secs(5);
    Ok(match kind {
        "plain" => Vault::plain_file(&Path::new(folder).join("blob"), patience),
        _ => {
            let bus_address = parts.next().map(str::to_owned);
            Vault::open("blob", &Places { bus_address, patience, ..Places::new(folder) }, Preference::Best)
        }
    })
}

/// Says each number once it is kept.
fn count(vault: &Vault, times: u64) -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    for _ in 0..times {
        let mut number = 0;
        vault.update(|old| {
            number = old.and_then(|old| blob::parse(old).ok()).unwrap_or_default() + 1;
            blob::add_one(old)
        })?;
        writeln!(out, "{number}")?;
    }
    Ok(())
}

/// Has the lock until a line comes in, and then adds one.
fn hold(vault: &Vault) -> Result<(), Box<dyn Error>> {
    let mut asked = 0;
    vault.update(|old| {
        asked += 1;
        if asked == 1 {
            println!("holding");
            let _ = io::stdin().read_line(&mut String::new());
        }
        blob::add_one(old)
    })?;
    println!("asked {asked} times");
    Ok(())
}

/// Loads, adds one and says what happened.
fn once(vault: &Vault) -> Result<(), Box<dyn Error>> {
    let before = vault.load().map(|found| found.map(|blob| blob::parse(&blob)));
    println!("loaded {before:?}");
    match vault.update(blob::add_one) {
        Ok(()) => println!("kept {}", vault.place()),
        Err(e) => println!("failed {e}"),
    }
    vault.take_notices().iter().for_each(|notice| println!("notice {notice}"));
    // Only what this process made itself and nobody else will miss.
    if vault.load().ok().flatten().is_some_and(|blob| blob::parse(&blob) == Ok(1)) {
        vault.update(|_| Change::Remove)?;
    }
    Ok(())
}
