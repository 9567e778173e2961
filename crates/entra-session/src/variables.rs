//! The one list of environment variables. The library reads none by itself: it asks the host for a group when an
//! operation needs it, since a session's variables are not the process's.

/// A variable that the product reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) name: &'static str,
    /// Crosses the door as a secret.
    pub(crate) secret: bool,
}

const fn plain(name: &'static str) -> Variable {
    Variable { name, secret: false }
}

const fn secret(name: &'static str) -> Variable {
    Variable { name, secret: true }
}

/// The way out: proxies and the CA to trust.
pub(crate) const NETWORK: &[Variable] = &[
    plain("https_proxy"),
    plain("HTTPS_PROXY"),
    plain("http_proxy"),
    plain("HTTP_PROXY"),
    plain("all_proxy"),
    plain("ALL_PROXY"),
    plain("no_proxy"),
    plain("NO_PROXY"),
    plain("SSL_CERT_FILE"),
    plain("SSL_CERT_DIR"),
];

/// Where this user's files are.
pub(crate) const FILES: &[Variable] =
    &[plain("HOME"), plain("XDG_CONFIG_HOME"), plain("APPDATA"), plain("LOCALAPPDATA"), plain("USERPROFILE")];

/// Credentials of an application, for `-EnvironmentVariable`.
pub(crate) const CREDENTIALS: &[Variable] = &[
    plain("AZURE_TENANT_ID"),
    plain("AZURE_CLIENT_ID"),
    secret("AZURE_CLIENT_SECRET"),
    plain("AZURE_CLIENT_CERTIFICATE_PATH"),
    secret("AZURE_CLIENT_CERTIFICATE_PASSWORD"),
    plain("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"),
    plain("AZURE_USERNAME"),
    secret("AZURE_PASSWORD"),
];

/// Those whose value is a credential: programs that the library starts do not get them.
pub(crate) fn is_credential(name: &str) -> bool {
    [NETWORK, FILES, CREDENTIALS].into_iter().flatten().any(|known| known.secret && known.name == name)
}
