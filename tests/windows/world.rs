use entra_sim::{Options, Sim, ids};
use house::{End, Host};
use std::path::Path;
use tempfile::TempDir;

/// A simulator, and a session that knows it as the environment `Sim` and has its settings in `home`.
pub(crate) struct World {
    pub(crate) sim: Sim,
    pub(crate) host: Host,
    pub(crate) home: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let (sim, home) = (Sim::start(Options::default()), tempfile::tempdir().unwrap());
        let host = session(&sim, home.path());
        add(&host, &sim).result();
        Self { sim, host, home }
    }

    /// An app's sign-in in this environment.
    pub(crate) fn connect(&mut self, environment: &str) -> End {
        connect(&mut self.host, environment)
    }
}

/// A session with these settings that trusts the simulator.
pub(crate) fn session(sim: &Sim, settings: &Path) -> Host {
    let mut host = Host { sim: Some(format!("Sim {}", sim.graph())), ..Host::default() };
    host.set("SSL_CERT_FILE", &sim.ca().display().to_string());
    host.set("APPDATA", &settings.display().to_string());
    host
}

/// Adds the simulator to the session's environments.
pub(crate) fn add(host: &Host, sim: &Sim) -> End {
    host.add_environment(host.sim.as_deref().unwrap_or_default(), sim.login(), sim.graph())
}

/// An app's sign-in.
pub(crate) fn connect(host: &mut Host, environment: &str) -> End {
    let fields = [
        ("ParameterSet", "AppSecretCredentialParameterSet"),
        ("Environment", environment),
        ("ClientId", ids::APP),
        ("TenantId", ids::TENANT),
        ("NoWelcome", "true"),
    ];
    host.connect(fields, &[("ClientSecret", ids::SECRET)])
}
