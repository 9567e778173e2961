use super::{IdentityError, IdentityId};
use entra_net::{HeaderName, HeaderValue, Method, Request, Secret, Url, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::{net::IpAddr, time::Duration};
use url::Host;

/// An identity endpoint answers at once or has a problem.
const EXCHANGE_LIMIT: Duration = Duration::from_secs(30);
const METADATA: HeaderName = HeaderName::from_static("metadata");

/// The address in a variable. Plain http is for hosts beside us: tokens do not go over the net unprotected.
pub(super) fn address(variable: &'static str, value: &str) -> Result<Url, IdentityError> {
    let url = Url::parse(value).map_err(|_| IdentityError::Address { variable })?;
    match url.scheme() {
        "https" if url.has_host() => Ok(url),
        "http" if is_near(&url) => Ok(url),
        "http" => Err(IdentityError::Unprotected { variable, host: url.host_str().unwrap_or_default().into() }),
        _ => Err(IdentityError::Address { variable }),
    }
}

/// Loopback, link-local and private addresses, and names without a dot.
fn is_near(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => !name.contains('.'),
        Some(Host::Ipv4(ip)) => is_near_address(ip.into()),
        Some(Host::Ipv6(ip)) => is_near_address(ip.into()),
        None => false,
    }
}

fn is_near_address(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_link_local() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unicast_link_local() || ip.is_unique_local(),
    }
}

/// All but what may stand in a query as it is (RFC 3986, section 3.4). The original leaves the resource's `://` alone, and
/// so do we: these endpoints are many, and small.
const QUERY: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/').remove(b':');

/// GET with these query parameters.
pub(super) fn get(address: &Url, query: &[(&str, &str)]) -> Request {
    let own = address.query().filter(|own| !own.is_empty()).map(str::to_owned);
    let given = query.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, QUERY)));
    let mut url = address.clone();
    url.set_query(Some(&own.into_iter().chain(given).collect::<Vec<_>>().join("&")));
    limited(Request::new(Method::GET, url))
}

/// POST of these form fields.
pub(super) fn post(address: &Url, form: &[(&str, &str)]) -> Request {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    limited(Request::new(Method::POST, address.clone())).with_header(header::CONTENT_TYPE, kind).with_body(body)
}

fn limited(mut request: Request) -> Request {
    request.limit = Some(EXCHANGE_LIMIT);
    request
}

/// Adds `Metadata: true`, which keeps requests out that somebody was tricked into forwarding.
pub(super) fn with_metadata(request: Request) -> Request {
    request.with_header(METADATA, HeaderValue::from_static("true"))
}

/// Adds a header with a secret of the environment.
pub(super) fn with_secret(
    request: Request,
    name: &'static str,
    variable: &'static str,
    secret: &Secret,
) -> Result<Request, IdentityError> {
    let mut value = HeaderValue::from_bytes(secret.expose()).map_err(|_| IdentityError::Header { variable })?;
    value.set_sensitive(true);
    Ok(request.with_header(HeaderName::from_static(name), value))
}

/// The parameter by which a host lets an identity be chosen; `names` are those for client, object and resource id, empty
/// where it does not.
pub(super) fn choice<'a>(
    platform: &'static str,
    id: &'a IdentityId,
    names: [&'static str; 3],
) -> Result<Option<(&'static str, &'a str)>, IdentityError> {
    let at = match id {
        IdentityId::System => return Ok(None),
        IdentityId::Client(_) => 0,
        IdentityId::Object(_) => 1,
        IdentityId::Resource(_) => 2,
    };
    let (kind, value) = id.parts();
    match names[at] {
        "" => Err(IdentityError::NoChoice { platform, kind, any: names.iter().any(|name| !name.is_empty()) }),
        name => Ok(Some((name, value))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_hosts_beside_us() {
        for good in [
            "http://127.0.0.1:41/x",
            "http://169.254.129.3:8081",
            "http://[::1]:4",
            "http://172.16.0.4",
            "http://localhost:1",
        ] {
            assert!(address("MSI_ENDPOINT", good).is_ok(), "{good}");
        }
        assert!(address("MSI_ENDPOINT", "https://identity.example").is_ok());
        assert!(matches!(address("MSI_ENDPOINT", "http://20.1.2.3"), Err(IdentityError::Unprotected { .. })));
        assert!(matches!(address("MSI_ENDPOINT", "http://identity.example"), Err(IdentityError::Unprotected { .. })));
        for bad in ["", "identity", "ftp://localhost", "file:///etc/passwd"] {
            assert!(matches!(address("MSI_ENDPOINT", bad), Err(IdentityError::Address { .. })), "{bad}");
        }
    }
    #[test]
    fn a_query_keeps_what_it_may() {
        let address = Url::parse("http://127.0.0.1:1/x?a=b").unwrap();
        let url = get(&address, &[("resource", "https://graph.example"), ("id", "/a b&c=d#e+f%")]).url;
        assert_eq!(url.query(), Some("a=b&resource=https://graph.example&id=/a%20b%26c%3Dd%23e%2Bf%25"));
    }
}
