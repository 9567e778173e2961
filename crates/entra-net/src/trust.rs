use crate::{
    Network,
    error::{Error, Kind, Untrusted},
};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, OtherError, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use std::{path::Path, sync::Arc};
use x509_parser::prelude::{FromDer, X509Certificate};

/// The TLS settings of a client: the system's trust, and the host's CA beside it (Windows, macOS) or in its place
/// (Linux, as OpenSSL does).
pub(crate) fn client_config(network: &Network) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(Explained(verifier(network, &provider)?));
    with_verifier(provider, verifier)
}

/// TLS settings that trust one certificate alone, by its SHA-1 thumbprint (Service Fabric, protocol fixed by the
/// platform).
pub(crate) fn pinned_config(verifier: Arc<dyn ServerCertVerifier>) -> Result<ClientConfig, Error> {
    with_verifier(Arc::new(rustls::crypto::ring::default_provider()), verifier)
}

fn with_verifier(provider: Arc<CryptoProvider>, verifier: Arc<dyn ServerCertVerifier>) -> Result<ClientConfig, Error> {
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(Kind::Tls, "", error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(config)
}

/// Certificates out of the file and folders that the host names; what cannot be read is an error, since the person who
/// named it expects it to count.
fn named_roots(network: &Network) -> Result<Vec<CertificateDer<'static>>, Error> {
    let mut roots = Vec::new();
    if let Some(file) = &network.ca_file {
        roots.extend(load(Some(file), None)?);
    }
    for folder in &network.ca_folders {
        // A folder that is not there is no fault: OpenSSL's default list names several.
        roots.extend(load(None, Some(folder)).unwrap_or_default());
    }
    Ok(roots)
}

fn load(file: Option<&Path>, folder: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, Error> {
    let found = rustls_native_certs::load_certs_from_paths(file, folder);
    match found.errors.first() {
        Some(error) if found.certs.is_empty() => Err(Error::new(Kind::File, "", error.to_string())),
        _ => Ok(found.certs),
    }
}

#[cfg(not(any(windows, target_vendor = "apple")))]
fn verifier(network: &Network, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    let certificates = if network.names_ca() { named_roots(network)? } else { system_roots() };
    let mut roots = rustls::RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(certificates);
    if added == 0 {
        let hint = "install the package ca-certificates, or name a file of certificates in SSL_CERT_FILE";
        return Err(Error::new(Kind::NoRoots, "", hint));
    }
    let built = rustls::client::WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
    let verifier = built.map_err(|error| Error::new(Kind::NoRoots, "", error.to_string()))?;
    Ok(verifier)
}

/// Where Linux distributions and BSDs keep their bundle. A fixed list, since a probe would read the process's own
/// environment instead of the session's.
#[cfg(not(any(windows, target_vendor = "apple")))]
const BUNDLES: [&str; 7] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
];

#[cfg(not(any(windows, target_vendor = "apple")))]
fn system_roots() -> Vec<CertificateDer<'static>> {
    let bundle = BUNDLES.iter().map(Path::new).find(|path| path.is_file());
    match bundle {
        Some(bundle) => load(Some(bundle), None).unwrap_or_default(),
        None => load(None, Some(Path::new("/etc/ssl/certs"))).unwrap_or_default(),
    }
}

#[cfg(any(windows, target_vendor = "apple"))]
fn verifier(network: &Network, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    let roots = if network.names_ca() { named_roots(network)? } else { Vec::new() };
    let built = rustls_platform_verifier::Verifier::new_with_extra_roots(roots, provider.clone());
    let verifier = built.map_err(|error| Error::new(Kind::NoRoots, "", error.to_string()))?;
    Ok(Arc::new(verifier))
}

/// Says of a refused certificate who issued it, which is what people need to find the inspecting proxy.
#[derive(Debug)]
struct Explained(Arc<dyn ServerCertVerifier>);

fn explain(certificate: &CertificateDer<'_>, error: &rustls::Error) -> rustls::Error {
    let issuer = X509Certificate::from_der(certificate).map_or_else(|_| "?".into(), |(_, c)| c.issuer().to_string());
    let reason = error.to_string();
    rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(Untrusted { issuer, reason }))))
}

impl ServerCertVerifier for Explained {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.0
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            .map_err(|error| explain(end_entity, &error))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
