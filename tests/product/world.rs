use entra_sim::{Options, Sim};
use house::{Fields, Host};
use std::path::{Path, PathBuf};

/// A simulator, and a session whose environment `Sim` leads to it.
pub(crate) struct World {
    pub(crate) sim: Sim,
    pub(crate) host: Host,
    _home: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let sim = Sim::start(Options::default());
        let home = tempfile::tempdir().unwrap();
        let mut host = Host::new(&sim.ca(), home.path());
        let name = format!("Sim {}", sim.graph());
        host.add_environment(&name, sim.login(), sim.graph()).result();
        host.sim = Some(name);
        Self { sim, host, _home: home }
    }

    /// Connects with the app's secret.
    pub(crate) fn with_secret(&mut self, secret: &str) -> house::End {
        let fields = secret_fields(entra_sim::ids::TENANT);
        self.host.connect(fields, &[("ClientSecret", secret)])
    }

    /// The fields of an error of a sign-in with the right secret.
    pub(crate) fn refused(&mut self) -> Fields {
        self.with_secret(entra_sim::ids::SECRET).error()
    }
}

pub(crate) fn secret_fields(tenant: &str) -> [(&'static str, &str); 5] {
    [
        ("ParameterSet", "AppSecretCredentialParameterSet"),
        ("Environment", "Sim"),
        ("ClientId", entra_sim::ids::APP),
        ("TenantId", tenant),
        ("NoWelcome", "true"),
    ]
}

/// The folder of the whole project.
pub(crate) fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The library as a C program loads it: built beside this test.
pub(crate) fn library() -> PathBuf {
    let deps = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let name = format!("{}connect_entra{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    [deps.join(&name), deps.parent().unwrap().join(&name)].into_iter().find(|path| path.is_file()).unwrap()
}

/// Says that something was not tested, where `cargo xtask test` looks for it.
pub(crate) fn left_out(what: &str, why: &str) {
    eprintln!("left out: {what}: {why}");
}

/// Is this program on PATH?
pub(crate) fn has(program: &str) -> bool {
    std::process::Command::new(program)
        .arg("--version")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
