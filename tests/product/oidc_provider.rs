//! A sign-in service that nobody here wrote: npm oidc-provider, dressed as Entra.

use crate::world::{has, left_out, project};
use house::Host;
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

/// The service, ended when dropped.
struct Provider {
    child: Child,
    login: String,
}

const TENANT: &str = "11111111-2222-3333-4444-555555555555";
const SECRET_APP: &str = "aaaaaaaa-0000-0000-0000-000000000001";
const CERTIFICATE_APP: &str = "aaaaaaaa-0000-0000-0000-000000000002";
const SECRET: &str = "fake~value-With.Specials_123";

impl Provider {
    /// Starts it on a free port with the simulator's certificates; `None` where it cannot be had.
    fn start(sim: &entra_sim::Sim) -> Option<Self> {
        let peers = project().join("tests/peers");
        if !has("node") {
            left_out("oidc-provider", "no node on PATH");
            return None;
        }
        if !peers.join("node_modules/oidc-provider").is_dir() {
            left_out("oidc-provider", "not installed: npm ci in tests/peers");
            return None;
        }
        let mut child = Command::new("node")
            .arg(peers.join("entra-like.mjs"))
            .env("FOLDER", sim.dir())
            .env("TENANT", TENANT)
            .env("SECRET", SECRET)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let login = line.trim().strip_prefix("ready ").unwrap_or_else(|| panic!("it said {line:?}")).to_owned();
        Some(Self { child, login })
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn session(sim: &entra_sim::Sim, provider: &Provider, home: &tempfile::TempDir) -> Host {
    let host = Host::new(&sim.ca(), home.path());
    host.add_environment("Other", &provider.login, "https://graph.microsoft.com").result();
    host
}

#[test]
fn secrets_and_certificates_sign_in_at_a_service_written_by_others() {
    let sim = entra_sim::Sim::start(entra_sim::Options::default());
    let Some(provider) = Provider::start(&sim) else { return };
    let home = tempfile::tempdir().unwrap();
    let mut host = session(&sim, &provider, &home);
    let secret = [
        ("ParameterSet", "AppSecretCredentialParameterSet"),
        ("Environment", "Other"),
        ("TenantId", TENANT),
        ("ClientId", SECRET_APP),
    ];
    let context = host.connect(secret, &[("ClientSecret", SECRET)]).result();
    assert_eq!((context.get("ClientId"), context.get("TenantId")), (Some(SECRET_APP), Some(TENANT)));

    let error = host.connect(secret, &[("ClientSecret", "fake~wrong")]).error();
    assert_eq!((error.get("Id"), error.get("OAuthError")), (Some("SignInRefused"), Some("invalid_client")));

    for file in ["app.pem", "app.pfx"] {
        let path = sim.file(file).display().to_string();
        let fields = [
            ("ParameterSet", "AppCertificateParameterSet"),
            ("Environment", "Other"),
            ("TenantId", TENANT),
            ("ClientId", CERTIFICATE_APP),
            ("CertificatePath", &path),
        ];
        let context = host.connect(fields, &[("CertificatePassword", entra_sim::ids::CERTIFICATE_PASSWORD)]).result();
        assert_eq!(context.get("ClientId"), Some(CERTIFICATE_APP), "{file}");
    }
    let stranger = sim.file("stranger.pem").display().to_string();
    let fields = [
        ("ParameterSet", "AppCertificateParameterSet"),
        ("Environment", "Other"),
        ("TenantId", TENANT),
        ("ClientId", CERTIFICATE_APP),
        ("CertificatePath", &stranger),
    ];
    assert_eq!(host.connect(fields, &[]).error().get("Id"), Some("SignInRefused"));
}
