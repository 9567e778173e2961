//! Opens and closes sealed files without the product: the format is that of entra-vault's documentation.

use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom, SystemRandom},
};
use std::{ffi::CString, fs, path::Path};

const MAGIC: &[u8] = b"connect-entra sealed 1 ";
/// The magic, 16 digits and the end of the line.
const HEADER: usize = MAGIC.len() + 17;

pub(crate) type Key = [u8; 32];

/// The content of a sealed file; `None` where there is no file.
pub(crate) fn open(file: &Path) -> Option<Vec<u8>> {
    open_with(file, &kernel_key)
}

/// The same with a key that is found by its id.
pub(crate) fn open_with(file: &Path, key: &dyn Fn(&str) -> Key) -> Option<Vec<u8>> {
    let bytes = fs::read(file).ok()?;
    let (header, rest) = bytes.split_at(HEADER);
    assert!(header.starts_with(MAGIC) && header.ends_with(b"\n"));
    let (nonce, sealed) = rest.split_at(NONCE_LEN);
    let mut sealed = sealed.to_vec();
    let nonce = Nonce::try_assume_unique_for_key(nonce).unwrap();
    Some(cipher(header, key).open_in_place(nonce, Aad::from(header), &mut sealed).unwrap().to_vec())
}

/// Gives a sealed file another content.
pub(crate) fn change(file: &Path, content: &[u8]) {
    change_with(file, content, &kernel_key);
}

/// The same with a key that is found by its id.
pub(crate) fn change_with(file: &Path, content: &[u8], key: &dyn Fn(&str) -> Key) {
    let mut bytes = fs::read(file).unwrap();
    bytes.truncate(HEADER);
    let mut nonce = [0; NONCE_LEN];
    SystemRandom::new().fill(&mut nonce).unwrap();
    let mut sealed = content.to_vec();
    let aad = Aad::from(bytes.clone());
    cipher(&bytes, key).seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed).unwrap();
    bytes.extend_from_slice(&nonce);
    bytes.extend_from_slice(&sealed);
    // Whole or not at all, as the product does it.
    fs::write(file.with_extension("new"), bytes).unwrap();
    fs::rename(file.with_extension("new"), file).unwrap();
}

fn cipher(header: &[u8], key: &dyn Fn(&str) -> Key) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key(id(header))).unwrap())
}

fn id(header: &[u8]) -> &str {
    std::str::from_utf8(&header[MAGIC.len()..HEADER - 1]).unwrap()
}

fn kernel_key(id: &str) -> Key {
    let mut key = Key::default();
    let number = search(id);
    // SAFETY: the buffer has the length that is said.
    let read = unsafe {
        libc::syscall(libc::SYS_keyctl, libc::KEYCTL_READ as i64, number, key.as_mut_ptr(), key.len() as i64)
    };
    assert_eq!(read, 32, "the key is not there");
    key
}

fn search(id: &str) -> i64 {
    let description = CString::new(format!("connect-entra:{id}")).unwrap();
    // SAFETY: both strings end with NUL; the rest are numbers.
    unsafe {
        libc::syscall(
            libc::SYS_keyctl,
            libc::KEYCTL_SEARCH as i64,
            libc::KEY_SPEC_USER_KEYRING as i64,
            c"user".as_ptr(),
            description.as_ptr(),
            0_i64,
        )
    }
}

/// Takes the keys of a folder's files away.
pub(crate) fn remove_keys(folder: &Path) {
    for file in fs::read_dir(folder).into_iter().flatten().flatten() {
        let bytes = fs::read(file.path()).unwrap_or_default();
        if bytes.len() > HEADER && bytes.starts_with(MAGIC) {
            let key = search(id(&bytes));
            // SAFETY: numbers only.
            unsafe {
                libc::syscall(libc::SYS_keyctl, libc::KEYCTL_UNLINK as i64, key, libc::KEY_SPEC_USER_KEYRING as i64)
            };
        }
    }
}

pub(crate) fn keyring_works() -> bool {
    // SAFETY: numbers only.
    unsafe { libc::syscall(libc::SYS_keyctl, 0_i64, libc::KEY_SPEC_USER_KEYRING as i64, 1_i64) >= 0 }
}
