//! AKS identity binding: the token request goes to a proxy of the cluster, under a certificate of the cluster's own.

use super::{
    FederatedError, FederatedIdentity,
    token_file::{self, TokenFile},
};
use crate::{
    Answer, Ask, Credential, Error, Files, Fingerprint, TokenReply,
    credential::client_credentials::{assertion_fields, grant},
    endpoint,
    variables::Variables,
};
use entra_net::{Gateway, Network, Secret, Url};
use std::{path::PathBuf, sync::Arc};

const PROXY: &str = "AZURE_KUBERNETES_TOKEN_PROXY";

/// Where the proxy is and how it is known.
pub(crate) struct Binding {
    proxy: Url,
    name: Option<String>,
    ca: Ca,
    files: Arc<dyn Files>,
    network: Network,
}

enum Ca {
    System,
    File(PathBuf),
    Text(Secret),
}

struct IdentityBinding {
    binding: Binding,
    file: TokenFile,
}

impl Binding {
    /// What the variables say; `None` where the workload has no proxy.
    pub(crate) fn of(
        variables: &Variables,
        files: &Arc<dyn Files>,
        network: &Network,
    ) -> Result<Option<Self>, FederatedError> {
        let name = variables.get("AZURE_KUBERNETES_SNI_NAME").map(str::to_owned);
        let file = variables.get("AZURE_KUBERNETES_CA_FILE").map(PathBuf::from);
        let text = variables.secret("AZURE_KUBERNETES_CA_DATA").cloned();
        let Some(proxy) = variables.get(PROXY) else {
            return match (name, file, text) {
                (None, None, None) => Ok(None),
                _ => Err(FederatedError::Binding(
                    "AZURE_KUBERNETES_SNI_NAME, AZURE_KUBERNETES_CA_FILE and AZURE_KUBERNETES_CA_DATA need \
                     AZURE_KUBERNETES_TOKEN_PROXY",
                )),
            };
        };
        let ca = match (file, text) {
            (Some(_), Some(_)) => {
                return Err(FederatedError::Binding(
                    "Only one of AZURE_KUBERNETES_CA_FILE and AZURE_KUBERNETES_CA_DATA may be set",
                ));
            }
            (Some(file), None) => Ca::File(file),
            (None, Some(text)) => Ca::Text(text),
            (None, None) => Ca::System,
        };
        Ok(Some(Self { proxy: address(proxy)?, name, ca, files: files.clone(), network: network.clone() }))
    }

    pub(crate) fn identity(self, tenant: &str, client_id: &str, file: TokenFile) -> FederatedIdentity {
        FederatedIdentity {
            client_id: client_id.into(),
            tenant: tenant.into(),
            credential: Box::new(IdentityBinding { binding: self, file }),
            issuer: "a federated token file, through the identity-binding proxy",
        }
    }

    /// Made anew for each request, since the cluster renews its certificate.
    fn gateway(&self) -> Result<Gateway, Error> {
        let pem = match &self.ca {
            Ca::System => None,
            Ca::Text(text) => Some(text.clone()),
            Ca::File(path) => {
                let read = self.files.read(path);
                Some(read.map_err(|problem| FederatedError::CaFile { path: path.clone(), problem })?)
            }
        };
        Ok(Gateway::new(&self.proxy, self.name.as_deref(), pem.as_ref().map(Secret::expose), &self.network)?)
    }
}

/// An https address with nothing but host, port and path.
fn address(value: &str) -> Result<Url, FederatedError> {
    let plain = |url: &Url| {
        let bare = url.username().is_empty() && url.password().is_none();
        url.scheme() == "https" && url.has_host() && bare && url.query().is_none() && url.fragment().is_none()
    };
    Url::parse(value).ok().filter(plain).ok_or(FederatedError::Address { variable: PROXY })
}

impl Credential for IdentityBinding {
    fn name(&self) -> &'static str {
        token_file::NAME
    }

    fn fingerprint(&self) -> Fingerprint {
        let name = self.binding.name.as_deref().unwrap_or_default();
        let file = crate::AssertionSource::fingerprint(&self.file);
        Fingerprint::of("identity-binding", &[file.bytes(), self.binding.proxy.as_str().as_bytes(), name.as_bytes()])
    }

    fn fetch<'a>(&'a self, ask: &'a Ask<'a>) -> Answer<'a, Result<TokenReply, Error>> {
        Box::pin(async {
            let form = grant(ask).with_all(assertion_fields(self.file.text(ask.clock)?));
            endpoint::token_through(ask, &self.binding.gateway()?, form).await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::tests::FakeFiles;

    fn binding(values: &[(&str, &str)]) -> Result<bool, FederatedError> {
        let files: Arc<dyn Files> = Arc::new(FakeFiles::default());
        Binding::of(&Variables::of(values), &files, &Network::direct()).map(|binding| binding.is_some())
    }

    #[test]
    fn the_variables_have_to_agree() {
        let proxy = (PROXY, "https://10.0.0.1:8443/tokens");
        let (file, text) = (("AZURE_KUBERNETES_CA_FILE", "/ca"), ("AZURE_KUBERNETES_CA_DATA", "pem"));
        assert_eq!(binding(&[]), Ok(false));
        assert_eq!(binding(&[proxy, file, ("AZURE_KUBERNETES_SNI_NAME", "x.example")]), Ok(true));
        assert!(matches!(binding(&[proxy, file, text]), Err(FederatedError::Binding(_))));
        assert!(matches!(binding(&[text]), Err(FederatedError::Binding(_))));
        for bad in ["http://10.0.0.1", "https://u:p@10.0.0.1", "https://10.0.0.1?x", "https://10.0.0.1#x", "x"] {
            assert!(matches!(binding(&[(PROXY, bad)]), Err(FederatedError::Address { .. })), "{bad}");
        }
    }
}
