//! One script module out of many files: every file that is read at import costs half a millisecond.

use std::fmt::Write as _;
use std::path::Path;

use crate::Result;

/// How the list of files begins in the script module; it ends with the loop's own brace.
const LIST: &str = "foreach ($file in @(";
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Writes `name` to the folder `to`, with the files that it lists put in their places. Files that it names otherwise
/// (`$PSScriptRoot/Private/X.ps1`) go along.
pub(crate) fn module(from: &Path, name: &str, to: &Path) -> Result {
    let text = read(&from.join(name))?;
    let (before, loop_and_after) = text.split_once(LIST).ok_or_else(|| format!("{name} has no list of files"))?;
    let (list, after) = loop_and_after.split_once("\n}\n").ok_or_else(|| format!("{name}: the list has no end"))?;
    let mut merged = without_remark(before);
    for file in listed(list) {
        let text = read(&from.join(format!("{file}.ps1")))?;
        write!(merged, "{}\n\n", from_above(file, text.trim()))?;
    }
    merged.push_str(after.trim_start());
    copy_named(from, &merged, to)?;
    Ok(std::fs::write(to.join(name), marked(merged))?)
}

fn read(file: &Path) -> Result<String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    Ok(text.trim_start_matches(BYTE_ORDER_MARK).replace("\r\n", "\n"))
}

/// The remark above the list speaks of reading files.
fn without_remark(before: &str) -> String {
    let mut lines: Vec<_> = before.lines().collect();
    while lines.last().is_some_and(|line| line.starts_with('#')) {
        lines.pop();
    }
    lines.join("\n") + "\n"
}

fn listed(list: &str) -> impl Iterator<Item = &str> {
    list.split('\'').skip(1).step_by(2)
}

/// A file in `Private` means that folder by `$PSScriptRoot`; in the merged script it is the one above.
fn from_above(file: &str, text: &str) -> String {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    text.replace("$PSScriptRoot/", &format!("$PSScriptRoot/{folder}/"))
}

/// Files that stay files, named by `"$PSScriptRoot/…"`.
fn copy_named(from: &Path, script: &str, to: &Path) -> Result {
    let named = script.split("\"$PSScriptRoot/").skip(1).map(|rest| rest.split('"').next().unwrap_or(rest));
    for file in named.filter(|file| from.join(file).is_file()) {
        if let Some(folder) = to.join(file).parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::copy(from.join(file), to.join(file))?;
    }
    Ok(())
}

/// Windows PowerShell reads a script without a byte order mark in the system's code page.
fn marked(text: String) -> String {
    if text.is_ascii() { text } else { format!("{BYTE_ORDER_MARK}{text}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODULE: &str = "param()\nSet-StrictMode -Version 3.0\n\n# Read in this order.\nforeach ($file in @(\n        \
                          'Private/B', 'Public/A'\n    )) {\n    . \"$PSScriptRoot/$file.ps1\"\n}\n\nif ($old) {\n    \
                          . \"$PSScriptRoot/Private/Old.ps1\"\n}\n";

    fn merged(b: &str) -> (tempfile::TempDir, String) {
        let work = tempfile::tempdir().unwrap();
        let (from, to) = (work.path().join("from"), work.path().join("to"));
        for folder in [from.join("Private"), from.join("Public"), to.clone()] {
            std::fs::create_dir_all(folder).unwrap();
        }
        for (file, text) in [
            ("M.psm1", MODULE),
            ("Private/B.ps1", b),
            ("Public/A.ps1", "A"),
            ("Private/Old.ps1", "O"),
            ("Private/New.ps1", "N"),
        ] {
            std::fs::write(from.join(file), text).unwrap();
        }
        module(&from, "M.psm1", &to).unwrap();
        let text = std::fs::read_to_string(to.join("M.psm1")).unwrap();
        (work, text)
    }

    #[test]
    fn listed_files_take_the_place_of_the_loop_in_their_order() {
        let (work, text) = merged("\u{feff}B\r\nB\r\n");
        let rest = "if ($old) {\n    . \"$PSScriptRoot/Private/Old.ps1\"\n}\n";
        assert_eq!(text, format!("param()\nSet-StrictMode -Version 3.0\n\nB\nB\n\nA\n\n{rest}"));
        assert!(work.path().join("to/Private/Old.ps1").is_file());
        assert!(!work.path().join("to/Private/B.ps1").exists());
    }

    #[test]
    fn a_file_that_names_its_neighbour_still_finds_it() {
        let (work, text) = merged(". \"$PSScriptRoot/New.ps1\"");
        assert!(text.contains(". \"$PSScriptRoot/Private/New.ps1\""), "{text}");
        assert!(work.path().join("to/Private/New.ps1").is_file());
    }

    #[test]
    fn text_beyond_ascii_gets_a_byte_order_mark() {
        assert!(merged("'ü'").1.starts_with("\u{feff}param()"));
    }

    #[test]
    fn a_module_without_a_list_is_an_error() {
        let work = tempfile::tempdir().unwrap();
        std::fs::write(work.path().join("M.psm1"), "param()").unwrap();
        assert_eq!(module(work.path(), "M.psm1", work.path()).unwrap_err().to_string(), "M.psm1 has no list of files");
    }
}
