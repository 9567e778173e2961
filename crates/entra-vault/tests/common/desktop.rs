//! A session bus and a GNOME Keyring of a test's own, with nothing in this process's environment.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use entra_vault::Places;
use tempfile::TempDir;

const COLLECTION: &str = "/org/freedesktop/secrets/collection/login";

pub(crate) struct Desktop {
    home: TempDir,
    pub(crate) address: String,
    keyring: Option<Child>,
    bus: Child,
}

impl Desktop {
    /// A bus that starts no services; `None` (and a printed reason) where the programs are missing.
    pub(crate) fn without_keyring() -> Option<Self> {
        let programs = ["dbus-daemon", "dbus-send", "gnome-keyring-daemon", "secret-tool"];
        for program in programs {
            if !super::has(&format!("{program} is not installed"), is_installed(program)) {
                return None;
            }
        }
        let home = tempfile::tempdir().unwrap();
        let mut bus = start_bus(home.path());
        let mut address = String::new();
        BufReader::new(bus.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Some(Self { home, address: address.trim().to_owned(), keyring: None, bus })
    }

    /// The same with an unlocked keyring.
    pub(crate) fn with_keyring() -> Option<Self> {
        let mut desktop = Self::without_keyring()?;
        desktop.start_keyring(Some("fake password"));
        Some(desktop)
    }

    /// Without a password no collection is unlocked, and in a new home there is none.
    pub(crate) fn start_keyring(&mut self, password: Option<&str>) {
        let mut command = self.command("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]).stdin(Stdio::piped()).stdout(Stdio::null());
        command.stderr(Stdio::null());
        if password.is_some() {
            command.arg("--unlock");
        }
        let mut keyring = command.spawn().unwrap();
        let mut input = keyring.stdin.take().unwrap();
        if let Some(password) = password {
            writeln!(input, "{password}").unwrap();
        }
        drop(input);
        self.keyring = Some(keyring);
        self.wait_for_service();
    }

    fn wait_for_service(&self) {
        for _ in 0..500 {
            let ask = ["--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner"];
            if self.send(&ask, &["string:org.freedesktop.secrets"]).contains("boolean true") {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("gnome-keyring-daemon did not come up");
    }

    pub(crate) fn lock(&self) {
        let ask = ["--dest=org.freedesktop.secrets", "/org/freedesktop/secrets", "org.freedesktop.Secret.Service.Lock"];
        let answer = self.send(&ask, &[&format!("array:objpath:{COLLECTION}")]);
        assert!(answer.contains(COLLECTION), "{answer}");
    }

    fn send(&self, ask: &[&str], arguments: &[&str]) -> String {
        let output = Command::new("dbus-send")
            .arg(format!("--bus={}", self.address))
            .args(["--print-reply", "--type=method_call"])
            .args(ask)
            .args(arguments)
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What another program of the desktop finds or does with the key of an id.
    pub(crate) fn secret_tool(&self, verb: &str, id: &str, input: &str) -> String {
        let mut command = self.command("secret-tool");
        command.arg(verb);
        if verb == "store" {
            command.arg("--label=other");
        }
        command.args(["application", "connect-entra", "key", id]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    }

    pub(crate) fn stop(&mut self) {
        for child in self.keyring.iter_mut().chain([&mut self.bus]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let runtime = self.home.path().join("runtime");
        let _ = fs::DirBuilder::new().mode(0o700).create(&runtime);
        command.env("HOME", self.home.path()).env("XDG_DATA_HOME", self.home.path().join("data"));
        command.env("XDG_RUNTIME_DIR", runtime).env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        command
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.home.path().join("vault")
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder().join("blob.desktop")
    }

    pub(crate) fn places(&self) -> Places {
        Places { bus_address: Some(self.address.clone()), ..Places::new(self.folder()) }
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        self.stop();
    }
}

fn start_bus(home: &Path) -> Child {
    let config = home.join("bus.conf");
    fs::write(
        &config,
        format!(
            "<busconfig><type>session</type><listen>unix:dir={}</listen><auth>EXTERNAL</auth>\
             <policy context='default'><allow send_destination='*'/><allow receive_sender='*'/><allow own='*'/></policy></busconfig>",
            home.display()
        ),
    )
    .unwrap();
    let mut command = Command::new("dbus-daemon");
    command.arg(format!("--config-file={}", config.display())).args(["--nofork", "--print-address=1"]);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

fn is_installed(program: &str) -> bool {
    let executable = |file: PathBuf| file.metadata().is_ok_and(|m| m.permissions().mode() & 0o111 != 0);
    ["/usr/bin", "/bin", "/usr/local/bin"].iter().any(|folder| executable(Path::new(folder).join(program)))
}
