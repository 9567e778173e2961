//! A file on its way to its name.

use crate::{Failure, failure};
use std::{
    fs::{self, File, OpenOptions, Permissions},
    io,
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

/// Takes its name when all of it is there: what breaks leaves nothing behind, and an old file as it was.
pub(super) struct Landing {
    path: PathBuf,
    place: Place,
}

enum Place {
    /// Beside the real path, which it then takes.
    Beside(PathBuf, NamedTempFile),
    /// What is no regular file (a device, a pipe) is written to.
    Here(File),
}

impl Landing {
    pub(super) fn new(path: PathBuf) -> Result<Self, Failure> {
        match Place::of(&path) {
            Ok(place) => Ok(Self { path, place }),
            Err(error) => Err(unwritable(&path, &error)),
        }
    }

    /// Where there is a device or a pipe.
    pub(super) fn on_what_is_no_file(path: PathBuf) -> Result<Option<Self>, Failure> {
        let special = fs::metadata(&path).is_ok_and(|about| !about.is_file() && !about.is_dir());
        special.then(|| Self::new(path)).transpose()
    }

    pub(super) fn writer(&self) -> io::Result<File> {
        match &self.place {
            Place::Beside(_, file) => file.reopen(),
            Place::Here(file) => file.try_clone(),
        }
    }

    pub(super) fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        let written = self.writer().and_then(|mut file| io::Write::write_all(&mut file, bytes));
        written.map_err(|error| unwritable(&self.path, &error))
    }

    pub(super) fn keep(self) -> Result<(), Failure> {
        match self.place {
            Place::Beside(real, file) => {
                file.persist(real).map_err(|error| unwritable(&self.path, &error.error)).map(drop)
            }
            Place::Here(_) => Ok(()),
        }
    }
}

impl Place {
    fn of(path: &Path) -> io::Result<Self> {
        let open = || OpenOptions::new().write(true).open(path);
        match fs::metadata(path) {
            Ok(about) if about.is_file() => {
                // Whoever may not write it may not replace it either.
                drop(open()?);
                // Through links: it is what they lead to that is written.
                let link = fs::symlink_metadata(path)?.is_symlink();
                let real = if link { fs::canonicalize(path)? } else { path.to_owned() };
                beside(real, Some(about.permissions()))
            }
            Ok(_) => open().map(Self::Here),
            Err(error) if error.kind() == io::ErrorKind::NotFound => beside(path.to_owned(), None),
            Err(error) => Err(error),
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn beside(real: PathBuf, old: Option<Permissions>) -> io::Result<Place> {
    // Asked by its own name: an error would name the file that nobody knows of.
    fs::metadata(folder_of(&real))?;
    let real = entra_vault::written_out(&real);
    let mut builder = tempfile::Builder::new();
    if let Some(permissions) = old.or_else(permissions) {
        builder.permissions(permissions);
    }
    let file = builder.prefix(".entra-").suffix(".part").tempfile_in(folder_of(&real))?;
    Ok(Place::Beside(real, file))
}

/// What the person's mask leaves of it, as with any new file of theirs.
#[cfg(unix)]
fn permissions() -> Option<Permissions> {
    Some(std::os::unix::fs::PermissionsExt::from_mode(0o666))
}

#[cfg(not(unix))]
fn permissions() -> Option<Permissions> {
    None
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    failure::file("The output file", path, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path) -> Result<(), Failure> {
        let landing = Landing::new(path.to_owned())?;
        landing.write(b"new")?;
        landing.keep()
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_not_kept_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "old").unwrap();
        let landing = Landing::new(path.clone()).unwrap();
        landing.write(b"half").unwrap();
        drop(landing);
        assert_eq!((fs::read(&path).unwrap(), names(folder.path())), (b"old".to_vec(), vec!["a".to_owned()]));
        write(&path).unwrap();
        assert_eq!((fs::read(&path).unwrap(), names(folder.path())), (b"new".to_vec(), vec!["a".to_owned()]));
    }

    #[test]
    fn a_folder_and_a_place_that_is_not_there_are_refused_by_their_own_names() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().to_owned(), folder.path().join("none/a")] {
            let message = write(&path).unwrap_err().message;
            assert!(message.contains(&path.display().to_string()) && !message.contains(".part"), "{message}");
        }
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn names_may_be_long() {
        let folder = tempfile::tempdir().unwrap();
        let long = folder.path().join("n".repeat(120)).join("n".repeat(120)).join("Größe 日本 🔑".repeat(3));
        fs::create_dir_all(&long).unwrap();
        for _ in 0..2 {
            write(&long.join("a")).unwrap();
            assert_eq!((fs::read(long.join("a")).unwrap(), names(&long)), (b"new".to_vec(), vec!["a".to_owned()]));
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_and_modes_stay_what_they_are() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, Permissions::from_mode(0o600)).unwrap();
        symlink(&real, &link).unwrap();
        write(&link).unwrap();
        assert_eq!((fs::read_link(&link).unwrap(), fs::read(&real).unwrap()), (real.clone(), b"new".to_vec()));
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_pipe_is_written_to() {
        use std::{io::Read, os::fd::AsRawFd};
        let (mut reader, writer) = io::pipe().unwrap();
        write(Path::new(&format!("/proc/self/fd/{}", writer.as_raw_fd()))).unwrap();
        drop(writer);
        let mut read = String::new();
        reader.read_to_string(&mut read).unwrap();
        assert_eq!(read, "new");
    }
}
