//! Build, demo, test, bench, pack.
fn main() {}
