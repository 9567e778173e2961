use hyper_util::client::legacy;
use std::{error::Error as StdError, fmt, io, time::Duration};

/// Why no reply came. Names the host, never an address with a query, a header or a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What kind of failure it is.
    pub kind: Kind,
    /// The host that was to be reached, with its port where that is not the scheme's own.
    pub host: String,
    /// The cause as the system or the TLS library words it.
    pub detail: String,
}

/// The kinds of failure that lead to different advice.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// The name has no address.
    Unresolved,
    /// Nobody answers at that address.
    Unreachable,
    /// The certificate that the server showed is not trusted; its issuer, where it could be read.
    Untrusted {
        /// Distinguished name of the certificate's issuer.
        issuer: String,
    },
    /// TLS could not be agreed on for another reason.
    Tls,
    /// The proxy refused or failed.
    Proxy,
    /// The proxy setting is not an address.
    ProxySetting {
        /// The value's name.
        name: &'static str,
    },
    /// No certificate could be loaded to trust.
    NoRoots,
    /// Nothing came in time.
    TimedOut {
        /// The limit that ran out.
        after: Duration,
    },
    /// The connection ended before the reply did.
    Cut,
    /// The reply is larger than what is taken, in bytes.
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The request cannot be sent as it is (address, header).
    Request,
    /// What was to be sent could not be read to its end.
    Body,
    /// A file that was to be sent or trusted cannot be read.
    File,
}

impl Error {
    pub(crate) fn new(kind: Kind, host: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { kind, host: host.into(), detail: detail.into() }
    }

    /// Worth another try: the same request may succeed a moment later.
    pub fn is_passing(&self) -> bool {
        matches!(self.kind, Kind::Cut | Kind::TimedOut { .. } | Kind::Unreachable)
    }

    /// The request did not get as far as an answer.
    pub(crate) fn of_request(error: &legacy::Error, host: &str) -> Self {
        let chain = Chain::of(error.source());
        Self::new(chain.kind(error.is_connect()), host, chain.last_words())
    }

    /// The answer's body did not come to its end.
    pub(crate) fn of_body(error: &(dyn StdError + 'static), host: &str) -> Self {
        let chain = Chain::of(Some(error));
        Self::new(chain.kind(false), host, chain.last_words())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, host, detail } = self;
        match kind {
            Kind::Unresolved => write!(f, "The name of '{host}' could not be resolved"),
            Kind::Unreachable => write!(f, "'{host}' could not be reached"),
            Kind::Untrusted { issuer } => {
                write!(f, "The certificate of '{host}', issued by '{issuer}', is not trusted")
            }
            Kind::Tls => write!(f, "No secure connection to '{host}' could be agreed on"),
            Kind::Proxy => write!(f, "The proxy did not let the connection to '{host}' through"),
            Kind::ProxySetting { name } => {
                write!(f, "The value of {name} is not the address of a proxy")
            }
            Kind::NoRoots => write!(f, "No certificate authority could be loaded to check '{host}' with"),
            Kind::TimedOut { after } => write!(f, "'{host}' did not answer within {} s", after.as_secs_f32()),
            Kind::Cut => write!(f, "The connection to '{host}' ended before the reply did"),
            Kind::TooLarge { limit } => {
                write!(f, "The reply of '{host}' is larger than {limit} bytes")
            }
            Kind::Request => write!(f, "The request to '{host}' cannot be sent"),
            Kind::Body => write!(f, "The body of the request to '{host}' could not be read"),
            Kind::File => write!(f, "A file could not be read"),
        }?;
        if detail.is_empty() { Ok(()) } else { write!(f, " ({detail})") }
    }
}

impl StdError for Error {}

/// The certificate that was refused, carried through the TLS library's error.
#[derive(Debug)]
pub(crate) struct Untrusted {
    pub(crate) issuer: String,
    pub(crate) reason: String,
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl StdError for Untrusted {}

/// An error and everything below it.
struct Chain<'a>(Vec<&'a (dyn StdError + 'static)>);

impl<'a> Chain<'a> {
    fn of(mut next: Option<&'a (dyn StdError + 'static)>) -> Self {
        let mut links: Vec<&(dyn StdError + 'static)> = Vec::new();
        while let Some(link) = next {
            links.push(link);
            // An io::Error hides the error that it carries behind `get_ref`; its `source` is one further down.
            next = match link.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
                Some(inner) => Some(inner as &(dyn StdError + 'static)),
                None => link.source(),
            };
        }
        Self(links)
    }

    fn kind(&self, connecting: bool) -> Kind {
        if let Some(untrusted) = self.untrusted() {
            return Kind::Untrusted { issuer: untrusted.issuer.clone() };
        }
        match () {
            () if self.says("tunnel") || self.says("proxy") => Kind::Proxy,
            () if self.says("dns error") => Kind::Unresolved,
            () if self.tls_error().is_some() => Kind::Tls,
            () if connecting => Kind::Unreachable,
            () => Kind::Cut,
        }
    }

    fn says(&self, words: &str) -> bool {
        self.0.iter().any(|link| link.to_string().contains(words))
    }

    fn tls_error(&self) -> Option<&'a rustls::Error> {
        self.0.iter().find_map(|link| link.downcast_ref::<rustls::Error>())
    }

    fn untrusted(&self) -> Option<&'a Untrusted> {
        match self.tls_error()? {
            rustls::Error::InvalidCertificate(rustls::CertificateError::Other(other)) => {
                other.0.downcast_ref::<Untrusted>()
            }
            _ => None,
        }
    }

    fn last_words(&self) -> String {
        let untrusted = self.untrusted().map(|untrusted| untrusted.reason.clone());
        untrusted.or_else(|| self.0.last().map(|link| link.to_string())).unwrap_or_default()
    }
}
