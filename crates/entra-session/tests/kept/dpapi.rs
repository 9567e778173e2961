//! Opens and closes files that Windows encrypts for this user, without the product.

use std::{
    fs,
    path::Path,
    ptr::{null, null_mut},
    slice,
};
use windows_sys::Win32::{
    Foundation::LocalFree,
    Security::Cryptography::{CRYPT_INTEGER_BLOB, CryptProtectData, CryptUnprotectData},
};

/// The content of a file; `None` where there is no file.
pub(crate) fn open(file: &Path) -> Option<Vec<u8>> {
    let bytes = fs::read(file).ok()?;
    let (input, mut output) = (borrowed(&bytes), borrowed(&[]));
    // SAFETY: the input is readable for its size.
    let done = unsafe { CryptUnprotectData(&input, null_mut(), null(), null(), null(), 0, &mut output) };
    assert_ne!(done, 0, "{}", std::io::Error::last_os_error());
    Some(taken(output))
}

/// Gives a file another content.
pub(crate) fn change(file: &Path, content: &[u8]) {
    let (input, mut output) = (borrowed(content), borrowed(&[]));
    // SAFETY: the input is readable for its size.
    let done = unsafe { CryptProtectData(&input, null(), null(), null(), null(), 0, &mut output) };
    assert_ne!(done, 0, "{}", std::io::Error::last_os_error());
    fs::write(file, taken(output)).unwrap();
}

/// There are none: the user's own key opens all files.
pub(crate) fn remove_keys(_folder: &Path) {}

pub(crate) fn keyring_works() -> bool {
    true
}

fn borrowed(bytes: &[u8]) -> CRYPT_INTEGER_BLOB {
    CRYPT_INTEGER_BLOB { cbData: u32::try_from(bytes.len()).unwrap(), pbData: bytes.as_ptr().cast_mut() }
}

fn taken(output: CRYPT_INTEGER_BLOB) -> Vec<u8> {
    // SAFETY: Windows made it with this size, and it is ours until it is freed.
    unsafe {
        let bytes = slice::from_raw_parts(output.pbData, output.cbData as usize).to_vec();
        LocalFree(output.pbData.cast());
        bytes
    }
}
