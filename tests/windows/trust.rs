use crate::{registry::is_wine, world::World};
use entra_sim::Sim;
use schannel::{
    cert_context::{CertContext, HashAlgorithm},
    cert_store::{CertAdd, CertStore},
};
use std::fs;
use windows_registry::CURRENT_USER;

/// A CA in this user's `Root`, until it is dropped.
struct Trusted(CertContext);

impl Trusted {
    fn new(sim: &Sim) -> Self {
        let ca = CertContext::from_pem(&fs::read_to_string(sim.ca()).unwrap()).unwrap();
        // What is added is seen by others once the store is closed.
        CertStore::open_current_user("Root").unwrap().add_cert(&ca, CertAdd::Always).unwrap();
        Self(ca)
    }
}

impl Drop for Trusted {
    fn drop(&mut self) {
        // Wine's CertDeleteCertificateFromStore leaves it there for others.
        let thumbprint = self.0.fingerprint(HashAlgorithm::sha1()).unwrap();
        let name: String = thumbprint.iter().map(|byte| format!("{byte:02X}")).collect();
        let _ = CURRENT_USER.remove_tree(format!(r"Software\Microsoft\SystemCertificates\Root\Certificates\{name}"));
    }
}

/// In one test, since a process may keep what it once saw of a store.
#[test]
fn the_systems_authorities_are_trusted_and_no_others() {
    if !is_wine() {
        return eprintln!("left out: a CA in CurrentUser\\Root: Windows asks the person in front of it");
    }
    let (mut known, mut unknown) = (World::new(), World::new());
    let _trusted = Trusted::new(&known.sim);
    for world in [&mut known, &mut unknown] {
        world.host.variables.remove("SSL_CERT_FILE");
    }
    assert_eq!(known.connect("Sim").result().get("AuthType"), Some("AppOnly"));
    let error = unknown.connect("Sim").error();
    assert_eq!(error.get("Id"), Some("CertificateNotTrusted"), "{error:?}");
    let message = error.get("Message").unwrap();
    let host = unknown.sim.login().trim_start_matches("https://");
    assert!(message.contains(host) && message.contains("issued by 'CN="), "{message}");
    assert!(unknown.sim.seen("login", "/token").is_empty(), "the secret was not sent");

    // A CA that the session names is trusted beside the system's.
    let ca = unknown.sim.ca().display().to_string();
    for world in [&mut known, &mut unknown] {
        world.host.set("SSL_CERT_FILE", &ca);
        world.connect("Sim").result();
    }
}
