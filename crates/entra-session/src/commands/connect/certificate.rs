use super::{Plan, checks, client_assertion, refused, secret::tenant};
use crate::{
    Bag, Failure,
    clouds::Cloud,
    context::{AuthType, Context, CredentialType},
    failure,
    host::HostLink,
    runtime,
};
use entra_auth::{
    CertificateCredential, ClientCredentials, Credential, Error, FileCertificate, Found, Host, KeyFileError, Wanted,
};
use entra_net::{Network, Secret};
use std::path::{Path, PathBuf};

const NAME: &str = "ClientCertificateCredential";

/// An app and its certificate: by subject, thumbprint, object (the original's order), by file, or an assertion that
/// somebody else has signed.
pub(super) async fn plan(input: &Bag, host: &HostLink, cloud: &Cloud, network: &Network) -> Result<Plan, Failure> {
    let client_id = input.filled("ClientId").unwrap_or_default().to_owned();
    let tenant = tenant(input, cloud)?;
    let send_chain = input.flag("SendCertificateChain");
    let mut context = Context::new(AuthType::AppOnly, CredentialType::ClientCertificate, input, &cloud.name);
    context.client_id.clone_from(&client_id);
    context.tenant_id = Some(tenant.clone());
    context.send_chain = send_chain;
    context.certificate_thumbprint = input.filled("CertificateThumbprint").map(str::to_owned);
    context.certificate_subject = input.filled("CertificateSubjectName").map(str::to_owned);
    let credential: Box<dyn Credential> = if let Some(wanted) = wanted(input) {
        let found = find(wanted, send_chain, host).await?;
        context.certificate_key = Some(found.key.clone());
        let credential = CertificateCredential::from_host(found, send_chain).map_err(|error| refused(NAME, error))?;
        Box::new(ClientCredentials(credential))
    } else if let Some(path) = input.filled("CertificatePath") {
        let password = host.secret("CertificatePassword");
        Box::new(ClientCredentials(from_file(path.into(), password, send_chain).await?))
    } else {
        client_assertion::credential(input, host, network).await?
    };
    Ok(Plan { credential, client_id, tenant, context })
}

fn wanted(input: &Bag) -> Option<Wanted> {
    let subject = input.filled("CertificateSubjectName").map(|subject| Wanted::Subject(subject.to_owned()));
    let thumbprint = || checks::thumbprint(input).map(Wanted::Thumbprint);
    subject.or_else(thumbprint).or_else(|| input.flag("Certificate").then_some(Wanted::Given))
}

async fn find(wanted: Wanted, chain: bool, host: &HostLink) -> Result<Found, Failure> {
    let found = host.find_certificate(wanted.clone(), chain).await;
    found.map_err(|problem| refused(NAME, Error::Certificate { wanted, problem }))
}

/// Reads a certificate file, which may lie on a slow share. What is wrong with it is said with its path.
pub(super) async fn from_file(
    path: PathBuf,
    password: Option<Secret>,
    send_chain: bool,
) -> Result<CertificateCredential, Failure> {
    let read = move || {
        let content = zeroize::Zeroizing::new(std::fs::read(&path).map_err(|error| unreadable(&path, &error))?);
        FileCertificate::read(&content, password.as_ref()).map_err(|error| failure::key_file(&path, &error))
    };
    Ok(CertificateCredential::from_file(runtime::beside(read).await?, send_chain))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    failure::key_file(path, &KeyFileError::Unreadable { path: path.to_owned(), cause: error.to_string() })
}
