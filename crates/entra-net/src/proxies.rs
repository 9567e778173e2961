use crate::{
    Network, Url,
    error::{Error, Kind},
    system_proxy::SystemMatcher,
};
use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

/// Which proxy stands in the way to a host, if any.
pub(crate) enum Proxies {
    /// None at all.
    None,
    /// Those that the session names.
    Named(Matcher),
    /// That of the system's settings.
    System(SystemMatcher),
}

impl Proxies {
    /// Those that the session names; where it names none, the system's.
    pub(crate) fn of(network: &Network) -> Result<Self, Error> {
        let https = address("HTTPS_PROXY", network.https_proxy.as_deref())?;
        let all = address("ALL_PROXY", network.all_proxy.as_deref())?;
        let direct = network.no_proxy.as_deref().unwrap_or_default();
        if let Some(proxy) = https.or(all) {
            return Ok(Self::Named(through(&proxy, direct)));
        }
        let system = network.system_proxy.as_ref().map(|system| system.matcher(direct)).transpose()?.flatten();
        Ok(system.map_or(Self::None, Self::System))
    }

    /// The one for this address. Only https is asked through proxies: what is http is a service of this machine.
    pub(crate) fn to(&self, address: &Uri) -> Option<Intercept> {
        match self {
            _ if address.scheme_str() != Some("https") => None,
            Self::None => None,
            Self::Named(matcher) => matcher.intercept(address),
            Self::System(matcher) => matcher.intercept(address),
        }
    }
}

/// Through this proxy, but for the hosts that are reached directly.
pub(crate) fn through(proxy: &Url, direct: &str) -> Matcher {
    Matcher::builder().all(proxy.as_str()).no(direct).build()
}

/// The address of a proxy as people write it: with a scheme or without.
pub(crate) fn address(name: &'static str, value: Option<&str>) -> Result<Option<Url>, Error> {
    let Some(value) = value.map(str::trim).filter(|value| !value.is_empty()) else { return Ok(None) };
    let whole = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    let known = |url: &Url| url.has_host() && ["http", "https"].contains(&url.scheme());
    match Url::parse(&whole).ok().filter(known) {
        Some(url) => Ok(Some(url)),
        None => Err(Error::new(Kind::ProxySetting { name }, "", "")),
    }
}
