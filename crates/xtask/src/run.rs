//! Child processes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

use crate::Result;

/// Says what runs, runs it, says how long it took.
pub(crate) fn step<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("\n== {title}");
    let begun = Instant::now();
    let result = work();
    let end = if result.is_ok() { "done" } else { "failed" };
    println!("-- {title}: {end} in {:.1} s", begun.elapsed().as_secs_f64());
    result
}

/// A cargo that does not see what the outer `cargo run` told xtask: build scripts that watch those variables would
/// otherwise be run anew by every other command.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    for (name, _) in std::env::vars_os() {
        if told_by_cargo(&name.to_string_lossy()) {
            command.env_remove(name);
        }
    }
    command
}

fn told_by_cargo(name: &str) -> bool {
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "CARGO_BIN_NAME"
}

/// Runs to the end with the terminal's own output; an exit code other than 0 is an error that names the command.
pub(crate) fn check(command: &mut Command) -> Result {
    let status = start(command)?;
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", shown(command)).into()) }
}

/// Runs to the end and hands the exit status over.
pub(crate) fn start(command: &mut Command) -> Result<ExitStatus> {
    command.stdin(Stdio::null()).status().map_err(|error| format!("cannot start {}: {error}", shown(command)).into())
}

/// What the command wrote to its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let done =
        command.stdin(Stdio::null()).output().map_err(|error| format!("cannot start {}: {error}", shown(command)))?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    Err(format!("{} ended with {}: {}", shown(command), done.status, said.trim()).into())
}

fn shown(command: &Command) -> String {
    let words: Vec<_> = std::iter::once(command.get_program()).chain(command.get_args()).take(6).collect();
    words.join(&OsString::from(" ")).to_string_lossy().into_owned()
}

/// The first file of that name on PATH.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let file = crate::repo::program_name(program);
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(&file)).find(|file| file.is_file())
}

/// PATH with folders in front of it.
pub(crate) fn path_with(folders: &[PathBuf]) -> OsString {
    let old = std::env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().cloned().chain(std::env::split_paths(&old));
    std::env::join_paths(all).unwrap_or(old.clone())
}
