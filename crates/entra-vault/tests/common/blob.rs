//! A blob that tells whether an update was lost: a number, with a tail that makes a torn write visible.

use entra_vault::Change;

const TAIL: usize = 20_000;

pub(crate) fn blob(n: u64) -> Vec<u8> {
    let mut blob = format!("{n}\n").into_bytes();
    blob.resize(blob.len() + TAIL, b'a' + (n % 26) as u8);
    blob
}

/// The number in a blob that is whole.
pub(crate) fn parse(blob: &[u8]) -> Result<u64, String> {
    let end = blob.iter().position(|b| *b == b'\n').ok_or("no line end")?;
    let n: u64 = std::str::from_utf8(&blob[..end]).map_err(|e| e.to_string())?.parse().map_err(|_| "no number")?;
    let tail = &blob[end + 1..];
    let whole = tail.len() == TAIL && tail.iter().all(|b| *b == b'a' + (n % 26) as u8);
    if whole { Ok(n) } else { Err(format!("torn at {n}")) }
}

pub(crate) fn add_one(old: Option<&[u8]>) -> Change {
    let n = old.map_or(0, |blob| parse(blob).unwrap_or(u64::MAX - 1));
    Change::Write(blob(n + 1).into())
}
