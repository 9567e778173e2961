//! Caches of many people: a silent sign-in through the C door, beside MSAL for Python with the same content.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use entra_vault::{Change, Places, Preference, Vault};
use serde_json::{Value, json};

use crate::figures::{Figures, Row, shown};
use crate::repo::{Repo, program_name};
use crate::simulator::Simulator;
use crate::{Result, door, peers, run};

const SIZES: [usize; 4] = [1, 10, 100, 1000];
/// Signed in last, so that signing in again changes nothing.
const PERSON: &str = "person0@contoso.example";

/// What is measured in each round; no caches where they cannot be made.
pub(crate) struct Growth {
    caches: Vec<Cache>,
    /// Python with MSAL.
    python: Option<PathBuf>,
}

/// One cache, sealed as ours and plain for MSAL.
struct Cache {
    people: usize,
    bytes: usize,
    vault: Vault,
    data: tempfile::TempDir,
}

impl Growth {
    /// Makes the caches. What is missing is said and left out.
    pub(crate) fn prepare(repo: &Repo, simulator: &Simulator) -> Result<Self> {
        let left_out = |what: &str, why: &str| println!("left out: {what}: {why}");
        let mut growth = Self { caches: Vec::new(), python: None };
        if !cfg!(target_os = "linux") {
            left_out("caches of many people", "they would be kept with your own sign-ins on this system");
            return Ok(growth);
        }
        for people in SIZES {
            let Some(cache) = Cache::new(people, simulator)? else {
                left_out("caches of many people", "the kernel keyring is not offered to this process");
                return Ok(growth);
            };
            growth.caches.push(cache);
        }
        let python = peers::python(repo).inspect_err(|error| left_out("MSAL for Python", &error.to_string()));
        growth.python = python.ok().map(|programs| programs.join(program_name("python")));
        Ok(growth)
    }

    /// One fresh process of each.
    pub(crate) fn round(&self, repo: &Repo, simulator: &Simulator, figures: &mut Figures) -> Result {
        for cache in &self.caches {
            let home = tempfile::tempdir()?;
            let mut ours = door::silent(repo, simulator, home.path(), cache.data.path(), PERSON)?;
            figures.add(&cache.name("ours"), run::output(&mut ours)?.trim().parse::<f64>()? / 1e3);
            if let Some(python) = &self.python {
                figures.add(&cache.name("msal"), cache.by_msal(python, repo, simulator)? * 1e3);
            }
        }
        Ok(())
    }

    /// A row for each cache.
    pub(crate) fn rows(&self, figures: &Figures) -> Vec<Row> {
        self.caches.iter().map(|cache| cache.row(self.caches.first(), figures)).collect()
    }
}

impl Cache {
    fn new(people: usize, simulator: &Simulator) -> Result<Option<Self>> {
        let data = tempfile::tempdir()?;
        let text = content(people, simulator.text("tenant")?, simulator.text("app")?)?.to_string();
        let vault = Vault::open("sign-ins", &Places::new(data.path().join("connect-entra")), Preference::Best);
        if !vault.is_lasting() {
            return Ok(None);
        }
        let bytes = text.len();
        let cache = Self { people, bytes, vault, data };
        std::fs::write(cache.plain(), &text)?;
        let mut blob = Some(text.into_bytes());
        cache.vault.update(|_| blob.take().map_or(Change::Keep, |blob| Change::Write(blob.into())))?;
        Ok(Some(cache))
    }

    fn plain(&self) -> PathBuf {
        self.data.path().join("msal.json")
    }

    fn name(&self, who: &str) -> String {
        format!("{who}.kept.{}", self.people)
    }

    /// Seconds from the beginning of the reading to the token, without the import of the library.
    fn by_msal(&self, python: &Path, repo: &Repo, simulator: &Simulator) -> Result<f64> {
        let mut command = Command::new(python);
        command.arg(peers::folder(repo).join("msal_cache.py")).arg(self.plain());
        command.arg(format!("{}/{}", simulator.text("login")?, simulator.text("tenant")?));
        command.args([simulator.text("app")?, "silent", PERSON]);
        command.env("REQUESTS_CA_BUNDLE", simulator.text("ca")?).env("NO_PROXY", "*");
        let answer: Value = serde_json::from_str(&run::output(&mut command)?)?;
        match (answer["source"].as_str(), answer["seconds"].as_f64()) {
            (Some("cache"), Some(seconds)) => Ok(seconds),
            _ => Err(format!("MSAL for Python did not use what is kept: {answer}").into()),
        }
    }

    fn row(&self, smallest: Option<&Self>, figures: &Figures) -> Row {
        let (ours, msal) = (self.name("ours"), self.name("msal"));
        let mut beside = format!(
            "{} times MSAL for Python with its discovery ({})",
            shown(figures.ratio(&ours, &msal), ""),
            shown(figures.median(&msal), "ms")
        );
        if let Some(one) = smallest.filter(|one| one.people != self.people) {
            let file = self.bytes as f64 / one.bytes as f64;
            let time = shown(figures.ratio(&ours, &one.name("ours")), "");
            beside += &format!("; {time} times one person's, the file {}", shown(Some(file), "times"));
        }
        let what = format!("silent sign-in, people kept: {} ({:.1} kB)", self.people, self.bytes as f64 / 1e3);
        Row { what, figure: shown(figures.median(&ours), "ms"), beside, budget: "as the file" }
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        // The kernel would keep the key.
        let _ = self.vault.remove();
    }
}

/// What MSAL writes, with texts as long as those of real tokens. Names the sign-in service without its port, as MSAL
/// for Python does.
fn content(people: usize, tenant: &str, app: &str) -> Result<Value> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let ends = (now + 86_400).to_string();
    let mut all = json!({"AccessToken": {}, "RefreshToken": {}, "IdToken": {}, "Account": {}, "AppMetadata": {}});
    let mut put = |section: &str, key: String, item: Value| all[section][key] = item;
    for person in 0..people {
        let local = format!("{person:08x}-0000-4000-8000-000000000000");
        let home = format!("{local}.{tenant}");
        let fake = |length: usize| format!("fake.{person}.{}", "x".repeat(length));
        let used = (now - person as u64).to_string();
        put(
            "AccessToken",
            format!("{home}-localhost-accesstoken-{app}-{tenant}-user.read"),
            json!({
                "credential_type": "AccessToken", "secret": fake(2200), "home_account_id": home,
                "environment": "localhost", "client_id": app, "target": "User.Read", "realm": tenant,
                "token_type": "Bearer", "cached_at": used, "expires_on": ends,
                "extended_expires_on": ends,
            }),
        );
        put(
            "RefreshToken",
            format!("{home}-localhost-refreshtoken-{app}--"),
            json!({
                "credential_type": "RefreshToken", "secret": fake(1300), "home_account_id": home,
                "environment": "localhost", "client_id": app, "target": "User.Read", "last_modification_time": used,
            }),
        );
        put(
            "IdToken",
            format!("{home}-localhost-idtoken-{app}-{tenant}-"),
            json!({
                "credential_type": "IdToken", "secret": fake(900), "home_account_id": home,
                "environment": "localhost", "realm": tenant, "client_id": app,
            }),
        );
        put(
            "Account",
            format!("{home}-localhost-{tenant}"),
            json!({
                "home_account_id": home, "environment": "localhost", "realm": tenant, "local_account_id": local,
                "username": format!("person{person}@contoso.example"), "authority_type": "MSSTS",
            }),
        );
    }
    put("AppMetadata", format!("appmetadata-localhost-{app}"), json!({"client_id": app, "environment": "localhost"}));
    Ok(all)
}
