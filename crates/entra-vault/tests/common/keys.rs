//! Keys of sealed files, looked at and taken away from outside; a container that forbids them.

use std::ffi::CString;
use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

const MAGIC: &str = "connect-entra sealed 1 ";

/// The id in a sealed file's first line.
pub(crate) fn id(file: &Path) -> Option<String> {
    let bytes = fs::read(file).ok()?;
    let line = bytes.split(|b| *b == b'\n').next()?;
    std::str::from_utf8(line).ok()?.strip_prefix(MAGIC).map(str::to_owned)
}

pub(crate) fn is_there(id: &str) -> bool {
    search(id) >= 0
}

pub(crate) fn remove(id: &str) {
    let key = search(id);
    // SAFETY: numbers only.
    unsafe { libc::syscall(libc::SYS_keyctl, libc::KEYCTL_UNLINK as i64, key, libc::KEY_SPEC_USER_KEYRING as i64) };
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

pub(crate) fn keyring_works() -> bool {
    // SAFETY: numbers only.
    let found = unsafe { libc::syscall(libc::SYS_keyctl, 0_i64, libc::KEY_SPEC_USER_KEYRING as i64, 1_i64) };
    super::has("the kernel keyring is not offered to this process", found >= 0)
}

/// Removes the keys of all sealed files in a folder when it goes out of scope.
pub(crate) struct Cleaner<'a>(pub(crate) &'a Path);

impl Drop for Cleaner<'_> {
    fn drop(&mut self) {
        for file in fs::read_dir(self.0).into_iter().flatten().flatten() {
            if let Some(id) = id(&file.path()) {
                remove(&id);
            }
        }
    }
}

/// Refuses the key system calls to a process, as the usual profile of containers does.
pub(crate) fn forbid_keys(command: &mut Command) -> &mut Command {
    // SAFETY: between fork and exec only prctl is called, on memory that is made before.
    unsafe { command.pre_exec(refuse_key_calls) }
}

fn refuse_key_calls() -> io::Result<()> {
    const LOAD_NUMBER: u16 = 0x20;
    const JUMP_IF_EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    const ALLOW: u32 = 0x7fff_0000;
    const REFUSE: u32 = 0x0005_0000 | libc::EPERM as u32;
    let step = |code, jt, k| libc::sock_filter { code, jt, jf: 0, k };
    let steps = [
        step(LOAD_NUMBER, 0, 0),
        step(JUMP_IF_EQUAL, 2, libc::SYS_add_key as u32),
        step(JUMP_IF_EQUAL, 1, libc::SYS_keyctl as u32),
        step(RETURN, 0, ALLOW),
        step(RETURN, 0, REFUSE),
    ];
    let program = libc::sock_fprog { len: steps.len() as u16, filter: steps.as_ptr().cast_mut() };
    // SAFETY: the program and its steps are alive during the calls.
    let refused = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1_u64, 0_u64, 0_u64, 0_u64) != 0
            || libc::prctl(libc::PR_SET_SECCOMP, 2_u64, &raw const program) != 0
    };
    if refused { Err(io::Error::last_os_error()) } else { Ok(()) }
}
