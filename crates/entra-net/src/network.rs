use crate::SystemProxy;
use std::{fmt, path::PathBuf};

/// What the host says about the way out: the proxies of its session and the CA it trusts.
///
/// A value that is absent or blank is not set. Names in brackets are the variables that people set.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Network {
    /// Proxy for https addresses \[HTTPS_PROXY\].
    pub https_proxy: Option<String>,
    /// The one where that is not set \[ALL_PROXY\].
    pub all_proxy: Option<String>,
    /// Hosts, domains, addresses and networks (CIDR) that are reached directly, separated by commas \[NO_PROXY\].
    pub no_proxy: Option<String>,
    /// The system's own setting, which counts where neither of the proxies above is set.
    pub system_proxy: Option<SystemProxy>,
    /// A file of PEM certificates to trust \[SSL_CERT_FILE\].
    pub ca_file: Option<PathBuf>,
    /// Folders of PEM certificates to trust \[SSL_CERT_DIR, separated as PATH is\].
    pub ca_folders: Vec<PathBuf>,
}

// By hand, since the address of a proxy may hold a password.
impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("ca_file", &self.ca_file)
            .field("ca_folders", &self.ca_folders)
            .finish_non_exhaustive()
    }
}

impl Network {
    /// Nothing but the system's own settings.
    pub fn direct() -> Self {
        Self::default()
    }

    /// The same trust without any proxy: how identity endpoints are reached.
    pub(crate) fn without_proxies(&self) -> Self {
        Self { ca_file: self.ca_file.clone(), ca_folders: self.ca_folders.clone(), ..Self::default() }
    }
}
