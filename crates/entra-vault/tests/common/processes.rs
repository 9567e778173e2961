//! Many processes on one blob, and killed ones.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use entra_vault::Vault;

use super::{count, parse};

pub(crate) fn drill(place: &str, work: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vault-drill"));
    command.arg(place).args(work).stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// The lines that a process says before it ends well.
pub(crate) fn lines(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// `processes` × `times` updates: none is lost, and the blob is whole at every instant.
pub(crate) fn crowd(vault: &Vault, place: &str, processes: u64, times: u64) {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let end = EndWith(&over);
        let reader = scope.spawn(|| {
            let mut seen = 0;
            while !over.load(Ordering::Relaxed) {
                let now = count(vault);
                assert!(now >= seen, "went back from {seen} to {now}");
                seen = now;
                thread::sleep(Duration::from_millis(1));
            }
        });
        let work = ["count", &times.to_string()];
        let children: Vec<Child> = (0..processes).map(|_| drill(place, &work).spawn().unwrap()).collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{output:?}");
        }
        drop(end);
        reader.join().unwrap();
    });
    assert_eq!(count(vault), processes * times);
    assert_eq!(vault.take_notices(), []);
}

/// Tells the reading thread to end, also when an assertion fails: the scope would wait for it for ever.
struct EndWith<'a>(&'a AtomicBool);

impl Drop for EndWith<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A process that ends with its test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Kills a writing process again and again: what it said was kept is kept, and at most one update more.
pub(crate) fn kills(vault: &Vault, place: &str, times: u64) {
    for round in 0..times {
        let before = count(vault);
        let mut child = Killed(drill(place, &["count", "1000000"]).spawn().unwrap());
        let mut said = BufReader::new(child.0.stdout.take().unwrap()).lines();
        let first: u64 = said.next().unwrap().unwrap().parse().unwrap();
        assert_eq!(first, before + 1);
        // A time of its own for each round, from at once to well inside the writes that follow.
        thread::sleep(Duration::from_micros(round * 7919 % 12_000));
        drop(child);
        let last = said.map_while(Result::ok).filter_map(|line| line.parse().ok()).last().unwrap_or(first);
        let found = parse(&vault.load().unwrap().unwrap()).unwrap();
        assert!(found == last || found == last + 1, "said {last}, found {found}");
    }
    assert_eq!(vault.take_notices(), []);
}
