//! Azure Arc: the agent asks for the content of a file that only its friends can read.

use super::{
    Detection, IdentityError, IdentityId, Machine, Source,
    request::{address, choice, get, with_metadata},
};
use crate::{FileProblem, Files};
use entra_net::{HeaderValue, Reply, Request, Secret, Url, header};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const NAME: &str = "Azure Arc";
const DEFAULT_ENDPOINT: &str = "http://127.0.0.1:40342/metadata/identity/oauth2/token";
/// What a key file may weigh, in bytes.
const KEY_LIMIT: u64 = 4096;

struct Arc {
    endpoint: Url,
    /// The one folder whose keys are sent; `None` on systems that the agent does not run on.
    folder: Option<Folder>,
}

struct Folder {
    path: String,
    windows: bool,
}

pub(super) fn detect(machine: &Machine<'_>) -> Result<Detection, IdentityError> {
    let variables = machine.variables;
    let named = variables.get("IDENTITY_ENDPOINT").filter(|_| variables.has("IMDS_ENDPOINT"));
    let installed = || agent(machine).is_some_and(|path| machine.files.look(&path).is_ok());
    if named.is_none() && !installed() {
        return Ok(Detection::No(
            "Azure Arc: no agent is installed, and IDENTITY_ENDPOINT and IMDS_ENDPOINT are not both set",
        ));
    }
    let endpoint = address("IDENTITY_ENDPOINT", named.unwrap_or(DEFAULT_ENDPOINT))?;
    Ok(Detection::Here(Box::new(Arc { endpoint, folder: folder(machine) })))
}

/// The agent's program.
fn agent(machine: &Machine<'_>) -> Option<PathBuf> {
    if machine.windows {
        let programs = machine.variables.get("ProgramFiles")?;
        return Some(PathBuf::from(format!(r"{programs}\AzureConnectedMachineAgent\himds.exe")));
    }
    Some(PathBuf::from("/opt/azcmagent/bin/himds"))
}

fn folder(machine: &Machine<'_>) -> Option<Folder> {
    let path = if machine.windows {
        format!(r"{}\AzureConnectedMachineAgent\Tokens", machine.variables.get("ProgramData")?)
    } else if cfg!(target_vendor = "apple") {
        return None;
    } else {
        "/var/opt/azcmagent/tokens".into()
    };
    Some(Folder { path, windows: machine.windows })
}

impl Folder {
    /// Is it a key directly in this folder? Text is compared, so nothing can lead out of it.
    fn holds(&self, path: &str) -> bool {
        let separators: &[char] = if self.windows { &['\\', '/'] } else { &['/'] };
        let Some(at) = path.rfind(separators) else { return false };
        let (folder, name) = (&path[..at], &path[at + 1..]);
        let same = if self.windows { folder.eq_ignore_ascii_case(&self.path) } else { folder == self.path };
        same && name.strip_suffix(".key").is_some_and(|stem| !stem.is_empty() && !stem.contains(':'))
    }
}

impl Source for Arc {
    fn name(&self) -> &'static str {
        NAME
    }

    fn request(&self, resource: &str, id: &IdentityId) -> Result<Request, IdentityError> {
        // An agent that does not know user-assigned identities would give a token of the machine's own instead.
        choice(NAME, id, ["", "", ""])?;
        let query = [("api-version", "2019-11-01"), ("resource", resource)];
        Ok(with_metadata(get(&self.endpoint, &query)))
    }

    fn respond(&self, asked: &Request, reply: &Reply, files: &dyn Files) -> Result<Option<Request>, IdentityError> {
        let host = asked.host();
        if reply.status != 401 {
            // An agent that refuses has its words read; one that gives a token unasked is none.
            return if reply.is_success() { Err(wrong(host, "gave a token without a challenge")) } else { Ok(None) };
        }
        let path = self.key_path(reply).map_err(|what| wrong(host, what))?;
        let key = read_key(files, &path)?;
        let mut value = basic(&key).ok_or(IdentityError::KeyFile {
            path,
            problem: FileProblem::Other("it has characters that cannot be sent".into()),
        })?;
        value.set_sensitive(true);
        Ok(Some(asked.clone().with_header(header::AUTHORIZATION, value)))
    }
}

fn wrong(host: String, what: impl Into<String>) -> IdentityError {
    IdentityError::Challenge { host, what: what.into() }
}

impl Arc {
    /// The file that the challenge `Basic realm=PATH` names, where it may be read.
    fn key_path(&self, reply: &Reply) -> Result<PathBuf, &'static str> {
        let challenge = reply.header("www-authenticate").ok_or("answered 401 without a challenge")?;
        let mut parts = challenge.split('=');
        let (Some(scheme), Some(path), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err("made a challenge of an unknown form");
        };
        if !scheme.trim().eq_ignore_ascii_case("basic realm") {
            return Err("made a challenge of an unknown form");
        }
        let folder = self.folder.as_ref().ok_or("is not supported on this system")?;
        if !folder.holds(path.trim()) {
            return Err("named a key file outside its own folder, whose content is not sent to anybody");
        }
        Ok(PathBuf::from(path.trim()))
    }
}

fn read_key(files: &dyn Files, path: &Path) -> Result<Secret, IdentityError> {
    let failed = |problem| IdentityError::KeyFile { path: path.into(), problem };
    let state = files.look(path).map_err(failed)?;
    if state.size > KEY_LIMIT {
        return Err(failed(FileProblem::Other(format!("it is larger than {KEY_LIMIT} bytes"))));
    }
    files.read(path).map_err(failed)
}

fn basic(key: &Secret) -> Option<HeaderValue> {
    let text = Zeroizing::new(format!("Basic {}", key.expose_text()?.trim_end()));
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_of_the_agents_folder_are_read() {
        let linux = Folder { path: "/var/opt/azcmagent/tokens".into(), windows: false };
        assert!(linux.holds("/var/opt/azcmagent/tokens/a.key"));
        for path in [
            "/etc/passwd",
            "/var/opt/azcmagent/tokens/.key",
            "/var/opt/azcmagent/tokens/a.txt",
            "/var/opt/azcmagent/tokens/../a.key",
            "/var/opt/azcmagent/tokens/sub/a.key",
            "/var/opt/azcmagent/tokens",
            "a.key",
            "",
        ] {
            assert!(!linux.holds(path), "{path}");
        }
        let windows = Folder { path: r"C:\ProgramData\AzureConnectedMachineAgent\Tokens".into(), windows: true };
        assert!(windows.holds(r"c:\programdata\AzureConnectedMachineAgent\Tokens\a.key"));
        for path in [
            r"C:\a.key",
            r"C:\ProgramData\AzureConnectedMachineAgent\Tokens\..\a.key",
            r"C:\ProgramData\AzureConnectedMachineAgent\Tokens\a.txt:b.key",
        ] {
            assert!(!windows.holds(path), "{path}");
        }
    }
}
