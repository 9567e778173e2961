//! The only unsafe code for Windows: data protection, and access lists of folders. Everything offered here is safe to
//! call.

use std::ffi::c_void;
use std::fs::{File, OpenOptions};
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::AsRawHandle;
use std::path::Path;
use std::ptr::{null, null_mut};
use std::{io, slice};

use windows_sys::Win32::Foundation::{CloseHandle, ERROR_SUCCESS, HANDLE, LocalFree};
use windows_sys::Win32::Security::Authorization::{
    ConvertSidToStringSidW, ConvertStringSecurityDescriptorToSecurityDescriptorW, GetSecurityInfo, SDDL_REVISION_1,
    SE_FILE_OBJECT,
};
use windows_sys::Win32::Security::Cryptography::{
    CRYPT_INTEGER_BLOB, CRYPTPROTECT_UI_FORBIDDEN, CryptProtectData, CryptUnprotectData,
};
use windows_sys::Win32::Security::{
    ACCESS_ALLOWED_ACE, ACE_HEADER, ACL, DACL_SECURITY_INFORMATION, GetAce, GetTokenInformation,
    PROTECTED_DACL_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, PSID, SetKernelObjectSecurity, TOKEN_QUERY, TOKEN_USER,
    TokenUser,
};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT, READ_CONTROL, WRITE_DAC,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};
use zeroize::{Zeroize, Zeroizing};

/// The system, the administrators, and whoever owns or makes an object: no other users.
const NOT_OTHERS: [&str; 4] = ["S-1-5-18", "S-1-5-32-544", "S-1-3-4", "S-1-3-0"];
const ACCESS_ALLOWED: u8 = 0;

/// Lets only this user, the system and the administrators into the folder, and into what is made there from now on.
pub(crate) fn close_folder(folder: &Path) -> io::Result<()> {
    let own = user()?;
    set_access(folder, &format!("D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;{own})"))
}

fn set_access(folder: &Path, list: &str) -> io::Result<()> {
    let list: Vec<u16> = list.encode_utf16().chain([0]).collect();
    let mut descriptor = null_mut();
    // SAFETY: the text ends with NUL; the descriptor is ours to free.
    succeeded(unsafe {
        ConvertStringSecurityDescriptorToSecurityDescriptorW(
            list.as_ptr(),
            SDDL_REVISION_1,
            &raw mut descriptor,
            null_mut(),
        )
    })?;
    let (descriptor, folder) = (Local(descriptor), open(folder, WRITE_DAC)?);
    let what = DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION;
    // SAFETY: the handle is open with the right to do this, and the descriptor is one.
    succeeded(unsafe { SetKernelObjectSecurity(folder.as_raw_handle(), what, descriptor.0) })
}

/// A handle, since the functions for names end at 260 characters.
fn open(folder: &Path, access: u32) -> io::Result<File> {
    let flags = FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT;
    OpenOptions::new().access_mode(access).custom_flags(flags).open(folder)
}

/// May other users do anything with the folder? A folder without an access list is open to all.
pub(crate) fn is_open_to_others(folder: &Path) -> io::Result<bool> {
    let own = user()?;
    let folder = open(folder, READ_CONTROL)?;
    let (mut acl, mut descriptor): (*mut ACL, PSECURITY_DESCRIPTOR) = (null_mut(), null_mut());
    // SAFETY: the handle is open with the right to do this; the descriptor is ours to free, and the list lives as long
    // as it.
    let status = unsafe {
        GetSecurityInfo(
            folder.as_raw_handle(),
            SE_FILE_OBJECT,
            DACL_SECURITY_INFORMATION,
            null_mut(),
            null_mut(),
            &raw mut acl,
            null_mut(),
            &raw mut descriptor,
        )
    };
    if status != ERROR_SUCCESS {
        return Err(io::Error::from_raw_os_error(status as i32));
    }
    let _descriptor = Local(descriptor);
    if acl.is_null() {
        return Ok(true);
    }
    // SAFETY: the list is not NULL and alive.
    let count = unsafe { (*acl).AceCount };
    for number in 0..u32::from(count) {
        let mut entry: *mut c_void = null_mut();
        // SAFETY: the list is alive, and the number is below its count.
        succeeded(unsafe { GetAce(acl, number, &raw mut entry) })?;
        // SAFETY: every entry begins with a header.
        if unsafe { (*entry.cast::<ACE_HEADER>()).AceType } != ACCESS_ALLOWED {
            continue;
        }
        // SAFETY: an entry of this type has a SID where its last field begins.
        let sid = unsafe { &raw mut (*entry.cast::<ACCESS_ALLOWED_ACE>()).SidStart };
        let who = text(sid.cast())?;
        if who != own && !NOT_OTHERS.contains(&who.as_str()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The SID of the user that this process acts as.
fn user() -> io::Result<String> {
    let mut token: HANDLE = null_mut();
    // SAFETY: the handle is ours to close.
    succeeded(unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) })?;
    // A buffer of pointers is aligned as the structure needs; no SID is longer than 68 bytes.
    let mut buffer = [0_usize; 32];
    let (mut needed, size) = (0, size_of_val(&buffer) as u32);
    // SAFETY: the buffer is writable for its size.
    let done = unsafe { GetTokenInformation(token, TokenUser, buffer.as_mut_ptr().cast(), size, &raw mut needed) };
    let outcome = succeeded(done);
    // SAFETY: opened above, closed once.
    unsafe { CloseHandle(token) };
    outcome?;
    // SAFETY: Windows filled the buffer with this structure, whose SID is in the buffer too.
    text(unsafe { (*buffer.as_ptr().cast::<TOKEN_USER>()).User.Sid })
}

/// A SID as text; `sid` has to point to one.
fn text(sid: PSID) -> io::Result<String> {
    let mut text = null_mut();
    // SAFETY: the callers' SIDs come from Windows; the text is ours to free.
    succeeded(unsafe { ConvertSidToStringSidW(sid, &raw mut text) })?;
    let owner = Local(text.cast());
    // SAFETY: the text ends with NUL and is alive.
    let units = unsafe {
        let length = (0..).take_while(|&at| *text.add(at) != 0).count();
        slice::from_raw_parts(text, length)
    };
    let found = String::from_utf16_lossy(units);
    drop(owner);
    Ok(found)
}

/// What Windows allocated for us.
struct Local(*mut c_void);

impl Drop for Local {
    fn drop(&mut self) {
        // SAFETY: allocated by Windows with LocalAlloc, freed once.
        unsafe { LocalFree(self.0) };
    }
}

fn succeeded(done: i32) -> io::Result<()> {
    if done == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// What only this user can read, on this computer.
pub(crate) fn protect(bytes: &[u8]) -> io::Result<Zeroizing<Vec<u8>>> {
    let (input, mut output) = (borrowed(bytes)?, empty());
    // SAFETY: the input is readable for its size and is not written to; the output is ours to free.
    let done =
        unsafe { CryptProtectData(&input, null(), null(), null(), null(), CRYPTPROTECT_UI_FORBIDDEN, &mut output) };
    take(done, output)
}

pub(crate) fn unprotect(bytes: &[u8]) -> io::Result<Zeroizing<Vec<u8>>> {
    let (input, mut output) = (borrowed(bytes)?, empty());
    // SAFETY: the input is readable for its size and is not written to; the output is ours to free.
    let done = unsafe {
        CryptUnprotectData(&input, null_mut(), null(), null(), null(), CRYPTPROTECT_UI_FORBIDDEN, &mut output)
    };
    take(done, output)
}

fn borrowed(bytes: &[u8]) -> io::Result<CRYPT_INTEGER_BLOB> {
    let size = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    Ok(CRYPT_INTEGER_BLOB { cbData: size, pbData: bytes.as_ptr().cast_mut() })
}

fn empty() -> CRYPT_INTEGER_BLOB {
    CRYPT_INTEGER_BLOB { cbData: 0, pbData: null_mut() }
}

/// Copies what Windows allocated, wipes it and gives it back.
fn take(done: i32, output: CRYPT_INTEGER_BLOB) -> io::Result<Zeroizing<Vec<u8>>> {
    if done == 0 {
        return Err(io::Error::last_os_error());
    }
    if output.pbData.is_null() {
        return Ok(Zeroizing::default());
    }
    // SAFETY: Windows succeeded, so the output is memory of this size that belongs to us until LocalFree.
    unsafe {
        let bytes = slice::from_raw_parts_mut(output.pbData, output.cbData as usize);
        let copy = Zeroizing::new(bytes.to_vec());
        bytes.zeroize();
        LocalFree(output.pbData.cast());
        Ok(copy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_folder_is_seen_and_a_closed_one_is_open_to_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        set_access(folder.path(), "D:P(A;OICI;FA;;;WD)").unwrap();
        assert!(is_open_to_others(folder.path()).unwrap());
        close_folder(folder.path()).unwrap();
        assert!(!is_open_to_others(folder.path()).unwrap());
        std::fs::write(folder.path().join("a"), "still ours").unwrap();
        assert_eq!(std::fs::read(folder.path().join("a")).unwrap(), b"still ours");
    }

    #[test]
    fn the_folder_of_a_vault_is_closed_to_others() {
        let home = tempfile::tempdir().unwrap();
        let (new, old) = (home.path().join("new"), home.path().join("old"));
        std::fs::create_dir(&old).unwrap();
        set_access(&old, "D:P(A;OICI;FA;;;WD)").unwrap();
        for folder in [new, old] {
            crate::folder::prepare(&folder).unwrap();
            assert!(!is_open_to_others(&folder).unwrap(), "{}", folder.display());
        }
    }

    #[test]
    fn what_was_protected_comes_back() {
        let protected = protect(b"a blob").unwrap();
        assert_ne!(protected.as_slice(), b"a blob");
        assert_eq!(unprotect(&protected).unwrap().as_slice(), b"a blob");
        assert!(unprotect(b"a blob").is_err());
    }
}
