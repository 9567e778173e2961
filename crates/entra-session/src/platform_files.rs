use entra_auth::{FileProblem, FileState, Files};
use entra_net::Secret;
use std::{io, path::Path};

/// The files that a platform tells a credential to read.
pub(crate) struct PlatformFiles;

impl Files for PlatformFiles {
    fn look(&self, path: &Path) -> Result<FileState, FileProblem> {
        let data = std::fs::metadata(path).map_err(|error| problem(&error))?;
        Ok(FileState { size: data.len(), changed: data.modified().ok() })
    }

    fn read(&self, path: &Path) -> Result<Secret, FileProblem> {
        std::fs::read(path).map(Secret::new).map_err(|error| problem(&error))
    }
}

fn problem(error: &io::Error) -> FileProblem {
    match error.kind() {
        io::ErrorKind::NotFound => FileProblem::NotFound,
        io::ErrorKind::PermissionDenied => FileProblem::Denied,
        _ => FileProblem::Other(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_and_what_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        assert_eq!(PlatformFiles.look(&path), Err(FileProblem::NotFound));
        std::fs::write(&path, "fake").unwrap();
        assert_eq!(PlatformFiles.look(&path).map(|state| state.size), Ok(4));
        assert_eq!(PlatformFiles.read(&path), Ok(Secret::from("fake")));
    }
}
