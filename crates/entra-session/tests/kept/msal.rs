//! Microsoft's own libraries on our cache, and we on theirs.
//!
//! A cache names the sign-in service without its port in one library and with it in another, so both have to meet at
//! port 443.

use crate::{desktop::Desktop, sealed, world::World};
use base64::{Engine as _, prelude::BASE64_STANDARD as STANDARD};
use entra_sim::ids;
use serde_json::Value;
use std::{
    ffi::OsStr,
    fs, io,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

const AUTHORITY: &str = "https://localhost/7e57ab1e-0000-4000-8000-000000000001";

/// Both libraries in one test, since there is one port 443.
#[test]
fn microsofts_libraries_read_our_cache_and_we_read_theirs() {
    let peers: Vec<_> = [Peer::python(), Peer::node()].into_iter().flatten().collect();
    let Some(mut world) = World::new().filter(|_| !peers.is_empty()) else { return };
    let Some(_forwarder) = Forwarder::start(world.sim.login()) else { return };
    world.environment("Sim", "https://localhost");
    for peer in &peers {
        both_ways(&Shared { world: &world, desktop: None }, peer);
    }
    let Some(desktop) = Desktop::with_keyring() else { return };
    world.bus_address = Some(desktop.address.clone());
    for peer in &peers {
        both_ways(&Shared { world: &world, desktop: Some(&desktop) }, peer);
    }
}

/// Our cache, opened and closed without us.
struct Shared<'a> {
    world: &'a World,
    /// Whose Secret Service has the key, else the kernel has it.
    desktop: Option<&'a Desktop>,
}

impl Shared<'_> {
    fn file(&self) -> PathBuf {
        match self.desktop {
            Some(_) => self.world.folder().join("sign-ins.desktop"),
            None => self.world.file(),
        }
    }

    fn content(&self) -> Vec<u8> {
        let content = match self.desktop {
            Some(desktop) => sealed::open_with(&self.file(), &|id| key_of(desktop, id)),
            None => sealed::open(&self.file()),
        };
        content.unwrap()
    }

    fn change(&self, content: &[u8]) {
        match self.desktop {
            Some(desktop) => sealed::change_with(&self.file(), content, &|id| key_of(desktop, id)),
            None => sealed::change(&self.file(), content),
        }
    }
}

/// The secret of the item, as any program of the desktop reads it.
fn key_of(desktop: &Desktop, id: &str) -> sealed::Key {
    STANDARD.decode(desktop.secret_tool("lookup", id, "")).unwrap().try_into().unwrap()
}

fn both_ways(shared: &Shared<'_>, peer: &Peer) {
    theirs_on_ours(shared, peer);
    ours_on_theirs(shared, peer);
}

/// The library finds our token, renews by our refresh token, and what it writes is still good for us.
fn theirs_on_ours(shared: &Shared<'_>, peer: &Peer) {
    let world = shared.world;
    world.process().disconnect(&["All=true"]);
    world.connect(ids::ADELE, &[&format!("TenantId={}", ids::TENANT)]).account();
    let file = world.home.path().join("cache.json");
    fs::write(&file, shared.content()).unwrap();
    let found = peer.run(world, &file, &["silent", ids::ADELE]);
    assert_eq!((&found["error"], &found["source"]), (&Value::Null, &"cache".into()), "{}", peer.name);
    expire(&file);
    let renewed = peer.run(world, &file, &["silent", ids::ADELE]);
    assert_eq!((&renewed["error"], &renewed["source"]), (&Value::Null, &"identity_provider".into()), "{}", peer.name);
    assert_eq!(renewed["names"], serde_json::json!([ids::ADELE]), "{}", peer.name);
    back(shared, peer, &file, ids::ADELE);
}

/// We find the library's token, renew by its refresh token, and what we write is still good for it.
fn ours_on_theirs(shared: &Shared<'_>, peer: &Peer) {
    let world = shared.world;
    let file = world.home.path().join("theirs.json");
    // What an earlier round has left there is nobody's sign-in of this one.
    let _ = fs::remove_file(&file);
    let signed_in = peer.run(world, &file, &["device"]);
    assert_eq!((&signed_in["error"], &signed_in["names"]), (&Value::Null, &serde_json::json!([ids::BJOERN])));
    back(shared, peer, &file, ids::BJOERN);
}

/// Gives the library's file to us: we sign in by its token, then by its refresh token, and the library by ours.
fn back(shared: &Shared<'_>, peer: &Peer, file: &Path, login: &str) {
    let world = shared.world;
    let (hint, tenant) = (format!("LoginHint={login}"), format!("TenantId={}", ids::TENANT));
    shared.change(&fs::read(file).unwrap());
    let asked = world.renewals();
    let ours = world.connect("", &[&hint, &tenant]);
    assert_eq!((ours.account(), ours.codes, world.renewals()), (login, 0, asked), "{}", peer.name);
    expire(file);
    shared.change(&fs::read(file).unwrap());
    let ours = world.connect("", &[&hint, &tenant]);
    assert_eq!((ours.account(), ours.codes, world.renewals()), (login, 0, asked + 1), "{}", peer.name);
    fs::write(file, shared.content()).unwrap();
    let theirs = peer.run(world, file, &["silent", login]);
    assert_eq!((&theirs["error"], &theirs["source"]), (&Value::Null, &"cache".into()), "{}", peer.name);
}

/// Makes the access tokens of a cache old.
fn expire(file: &Path) {
    let mut cache: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    for item in cache["AccessToken"].as_object_mut().unwrap().values_mut() {
        for field in ["expires_on", "extended_expires_on"] {
            item[field] = "1000000000".into();
        }
    }
    fs::write(file, cache.to_string()).unwrap();
}

/// One of the libraries.
struct Peer {
    name: &'static str,
    program: &'static str,
    script: PathBuf,
}

impl Peer {
    fn python() -> Option<Self> {
        Self::of("MSAL Python", "python3", "msal_cache.py", &["-c", "import msal"])
    }

    fn node() -> Option<Self> {
        Self::of("MSAL Node", "node", "msal_cache.mjs", &["--input-type=module", "-e", "import '@azure/msal-node'"])
    }

    fn of(name: &'static str, program: &'static str, script: &str, probe: &[&str]) -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers");
        let mut command = Command::new(program);
        command.args(probe).current_dir(&folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if !command.status().is_ok_and(|status| status.success()) {
            eprintln!("left out: {name} is not installed; cargo xtask test installs it");
            return None;
        }
        Some(Self { name, program, script: folder.join(script) })
    }

    /// Runs the library on a file; a code that it shows is entered by Björn.
    fn run(&self, world: &World, file: &Path, arguments: &[&str]) -> Value {
        let mut command = Command::new(self.program);
        command.args([self.script.as_os_str(), file.as_os_str(), AUTHORITY.as_ref(), ids::PUBLIC_APP.as_ref()]);
        command.args(arguments.iter().map(OsStr::new));
        for name in ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] {
            command.env(name, world.sim.ca());
        }
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            command.env_remove(name);
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut last = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
            match line.strip_prefix("code ") {
                Some(code) => world.sim.decide_device(code, ids::BJOERN, true).unwrap(),
                None => last = line,
            }
        }
        assert!(child.wait().unwrap().success(), "{}", self.name);
        serde_json::from_str(&last).unwrap()
    }
}

/// Passes port 443 on to the simulator.
struct Forwarder;

impl Forwarder {
    fn start(login: &str) -> Option<Self> {
        let port: u16 = login.rsplit_once(':').unwrap().1.parse().unwrap();
        let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, 443)) {
            Ok(listener) => listener,
            Err(error) => {
                eprintln!("left out: port 443 cannot be opened: {error}");
                return None;
            }
        };
        // It ends with the process of this test.
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let Ok(there) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { continue };
                let pairs = [(stream.try_clone(), there.try_clone()), (Ok(there), Ok(stream))];
                for (from, to) in pairs {
                    thread::spawn(move || pass(from?, to?));
                }
            }
        });
        Some(Self)
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream) -> io::Result<()> {
    io::copy(&mut from, &mut to)?;
    to.shutdown(Shutdown::Write)
}
