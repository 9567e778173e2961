//! The certificate files that people would have on disk, good ones and bad ones.

use crate::ca::{Authority, subject, valid};
use crate::ids::CERTIFICATE_PASSWORD;
use p12_keystore::{EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey, PrivateKeyChain};
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::der::pem::LineEnding;
use pkcs8::pkcs5::pbes2::Parameters;
use pkcs8::{PrivateKeyInfoRef, SecretDocument};
use rcgen::KeyPair;
use std::path::Path;

/// PKCS#8 PEM texts made at build time (see build.rs).
pub(crate) const SERVICE_KEY: &str = include_str!(concat!(env!("OUT_DIR"), "/service.pem"));
const APP_KEY: &str = include_str!(concat!(env!("OUT_DIR"), "/app.pem"));
const STRANGER_KEY: &str = include_str!(concat!(env!("OUT_DIR"), "/stranger.pem"));

/// Few, since fixtures need speed and not strength.
const ITERATIONS: u32 = 1000;

/// One certificate with its key.
pub(crate) struct Pair {
    pub(crate) certificate: Vec<u8>,
    key: KeyPair,
    chain: Vec<Vec<u8>>,
}

/// Writes all files; gives the certificates (DER) that the application has registered.
pub(crate) fn write(dir: &Path, ca: &Authority) -> Vec<Vec<u8>> {
    let app = self_signed("Contoso Automation", rsa(APP_KEY), -1, 90);
    let expired = self_signed("Contoso Expired", rsa(APP_KEY), -90, -1);
    let future = self_signed("Contoso Future", rsa(APP_KEY), 30, 90);
    let elliptic = self_signed("Contoso Elliptic", KeyPair::generate().expect("ring makes EC keys"), -1, 90);
    let stranger = self_signed("Nobody", rsa(STRANGER_KEY), -1, 90);
    let chained = issued("Contoso Chained", rsa(APP_KEY), ca);

    let files = [
        ("app", &app),
        ("expired", &expired),
        ("future", &future),
        ("ec", &elliptic),
        ("stranger", &stranger),
        ("chain", &chained),
    ];
    for (name, pair) in files {
        put(dir, &format!("{name}.pem"), pair.pem());
        put(dir, &format!("{name}.cer"), &pair.certificate);
        put(dir, &format!("{name}.pfx"), pair.pkcs12(CERTIFICATE_PASSWORD, false));
    }
    put(dir, "app-encrypted.pem", app.encrypted_pem());
    put(dir, "app-pkcs1.pem", app.pkcs1_pem());
    put(dir, "app-nokey.pem", armour("CERTIFICATE", &app.certificate));
    put(dir, "app-legacy.pfx", app.pkcs12(CERTIFICATE_PASSWORD, true));
    put(dir, "app-nopassword.pfx", app.pkcs12("", false));
    put(dir, "broken.pfx", b"not a certificate file");
    // For other servers of a test: they are trusted wherever this world is.
    let (key, leaf) = ca.server_certificate(&["localhost", "127.0.0.1"]);
    put(dir, "localhost.pem", key.serialize_pem() + &armour("CERTIFICATE", &leaf));
    [app, expired, future, elliptic, chained].map(|p| p.certificate).to_vec()
}

fn put(dir: &Path, name: &str, content: impl AsRef<[u8]>) {
    std::fs::write(dir.join(name), content).expect("the folder of the simulator can be written");
}

fn rsa(pem: &str) -> KeyPair {
    KeyPair::from_pem(pem).expect("a key from build.rs")
}

fn self_signed(name: &str, key: KeyPair, from: i64, to: i64) -> Pair {
    let mut params = subject(name);
    valid(&mut params, from, to);
    let certificate = params.self_signed(&key).expect("a certificate of ours").der().to_vec();
    Pair { certificate, key, chain: Vec::new() }
}

fn issued(name: &str, key: KeyPair, ca: &Authority) -> Pair {
    let certificate = ca.sign(&subject(name), &key).der().to_vec();
    Pair { certificate, key, chain: vec![ca.der()] }
}

/// The sign-in service's own signing certificate (DER).
pub(crate) fn service_certificate() -> Vec<u8> {
    self_signed("accounts.accesscontrol.example", rsa(SERVICE_KEY), -1, 90).certificate
}

impl Pair {
    fn certificates(&self) -> String {
        let all = std::iter::once(&self.certificate).chain(&self.chain);
        all.map(|der| armour("CERTIFICATE", der)).collect()
    }

    fn pem(&self) -> String {
        self.key.serialize_pem().replace("\r\n", "\n") + &self.certificates()
    }

    fn pkcs1_pem(&self) -> String {
        let der = self.key.serialize_der();
        let info: PrivateKeyInfoRef<'_> = der.as_slice().try_into().expect("PKCS#8 from rcgen");
        let inner: &OctetStringRef = info.private_key;
        armour("RSA PRIVATE KEY", inner.as_bytes()) + &self.certificates()
    }

    fn encrypted_pem(&self) -> String {
        let der = self.key.serialize_der();
        let info: PrivateKeyInfoRef<'_> = der.as_slice().try_into().expect("PKCS#8 from rcgen");
        let iv = crate::text::random(16).try_into().expect("16 bytes");
        let params = Parameters::generate_pbkdf2_sha256_aes256cbc(ITERATIONS, &crate::text::random(16), iv);
        let secret: SecretDocument =
            info.encrypt_with_params(params.expect("known parameters"), CERTIFICATE_PASSWORD).expect("encrypts");
        let pem = secret.to_pem("ENCRYPTED PRIVATE KEY", LineEnding::LF).expect("a PEM text");
        pem.as_str().to_owned() + &self.certificates()
    }

    fn pkcs12(&self, password: &str, legacy: bool) -> Vec<u8> {
        let all = std::iter::once(&self.certificate).chain(&self.chain);
        let certificates = all.map(|der| p12_keystore::Certificate::from_der(der).expect("a certificate of ours"));
        let key = PrivateKey::from_der(&self.key.serialize_der()).expect("PKCS#8 from rcgen");
        let mut store = KeyStore::new();
        let chain = PrivateKeyChain::new(b"1".as_slice(), key, certificates);
        store.add_entry("app", KeyStoreEntry::PrivateKeyChain(chain));
        let (cipher, mac) = if legacy {
            (EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc, MacAlgorithm::HmacSha1)
        } else {
            (EncryptionAlgorithm::PbeWithHmacSha256AndAes256, MacAlgorithm::HmacSha256)
        };
        let writer = store.writer(password).encryption_algorithm(cipher).mac_algorithm(mac);
        writer.encryption_iterations(ITERATIONS).mac_iterations(ITERATIONS).write().expect("a PKCS#12 file")
    }
}

/// RFC 7468 text form.
pub(crate) fn armour(label: &str, der: &[u8]) -> String {
    let text = crate::text::base64(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|l| std::str::from_utf8(l).unwrap_or_default()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
