//! What a dump of a program's memory shows after it has signed out.
//!
//! Not searched, since it is not the library's to wipe: the kernel's buffers of sockets and pipes, memory that was
//! swapped out before it was wiped, and whatever a host copied for itself (PowerShell: see the README).

use crate::world::{has, left_out};
use entra_sim::{Options, Sim, ids};
use std::{
    fs,
    io::{BufRead, BufReader, Read, Seek, SeekFrom, Write},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

/// All memory that the process can write to.
fn dump(process: &Child) -> Vec<Vec<u8>> {
    let folder = format!("/proc/{}", process.id());
    let mut memory = fs::File::open(format!("{folder}/mem")).unwrap();
    let maps = fs::read_to_string(format!("{folder}/maps")).unwrap();
    let writable = maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|rights| rights.starts_with("rw")));
    let mut piece = |line: &str| {
        let (from, to) = line.split(' ').next()?.split_once('-')?;
        let (from, to) = (u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?);
        memory.seek(SeekFrom::Start(from)).ok()?;
        let mut bytes = vec![0; (to - from) as usize];
        // The kernel's own pages ([vvar]) cannot be read.
        memory.read_exact(&mut bytes).ok()?;
        Some(bytes)
    };
    writable.filter_map(&mut piece).collect()
}

/// How often each of the marks is in the memory.
fn found<const N: usize>(process: &Child, marks: [&str; N]) -> [usize; N] {
    let memory = dump(process);
    assert!(memory.iter().map(Vec::len).sum::<usize>() > 1 << 20, "the memory could be read");
    marks.map(|mark| memory.iter().map(|piece| occurrences(piece, mark.as_bytes())).sum())
}

fn occurrences(piece: &[u8], mark: &[u8]) -> usize {
    let starts = piece.iter().enumerate().filter(|(_, byte)| **byte == mark[0]);
    starts.filter(|(at, _)| piece[*at..].starts_with(mark)).count()
}

/// The same when connections that nobody uses have been closed, which is soon after signing out.
fn settled<const N: usize>(process: &Child, marks: [&str; N]) -> [usize; N] {
    for _ in 0..100 {
        if found(process, marks).iter().all(|count| *count == 0) {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    found(process, marks)
}

fn tail(text: &str) -> &str {
    &text[text.len() - 24..]
}

#[test]
fn after_signing_out_no_secret_is_in_the_memory_of_a_c_program() {
    if !has("cc") || !cfg!(target_os = "linux") {
        return left_out("search of a program's memory", "no cc on PATH, or no /proc");
    }
    let sim = Sim::start(Options::default());
    let folder = tempfile::tempdir().unwrap();
    let mut process = Command::new(crate::c_program::compile("forget", folder.path()))
        .args([sim.login(), sim.graph(), ids::TENANT, ids::APP])
        .env_clear()
        .env("HOME", folder.path())
        .env("SSL_CERT_FILE", sim.ca())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut says, hears) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
    let mut lines = BufReader::new(hears).lines().map_while(Result::ok);
    writeln!(says, "{}", ids::SECRET).unwrap();
    let token = lines.next().unwrap();
    // The end of the secret as it is and as a form has it, the end of the token's claims and of its signature.
    let secret = ["chars&100% ok", "chars%26100%25"];
    assert!(ids::SECRET.ends_with(secret[0]));
    let (body, signature) = token.rsplit_once('.').unwrap();
    let marks = [secret[0], secret[1], tail(body), tail(signature)];
    let before = found(&process, marks);
    assert!(before[2] > 0 && before[3] > 0, "a token that is in use is found: {before:?}");
    writeln!(says, "sign out").unwrap();
    assert_eq!(lines.next().as_deref(), Some("signed out"));
    let after = settled(&process, marks);
    drop(says);
    assert!(process.wait().unwrap().success());
    assert_eq!(after, [0; 4], "before: {before:?}");
}
