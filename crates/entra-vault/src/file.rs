//! A file that is replaced as a whole, or not at all.

#[cfg(windows)]
use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::lock::Lock;
use crate::vault::{Change, Content, DEFAULT_PATIENCE, Failure, Store, Vault, still_held};
use crate::{VaultError, folder, held};

/// So many damaged files are kept beside one blob; the last place is used again and again.
const PLACES_ASIDE: u32 = 9;

/// Replaces the file at `path` by `bytes` as a whole: under its lock, readable and writable by this user
/// alone, in a folder that is made for this user alone if it is missing. It survives a power cut.
///
/// # Errors
/// See [`VaultError`]; the file is then as before.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), VaultError> {
    Vault::plain_file(path, DEFAULT_PATIENCE).update(|_| Change::Write(bytes.to_vec().into()))
}

/// The bytes as they are, for what is no secret.
pub(crate) struct PlainFile(pub(crate) PathBuf);

impl Store for PlainFile {
    fn read(&self) -> Result<Content, VaultError> {
        content(read(&self.0))
    }

    fn write(&self, blob: &[u8], lock: Option<&Lock>) -> Result<(), Failure> {
        write(&self.0, blob, lock)
    }

    fn clear(&self) -> Result<(), VaultError> {
        remove(&self.0)
    }

    fn set_aside(&self) -> Result<String, VaultError> {
        set_aside(&self.0)
    }
}

/// What the caller of a store makes of [`read`]: this user's own file without the right to read is of no use.
pub(crate) fn content(found: Result<Option<Zeroizing<Vec<u8>>>, VaultError>) -> Result<Content, VaultError> {
    match found {
        Ok(found) => Ok(found.map_or(Content::Nothing, Content::Blob)),
        Err(e @ VaultError::NotAllowed { action: "open", .. }) => Ok(Content::Unusable(e.to_string())),
        Err(e) => Err(e),
    }
}

/// The whole file; `None` where there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
    if !folder::check(folder_of(path))? {
        return Ok(None);
    }
    let Some(mut file) = folder::open(path, OpenOptions::new().read(true))? else {
        return Ok(None);
    };
    let failed = |e| VaultError::io("read", path, e);
    // Enough room at once: a vector that grows leaves copies behind.
    let size = usize::try_from(file.metadata().map_err(failed)?.len()).unwrap_or_default();
    let mut bytes = Zeroizing::new(Vec::with_capacity(size.saturating_add(1)));
    file.read_to_end(&mut bytes).map_err(failed)?;
    Ok(Some(bytes))
}

/// Writes beside the file and renames. A holder whose lock was taken away meanwhile writes nothing.
pub(crate) fn write(path: &Path, bytes: &[u8], lock: Option<&Lock>) -> Result<(), Failure> {
    let failed = |e| VaultError::io("write", path, e);
    // A rename would replace a link or another user's file without a word.
    folder::check_file(path)?;
    let prefix = unfinished_prefix(path);
    sweep(path, &prefix);
    let place = written_out(path);
    let mut builder = tempfile::Builder::new();
    let unfinished = builder.prefix(&prefix).suffix(".tmp").tempfile_in(folder_of(&place));
    // Without that file's name, which is another one each time: the same trouble would be told again and again.
    let unfinished = unfinished.map_err(|e| failed(e.kind().into()))?;
    let mut content = unfinished.as_file();
    content.write_all(bytes).and_then(|()| content.sync_all()).map_err(failed)?;
    still_held(lock)?;
    match persist(unfinished.into_temp_path(), &place) {
        Ok(()) => Ok(sync_folder(path)?),
        // Only another holder of the lock sweeps unfinished files away.
        Err(e) if e.kind() == io::ErrorKind::NotFound => Err(Failure::LockLost),
        Err(e) => Err(failed(e).into()),
    }
}

/// An absolute path in the form `\\?\…` on Windows: in any other one, the functions that tempfile calls end at 260
/// characters.
#[cfg(windows)]
#[must_use]
pub fn written_out(path: &Path) -> PathBuf {
    use std::path::{Component, Prefix};
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let Some(Component::Prefix(prefix)) = absolute.components().next() else { return absolute };
    let mut whole = OsString::from(r"\\?\");
    match prefix.kind() {
        Prefix::Disk(_) => whole.push(prefix.as_os_str()),
        Prefix::UNC(server, share) => {
            for part in [OsStr::new(r"UNC\"), server, OsStr::new(r"\"), share] {
                whole.push(part);
            }
        }
        _ => return absolute,
    }
    whole.push(r"\");
    PathBuf::from(whole).join(absolute.components().skip(2).collect::<PathBuf>())
}

/// The path as it is: only Windows has two forms.
#[cfg(not(windows))]
#[must_use]
pub fn written_out(path: &Path) -> PathBuf {
    path.to_owned()
}

pub(crate) fn remove(path: &Path) -> Result<(), VaultError> {
    folder::check_file(path)?;
    match held::wait_for(|| fs::remove_file(path)) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(VaultError::io("remove", path, e)),
        _ => sync_folder(path),
    }
}

/// Renames the file to the first free `<name>.damaged-<n>` and tells that place.
pub(crate) fn set_aside(path: &Path) -> Result<String, VaultError> {
    let place = |n| with_suffix(path, &format!(".damaged-{n}"));
    let free = (1..PLACES_ASIDE).map(place).find(|p| fs::symlink_metadata(p).is_err());
    let aside = free.unwrap_or_else(|| place(PLACES_ASIDE));
    match held::wait_for(|| fs::rename(path, &aside)) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(VaultError::io("set aside", path, e)),
        _ => sync_folder(path).map(|()| format!("'{}'", aside.display())),
    }
}

pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn unfinished_prefix(path: &Path) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(path.file_name().unwrap_or_default());
    prefix.push("-");
    prefix
}

/// Removes what killed processes left half written. It is under the lock, so nobody still writes there.
fn sweep(path: &Path, prefix: &OsString) {
    let Ok(entries) = fs::read_dir(folder_of(path)) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if name.starts_with(prefix.as_encoded_bytes()) && name.ends_with(b".tmp") {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn persist(unfinished: tempfile::TempPath, path: &Path) -> io::Result<()> {
    let mut left = Some(unfinished);
    held::wait_to_replace(path, || match left.take().map(|unfinished| unfinished.persist(path)) {
        Some(Err(refused)) => {
            left = Some(refused.path);
            Err(refused.error)
        }
        _ => Ok(()),
    })
}

/// Makes the rename itself survive a power cut.
#[cfg(unix)]
fn sync_folder(path: &Path) -> Result<(), VaultError> {
    let folder = folder_of(path);
    fs::File::open(folder).and_then(|f| f.sync_all()).map_err(|e| VaultError::io("sync", folder, e))
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> Result<(), VaultError> {
    Ok(())
}

#[cfg(all(test, windows))]
mod tests {
    use super::*;

    #[test]
    fn paths_are_written_out() {
        for (path, expected) in [
            (r"C:\a b\ü/c", r"\\?\C:\a b\ü\c"),
            (r"\\server\share\a\b", r"\\?\UNC\server\share\a\b"),
            (r"\\?\C:\a", r"\\?\C:\a"),
            (r"\\?\UNC\server\share\a", r"\\?\UNC\server\share\a"),
        ] {
            assert_eq!(written_out(Path::new(path)), Path::new(expected));
        }
    }
}
