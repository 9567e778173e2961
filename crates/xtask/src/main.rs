//! `cargo xtask`: build, demo, test, bench, pack. One file per subcommand.
//!
//! | file | is |
//! |---|---|
//! | `repo` | where things lie: root, target folder, module, library name, runtime identifier |
//! | `run` | child processes: a step with its title and time, cargo without the variables of the outer cargo |
//! | `tally` | what passed, failed and was left out; the last line |
//! | `download`, `pins` | one pinned file from the network, checked against its hash |
//! | `tools`, `peers` | programs and packages that tests use; what is missing is named with the command that installs it |
//! | `rust_tests`, `windows` | what `test` runs besides Pester; the same as Windows code |
//! | `powershell`, `pester` | finds them or gets them into `target/tools`; runs test files side by side |
//! | `figures` | medians, and the Markdown table of the benchmark |
//! | `growth` | caches of many people, for the benchmark |
//! | `merge` | one script module out of many files |
//! | `simulator` | starts entra-sim and reads its ready line |
//! | `door` | compiles and starts door.c, a host that is not PowerShell |

mod bench;
mod build;
mod demo;
mod door;
mod download;
mod fetch;
mod figures;
mod growth;
mod merge;
mod pack;
mod peers;
mod pester;
mod pins;
mod powershell;
mod repo;
mod run;
mod rust_tests;
mod simulator;
mod tally;
mod test;
mod tools;
mod windows;

use std::process::ExitCode;

/// Errors are for the person at the terminal: a sentence that says what was tried and what to do.
type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const HELP: &str = "\
cargo xtask COMMAND

  demo                    builds the library, starts the simulator and signs in from PowerShell, as applications and as a person
  test [--pester VERSION] runs everything: format, lints, Rust tests, C and header checks, Pester
  test --windows          the same as Windows code, on a machine with pwsh-windows and the target x86_64-pc-windows-gnu
  build [--dev]           builds the library and puts it where the module looks for it
  bench [--rounds N]      measures and prints a Markdown table; needs no network
  bench --windows         the same with PowerShell for Windows and the library that test --windows has built
  pack                    makes the module as it is published, in target/package
  fetch                   gets PowerShell and Pester now, where they are missing (the others do it when they need them)
  help                    this text

What xtask downloads is pinned in crates/xtask/pins and lies in target/tools afterwards; nothing is installed.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<ExitCode> {
    let (command, rest) = arguments.split_first().map_or(("help", arguments), |(c, r)| (c.as_str(), r));
    let repo = repo::Repo::find()?;
    match command {
        "bench" => bench::run(&repo, rest),
        "build" => build::run(&repo, rest),
        "demo" => demo::run(&repo, rest),
        "pack" => pack::run(&repo, rest),
        "test" => test::run(&repo, rest),
        "fetch" => fetch::run(&repo),
        "help" | "-h" | "--help" => {
            println!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        other => Err(format!("unknown command '{other}'. {HELP}").into()),
    }
}

/// The options of a subcommand: switches and `--name value` pairs; anything else is refused by name.
fn options(arguments: &[String], switches: &[&str], values: &[&str]) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    let mut rest = arguments.iter();
    while let Some(name) = rest.next() {
        if switches.contains(&name.as_str()) {
            found.push((name.clone(), String::new()));
        } else if values.contains(&name.as_str()) {
            let value = rest.next().ok_or_else(|| format!("{name} needs a value"))?;
            found.push((name.clone(), value.clone()));
        } else {
            let known = [switches, values].concat().join(", ");
            return Err(format!("unknown option '{name}' (known: {known})").into());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::options;

    fn given(arguments: &[&str]) -> Vec<String> {
        arguments.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn switches_and_values_are_told_apart() {
        let found = options(&given(&["--pester", "5.9.1", "--windows"]), &["--windows"], &["--pester"]).unwrap();
        assert_eq!(found, [("--pester".into(), "5.9.1".into()), ("--windows".into(), String::new())]);
    }

    #[test]
    fn unknown_options_and_missing_values_are_named() {
        let unknown = options(&given(&["--fast"]), &["--windows"], &[]).unwrap_err().to_string();
        assert_eq!(unknown, "unknown option '--fast' (known: --windows)");
        let missing = options(&given(&["--pester"]), &[], &["--pester"]).unwrap_err().to_string();
        assert_eq!(missing, "--pester needs a value");
    }
}
