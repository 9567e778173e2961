//! `cargo xtask test`: everything.

use std::process::ExitCode;

use crate::powershell::{self, PowerShell};
use crate::repo::{Profile, Repo, library_name, program_name};
use crate::tally::Tally;
use crate::{Result, build, options, peers, pester, run, rust_tests, tools, windows};

/// Variables for the processes that tests run in.
pub(crate) type Environment = Vec<(&'static str, std::ffi::OsString)>;

/// Runs all kinds of tests, whatever came of those before, and ends with one line of counts.
pub(crate) fn run(repo: &Repo, arguments: &[String]) -> Result<ExitCode> {
    let given = options(arguments, &["--windows"], &["--pester"])?;
    let wanted = given.iter().find(|(name, _)| name == "--pester").map(|(_, value)| value.as_str());
    let mut tally = Tally::default();
    if given.iter().any(|(name, _)| name == "--windows") {
        windows::run_all(repo, wanted, &mut tally);
        return Ok(tally.finish());
    }
    if let Err(error) = programs(repo) {
        tally.check("build", &Err(error));
        return Ok(tally.finish());
    }
    format(repo, &mut tally);
    lints(repo, &mut tally);
    let shell = run::step("find PowerShell", || powershell::find_or_get(repo));
    let environment = environment(repo, shell.as_ref().ok(), &mut tally);
    rust(repo, &environment, &mut tally);
    match &shell {
        Ok(shell) => pester(repo, "Pester", shell, &environment, wanted, &mut tally),
        Err(error) => tally.leave_out("Pester", &error.to_string()),
    }
    Ok(tally.finish())
}

/// What all tests are told: where the simulator and the library are; and a PATH that begins with the PowerShell and
/// the Python that xtask found or made.
fn environment(repo: &Repo, shell: Option<&PowerShell>, tally: &mut Tally) -> Environment {
    tools::there("openssl", tally);
    let folders: Vec<_> = shell.map(PowerShell::folder).into_iter().chain(peers::prepare(repo, tally)).collect();
    vec![
        ("ENTRA_SIM", repo.built(Profile::Dev, &program_name("entra-sim")).into()),
        ("CONNECT_ENTRA_LIBRARY", repo.built(Profile::Dev, &library_name()).into()),
        ("PATH", run::path_with(&folders)),
    ]
}

/// Library, simulator and tests, in the dev profile: the tests want it anyway, and the Pester tests are the same for
/// both. `.ci/run` runs the recorded cases with the library as it is published.
fn programs(repo: &Repo) -> Result {
    run::step("build library, simulator and tests", || {
        let mut cargo = run::cargo(&repo.root);
        cargo.args(["build", "--workspace", "--lib", "--bins", "--tests"]);
        if cfg!(windows) {
            // A running xtask cannot be replaced there. Elsewhere it stays in: without it, the crates that it shares with
            // the others would be built twice, with other features.
            cargo.args(["--exclude", "xtask"]);
        }
        run::check(&mut cargo)?;
        build::install(repo, Profile::Dev)
    })
}

fn format(repo: &Repo, tally: &mut Tally) {
    if !rust_tests::has(repo, "fmt") {
        return tally.leave_out("format", "rustfmt is missing; install it with: rustup component add rustfmt");
    }
    let result = run::step("format", || run::check(run::cargo(&repo.root).args(["fmt", "--all", "--check"])));
    tally.check("format", &result);
}

fn lints(repo: &Repo, tally: &mut Tally) {
    if !rust_tests::has(repo, "clippy") {
        return tally.leave_out("lints", "clippy is missing; install it with: rustup component add clippy");
    }
    let arguments = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"];
    let result = run::step("lints", || run::check(run::cargo(&repo.root).args(arguments)));
    tally.check("lints", &result);
}

fn rust(repo: &Repo, environment: &Environment, tally: &mut Tally) {
    let result = run::step("Rust tests", || rust_tests::run_all(repo, environment, tally));
    if result.is_err() {
        tally.check("Rust tests", &result);
    }
    let result = run::step("Rust examples", || rust_tests::run_doc_tests(repo, tally));
    if result.is_err() {
        tally.check("Rust examples", &result);
    }
}

/// All test files with this PowerShell, under the title `area`.
pub(crate) fn pester(
    repo: &Repo,
    area: &str,
    shell: &PowerShell,
    environment: &Environment,
    wanted: Option<&str>,
    tally: &mut Tally,
) {
    let pester = match pester::find_or_get(repo, shell, wanted) {
        Ok(pester) => pester,
        Err(error) => return tally.leave_out(area, &error.to_string()),
    };
    let title = format!("{area}: {} on PowerShell {}", pester.version, shell.version);
    let suite = pester::Suite { shell, environment, pester: &pester.manifest };
    let result = run::step(&title, || pester::run_all(&suite, &repo.root.join("Pester"), area, tally));
    if result.is_err() {
        tally.check(area, &result);
    }
}
