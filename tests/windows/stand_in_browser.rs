//! Stands in for a browser: writes the address that it is opened with to a file.
//! Arguments: the file, and the address.

use std::{env, fs, io};

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1);
    let file = arguments.next().ok_or(io::ErrorKind::InvalidInput)?;
    // Another argument would be a part of the address that got lost.
    let address = arguments.collect::<Vec<_>>().join(" and then ");
    let unfinished = format!("{file}.unfinished");
    fs::write(&unfinished, address)?;
    fs::rename(unfinished, file)
}
