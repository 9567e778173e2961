//! Whose file is this: the checks before a file or folder is trusted.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

use crate::{VaultError, held};

/// Makes the folder if it is missing, for this user alone; refuses one that is a link or someone else's.
pub(crate) fn prepare(folder: &Path) -> Result<(), VaultError> {
    if check(folder)? {
        return Ok(());
    }
    create(folder).map_err(|e| VaultError::io("create", folder, e))?;
    check(folder).map(|_| ())
}

/// Whether the folder is there; an error where it must not be trusted.
pub(crate) fn check(folder: &Path) -> Result<bool, VaultError> {
    let found = match fs::symlink_metadata(folder) {
        Ok(found) => found,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(e) => return Err(VaultError::io("look at", folder, e)),
    };
    if found.is_symlink() {
        return Err(VaultError::Symlink(folder.to_owned()));
    }
    if !found.is_dir() {
        return Err(VaultError::WrongKind { path: folder.to_owned(), expected: "a folder" });
    }
    check_owner(folder, &found)?;
    close_to_others(folder, &found)?;
    Ok(true)
}

/// Opens a file of this user; `None` where there is none.
pub(crate) fn open(path: &Path, options: &mut OpenOptions) -> Result<Option<File>, VaultError> {
    check_file(path)?;
    let options = without_following(options);
    let file = match held::wait_for(|| options.open(path)) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(VaultError::io("open", path, e)),
    };
    // Again, now that nobody can exchange it any more.
    let found = file.metadata().map_err(|e| VaultError::io("look at", path, e))?;
    check_kind_and_owner(path, &found)?;
    Ok(Some(file))
}

/// Refuses a link, another user's file and what is no file; nothing at all is fine.
pub(crate) fn check_file(path: &Path) -> Result<(), VaultError> {
    match fs::symlink_metadata(path) {
        Ok(found) => check_kind_and_owner(path, &found),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(VaultError::io("look at", path, e)),
    }
}

fn check_kind_and_owner(path: &Path, found: &Metadata) -> Result<(), VaultError> {
    if found.is_symlink() {
        return Err(VaultError::Symlink(path.to_owned()));
    }
    if !found.is_file() {
        return Err(VaultError::WrongKind { path: path.to_owned(), expected: "a file" });
    }
    check_owner(path, found)
}

#[cfg(unix)]
fn create(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn create(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

/// Without a link as the last step, and without waiting for the other end of a pipe.
#[cfg(unix)]
fn without_following(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
}

#[cfg(not(unix))]
fn without_following(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(unix)]
fn check_owner(path: &Path, found: &Metadata) -> Result<(), VaultError> {
    use std::os::unix::fs::MetadataExt;
    let (owner, process) = (found.uid(), rustix::process::geteuid().as_raw());
    if owner == process {
        return Ok(());
    }
    Err(VaultError::OtherUser { path: path.to_owned(), owner, process })
}

/// On Windows the access list counts, not the owner, who may be the group of administrators.
#[cfg(not(unix))]
fn check_owner(_path: &Path, _found: &Metadata) -> Result<(), VaultError> {
    Ok(())
}

#[cfg(unix)]
fn close_to_others(folder: &Path, found: &Metadata) -> Result<(), VaultError> {
    use std::os::unix::fs::PermissionsExt;
    if found.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
        .map_err(|e| VaultError::io("close to others", folder, e))
}

/// Best effort: a file system without access lists refuses, and what is secret in the folder is encrypted for this user.
#[cfg(windows)]
fn close_to_others(folder: &Path, _found: &Metadata) -> Result<(), VaultError> {
    if crate::windows::is_open_to_others(folder).unwrap_or_default() {
        let _ = crate::windows::close_folder(folder);
    }
    Ok(())
}

#[cfg(not(any(unix, windows)))]
fn close_to_others(_folder: &Path, _found: &Metadata) -> Result<(), VaultError> {
    Ok(())
}
