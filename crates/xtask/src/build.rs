//! `cargo xtask build`: the library, where the module looks for it.

use std::path::Path;
use std::process::ExitCode;

use crate::repo::{Profile, Repo, library_name};
use crate::{Result, options, run};

/// Builds for people: the release library, unless told otherwise.
pub(crate) fn run(repo: &Repo, arguments: &[String]) -> Result<ExitCode> {
    let dev = !options(arguments, &["--dev", "--release"], &[])?.iter().all(|(name, _)| name == "--release");
    library(repo, if dev { Profile::Dev } else { Profile::Release })?;
    Ok(ExitCode::SUCCESS)
}

/// Builds the library and installs it.
pub(crate) fn library(repo: &Repo, profile: Profile) -> Result {
    let title = match profile {
        Profile::Dev => "build the library",
        Profile::Release => "build the library as it is published",
    };
    run::step(title, || {
        let mut cargo = run::cargo(&repo.root);
        let command: &[&str] = match profile {
            Profile::Dev => &["build", "--package", "entra-ffi"],
            // Beside an rlib of the same crate cargo leaves link-time optimisation out, and the library is a quarter larger.
            Profile::Release => &["rustc", "--package", "entra-ffi", "--lib", "--crate-type", "cdylib"],
        };
        run::check(cargo.args(command).args(profile.arguments()))?;
        install(repo, profile)
    })
}

/// Builds the simulated cloud. It is no part of the product, so the dev profile will do.
pub(crate) fn simulator(repo: &Repo) -> Result {
    run::step("build the simulator", || run::check(run::cargo(&repo.root).args(["build", "--package", "entra-sim"])))
}

/// Copies what cargo built to the module's folder.
pub(crate) fn install(repo: &Repo, profile: Profile) -> Result {
    place(&repo.built(profile, &library_name()), &repo.installed_library())
}

/// Copies a library unless it is there already.
pub(crate) fn place(built: &Path, installed: &Path) -> Result {
    if same(built, installed) {
        println!("   {} is up to date", installed.display());
        return Ok(());
    }
    replace(built, installed)
        .map_err(|error| format!("cannot put {} to {}: {error}", built.display(), installed.display()))?;
    println!("   {} ({:.1} MB)", installed.display(), std::fs::metadata(installed)?.len() as f64 / 1e6);
    Ok(())
}

fn same(one: &Path, other: &Path) -> bool {
    matches!((std::fs::read(one), std::fs::read(other)), (Ok(one), Ok(other)) if one == other)
}

/// By a new file and a rename: a PowerShell that has the old one mapped keeps it.
fn replace(from: &Path, to: &Path) -> Result {
    let folder = to.parent().ok_or("no folder")?;
    std::fs::create_dir_all(folder)?;
    let new = tempfile::Builder::new().permissions(std::fs::metadata(from)?.permissions()).tempfile_in(folder)?;
    std::fs::copy(from, new.path())?;
    new.persist(to)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_replaced_whole_and_nothing_stays_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("built"), folder.path().join("native/library"));
        std::fs::write(&from, "new").unwrap();
        replace(&from, &to).unwrap();
        std::fs::write(&from, "newer").unwrap();
        assert!(!same(&from, &to));
        replace(&from, &to).unwrap();
        assert!(same(&from, &to));
        assert_eq!(std::fs::read_dir(folder.path().join("native")).unwrap().count(), 1);
    }
}
