//! A file that a cluster keeps fresh.

use super::{FederatedError, FederatedIdentity, identity_binding};
use crate::{Answer, Ask, AssertionSource, Error, FileState, Files, Fingerprint, variables::Variables};
use entra_net::{Clock, Network, Secret, unix_seconds};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

/// What messages call it.
pub(crate) const NAME: &str = "WorkloadIdentityCredential";
/// A cluster that is asked for the file's state tells of a change; one that does not is read again after this, in
/// seconds, as Microsoft's libraries do.
const LONGEST: u64 = 600;

/// The token file of a workload.
pub(crate) struct TokenFile {
    path: PathBuf,
    files: Arc<dyn Files>,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    state: FileState,
    read_at: u64,
    text: Secret,
}

/// The app that the variables name, signing in by its token file; through the cluster's proxy where one is named.
pub(crate) fn identity(
    variables: &Variables,
    tenant: &str,
    client_id: &str,
    files: &Arc<dyn Files>,
    network: &Network,
) -> Result<FederatedIdentity, Error> {
    let path = PathBuf::from(variables.get("AZURE_FEDERATED_TOKEN_FILE").unwrap_or_default());
    let file = TokenFile::new(path, files.clone());
    let plain = FederatedIdentity::new;
    match identity_binding::Binding::of(variables, files, network)? {
        Some(binding) => Ok(binding.identity(tenant, client_id, file)),
        None => Ok(plain(tenant, client_id, "a federated token file", Box::new(file))),
    }
}

impl TokenFile {
    pub(crate) fn new(path: PathBuf, files: Arc<dyn Files>) -> Self {
        Self { path, files, kept: Mutex::default() }
    }

    /// What is in the file now.
    pub(crate) fn text(&self, clock: &dyn Clock) -> Result<Secret, FederatedError> {
        let now = unix_seconds(clock.now());
        let failed = |problem| FederatedError::File { path: self.path.clone(), problem };
        let state = self.files.look(&self.path).map_err(failed)?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = kept.as_ref().filter(|kept| kept.state == state && now < kept.read_at + LONGEST) {
            return Ok(kept.text.clone());
        }
        let read = self.files.read(&self.path).map_err(failed)?;
        let text = Secret::from(read.expose_text().unwrap_or_default().trim());
        if text.is_empty() {
            return Err(FederatedError::Empty { path: self.path.clone() });
        }
        *kept = Some(Kept { state, read_at: now, text: text.clone() });
        Ok(text)
    }
}

impl AssertionSource for TokenFile {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("token-file", &[self.path.as_os_str().as_encoded_bytes()])
    }

    fn assertion<'a>(&'a self, ask: &'a Ask<'a>) -> Answer<'a, Result<Secret, Error>> {
        Box::pin(async { Ok(self.text(ask.clock)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FileProblem, credential::tests::FakeFiles};
    use entra_net::SteppedClock;
    use std::time::Duration;

    #[test]
    fn the_file_is_read_when_it_changes_and_every_ten_minutes() {
        let files = Arc::new(FakeFiles::default());
        let (file, clock) = (TokenFile::new("/t".into(), files.clone()), SteppedClock::at(1_000_000));
        let text = || file.text(&clock).map(|text| text.expose_text().unwrap_or_default().to_owned());
        assert_eq!(text(), Err(FederatedError::File { path: "/t".into(), problem: FileProblem::NotFound }));
        files.write("/t", " one\n");
        assert_eq!((text(), text(), files.reads()), (Ok("one".into()), Ok("one".into()), 1));
        files.write("/t", "two");
        assert_eq!((text(), files.reads()), (Ok("two".into()), 2));
        clock.step(Duration::from_secs(LONGEST));
        assert_eq!((text(), files.reads()), (Ok("two".into()), 3));
        files.write("/t", "\n");
        assert_eq!(text(), Err(FederatedError::Empty { path: "/t".into() }));
    }
}
