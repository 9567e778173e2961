//! `cargo xtask pack`: the module as it is published, for this system, in `target/package`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::powershell::{self, PowerShell};
use crate::repo::{Profile, Repo, rid};
use crate::{Result, build, merge, options, run};

/// What a package holds besides the merged script and the library: folders and endings of files in the module's folder.
const TAKEN: [&str; 4] = ["psd1", "ps1xml", "xml", "txt"];

/// Builds, packs and checks.
pub(crate) fn run(repo: &Repo, arguments: &[String]) -> Result<ExitCode> {
    options(arguments, &[], &[])?;
    build::library(repo, Profile::Release)?;
    let folder = run::step("pack the module", || module(repo, &rid()))?;
    match powershell::find_or_get(repo) {
        Ok(shell) => run::step("check the packed module", || check(&shell, &folder))?,
        Err(error) => println!("left out: checks and the nupkg: {error}"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Puts the module for a system together; the result is the folder with its manifest.
pub(crate) fn module(repo: &Repo, rid: &str) -> Result<PathBuf> {
    let manifest = std::fs::read_to_string(repo.manifest())?;
    let version = version(&manifest).ok_or("the manifest has no ModuleVersion")?;
    let all = repo.target.join("package");
    let folder = all.join("ConnectEntra").join(version);
    if all.exists() {
        std::fs::remove_dir_all(&all)?;
    }
    std::fs::create_dir_all(&folder)?;
    copy_files(&repo.module(), &folder)?;
    merge::module(&repo.module(), "ConnectEntra.psm1", &folder)?;
    let native = Path::new("runtimes").join(rid).join("native");
    copy_tree(&repo.module().join(&native), &folder.join(native))?;
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        std::fs::copy(repo.root.join(licence), folder.join(licence))?;
    }
    println!("   {}", folder.display());
    Ok(folder)
}

/// `ModuleVersion = '1.2.3'`
fn version(manifest: &str) -> Option<&str> {
    let line = manifest.lines().find(|line| line.trim_start().starts_with("ModuleVersion"))?;
    line.split('\'').nth(1)
}

/// Manifest, views and help: the files of the module's folder and of its language folders.
fn copy_files(from: &Path, to: &Path) -> Result {
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        if path.is_file() && path.extension().is_some_and(|ending| TAKEN.iter().any(|taken| ending == *taken)) {
            std::fs::copy(&path, to.join(name))?;
        } else if is_language(&name.to_string_lossy()) {
            copy_tree(&path, &to.join(name))?;
        }
    }
    Ok(())
}

/// `en-US`
fn is_language(folder: &str) -> bool {
    matches!(folder.split_once('-'), Some((language, country)) if language.len() == 2 && country.len() == 2)
}

/// A folder with all that is in it.
fn copy_tree(from: &Path, to: &Path) -> Result {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).map_err(|error| format!("cannot read {}: {error}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// What PowerShell itself says to the manifest, to an import, and to the package.
pub(crate) fn check(shell: &PowerShell, folder: &Path) -> Result {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pack.ps1");
    let mut command = shell.command();
    command.arg("-File").arg(script).arg("-Folder").arg(folder);
    run::check(command.arg("-Destination").arg(package_folder(folder)))
}

/// Beside the folder that has the module's name.
fn package_folder(folder: &Path) -> &Path {
    folder.ancestors().nth(2).unwrap_or(folder)
}

/// The nupkg that the check made, if it could.
pub(crate) fn package(folder: &Path) -> Result<Option<PathBuf>> {
    let files = std::fs::read_dir(package_folder(folder))?.filter_map(|entry| Some(entry.ok()?.path()));
    Ok(files.into_iter().find(|file| file.extension().is_some_and(|ending| ending == "nupkg")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_the_manifest() {
        assert_eq!(version("@{\n    RootModule = 'X.psm1'\n    ModuleVersion        = '0.1.0'\n}"), Some("0.1.0"));
        assert_eq!(version("@{}"), None);
    }

    #[test]
    fn manifest_views_and_help_are_taken_and_scripts_are_not() {
        let work = tempfile::tempdir().unwrap();
        let (from, to) = (work.path().join("from"), work.path().join("to"));
        for file in ["M.psd1", "M.psm1", "M.Format.ps1xml", "en-US/M-help.xml", "Private/X.ps1"] {
            let file = from.join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "x").unwrap();
        }
        std::fs::create_dir(&to).unwrap();
        copy_files(&from, &to).unwrap();
        for (file, taken) in [("M.psd1", true), ("M.Format.ps1xml", true), ("en-US/M-help.xml", true)] {
            assert_eq!(to.join(file).is_file(), taken, "{file}");
        }
        assert_eq!(std::fs::read_dir(&to).unwrap().count(), 3);
    }
}
