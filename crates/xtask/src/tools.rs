//! Programs that tests use where they are there, with the command that installs them.

use crate::run;
use crate::tally::Tally;

struct Tool {
    program: &'static str,
    serves: &'static str,
    debian: &'static str,
    fedora: &'static str,
    brew: &'static str,
    winget: &'static str,
}

const TOOLS: [Tool; 3] = [
    Tool {
        program: "python3",
        serves: "sign-in from Python through the C door, reading caches with MSAL",
        debian: "python3",
        fedora: "python3",
        brew: "python3",
        winget: "Python.Python.3.12",
    },
    Tool {
        program: "node",
        serves: "sign-in to a service that was not written here (oidc-provider)",
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

/// Says which are missing, what is left out therefore, and how to install them.
pub(crate) fn report(tally: &mut Tally) {
    for tool in TOOLS
        .iter()
        .filter(|tool| run::on_path(tool.program).is_none())
    {
        let reason = format!(
            "{} is not on PATH; install it with: {}",
            tool.program,
            tool.command()
        );
        tally.leave_out(tool.serves, &reason);
    }
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
