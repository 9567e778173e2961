//! The proxy of the system's settings, for sessions that name none.

use crate::{
    error::Error,
    proxies::{address, through},
};
use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
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

    /// Its rules, but for the hosts of NO_PROXY; `None` where no proxy is named.
    pub(crate) fn matcher(&self, no_proxy: &str) -> Result<Option<SystemMatcher>, Error> {
        let exceptions = self.exceptions.to_ascii_lowercase();
        Ok(self.server()?.map(|server| SystemMatcher { matcher: through(&server, no_proxy), exceptions }))
    }

    /// The one for https addresses.
    fn server(&self) -> Result<Option<Url>, Error> {
        let mut entries = self.servers.split([';', ' ']).filter(|entry| !entry.is_empty());
        let named = entries.find_map(|entry| match entry.split_once('=') {
            Some((name, server)) => name.eq_ignore_ascii_case("https").then_some(server),
            None => Some(entry),
        });
        address("ProxyServer", named)
    }
}

/// The rules of the system's settings.
pub(crate) struct SystemMatcher {
    matcher: Matcher,
    exceptions: String,
}

impl SystemMatcher {
    pub(crate) fn intercept(&self, address: &Uri) -> Option<Intercept> {
        let url = Url::parse(&address.to_string()).ok()?;
        let direct = self.exceptions.split([';', ' ']).any(|exception| covers(exception, &url));
        self.matcher.intercept(address).filter(|_| !direct)
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
    use crate::error::Kind;

    fn settings(servers: &str, exceptions: &str) -> SystemProxy {
        SystemProxy { servers: servers.into(), exceptions: exceptions.into() }
    }

    #[test]
    fn one_proxy_for_all_or_one_for_each_scheme() {
        let server = |text| settings(text, "").server().unwrap().map(String::from);
        let one = Some("http://proxy.example:8080/".to_owned());
        assert_eq!(server("proxy.example:8080"), one);
        assert_eq!(server("http://proxy.example:8080"), one);
        assert_eq!(server("ftp=f.example:1;HTTPS=proxy.example:8080"), one);
        assert_eq!(server("http=h.example:1 https=proxy.example:8080"), one);
        assert_eq!(server("http=h.example:1"), None);
        assert_eq!(server(""), None);
    }

    #[test]
    fn what_is_no_address_is_an_error() {
        let refused = settings("proxy.example:port", "").matcher("").err().unwrap();
        assert_eq!(refused.kind, Kind::ProxySetting { name: "ProxyServer" });
    }

    #[test]
    fn exceptions_and_the_hosts_of_no_proxy_are_reached_directly() {
        let is_direct = |exceptions, no_proxy, url: &str| {
            let matcher = settings("proxy.example:8080", exceptions).matcher(no_proxy).unwrap().unwrap();
            matcher.intercept(&url.parse().unwrap()).is_none()
        };
        let login = "https://login.example.com/a";
        for list in ["login.example.com", "other, .example.com", "*"] {
            assert!(is_direct("", list, login), "{list}");
        }
        assert!(is_direct("", "10.0.0.0/8", "https://10.1.2.3/"));
        assert!(is_direct("<local>;*.EXAMPLE.com", "", login));
        assert!(!is_direct("", "", login) && !is_direct("*.org", "example.org", login));
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
