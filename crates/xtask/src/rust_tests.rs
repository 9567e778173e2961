//! Rust's own tests: by cargo-nextest where it is there, else by cargo test; and the doc tests.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::repo::Repo;
use crate::tally::{Counts, Tally};
use crate::test::Environment;
use crate::{Result, run};

/// How a test says that it left something out: a line on its standard error that begins so.
const LEFT_OUT: &str = "left out: ";

/// Unit and integration tests of the workspace.
pub(crate) fn run_all(repo: &Repo, environment: &Environment, tally: &mut Tally) -> Result {
    let mut cargo = run::cargo(&repo.root);
    cargo.envs(environment.iter().map(|(name, value)| (name, value)));
    if has(repo, "nextest") { by_nextest(repo, &mut cargo, tally) } else { by_cargo(&mut cargo, tally) }
}

/// Examples in the documentation, which nextest does not run.
pub(crate) fn run_doc_tests(repo: &Repo, tally: &mut Tally) -> Result {
    let mut cargo = run::cargo(&repo.root);
    let counts = tested(cargo.args(["test", "--workspace", "--doc", "--no-fail-fast", "--quiet"]))?;
    tally.add("Rust examples", counts);
    Ok(())
}

/// Whether this cargo has the subcommand.
pub(crate) fn has(repo: &Repo, subcommand: &str) -> bool {
    let mut cargo = run::cargo(&repo.root);
    cargo.args([subcommand, "--version"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    cargo.status().is_ok_and(|status| status.success())
}

fn by_nextest(repo: &Repo, cargo: &mut Command, tally: &mut Tally) -> Result {
    let report = repo.root.join("target/nextest/default/junit.xml");
    // An old report must not stand in for a run that did not get that far.
    let _ = std::fs::remove_file(&report);
    let status = run::start(cargo.args(["nextest", "run", "--workspace", "--no-tests=pass"]))?;
    let text = std::fs::read_to_string(&report).map_err(|_| format!("cargo nextest run ended with {status}"))?;
    let mut counts = read_junit(&text)?;
    if !status.success() && counts.failed == 0 {
        counts.failed = 1;
    }
    tally.add("Rust tests", counts);
    left_out(&text).into_iter().for_each(|note| tally.leave_out("Rust tests", &note));
    Ok(())
}

fn by_cargo(cargo: &mut Command, tally: &mut Tally) -> Result {
    run_noting("Rust tests", cargo.args(["test", "--workspace", "--all-targets", "--no-fail-fast"]), tally)
}

/// Runs this cargo test, and adds its counts and what it left out under this title.
pub(crate) fn run_noting(title: &str, cargo: &mut Command, tally: &mut Tally) -> Result {
    // Else what a test that passes says is not shown, and so not what it left out.
    let (counts, said) = run_and_read(cargo.args(["--", "--show-output"]))?;
    tally.add(title, counts);
    left_out(&said).into_iter().for_each(|note| tally.leave_out(title, &note));
    Ok(())
}

/// Runs cargo test, shows its output and adds up its result lines.
fn tested(cargo: &mut Command) -> Result<Counts> {
    run_and_read(cargo).map(|(counts, _)| counts)
}

/// The same, and what the tests that passed have said, where cargo test shows it.
fn run_and_read(cargo: &mut Command) -> Result<(Counts, String)> {
    let mut child = cargo.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut counts = Counts::default();
    let mut said = Said::default();
    for line in child.stdout.take().map(BufReader::new).into_iter().flat_map(BufRead::lines) {
        let line = line?;
        counts += read_result_line(&line).unwrap_or_default();
        if !said.takes(&line) && !says_nothing(&line) {
            println!("{line}");
        }
    }
    let status = child.wait()?;
    if !status.success() && counts.failed == 0 {
        // It was not a test that failed but the build.
        counts.failed = 1;
    }
    Ok((counts, said.text))
}

/// What the tests that passed have said: from `successes:` to what failed, or to the result.
#[derive(Default)]
struct Said {
    inside: bool,
    text: String,
}

impl Said {
    fn takes(&mut self, line: &str) -> bool {
        self.inside = match line {
            "successes:" => true,
            "failures:" => false,
            line => self.inside && !line.starts_with("test result: "),
        };
        if self.inside {
            self.text.push_str(line);
            self.text.push('\n');
        }
        self.inside
    }
}

/// Most crates have no examples; their empty reports would bury the others.
fn says_nothing(line: &str) -> bool {
    line.is_empty() || line == "running 0 tests" || line.contains("ok. 0 passed; 0 failed")
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; …`
fn read_result_line(line: &str) -> Option<Counts> {
    let rest = line.strip_prefix("test result: ")?.split_once(". ")?.1;
    let mut numbers = rest.split("; ").map(|part| part.split(' ').next().and_then(|word| word.parse().ok()));
    Some(Counts { passed: numbers.next()??, failed: numbers.next()??, skipped: numbers.next()?? })
}

/// The root element of the report: `<testsuites name=… tests="3" failures="0" errors="0" …>`
fn read_junit(text: &str) -> Result<Counts> {
    let root = text.split_once("<testsuites ").and_then(|(_, rest)| rest.split_once('>')).map(|(root, _)| root);
    let root = root.ok_or("the test report has no root element")?;
    let number = |name: &str| {
        let value = root.split_once(&format!("{name}=\""))?.1.split_once('"')?.0;
        value.parse::<u64>().ok()
    };
    let all = number("tests").ok_or("the test report has no number of tests")?;
    let failed = number("failures").unwrap_or(0) + number("errors").unwrap_or(0);
    Ok(Counts { passed: all.saturating_sub(failed), failed, skipped: 0 })
}

fn left_out(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.split_once(LEFT_OUT));
    let mut notes: Vec<_> = lines.map(|(_, note)| note.split('<').next().unwrap_or(note).trim().to_owned()).collect();
    notes.sort();
    notes.dedup();
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passed_tests_say_is_taken_and_the_rest_shown() {
        let lines = "running 2 tests\ntest a ... ok\n\nsuccesses:\n\n---- a stdout ----\nleft out: x: no y\n\nsuccesses:\n    a\n\nfailures:\n---- b stdout ----\ntest result: FAILED. 1 passed; 1 failed; 0 ignored;";
        let mut said = Said::default();
        let shown: Vec<_> = lines.lines().filter(|line| !said.takes(line)).collect();
        assert_eq!(left_out(&said.text), ["x: no y"]);
        let expected = ["running 2 tests", "test a ... ok", "", "failures:", "---- b stdout ----"];
        assert_eq!(shown[..5], expected);
        assert_eq!(shown.len(), 6);
        assert!(!said.takes("Running the next program"), "after the result nothing is taken");
    }

    #[test]
    fn result_lines_of_cargo_are_read() {
        let line = "test result: FAILED. 12 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s";
        assert_eq!(read_result_line(line), Some(Counts { passed: 12, failed: 2, skipped: 1 }));
        assert_eq!(read_result_line("running 3 tests"), None);
    }

    #[test]
    fn the_report_of_nextest_is_read() {
        let report = r#"<?xml version="1.0"?><testsuites name="run" tests="7" failures="1" errors="1" time="1.0"><a/>"#;
        assert_eq!(read_junit(report).unwrap(), Counts { passed: 5, failed: 2, skipped: 0 });
        assert!(read_junit("<html>").is_err());
    }

    #[test]
    fn what_tests_left_out_is_told_once() {
        let report =
            "<system-err>left out: oidc-provider: no node</system-err>\nleft out: oidc-provider: no node\nelse";
        assert_eq!(left_out(report), ["oidc-provider: no node"]);
    }
}
