//! Sign-in of an app by another issuer's token. One kind of issuer, one file.

pub(crate) mod azure_pipelines;
mod error;
pub(crate) mod github;
pub(crate) mod identity_binding;
pub(crate) mod managed_identity;
pub(crate) mod token_file;

use crate::{Ask, AssertionSource, Authority, ClientAssertionCredential, ClientCredentials, Credential, Error, Level};
use entra_net::{HeaderName, HeaderValue, Reply, Request, RetryRule, Secret, Url, header, send_again};
pub use error::FederatedError;
use std::time::Duration;
use zeroize::Zeroizing;

/// An app that signs in by an outside issuer's tokens.
pub struct FederatedIdentity {
    /// The app.
    pub client_id: String,
    /// Its tenant.
    pub tenant: String,
    /// How it signs in.
    pub credential: Box<dyn Credential>,
    /// Whose tokens these are, as people call it.
    pub issuer: &'static str,
}

impl FederatedIdentity {
    fn new(tenant: &str, client_id: &str, issuer: &'static str, source: Box<dyn AssertionSource>) -> Self {
        let credential = Box::new(ClientCredentials(ClientAssertionCredential(source)));
        Self { client_id: client_id.into(), tenant: tenant.into(), credential, issuer }
    }
}

/// Issuers that are busy are asked again, as the sign-in service is.
const BUSY: RetryRule = RetryRule {
    again: 3,
    status: |status| status == 429 || (500..600).contains(&status),
    delay: Duration::from_millis(800),
    budget: Duration::from_secs(60),
};

/// The audience that an assertion for this sign-in service has to have.
pub(crate) fn audience(authority: &Authority) -> &'static str {
    match authority.login().host_str().unwrap_or_default() {
        "login.microsoftonline.us" => "api://AzureADTokenExchangeUSGov",
        "login.partner.microsoftonline.cn" | "login.chinacloudapi.cn" => "api://AzureADTokenExchangeChina",
        _ => "api://AzureADTokenExchange",
    }
}

/// The address in a variable: https, or this machine's own http.
fn address(variable: &'static str, value: &str) -> Result<Url, FederatedError> {
    let url = Url::parse(value).map_err(|_| FederatedError::Address { variable })?;
    let local = ["127.0.0.1", "[::1]", "localhost"].contains(&url.host_str().unwrap_or_default());
    let fine = url.has_host() && (url.scheme() == "https" || url.scheme() == "http" && local);
    if fine { Ok(url) } else { Err(FederatedError::Address { variable }) }
}

/// Adds the pipeline's own token.
fn with_bearer(request: Request, variable: &'static str, token: &Secret) -> Result<Request, FederatedError> {
    let wrong = || FederatedError::Header { variable };
    let text = Zeroizing::new(format!("Bearer {}", token.expose_text().ok_or_else(wrong)?.trim()));
    let mut value = HeaderValue::from_str(&text).map_err(|_| wrong())?;
    value.set_sensitive(true);
    Ok(request.with_header(header::AUTHORIZATION, value).with_header(header::ACCEPT, JSON))
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const FED_AUTH: HeaderName = HeaderName::from_static("x-tfs-fedauthredirect");

/// Asks an issuer for an assertion: the text field `name` of its JSON.
async fn ask_issuer(ask: &Ask<'_>, issuer: &'static str, request: &Request, name: &str) -> Result<Secret, Error> {
    let host = request.host();
    ask.host.log(Level::Verbose, format!("Asking {issuer} at '{host}' for an assertion"));
    let told = &mut |waiting: entra_net::Waiting| crate::endpoint::tell(ask.host, &host, &waiting);
    let reply = send_again(ask.client, ask.clock, &BUSY, request, told).await?;
    Ok(assertion_of(&reply, issuer, &host, name)?)
}

fn assertion_of(reply: &Reply, issuer: &'static str, host: &str, name: &str) -> Result<Secret, FederatedError> {
    let status = reply.status;
    let fields: serde_json::Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    if !reply.is_success() {
        let text = fields["message"].as_str().unwrap_or("no JSON").to_owned();
        return Err(FederatedError::Refused { issuer, host: host.into(), status, text });
    }
    match fields[name].as_str() {
        Some(text) if !text.is_empty() => Ok(Secret::from(text)),
        _ => Err(FederatedError::NoAssertion { issuer, host: host.into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cloud_has_its_audience() {
        for (login, expected) in [
            ("https://login.microsoftonline.com", "api://AzureADTokenExchange"),
            ("https://login.microsoftonline.us", "api://AzureADTokenExchangeUSGov"),
            ("https://login.partner.microsoftonline.cn", "api://AzureADTokenExchangeChina"),
            ("https://login.example:8443", "api://AzureADTokenExchange"),
        ] {
            let authority = Authority::new(&Url::parse(login).unwrap(), "contoso.example").unwrap();
            assert_eq!(audience(&authority), expected, "{login}");
        }
    }

    #[test]
    fn a_pipelines_token_does_not_go_over_the_net_unprotected() {
        for good in ["https://pipelines.example/x?y", "http://localhost:3/x", "http://127.0.0.1:4"] {
            assert!(address("X", good).is_ok(), "{good}");
        }
        for bad in ["http://pipelines.example/x", "pipelines.example", "ftp://localhost", ""] {
            assert!(address("X", bad).is_err(), "{bad}");
        }
    }
}
