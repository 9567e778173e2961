//! A home, a simulated cloud, and processes that sign in there.

use crate::{has, sealed};
use entra_session::Bag;
use entra_sim::{Options, Sim};
use serde_json::json;
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};
use tempfile::TempDir;

pub(crate) struct World {
    pub(crate) sim: Sim,
    pub(crate) home: TempDir,
    /// Where the Secret Service is; processes keep to the next best without it.
    pub(crate) bus_address: Option<String>,
}

/// One process of the drill.
pub(crate) struct Process<'a> {
    world: &'a World,
    child: Child,
    says: ChildStdin,
    hears: BufReader<ChildStdout>,
}

/// What an operation said.
#[derive(Debug)]
pub(crate) struct Said {
    /// Result or Error, with its fields.
    pub(crate) worked: bool,
    pub(crate) fields: Bag,
    /// Device codes that were shown.
    pub(crate) codes: usize,
    pub(crate) warnings: Vec<String>,
}

impl World {
    /// `None` where the kernel's keyring is not offered.
    pub(crate) fn new() -> Option<Self> {
        if !has("the kernel keyring is not offered to this process", sealed::keyring_works()) {
            return None;
        }
        let sim = Sim::start(Options::default());
        sim.settings(|settings| settings.device_interval = 1);
        let world = Self { sim, home: tempfile::tempdir().unwrap(), bus_address: None };
        world.environment("Sim", world.sim.login());
        Some(world)
    }

    /// Adds an environment to the settings of this home.
    pub(crate) fn environment(&self, name: &str, login: &str) {
        let folder = self.home.path().join(if cfg!(windows) { "ConnectEntra" } else { ".config/connect-entra" });
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("settings.json");
        let mut settings = fs::read(&file).map_or(json!({}), |bytes| serde_json::from_slice(&bytes).unwrap());
        settings["Environments"][name] =
            json!({"Name": name, "AzureADEndpoint": login, "GraphEndpoint": self.sim.graph()});
        fs::write(file, settings.to_string()).unwrap();
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.home.path().join(if cfg!(windows) { r"Local\ConnectEntra" } else { ".local/share/connect-entra" })
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder().join(if cfg!(windows) { "sign-ins.dpapi" } else { "sign-ins.sealed" })
    }

    pub(crate) fn process(&self) -> Process<'_> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sign-in-drill"));
        command.arg(self.home.path()).arg(self.sim.ca()).args(&self.bus_address);
        // Without SystemRoot and the like no socket opens on Windows.
        if cfg!(not(windows)) {
            command.env_clear();
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (says, hears) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Process { world: self, child, says, hears: BufReader::new(hears) }
    }

    /// A sign-in in a process of its own.
    pub(crate) fn connect(&self, login: &str, fields: &[&str]) -> Said {
        self.process().connect(login, fields)
    }

    /// How often the token endpoint was asked.
    pub(crate) fn renewals(&self) -> usize {
        self.sim.seen("login", "/token").len()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        sealed::remove_keys(&self.folder());
    }
}

impl Process<'_> {
    /// Connects with a device code, which `login` enters where one is shown.
    pub(crate) fn connect(&mut self, login: &str, fields: &[&str]) -> Said {
        let all = [&["connect", "ParameterSet=UserParameterSet", "UseDeviceCode=true", "Environment=Sim"], fields];
        self.run(login, &all.concat())
    }

    pub(crate) fn disconnect(&mut self, fields: &[&str]) -> Said {
        self.run("", &[&["disconnect"], fields].concat())
    }

    pub(crate) fn test(&mut self) -> Bag {
        self.run("", &["test", "Action=Test"]).fields
    }

    fn run(&mut self, login: &str, line: &[&str]) -> Said {
        writeln!(self.says, "{}", line.join("\t")).unwrap();
        let mut said = Said { worked: false, fields: Bag::default(), codes: 0, warnings: Vec::new() };
        loop {
            let (kind, fields) = self.event();
            match kind.as_str() {
                "Warning" => said.warnings.push(fields.get("Text").unwrap().to_owned()),
                "Message" => {
                    said.codes += 1;
                    self.world.sim.decide_device(fields.get("UserCode").unwrap(), login, true).unwrap();
                }
                "Result" | "Error" => {
                    (said.worked, said.fields) = (kind == "Result", fields);
                    return said;
                }
                _ => {}
            }
        }
    }

    fn event(&mut self) -> (String, Bag) {
        let mut line = String::new();
        assert_ne!(self.hears.read_line(&mut line).unwrap(), 0, "the process has ended");
        let mut parts = line.trim_end_matches('\n').split('\t');
        let kind = parts.next().unwrap().to_owned();
        let fields = parts.filter_map(|part| part.split_once('='));
        (kind, fields.fold(Bag::default(), |bag, (name, value)| bag.with(name, value)))
    }
}

impl Drop for Process<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Said {
    /// It worked; who is connected.
    #[track_caller]
    pub(crate) fn account(&self) -> &str {
        assert!(self.worked, "{self:?}");
        self.fields.get("Account").unwrap_or_default()
    }
}
