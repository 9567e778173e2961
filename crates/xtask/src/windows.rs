//! `cargo xtask test --windows`: the same product as Windows code, on a machine that has PowerShell for Windows under the
//! command `pwsh-windows` and a way to build for `x86_64-pc-windows-gnu`. On Windows itself plain `test` does this.

use std::path::PathBuf;
use std::process::Command;

use crate::repo::Repo;
use crate::tally::Tally;
use crate::{Result, build, peers, powershell, run, rust_tests, test};

const RUST: &str = "Windows: Rust tests";
const TARGET: &str = "x86_64-pc-windows-gnu";
/// .NET's name of that system, and what the library is called there.
pub(crate) const RID: &str = "win-x64";
const LIBRARY: &str = "connect_entra.dll";
/// Names a program that takes the arguments of `cargo test`, builds for Windows and runs the tests; with `BUILD=1` it
/// takes those of `cargo build --release` and only builds.
const BUILDER: &str = "CONNECT_ENTRA_WINDOWS_BUILD";

/// Builds, runs the Rust tests, runs Pester.
pub(crate) fn run_all(repo: &Repo, wanted: Option<&str>, tally: &mut Tally) {
    if cfg!(windows) {
        return tally.leave_out("--windows", "this is Windows: run cargo xtask test");
    }
    let shell = match powershell::for_windows() {
        Ok(shell) => shell,
        Err(error) => return tally.leave_out("Windows", &error.to_string()),
    };
    let Some(builder) = builder() else {
        let advice = format!("rustup target add {TARGET}, apt-get install gcc-mingw-w64-x86-64 wine64");
        return tally.leave_out("Windows", &format!("the target {TARGET} is missing; install it with: {advice}"));
    };
    let built = run::step("build library and simulator for Windows", || programs(repo, &builder));
    tally.check("Windows: build", &built.as_ref().map(|_| ()).map_err(|error| error.to_string().into()));
    let Ok(simulator) = built else { return };
    let tested = run::step(RUST, || rust(repo, &builder, tally));
    if tested.is_err() {
        tally.check(RUST, &tested);
    }
    // Wine starts the peers as programs of the system around it.
    peers::prepare(repo, tally);
    let environment = vec![("ENTRA_SIM", shell.spell(&simulator).into())];
    test::pester(repo, "Windows: Pester", &shell, &environment, wanted, tally);
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

/// The library goes where the module looks for it; the result is the simulator.
fn programs(repo: &Repo, builder: &Builder) -> Result<PathBuf> {
    run::check(builder.build(repo).args(["-p", "entra-ffi", "-p", "entra-sim"]))?;
    let folder = target(repo).join(TARGET).join("release");
    build::place(&folder.join(LIBRARY), &repo.library(RID, LIBRARY))?;
    Ok(folder.join("entra-sim.exe"))
}

/// Whether `programs` has put the library where the module looks for it.
pub(crate) fn has_library(repo: &Repo) -> Result {
    let library = repo.library(RID, LIBRARY);
    if library.is_file() {
        return Ok(());
    }
    Err(format!("there is no {}: cargo xtask test --windows builds it", library.display()).into())
}

fn rust(repo: &Repo, builder: &Builder, tally: &mut Tally) -> Result {
    let mut command = builder.test(repo);
    command.args(["--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"]);
    rust_tests::run_noting(RUST, &mut command, tally)
}
