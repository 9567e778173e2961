//! The proxy of the system's settings, for sessions that name none.

use crate::error::{Error, Kind};
use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

/// The proxy that this user set in Windows (WinINET), as it is written there. A script that would choose one (PAC) is
/// not run.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SystemProxy {
    /// `ProxyServer`: `host:port` for all addresses, or `https=host:port;http=host:port`.
    pub servers: String,
    /// `ProxyOverride`: hosts that are reached directly, separated by semicolons, with `*` for any text; `<local>` is
    /// every name without a dot, and this machine.
    pub exceptions: String,
}

impl SystemProxy {
    /// What is set now; `None` where nothing is, and on systems whose settings are variables.
    #[cfg(not(windows))]
    pub fn now() -> Option<Self> {
        None
    }

    /// What is set now; `None` where nothing is.
    #[cfg(windows)]
    pub fn now() -> Option<Self> {
        const KEY: &str = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings";
        let key = windows_registry::CURRENT_USER.open(KEY).ok()?;
        if key.get_u32("ProxyEnable").ok()? == 0 {
            return None;
        }
        let text = |name| key.get_string(name).unwrap_or_default();
        Some(Self { servers: text("ProxyServer"), exceptions: text("ProxyOverride") })
    }

    /// As the client takes it, but for the hosts of NO_PROXY; `None` where no proxy is named.
    pub(crate) fn proxy(&self, no_proxy: Option<&str>) -> Result<Option<reqwest::Proxy>, Error> {
        let [https, http] = [self.server("https")?, self.server("http")?];
        if https.is_none() && http.is_none() {
            return Ok(None);
        }
        let (exceptions, passes) = (self.exceptions.to_ascii_lowercase(), Passes::of(no_proxy.unwrap_or_default()));
        Ok(Some(reqwest::Proxy::custom(move |url| {
            let server = if url.scheme() == "https" { &https } else { &http };
            let direct = passes.covers(url) || exceptions.split([';', ' ']).any(|exception| covers(exception, url));
            server.clone().filter(|_| !direct)
        })))
    }

    fn server(&self, scheme: &str) -> Result<Option<Url>, Error> {
        let mut entries = self.servers.split([';', ' ']).filter(|entry| !entry.is_empty());
        let named = entries.find_map(|entry| match entry.split_once('=') {
            Some((name, server)) => name.eq_ignore_ascii_case(scheme).then_some(server),
            None => Some(entry),
        });
        let address = |server: &str| {
            let whole = if server.contains("://") { server.to_owned() } else { format!("http://{server}") };
            Url::parse(&whole).ok().filter(Url::has_host)
        };
        let refused = || Error::new(Kind::ProxySetting { name: "ProxyServer" }, "", "");
        named.map(|server| address(server).ok_or_else(refused)).transpose()
    }
}

/// Who is reached directly by NO_PROXY. reqwest asks it for proxies of its own kinds alone.
struct Passes(Matcher);

impl Passes {
    fn of(no_proxy: &str) -> Self {
        // Which proxy it is does not matter.
        Self(Matcher::builder().all("http://any").no(no_proxy).build())
    }

    fn covers(&self, url: &Url) -> bool {
        url.as_str().parse().is_ok_and(|address| self.0.intercept(&address).is_none())
    }
}

/// Is this address an exception? Written `[scheme://]host[:port]`, in lower case.
fn covers(exception: &str, url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    if exception == "<local>" {
        let loopback = match url.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            _ => false,
        };
        return loopback || !host.contains(['.', ':']);
    }
    let rest = match exception.split_once("://") {
        Some((scheme, rest)) if scheme == url.scheme() => rest,
        Some(_) => return false,
        None => exception,
    };
    let port = rest.rsplit_once(':').and_then(|(name, port)| Some((name, port.parse::<u16>().ok()?)));
    // The colons of an address without brackets are its own.
    match port.filter(|(name, _)| !name.contains(':') || name.ends_with(']')) {
        Some((name, port)) => Some(port) == url.port_or_known_default() && fits(name, host),
        None => fits(rest, host) || fits(rest, host.trim_matches(['[', ']'])),
    }
}

fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => text
            .strip_prefix(head)
            .is_some_and(|rest| rest.char_indices().any(|(at, _)| fits(tail, &rest[at..])) || fits(tail, "")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn servers(text: &str) -> [Option<String>; 2] {
        let settings = SystemProxy { servers: text.into(), exceptions: String::new() };
        ["https", "http"].map(|scheme| settings.server(scheme).unwrap().map(String::from))
    }

    #[test]
    fn one_proxy_for_all_or_one_for_each_scheme() {
        let one = || Some("http://proxy.example:8080/".to_owned());
        assert_eq!(servers("proxy.example:8080"), [one(), one()]);
        assert_eq!(servers("http://proxy.example:8080"), [one(), one()]);
        assert_eq!(servers("ftp=f.example:1;HTTPS=proxy.example:8080"), [one(), None]);
        assert_eq!(servers("http=h.example:1 https=proxy.example:8080"), [one(), Some("http://h.example:1/".into())]);
        assert_eq!(servers(""), [None, None]);
    }

    #[test]
    fn what_is_no_address_is_an_error() {
        let settings = SystemProxy { servers: "proxy.example:port".into(), exceptions: String::new() };
        assert_eq!(settings.proxy(None).unwrap_err().kind, Kind::ProxySetting { name: "ProxyServer" });
    }

    #[test]
    fn the_hosts_of_no_proxy_are_exceptions_too() {
        let covers = |list, url| Passes::of(list).covers(&Url::parse(url).unwrap());
        let login = "https://login.example.com/a";
        for list in ["login.example.com", "other, .example.com", "*"] {
            assert!(covers(list, login), "{list}");
        }
        assert!(covers("10.0.0.0/8", "https://10.1.2.3/"));
        assert!(!covers("", login) && !covers("example.org", login));
    }

    #[test]
    fn exceptions_are_hosts_with_stars_schemes_and_ports() {
        let covers = |exception, url| covers(exception, &Url::parse(url).unwrap());
        let login = "https://login.example.com/a";
        for exception in ["login.example.com", "*.example.com", "login.*", "*", "https://*.com", "*.com:443"] {
            assert!(covers(exception, login), "{exception}");
        }
        for exception in ["example.com", "*.example.org", "http://*", "*.com:8080", "", "<local>"] {
            assert!(!covers(exception, login), "{exception}");
        }
        for local in ["https://server/a", "http://localhost:1/", "http://127.0.0.1:2/", "http://[::1]:3/"] {
            assert!(covers("<local>", local), "{local}");
        }
        assert!(covers("[::1]", "http://[::1]:3/") && covers("::1", "http://[::1]:3/"));
        assert!(!covers("<local>", "http://10.0.0.1/") && covers("10.*", "http://10.0.0.1/"));
    }
}
