//! Finds or gets Pester; runs its test files in processes of their own, two side by side.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::powershell::PowerShell;
use crate::repo::Repo;
use crate::tally::{Counts, Tally};
use crate::test::Environment;
use crate::{Result, download, pins, run};

/// Old ones lack what the tests use.
pub(crate) const OLDEST: &str = "5.5";
const SIDE_BY_SIDE: usize = 2;
/// One file takes seconds; one that takes this long hangs.
const LONGEST: Duration = Duration::from_secs(10 * 60);

/// A Pester that can be imported.
pub(crate) struct Pester {
    pub(crate) manifest: String,
    pub(crate) version: String,
}

/// The newest installed one, or exactly `wanted`; the pinned one from the PowerShell Gallery where there is none.
pub(crate) fn find_or_get(repo: &Repo, shell: &PowerShell, wanted: Option<&str>) -> Result<Pester> {
    if let Some(found) = installed(shell, wanted)? {
        return Ok(found);
    }
    let version = wanted.unwrap_or(pins::PESTER);
    if version != pins::PESTER {
        let advice = format!("Install-PSResource Pester -Version {version}");
        return Err(format!("Pester {version} is not installed. Install it with: {advice}").into());
    }
    let folder = repo.tools().join("Pester").join(pins::PESTER);
    if !folder.join("Pester.psd1").is_file() {
        println!("   no Pester {OLDEST} or newer is installed: getting {version} into {}", folder.display());
        get(shell, &folder)?;
    }
    Ok(Pester { manifest: shell.spell(&folder.join("Pester.psd1")), version: version.to_owned() })
}

fn installed(shell: &PowerShell, wanted: Option<&str>) -> Result<Option<Pester>> {
    let rule = wanted.map_or(format!("-ge [version]'{OLDEST}'"), |version| format!("-eq [version]'{version}'"));
    let row = shell.script(&format!(
        "Get-Module -ListAvailable Pester | Where-Object {{ $_.Version {rule} }} | Sort-Object Version -Descending | \
         Select-Object -First 1 | ForEach-Object {{ '{{0}}|{{1}}' -f $_.Version, $_.Path }}"
    ))?;
    let found = row.trim().split_once('|');
    Ok(found.map(|(version, path)| Pester { manifest: path.to_owned(), version: version.to_owned() }))
}

/// A nupkg is a zip file: PowerShell unpacks it.
fn get(shell: &PowerShell, folder: &Path) -> Result {
    let parent = folder.parent().ok_or("no folder")?;
    let package = parent.join("pester.nupkg");
    download::get(&pins::pester()?, &package)?;
    let new = tempfile::tempdir_in(parent)?;
    let script = "Add-Type -AssemblyName System.IO.Compression.FileSystem; \
                  [IO.Compression.ZipFile]::ExtractToDirectory($env:PACKAGE, $env:FOLDER)";
    let mut command = shell.command();
    command.env("PACKAGE", shell.spell(&package)).env("FOLDER", shell.spell(new.path()));
    run::check(command.args(["-Command", script]))?;
    std::fs::rename(new.path(), folder)?;
    let _ = new.keep();
    Ok(std::fs::remove_file(package)?)
}

/// What the test files are run with.
pub(crate) struct Suite<'a> {
    pub(crate) shell: &'a PowerShell,
    pub(crate) environment: &'a Environment,
    /// Pester's manifest, in that PowerShell's spelling of paths.
    pub(crate) pester: &'a str,
}

/// Runs every `*.Tests.ps1` of the folder and adds what came of it.
pub(crate) fn run_all(suite: &Suite<'_>, folder: &Path, area: &str, tally: &mut Tally) -> Result {
    let queue = Mutex::new(test_files(folder)?.into_iter());
    let sum = Mutex::new((Counts::default(), Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                while let Some(file) = next(&queue) {
                    let (counts, notes) = run_file(suite, &file);
                    if let Ok(mut sum) = sum.lock() {
                        sum.0 += counts;
                        sum.1.extend(notes);
                    }
                }
            });
        }
    });
    let (counts, notes) = sum.into_inner().map_err(|_| "a runner of test files panicked")?;
    tally.add(area, counts);
    notes.iter().for_each(|note| println!("skipped: {note}"));
    Ok(())
}

fn next(queue: &Mutex<impl Iterator<Item = PathBuf>>) -> Option<PathBuf> {
    queue.lock().ok()?.next()
}

/// The largest first: they tend to take longest, and nothing long should begin at the end.
fn test_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".Tests.ps1")) {
            files.push(path);
        }
    }
    files.sort_by_key(|file| std::cmp::Reverse(std::fs::metadata(file).map_or(0, |file| file.len())));
    Ok(files)
}

fn run_file(suite: &Suite<'_>, file: &Path) -> (Counts, Vec<String>) {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let begun = Instant::now();
    let (counts, notes, said) = match outcome(suite, file) {
        Ok(outcome) => outcome,
        Err(error) => (Counts { failed: 1, ..Counts::default() }, Vec::new(), error.to_string()),
    };
    let shown = if counts.failed > 0 { format!("\n{said}") } else { String::new() };
    println!("{name:<44} {counts} ({:.1} s){shown}", begun.elapsed().as_secs_f64());
    (counts, notes.into_iter().map(|note| format!("{name}: {note}")).collect())
}

/// Counts, notes on what was skipped, and all that the process said.
fn outcome(suite: &Suite<'_>, file: &Path) -> Result<(Counts, Vec<String>, String)> {
    let work = tempfile::tempdir()?;
    let (log, result) = (work.path().join("log"), work.path().join("result.json"));
    let runner = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pester.ps1");
    let mut command = suite.shell.command();
    command.envs(suite.environment.iter().map(|(name, value)| (name, value)));
    let spell = |path| suite.shell.spell(path);
    command.args([
        "-File",
        &spell(&runner),
        "-Pester",
        suite.pester,
        "-Path",
        &spell(file),
        "-Result",
        &spell(&result),
    ]);
    command.stdin(Stdio::null()).stdout(File::create(&log)?).stderr(File::options().append(true).open(&log)?);
    let end = wait(&mut command.spawn()?)?;
    let said = String::from_utf8_lossy(&std::fs::read(&log)?).into_owned();
    let Ok(text) = std::fs::read_to_string(&result) else {
        return Err(format!("{said}\nno result: the process {end}").into());
    };
    let (counts, notes) = read_result(&text)?;
    Ok((counts, notes, said))
}

/// Waits, but not for ever.
fn wait(child: &mut Child) -> Result<String> {
    let begun = Instant::now();
    while begun.elapsed() < LONGEST {
        if let Some(status) = child.try_wait()? {
            return Ok(format!("ended with {status}"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    child.kill()?;
    child.wait()?;
    Ok(format!("was ended after {} minutes", LONGEST.as_secs() / 60))
}

fn read_result(text: &str) -> Result<(Counts, Vec<String>)> {
    let value: Value = serde_json::from_str(text)?;
    let count = |name: &str| value[name].as_u64().ok_or_else(|| format!("Pester's result lacks {name}: {text}"));
    let counts = Counts { passed: count("passed")?, failed: count("failed")?, skipped: count("skipped")? };
    let notes = value["notes"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    Ok((counts, notes.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_read_with_its_notes() {
        let text = r#"{"passed": 3, "failed": 1, "skipped": 1, "notes": ["a case: no store here"]}"#;
        let (counts, notes) = read_result(text).unwrap();
        assert_eq!(counts, Counts { passed: 3, failed: 1, skipped: 1 });
        assert_eq!(notes, ["a case: no store here"]);
        assert!(read_result(r#"{"passed": 3}"#).is_err());
    }

    #[test]
    fn a_process_that_leaves_no_result_is_one_failure() {
        // The test program itself knows no option -NoLogo: it ends with an error and writes no result.
        let shell = PowerShell::untried(&std::env::current_exe().unwrap());
        let suite = Suite { shell: &shell, environment: &Vec::new(), pester: "" };
        assert_eq!(run_file(&suite, Path::new("Gone.Tests.ps1")).0, Counts { failed: 1, ..Counts::default() });
    }

    #[test]
    fn only_test_files_are_taken_the_largest_first() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("A.Tests.ps1", "1"), ("B.Tests.ps1", "22"), ("Helper.ps1", "333")] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let names: Vec<_> = test_files(folder.path()).unwrap();
        assert_eq!(names, [folder.path().join("B.Tests.ps1"), folder.path().join("A.Tests.ps1")]);
    }
}
