//! A throw-away certificate authority per start, and the listeners' certificates from it.

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateRevocationListParams, CrlDistributionPoint, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, SerialNumber,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// Names in the listeners' certificate: loopback, and Microsoft's own hosts, so that the proxy can stand in for them.
pub(crate) const NAMES: [&str; 18] = [
    "localhost",
    "127.0.0.1",
    "::1",
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "login.chinacloudapi.cn",
    "login.windows.net",
    "login.sovcloud-identity.fr",
    "login.sovcloud-identity.de",
    "login.sovcloud-identity.sg",
    "graph.microsoft.com",
    "graph.microsoft.us",
    "dod-graph.microsoft.us",
    "microsoftgraph.chinacloudapi.cn",
    "graph.svc.sovcloud.fr",
    "graph.svc.sovcloud.de",
    "graph.svc.sovcloud.sg",
];

pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: Certificate,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let key = KeyPair::generate().expect("ring makes EC keys");
        let mut params = subject(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key).expect("a certificate of ours");
        Self { issuer: Issuer::new(params, key), certificate }
    }

    pub(crate) fn pem(&self) -> String {
        self.certificate.pem()
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        self.certificate.der().to_vec()
    }

    pub(crate) fn sign(&self, params: &CertificateParams, key: &KeyPair) -> Certificate {
        params.signed_by(key, &self.issuer).expect("a certificate of ours")
    }

    /// TLS settings of a listener with all of this world's names, whose certificate names this list of revoked ones:
    /// Windows asks for it.
    pub(crate) fn server(&self, crl: Option<String>) -> Arc<ServerConfig> {
        let uris: Vec<_> = crl.into_iter().collect();
        let points = if uris.is_empty() { Vec::new() } else { vec![CrlDistributionPoint { uris }] };
        self.configured(self.certificate_with(&NAMES, points)).0
    }

    /// The list of revoked certificates, which is empty.
    pub(crate) fn crl(&self) -> Vec<u8> {
        let now = OffsetDateTime::now_utc();
        let list = CertificateRevocationListParams {
            this_update: now - Duration::days(1),
            next_update: now + Duration::days(90),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: Vec::new(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).expect("a list of ours").der().to_vec()
    }

    /// TLS settings of a listener with these names, and the DER of its certificate.
    pub(crate) fn server_for(&self, names: &[&str]) -> (Arc<ServerConfig>, Vec<u8>) {
        self.configured(self.server_certificate(names))
    }

    fn configured(&self, (key, leaf): (KeyPair, Vec<u8>)) -> (Arc<ServerConfig>, Vec<u8>) {
        let chain = vec![CertificateDer::from(leaf.clone()), CertificateDer::from(self.der())];
        (config(chain, key.serialize_der()), leaf)
    }

    /// A key and the DER of a server certificate with these names.
    pub(crate) fn server_certificate(&self, names: &[&str]) -> (KeyPair, Vec<u8>) {
        self.certificate_with(names, Vec::new())
    }

    fn certificate_with(&self, names: &[&str], points: Vec<CrlDistributionPoint>) -> (KeyPair, Vec<u8>) {
        let key = KeyPair::generate().expect("ring makes EC keys");
        let mut params = CertificateParams::new(names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>())
            .expect("names are well formed");
        params.distinguished_name.remove(DnType::CommonName);
        params.distinguished_name.push(DnType::CommonName, "localhost");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.crl_distribution_points = points;
        valid(&mut params, -1, 90);
        let leaf = self.sign(&params, &key).der().to_vec();
        (key, leaf)
    }
}

fn config(chain: Vec<CertificateDer<'static>>, key: Vec<u8>) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::try_from(key).expect("PKCS#8 from rcgen");
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring speaks TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("certificate and key belong together");
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Arc::new(config)
}

/// Parameters with this common name, valid for 90 days.
pub(crate) fn subject(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, name);
    valid(&mut params, -1, 90);
    params
}

/// Sets validity in days from now.
pub(crate) fn valid(params: &mut CertificateParams, from: i64, to: i64) {
    let now = OffsetDateTime::now_utc();
    params.not_before = now + Duration::days(from);
    params.not_after = now + Duration::days(to);
}
