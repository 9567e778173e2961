use crate::{Failure, clouds::Cloud, failure, host::HostLink};
use entra_auth::Host;
use entra_vault::{Change, Vault, VaultError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};
use zeroize::Zeroizing;

/// How long another process may hold the file.
const PATIENCE: Duration = Duration::from_secs(5);

/// This user's settings file: user-defined environments. What it does not know in it stays as it is. What is wrong with
/// it is told to the host.
pub(crate) struct Settings {
    path: PathBuf,
    host: HostLink,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Content {
    #[serde(rename = "Environments")]
    environments: BTreeMap<String, Entry>,
    /// Environment -> id of the app that people sign in with.
    #[serde(rename = "ClientIds", skip_serializing_if = "BTreeMap::is_empty")]
    client_ids: BTreeMap<String, String>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Entry {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "AzureADEndpoint")]
    sign_in: String,
    #[serde(rename = "GraphEndpoint")]
    graph: String,
    #[serde(flatten)]
    other: Map<String, Value>,
}

impl Settings {
    pub(crate) fn at(path: PathBuf, host: HostLink) -> Self {
        Self { path, host }
    }

    /// The user-defined environments. A name of a built-in one in the file is not one of them: whoever can write the
    /// file must not be able to send a sign-in to another host under a known name.
    pub(crate) fn environments(&self) -> Result<Vec<Cloud>, Failure> {
        let content = self.content()?;
        let known = |cloud: &Cloud| crate::clouds::find_built_in(&cloud.name).is_none();
        Ok(content.environments.into_values().map(Entry::cloud).filter(known).collect())
    }

    /// The app that this user has people sign in with in an environment. A file that cannot be read keeps nobody from
    /// signing in: whose home a session names is not always its user's.
    pub(crate) fn client_id(&self, environment: &str) -> Option<String> {
        let content = self.content().unwrap_or_else(|failure| {
            self.host.warn(format!("{} They are passed over.", failure.message));
            Content::default()
        });
        let mut own = content.client_ids.into_iter().filter(|(name, _)| name.eq_ignore_ascii_case(environment));
        own.next().map(|(_, id)| id.trim().to_owned()).filter(|id| !id.is_empty())
    }

    /// Adds or replaces one; the first spelling of its name stays.
    pub(crate) fn set(&self, cloud: &Cloud) -> Result<Cloud, Failure> {
        let mut kept = cloud.clone();
        self.change(|content| {
            let entry = content.environments.entry(cloud.name.to_lowercase()).or_default();
            if entry.name.is_empty() {
                entry.name.clone_from(&cloud.name);
            }
            kept.name.clone_from(&entry.name);
            (entry.sign_in, entry.graph) = (cloud.sign_in.clone(), cloud.graph.clone());
        })?;
        Ok(kept)
    }

    /// Takes one out; `None` where there is none of that name.
    pub(crate) fn remove(&self, name: &str) -> Result<Option<Cloud>, Failure> {
        let mut removed = None;
        self.change(|content| removed = content.environments.remove(&name.to_lowercase()))?;
        Ok(removed.map(Entry::cloud))
    }

    fn content(&self) -> Result<Content, Failure> {
        let Some(bytes) = self.with_vault(Vault::load)? else { return Ok(Content::default()) };
        Ok(read(&bytes).unwrap_or_else(|error| {
            let path = self.path.display();
            self.host.warn(format!("The settings in the file '{path}' cannot be read and are passed over: {error}."));
            Content::default()
        }))
    }

    /// A file that cannot be read is set aside and told, never overwritten.
    fn change(&self, mut change: impl FnMut(&mut Content)) -> Result<(), Failure> {
        let edit = |old: Option<&[u8]>| match old.map(read) {
            Some(Err(error)) => {
                write(Content::default(), &mut change, |bytes| Change::Restart(bytes, error.to_string()))
            }
            Some(Ok(content)) => write(content, &mut change, Change::Write),
            None => write(Content::default(), &mut change, Change::Write),
        };
        self.with_vault(|vault| vault.update(edit))
    }

    fn with_vault<T>(&self, act: impl FnOnce(&Vault) -> Result<T, VaultError>) -> Result<T, Failure> {
        let vault = Vault::plain_file(&self.path, PATIENCE);
        let done = act(&vault).map_err(|error| failure::settings(&error));
        vault.take_notices().iter().for_each(|notice| self.host.warn(notice.text().to_owned()));
        done
    }
}

impl Entry {
    fn cloud(self) -> Cloud {
        Cloud { name: self.name, sign_in: self.sign_in, graph: self.graph, built_in: false }
    }
}

fn read(bytes: &[u8]) -> serde_json::Result<Content> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut content: Content = serde_json::from_slice(bytes)?;
    let keyed = std::mem::take(&mut content.environments);
    content.environments = keyed.into_values().map(|entry| (entry.name.to_lowercase(), entry)).collect();
    Ok(content)
}

fn write(
    mut content: Content,
    change: &mut impl FnMut(&mut Content),
    how: impl FnOnce(Zeroizing<Vec<u8>>) -> Change,
) -> Change {
    change(&mut content);
    match serde_json::to_vec_pretty(&content) {
        Ok(bytes) => how(bytes.into()),
        // Maps of text always serialize; keeping the old file is the safe answer all the same.
        Err(_) => Change::Keep,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Kind,
        operation::{Operation, under_way},
    };

    fn cloud(name: &str, host: &str) -> Cloud {
        let address = format!("https://{host}");
        Cloud { name: name.into(), sign_in: address.clone(), graph: address, built_in: false }
    }

    /// Settings, and the operation that hears what is wrong with them.
    fn at(path: PathBuf) -> (Settings, Operation) {
        let (operation, host) = under_way();
        (Settings::at(path, host), operation)
    }

    fn warning(operation: &Operation) -> Option<String> {
        let mut said = None;
        let next = operation.next(Duration::ZERO, |event| {
            said = event.fields.get("Text").map(str::to_owned);
            event.kind == Kind::Warning
        });
        next.unwrap();
        said
    }

    #[test]
    fn a_name_keeps_its_first_spelling_and_unknown_fields_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("own").join("settings.json");
        let settings = at(path.clone()).0;
        settings.set(&cloud("Mine", "one.example")).unwrap();
        let text = std::fs::read_to_string(&path).unwrap().replacen('{', r#"{"Later": 7,"#, 1);
        std::fs::write(&path, text).unwrap();
        let again = settings.set(&cloud("MINE", "two.example")).unwrap();
        assert_eq!(
            (again.name.as_str(), settings.environments().unwrap()),
            ("Mine", vec![cloud("Mine", "two.example")])
        );
        assert!(std::fs::read_to_string(&path).unwrap().contains("\"Later\": 7"));
        assert_eq!(settings.remove("mine").unwrap(), Some(cloud("Mine", "two.example")));
        assert_eq!(settings.remove("mine").unwrap(), None);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_told_and_passed_over_for_sign_ins() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        let (settings, operation) = at(path.clone());
        std::fs::write(&path, r#"{"ClientIds": {"Global": " app "}}"#).unwrap();
        assert_eq!((settings.client_id("global"), warning(&operation)), (Some("app".into()), None));
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(settings.environments().is_err());
        assert_eq!(settings.client_id("Global"), None);
        let said = warning(&operation).unwrap();
        assert!(said.contains("settings of this user could not be read") && said.ends_with("passed over."), "{said}");
    }

    #[test]
    fn a_file_cannot_redirect_a_built_in_cloud() {
        let folder = tempfile::tempdir().unwrap();
        let settings = at(folder.path().join("own").join("settings.json")).0;
        settings.set(&cloud("Global", "evil.example")).unwrap();
        assert_eq!(settings.environments().unwrap(), vec![]);
    }

    #[test]
    fn a_damaged_file_is_set_aside_and_nothing_of_it_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("own");
        let (settings, operation) = at(own.join("settings.json"));
        settings.set(&cloud("A", "a.example")).unwrap();
        assert_eq!(warning(&operation), None);
        std::fs::write(own.join("settings.json"), "{ damaged").unwrap();
        assert_eq!(settings.environments().unwrap(), vec![]);
        let said = warning(&operation).unwrap();
        assert!(said.contains("settings.json' cannot be read and are passed over"), "{said}");
        settings.set(&cloud("B", "b.example")).unwrap();
        let said = warning(&operation).unwrap();
        assert!(said.contains(".damaged-1"), "{said}");
        let kept = std::fs::read_dir(&own).unwrap().filter_map(Result::ok);
        let texts: Vec<_> = kept.filter_map(|file| std::fs::read_to_string(file.path()).ok()).collect();
        assert!(texts.iter().any(|text| text == "{ damaged"), "{texts:?}");
    }
}
