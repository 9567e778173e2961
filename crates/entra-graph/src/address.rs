use entra_net::Url;
use std::{borrow::Cow, fmt::Write as _};

/// The OData options that get their `$` where the caller left it out.
const ODATA_OPTIONS: [&str; 9] = ["count", "expand", "filter", "format", "orderby", "search", "select", "skip", "top"];

/// Why an address is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Nothing but blanks.
    #[error("Empty string not allowed for Uri")]
    Empty,
    /// Plain http, or another scheme.
    #[error("Only https is supported")]
    NotHttps,
    /// A user name or password before the host, which makes one host look like another.
    #[error("An address with a user name before its host is not used: write the address without it")]
    UserInfo,
    /// A control character, which some readers of an address drop and others do not.
    #[error("The address holds a control character: remove it")]
    ControlCharacter,
    /// Not an address at all.
    #[error("'{0}' is not an address")]
    Invalid(String),
    /// A page that the service names on a host that is not the connection's.
    #[error("The next page is said to be at '{0}', which is not this connection's Graph: it is not asked for")]
    ForeignPage(String),
}

/// The Graph that a connection belongs to: one scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(Url);

impl Endpoint {
    /// From an environment's Graph address. A path in it is not used: versions hang on the root.
    pub fn new(text: &str) -> Result<Self, AddressError> {
        let mut root = absolute(text.trim())?;
        root.set_path("/");
        root.set_query(None);
        Ok(Self(root))
    }

    /// Does this address lead to this very Graph? The one question that decides about the bearer.
    pub fn owns(&self, url: &Url) -> bool {
        url.scheme() == "https"
            && url.host_str() == self.0.host_str()
            && url.port_or_known_default() == self.0.port_or_known_default()
            && !has_user_info(url)
    }

    /// The root, with a slash at its end.
    pub fn root(&self) -> &Url {
        &self.0
    }
}

/// Where a request goes, and whether that is the connection's own Graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    url: Url,
    own: bool,
}

impl Address {
    /// What a caller wrote: relative to the root (with or without a slash before it), or absolute. `query` is added
    /// to the query that is there. Bare names of OData options get their `$` on v1.0 and beta.
    ///
    /// A relative text can never name a host, however many slashes it begins with.
    pub fn resolve(endpoint: &Endpoint, text: &str, query: &[(String, String)]) -> Result<Self, AddressError> {
        let mut url = parse(endpoint, text)?;
        append_query(&mut url, query);
        let own = endpoint.owns(&url);
        if own {
            prefix_options(&mut url);
        }
        Ok(Self { url, own })
    }

    /// An address that the service gave for the next page: used as it is, and only on the own Graph. A relative one
    /// begins where the page is that names it (RFC 3986, section 5.2.3).
    pub fn next_page(endpoint: &Endpoint, page: &Self, text: &str) -> Result<Self, AddressError> {
        let url = parse(endpoint, &page.beside(text.trim()))?;
        if endpoint.owns(&url) {
            return Ok(Self { url, own: true });
        }
        Err(AddressError::ForeignPage(host_of(&url)))
    }

    /// A relative address in a page at this one, from the root; any other as it is.
    fn beside<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if text.is_empty() || text.starts_with(['/', '\\']) || scheme(text).is_some() {
            return text.into();
        }
        let path = self.url.path();
        let folder = path.rfind('/').map_or("/", |slash| &path[..=slash]);
        format!("{}{text}", if text.starts_with('?') { path } else { folder }).into()
    }

    /// The address.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Is it the connection's own Graph?
    pub fn is_own(&self) -> bool {
        self.own
    }

    /// Is it the beta version?
    pub fn is_beta(&self) -> bool {
        version(&self.url).is_some_and(|version| version.eq_ignore_ascii_case("beta"))
    }
}

fn parse(endpoint: &Endpoint, text: &str) -> Result<Url, AddressError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AddressError::Empty);
    }
    if text.chars().any(char::is_control) {
        return Err(AddressError::ControlCharacter);
    }
    if scheme(text).is_some() {
        return absolute(text);
    }
    relative(endpoint, text)
}

/// The scheme of an absolute address. A colon after a slash, as in `me/drive/root:/a.txt`, is none, nor is one in a
/// relative address such as `users:x`.
fn scheme(text: &str) -> Option<&str> {
    let (name, rest) = text.split_once(':')?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let is_web = name.eq_ignore_ascii_case("http") || name.eq_ignore_ascii_case("https");
    (is_name && (is_web || rest.starts_with("//"))).then_some(name)
}

fn absolute(text: &str) -> Result<Url, AddressError> {
    if !scheme(text).is_some_and(|name| name.eq_ignore_ascii_case("https")) {
        return Err(AddressError::NotHttps);
    }
    // `https:graph.microsoft.com` would be read as a host by some and as a path by others.
    if !text[5..].starts_with("://") {
        return Err(AddressError::Invalid(text.into()));
    }
    let end = text[8..].find(['/', '\\', '?', '#']).map_or(text.len(), |at| at + 8);
    let url = parse_url(&format!("{}{}", &text[..end], encode(&text[end..])))?;
    if has_user_info(&url) || text[8..end].contains('@') {
        return Err(AddressError::UserInfo);
    }
    Ok(url)
}

fn relative(endpoint: &Endpoint, text: &str) -> Result<Url, AddressError> {
    let path = text.trim_start_matches(['/', '\\']);
    let url = parse_url(&format!("{}{}", endpoint.root(), encode(path)))?;
    // The root ends with a slash, so nothing after it can reach the host; this is the belt to those braces.
    if endpoint.owns(&url) {
        return Ok(url);
    }
    Err(AddressError::Invalid(text.into()))
}

fn parse_url(text: &str) -> Result<Url, AddressError> {
    let mut url = Url::parse(text).map_err(|_| AddressError::Invalid(text.into()))?;
    url.set_fragment(None);
    Ok(url)
}

/// Encodes what may not stand in an address (RFC 3986, section 2) and leaves alone what the caller encoded.
///
/// One character more is encoded behind our back: the WHATWG rules of `Url` turn an apostrophe in a query into `%27`,
/// which every server reads as an apostrophe.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            '%' if is_escape(&text.as_bytes()[at..]) => encoded.push('%'),
            '%' | '"' | '<' | '>' | '^' | '`' | '{' | '|' | '}' | ' ' => escape(c, &mut encoded),
            c if !c.is_ascii() => escape(c, &mut encoded),
            c => encoded.push(c),
        }
    }
    encoded
}

fn is_escape(bytes: &[u8]) -> bool {
    matches!(bytes, [b'%', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
}

fn escape(c: char, into: &mut String) {
    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
        // Writing to a String cannot fail.
        let _ = write!(into, "%{byte:02X}");
    }
}

/// A form's names and values, as .NET's `UrlEncode` writes them: what scripts compare against.
fn append_query(url: &mut Url, pairs: &[(String, String)]) {
    if pairs.is_empty() {
        return;
    }
    let mut query = url.query().unwrap_or_default().to_owned();
    for (name, value) in pairs {
        if !query.is_empty() {
            query.push('&');
        }
        encode_form(name, &mut query);
        query.push('=');
        encode_form(value, &mut query);
    }
    url.set_query(Some(&query));
}

fn encode_form(text: &str, into: &mut String) {
    for c in text.chars() {
        match c {
            ' ' => into.push('+'),
            c if c.is_ascii_alphanumeric() || "-_.!*()".contains(c) => into.push(c),
            c => escape(c, into),
        }
    }
}

fn version(url: &Url) -> Option<&str> {
    url.path_segments()?.next()
}

/// Does the first segment of a path name a version of Graph?
pub(crate) fn is_version(segment: &str) -> bool {
    segment.eq_ignore_ascii_case("v1.0") || segment.eq_ignore_ascii_case("beta")
}

fn prefix_options(url: &mut Url) {
    let versioned = version(url).is_some_and(is_version);
    let Some(query) = url.query().filter(|_| versioned) else {
        return;
    };
    let prefixed: Vec<_> = query.split('&').map(prefixed).collect();
    let prefixed = prefixed.join("&");
    if prefixed != query {
        url.set_query(Some(&prefixed));
    }
}

fn prefixed(option: &str) -> std::borrow::Cow<'_, str> {
    let name = option.split_once('=').map_or("", |(name, _)| name);
    if ODATA_OPTIONS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        return format!("${option}").into();
    }
    option.into()
}

fn has_user_info(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Host and, where it is not the scheme's own, port: what messages name.
pub(crate) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.into(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests;
