//! `cargo xtask fetch`: PowerShell and Pester, before they are needed.

use std::process::ExitCode;

use crate::repo::Repo;
use crate::{Result, pester, powershell};

/// Finds or gets both and says where they are.
pub(crate) fn run(repo: &Repo) -> Result<ExitCode> {
    let shell = powershell::find_or_get(repo)?;
    println!("PowerShell {}: {}", shell.version, shell.program.display());
    let pester = pester::find_or_get(repo, &shell, None)?;
    println!("Pester {}: {}", pester.version, pester.manifest);
    Ok(ExitCode::SUCCESS)
}
