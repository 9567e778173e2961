//! Programs that tests use where they are there, with the command that installs them.

use crate::run;
use crate::tally::Tally;

struct Tool {
    program: &'static str,
    /// What is left out without it.
    serves: &'static str,
    debian: &'static str,
    fedora: &'static str,
    brew: &'static str,
    winget: &'static str,
}

const TOOLS: [Tool; 3] = [
    Tool {
        program: "python3",
        serves: "sign-in from Python through the C door, MSAL for Python",
        debian: "python3 python3-venv",
        fedora: "python3",
        brew: "python3",
        winget: "Python.Python.3.12",
    },
    Tool {
        program: "npm",
        serves: "sign-in and requests to services that were not written here (oidc-provider, @sap/cds)",
        debian: "nodejs npm",
        fedora: "nodejs npm",
        brew: "node",
        winget: "OpenJS.NodeJS",
    },
    Tool {
        program: "openssl",
        serves: "certificates made and checked by somebody else",
        debian: "openssl",
        fedora: "openssl",
        brew: "openssl",
        winget: "ShiningLight.OpenSSL.Light",
    },
];

/// Whether the program is there; if not, what is left out therefore is noted, with the command that installs it.
pub(crate) fn there(program: &str, tally: &mut Tally) -> bool {
    if run::on_path(program).is_some() {
        return true;
    }
    for tool in TOOLS.iter().filter(|tool| tool.program == program) {
        tally.leave_out(tool.serves, &format!("{program} is not on PATH; install it with: {}", tool.command()));
    }
    false
}

impl Tool {
    fn command(&self) -> String {
        if cfg!(windows) {
            format!("winget install {}", self.winget)
        } else if run::on_path("brew").is_some() {
            format!("brew install {}", self.brew)
        } else if run::on_path("dnf").is_some() {
            format!("dnf install {}", self.fedora)
        } else {
            format!("apt-get install {}", self.debian)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_names_a_package_for_each_system() {
        for tool in &TOOLS {
            for package in [tool.debian, tool.fedora, tool.brew, tool.winget, tool.serves] {
                assert!(!package.is_empty(), "{}", tool.program);
            }
            assert!(tool.command().contains("install "), "{}", tool.command());
        }
    }
}
