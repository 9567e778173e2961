//! `cargo xtask test --windows`: the same product as Windows code, on a machine that has PowerShell for Windows under the
//! command `pwsh-windows` and a way to build for `x86_64-pc-windows-gnu`. On Windows itself plain `test` does this.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::repo::Repo;
use crate::tally::Tally;
use crate::test::Environment;
use crate::{Result, build, pester, pins, run, rust_tests};

const TARGET: &str = "x86_64-pc-windows-gnu";
const SHELL: &str = "pwsh-windows";
/// Names a program that takes the arguments of `cargo test`, builds for Windows and runs the tests; with `BUILD=1` it
/// takes those of `cargo build --release` and only builds.
const BUILDER: &str = "CONNECT_ENTRA_WINDOWS_BUILD";

/// Builds, runs the Rust tests, runs Pester.
pub(crate) fn run_all(repo: &Repo, wanted: Option<&str>, tally: &mut Tally) {
    if cfg!(windows) {
        return tally.leave_out("--windows", "this is Windows: run cargo xtask test");
    }
    let Some(shell) = run::on_path(SHELL) else {
        return tally.leave_out("Windows", &format!("there is no {SHELL} (PowerShell for Windows) on PATH"));
    };
    let Some(builder) = builder() else {
        let advice = format!("rustup target add {TARGET}, apt-get install gcc-mingw-w64-x86-64 wine64");
        return tally.leave_out("Windows", &format!("the target {TARGET} is missing; install it with: {advice}"));
    };
    let built = run::step("build library and simulator for Windows", || programs(repo, &builder));
    tally.check("Windows: build", &built.as_ref().map(|_| ()).map_err(|error| error.to_string().into()));
    let Ok(folder) = built else { return };
    note(tally, "Windows: Rust tests", |tally| rust(repo, &builder, tally));
    note(tally, "Windows: Pester", |tally| from_powershell(repo, &shell, &folder, wanted, tally));
}

fn note(tally: &mut Tally, title: &str, work: impl FnOnce(&mut Tally) -> Result) {
    let result = run::step(title, || work(tally));
    if result.is_err() {
        tally.check(title, &result);
    }
}

/// How to build for Windows here.
enum Builder {
    Program(PathBuf),
    /// rustup's own target, with MinGW and Wine.
    Rustup,
}

fn builder() -> Option<Builder> {
    if let Some(program) = std::env::var_os(BUILDER) {
        return Some(Builder::Program(program.into()));
    }
    let installed = run::output(Command::new("rustup").args(["target", "list", "--installed"])).ok()?;
    let complete = ["x86_64-w64-mingw32-gcc", "wine64"].iter().all(|program| run::on_path(program).is_some());
    (installed.lines().any(|line| line == TARGET) && complete).then_some(Builder::Rustup)
}

impl Builder {
    /// Release programs in the folder `target`.
    fn build(&self, repo: &Repo) -> Command {
        let mut command = self.command(repo, "build");
        match self {
            Self::Program(_) => command.env("BUILD", "1"),
            Self::Rustup => command.arg("--release"),
        };
        command
    }

    fn test(&self, repo: &Repo) -> Command {
        self.command(repo, "test")
    }

    fn command(&self, repo: &Repo, task: &str) -> Command {
        let mut command = match self {
            Self::Program(program) => Command::new(program),
            Self::Rustup => run::cargo(&repo.root),
        };
        if let Self::Rustup = self {
            command.args([task, "--target", TARGET]).env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", "wine64");
        }
        command.current_dir(&repo.root).env("CARGO_TARGET_DIR", target(repo));
        command
    }
}

fn target(repo: &Repo) -> PathBuf {
    repo.target.join("windows")
}

/// The result is the folder with the simulator.
fn programs(repo: &Repo, builder: &Builder) -> Result<PathBuf> {
    run::check(builder.build(repo).args(["-p", "entra-ffi", "-p", "entra-sim"]))?;
    let folder = target(repo).join(TARGET).join("release");
    build::place(&folder.join("connect_entra.dll"), &repo.library("win-x64", "connect_entra.dll"))?;
    Ok(folder)
}

fn rust(repo: &Repo, builder: &Builder, tally: &mut Tally) -> Result {
    let mut command = builder.test(repo);
    command.args(["--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"]);
    rust_tests::run_noting("Windows: Rust tests", &mut command, tally)
}

fn from_powershell(repo: &Repo, shell: &Path, programs: &Path, wanted: Option<&str>, tally: &mut Tally) -> Result {
    let environment: Environment = vec![("ENTRA_SIM", spell(&programs.join("entra-sim.exe")).into())];
    let version =
        wanted.map_or_else(|| format!("-MinimumVersion {}", pester::OLDEST), |v| format!("-RequiredVersion {v}"));
    let script = format!("(Import-Module Pester {version} -PassThru).Path");
    let pester = run::output(Command::new(shell).args(["-NoProfile", "-Command", &script])).map_err(|error| {
        format!(
            "{error}: Pester is missing there; install it with: Install-PSResource Pester -Version {}",
            pins::PESTER
        )
    })?;
    let command = || {
        let mut command = Command::new(shell);
        command.args(["-NoLogo", "-NoProfile", "-NonInteractive"]);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        command
    };
    let suite = pester::Suite { command: &command, pester: pester.trim(), spell };
    pester::run_all(&suite, &repo.root.join("Pester"), "Windows: Pester", tally)
}

/// Wine shows the root folder as drive Z.
fn spell(path: &Path) -> String {
    format!("Z:{}", path.display().to_string().replace('/', "\\"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_spelled_as_wine_shows_them() {
        assert_eq!(spell(Path::new("/tmp/a b/X.Tests.ps1")), r"Z:\tmp\a b\X.Tests.ps1");
    }
}
