//! Short runs of what `torture.rs` does at length.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::processes::{crowd, kills};
use entra_vault::{DEFAULT_PATIENCE, Vault};

#[test]
fn eight_processes_lose_no_update_of_a_plain_file() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::plain_file(&folder.path().join("blob"), DEFAULT_PATIENCE);
    crowd(&vault, &format!("plain>{}", folder.path().display()), 8, 10);
}

#[test]
fn a_killed_process_loses_at_most_its_last_update_of_a_plain_file() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::plain_file(&folder.path().join("blob"), DEFAULT_PATIENCE);
    kills(&vault, &format!("plain>{}", folder.path().display()), 20);
}
