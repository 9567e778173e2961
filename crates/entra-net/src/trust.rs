use crate::{
    Network,
    error::{Error, Kind, Untrusted},
};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, OtherError, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use std::{path::Path, sync::Arc};
use x509_parser::prelude::{FromDer, X509Certificate};

/// The TLS settings of a client: the system's trust, and the host's CA beside it (Windows, macOS) or in its place
/// (Linux, as OpenSSL does).
pub(crate) fn client_config(network: &Network) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let trusted = Trusted::Authorities(authorities(network, &provider)?);
    with_verifier(Verifier { trusted, provider })
}

/// TLS settings that trust one certificate alone.
pub(crate) fn pinned_config(thumbprint: Thumbprint) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    with_verifier(Verifier { trusted: Trusted::Certificate(thumbprint), provider })
}

/// TLS settings that trust the authorities of a PEM text alone.
pub(crate) fn roots_config(pem: &[u8]) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = CertificateDer::pem_slice_iter(pem).flatten();
    let verifier = trusting(roots, &provider, "there is no certificate in the CA text")?;
    with_verifier(Verifier { trusted: Trusted::Authorities(vec![verifier]), provider })
}

/// Trusts these authorities alone; an error with this hint where there are none.
fn trusting(
    authorities: impl IntoIterator<Item = CertificateDer<'static>>,
    provider: &Arc<CryptoProvider>,
    hint: &str,
) -> Result<Arc<WebPkiServerVerifier>, Error> {
    let mut roots = rustls::RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(authorities);
    if added == 0 {
        return Err(Error::new(Kind::NoRoots, "", hint));
    }
    let built = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
    built.map_err(|error| Error::new(Kind::NoRoots, "", error.to_string()))
}

fn with_verifier(verifier: Verifier) -> Result<ClientConfig, Error> {
    let mut config = ClientConfig::builder_with_provider(verifier.provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(Kind::Tls, "", error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    // A configuration that is handed in is taken as it is: without this the client never speaks HTTP/2.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
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
fn authorities(network: &Network, provider: &Arc<CryptoProvider>) -> Result<Authorities, Error> {
    let in_place = network.ca_file.is_some() || !network.ca_folders.is_empty();
    let certificates = if in_place { named_roots(network)? } else { system_roots() };
    let hint = "install the package ca-certificates, or name a file of certificates in SSL_CERT_FILE";
    Ok(vec![trusting(certificates, provider, hint)?])
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

/// Those that the host names are checked as on other systems. The system's verifier could take both, but by a structure
/// that Wine's CertCreateCertificateChainEngine does not know.
#[cfg(any(windows, target_vendor = "apple"))]
fn authorities(network: &Network, provider: &Arc<CryptoProvider>) -> Result<Authorities, Error> {
    let mut authorities: Authorities = Vec::new();
    let named = named_roots(network)?;
    // Folders that are not there add nothing to what the system trusts.
    if network.ca_file.is_some() || !named.is_empty() {
        authorities.push(trusting(named, provider, "there is no certificate in what SSL_CERT_FILE names")?);
    }
    let system = rustls_platform_verifier::Verifier::new(provider.clone());
    authorities.push(Arc::new(system.map_err(|error| Error::new(Kind::NoRoots, "", error.to_string()))?));
    Ok(authorities)
}

/// SHA-1 of a certificate's DER form. Service Fabric names its endpoint's certificate by it, so it is the platform's
/// choice, not ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thumbprint([u8; 20]);

impl Thumbprint {
    /// From 40 hexadecimal digits; blanks and colons between them do not count.
    pub fn parse(text: &str) -> Option<Self> {
        let kept: String = text.chars().filter(|c| !c.is_whitespace() && *c != ':').collect();
        if kept.len() != 40 || !kept.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = [0; 20];
        for (byte, at) in bytes.iter_mut().zip((0..40).step_by(2)) {
            *byte = u8::from_str_radix(&kept[at..at + 2], 16).ok()?;
        }
        Some(Self(bytes))
    }

    fn is_of(self, certificate: &CertificateDer<'_>) -> bool {
        let algorithm = &ring::digest::SHA1_FOR_LEGACY_USE_ONLY;
        ring::digest::digest(algorithm, certificate).as_ref() == self.0
    }
}

/// Verifiers, asked in turn.
type Authorities = Vec<Arc<dyn ServerCertVerifier>>;

/// Whom a client trusts.
#[derive(Debug)]
enum Trusted {
    /// Whom one of them trusts.
    Authorities(Authorities),
    /// The one certificate whose thumbprint is known. Names and dates do not count: such certificates are made by the
    /// cluster for itself.
    Certificate(Thumbprint),
}

/// Says of a refused certificate who issued it, which is what people need to find the inspecting proxy.
#[derive(Debug)]
struct Verifier {
    trusted: Trusted,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let mut refused = rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure);
        match &self.trusted {
            Trusted::Certificate(thumbprint) if thumbprint.is_of(end_entity) => {
                return Ok(ServerCertVerified::assertion());
            }
            Trusted::Certificate(_) => {}
            Trusted::Authorities(authorities) => {
                for one in authorities {
                    match one.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
                        Ok(verified) => return Ok(verified),
                        Err(error) => refused = error,
                    }
                }
            }
        }
        Err(explain(end_entity, &refused))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn explain(certificate: &CertificateDer<'_>, error: &rustls::Error) -> rustls::Error {
    let issuer = X509Certificate::from_der(certificate).map_or_else(|_| "?".into(), |(_, c)| c.issuer().to_string());
    let reason = error.to_string();
    rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(Untrusted { issuer, reason }))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbprints_are_forty_digits() {
        let plain = Thumbprint::parse("00112233445566778899aabbccddeeff00112233");
        assert!(plain.is_some());
        let typed = "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33 ";
        assert_eq!(plain, Thumbprint::parse(typed));
        for text in ["", "00", "zz112233445566778899aabbccddeeff00112233"] {
            assert_eq!(Thumbprint::parse(text), None, "{text}");
        }
    }
}
