//! The world's ports and what is behind each.

use crate::ca::Authority;
use crate::control;
use crate::graph;
use crate::identity;
use crate::ids;
use crate::login;
use crate::proxy;
use crate::seen::Service;
use crate::server::{Door, serve};
use crate::world::{Places, World};
use rustls::ServerConfig;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// A port on both loopback addresses where the system has IPv6, else on IPv4 alone.
struct Port {
    sockets: Vec<TcpListener>,
    number: u16,
}

impl Port {
    fn bind() -> io::Result<Self> {
        for _ in 0..20 {
            let four = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            let number = four.local_addr()?.port();
            match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, number))) {
                Ok(six) => return Ok(Self { sockets: vec![four, six], number }),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(_) => return Ok(Self { sockets: vec![four], number }),
            }
        }
        Err(io::Error::other("no port is free on both loopback addresses"))
    }

    fn into_tokio(self) -> Vec<tokio::net::TcpListener> {
        let convert = |socket: TcpListener| {
            socket.set_nonblocking(true)?;
            tokio::net::TcpListener::from_std(socket)
        };
        self.sockets.into_iter().filter_map(|s| convert(s).ok()).collect()
    }
}

/// The world's ports.
pub(crate) struct Listeners {
    login: Port,
    graph: Port,
    identity: Port,
    control: Port,
    proxy: Port,
    untrusted: Port,
    fabric: Port,
    aks: Port,
}

/// TLS settings of the listeners.
pub(crate) struct Keys {
    trusted: Arc<ServerConfig>,
    untrusted: Arc<ServerConfig>,
    /// With the certificate's DER, which clients pin.
    pub(crate) fabric: (Arc<ServerConfig>, Vec<u8>),
    aks: Arc<ServerConfig>,
}

impl Keys {
    /// `crl` is the address of the authority's list of revoked certificates.
    pub(crate) fn new(authority: &Authority, crl: String, dir: &Path) -> Self {
        let cluster = Authority::new("Simulated Cluster CA");
        std::fs::write(dir.join("aks-ca.pem"), cluster.pem()).expect("the folder can be written");
        Self {
            trusted: authority.server(Some(crl)),
            untrusted: Authority::new("Nobody's Root CA").server(None),
            fabric: Authority::new("Simulated Fabric CA").server_for(&["localhost", "127.0.0.1"]),
            aks: cluster.server_for(&[ids::AKS_NAME]).0,
        }
    }
}

impl Listeners {
    pub(crate) fn bind() -> io::Result<Self> {
        Ok(Self {
            login: Port::bind()?,
            graph: Port::bind()?,
            identity: Port::bind()?,
            control: Port::bind()?,
            proxy: Port::bind()?,
            untrusted: Port::bind()?,
            fabric: Port::bind()?,
            aks: Port::bind()?,
        })
    }

    /// Where the control API is.
    pub(crate) fn control(&self) -> String {
        format!("http://127.0.0.1:{}", self.control.number)
    }

    pub(crate) fn places(&self, dir: PathBuf, fabric_thumbprint: String) -> Places {
        let tls = |port: &Port| format!("https://localhost:{}", port.number);
        let plain = |port: &Port| format!("http://127.0.0.1:{}", port.number);
        Places {
            login: tls(&self.login),
            graph: tls(&self.graph),
            identity: plain(&self.identity),
            control: self.control(),
            proxy: plain(&self.proxy),
            untrusted: tls(&self.untrusted),
            fabric: tls(&self.fabric),
            fabric_thumbprint,
            aks: tls(&self.aks),
            dir,
        }
    }
}

/// Serves in a thread of its own until the sender is dropped.
pub(crate) fn run(
    world: Arc<World>,
    listeners: Listeners,
    keys: Keys,
    stopped: oneshot::Receiver<()>,
) -> JoinHandle<()> {
    let body = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async move {
            open(&world, listeners, keys);
            let _ = stopped.await;
        });
    };
    std::thread::Builder::new().name("entra-sim".into()).spawn(body).expect("a thread")
}

fn open(world: &Arc<World>, listeners: Listeners, keys: Keys) {
    let login = || login::routes().merge(identity::oidc::routes());
    let identity = identity::routes().merge(graph::open_routes());
    let trusted = keys.trusted;
    let doors = [
        (listeners.login, Service::Login, login().merge(graph::open_routes()), Some(Arc::clone(&trusted))),
        (listeners.graph, Service::Graph, graph::routes(), Some(trusted)),
        (listeners.untrusted, Service::Login, login().merge(graph::routes()), Some(keys.untrusted)),
        (listeners.identity, Service::Identity, identity, None),
        (listeners.fabric, Service::Identity, identity::fabric_routes(), Some(keys.fabric.0)),
        (listeners.aks, Service::Aks, login::routes(), Some(keys.aks)),
        (listeners.control, Service::Control, control::routes(), None),
    ];
    for (port, service, router, tls) in doors {
        let door = Door { world: Arc::clone(world), service, router: router.with_state(Arc::clone(world)), tls };
        for listener in port.into_tokio() {
            tokio::spawn(serve(door.clone(), listener));
        }
    }
    for listener in listeners.proxy.into_tokio() {
        tokio::spawn(proxy::serve(Arc::clone(world), listener));
    }
}
