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

/// Where people's sign-ins are kept, beside [`FILES`].
pub(crate) const STORES: &[Variable] =
    &[plain("XDG_DATA_HOME"), plain("DBUS_SESSION_BUS_ADDRESS"), plain("XDG_RUNTIME_DIR")];

/// Where a managed identity is to be had, for `-Identity`.
pub(crate) const IDENTITY: &[Variable] = &[
    plain("IDENTITY_ENDPOINT"),
    secret("IDENTITY_HEADER"),
    plain("IDENTITY_SERVER_THUMBPRINT"),
    plain("IMDS_ENDPOINT"),
    plain("MSI_ENDPOINT"),
    secret("MSI_SECRET"),
    plain("DEFAULT_IDENTITY_CLIENT_ID"),
    plain("AZURE_POD_IDENTITY_AUTHORITY_HOST"),
    plain("ProgramData"),
    plain("ProgramFiles"),
];

/// What a workload of a cluster is told, for `-Identity` and `-EnvironmentVariable`.
pub(crate) const WORKLOAD: &[Variable] = &[
    plain("AZURE_TENANT_ID"),
    plain("AZURE_CLIENT_ID"),
    plain("AZURE_FEDERATED_TOKEN_FILE"),
    plain("AZURE_KUBERNETES_TOKEN_PROXY"),
    plain("AZURE_KUBERNETES_SNI_NAME"),
    plain("AZURE_KUBERNETES_CA_FILE"),
    plain("AZURE_KUBERNETES_CA_DATA"),
];

/// Credentials of an application and identities of pipelines, for `-EnvironmentVariable`.
pub(crate) const CREDENTIALS: &[Variable] = &[
    secret("AZURE_CLIENT_SECRET"),
    plain("AZURE_CLIENT_CERTIFICATE_PATH"),
    secret("AZURE_CLIENT_CERTIFICATE_PASSWORD"),
    plain("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"),
    plain("AZURE_USERNAME"),
    secret("AZURE_PASSWORD"),
    plain("GITHUB_ACTIONS"),
    plain("ACTIONS_ID_TOKEN_REQUEST_URL"),
    secret("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
    plain("TF_BUILD"),
    plain("SYSTEM_OIDCREQUESTURI"),
    secret("SYSTEM_ACCESSTOKEN"),
    plain("AZURESUBSCRIPTION_CLIENT_ID"),
    plain("AZURESUBSCRIPTION_TENANT_ID"),
    plain("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"),
];

/// The app that people sign in with where none is named.
pub(crate) const CLIENT_ID: &str = "CONNECT_ENTRA_CLIENT_ID";
/// How long people may take in the browser, in seconds.
pub(crate) const SIGN_IN_LIMIT: &str = "CONNECT_ENTRA_SIGN_IN_TIMEOUT";

/// Settings of people's sign-ins.
pub(crate) const PERSON: &[Variable] = &[plain(CLIENT_ID), plain(SIGN_IN_LIMIT)];

/// Those whose value is a credential: programs that the library starts do not get them.
pub(crate) fn is_credential(name: &str) -> bool {
    [NETWORK, FILES, IDENTITY, WORKLOAD, CREDENTIALS]
        .into_iter()
        .flatten()
        .any(|known| known.secret && known.name == name)
}
