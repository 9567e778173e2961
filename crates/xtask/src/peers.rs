//! Services and clients that were not written here, for tests: npm and Python packages, pinned by the lock
//! files in `tests/peers`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::repo::Repo;
use crate::tally::Tally;
use crate::{Result, run, tools};

/// Installs what has changed since the last time; what cannot be installed is left out by name. The result is the
/// folder that has the Python with those packages.
pub(crate) fn prepare(repo: &Repo, tally: &mut Tally) -> Option<PathBuf> {
    let folder = folder(repo);
    if tools::there("npm", tally)
        && let Err(error) = npm(&folder)
    {
        tally.leave_out("services and clients from npm", &error.to_string());
    }
    if !tools::there("python3", tally) {
        return None;
    }
    match python(repo) {
        Ok(programs) => Some(programs),
        Err(error) => {
            let advice = "on Debian, apt-get install python3-venv may be needed";
            tally.leave_out("clients from PyPI", &format!("{error} ({advice})"));
            None
        }
    }
}

/// Lists of packages, and programs that use them.
pub(crate) fn folder(repo: &Repo) -> PathBuf {
    repo.root.join("tests/peers")
}

fn npm(folder: &Path) -> Result {
    let stamp = folder.join("node_modules/.installed");
    install_once(&folder.join("package-lock.json"), &stamp, "npm packages for tests", || {
        // npm is a script on Windows.
        let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
        run::check(
            Command::new(program)
                .args(["ci", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1"])
                .current_dir(folder),
        )
    })
}

/// The folder that has the Python with the packages, which are installed if they have changed.
pub(crate) fn python(repo: &Repo) -> Result<PathBuf> {
    let (folder, environment) = (folder(repo), repo.tools().join("python"));
    let programs = environment.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let list = folder.join("requirements.txt");
    install_once(&list, &environment.join(".installed"), "Python packages for tests", || {
        run::check(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
        let mut pip = Command::new(programs.join(crate::repo::program_name("python")));
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--retries=1",
            "--require-hashes",
            "-r",
        ]);
        run::check(pip.arg(&list))
    })?;
    Ok(programs)
}

/// The stamp holds the list that was installed.
fn install_once(list: &Path, stamp: &Path, title: &str, install: impl FnOnce() -> Result) -> Result {
    let wanted = std::fs::read(list)?;
    if std::fs::read(stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    run::step(title, install)?;
    Ok(std::fs::write(stamp, wanted)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_installed_again_only_when_the_list_changes_or_it_failed() {
        let folder = tempfile::tempdir().unwrap();
        let (list, stamp) = (folder.path().join("list"), folder.path().join("stamp"));
        let mut installed = 0;
        for (text, result, times) in [("a", Err("no network"), 1), ("a", Ok(()), 2), ("a", Ok(()), 2), ("b", Ok(()), 3)]
        {
            std::fs::write(&list, text).unwrap();
            let _ = install_once(&list, &stamp, "test", || {
                installed += 1;
                result.map_err(Into::into)
            });
            assert_eq!(installed, times, "{text}");
        }
    }
}
