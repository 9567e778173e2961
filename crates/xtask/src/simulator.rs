//! The simulated cloud as a child process.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::Result;
use crate::repo::{Profile, Repo, program_name};

/// A running simulator; it ends when this is dropped.
pub(crate) struct Simulator {
    child: Child,
    /// What it said when it was ready: addresses, ids and files.
    pub(crate) world: Value,
}

impl Simulator {
    /// Starts the program that cargo built and waits until it answers.
    pub(crate) fn start(repo: &Repo, profile: Profile) -> Result<Self> {
        let program = repo.built(profile, &program_name("entra-sim"));
        let mut command = Command::new(&program);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start the simulator {}: {error}", program.display()))?;
        let mut line = String::new();
        child.stdout.take().map(BufReader::new).map(|mut out| out.read_line(&mut line)).transpose()?;
        let world = serde_json::from_str(&line).map_err(|_| format!("the simulator is not ready, it says: {line}"))?;
        Ok(Self { child, world })
    }

    /// One of the texts that it said.
    pub(crate) fn text(&self, name: &str) -> Result<&str> {
        self.world[name].as_str().ok_or_else(|| format!("the simulator names no {name}").into())
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // It ends by itself when its standard input closes.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
