use crate::{Error, Padding};
use entra_net::Secret;
use p12_keystore::{KeyStore, Pkcs12ImportPolicy, error::Error as NotOpened};
use pkcs8::EncryptedPrivateKeyInfoRef;
use ring::{
    rand::SystemRandom,
    rsa,
    signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256},
};
use std::{fmt, path::PathBuf};
use x509_parser::{pem::Pem, prelude::FromDer};
use zeroize::Zeroizing;

/// A certificate with its key and those above it, read from PEM or PKCS#12.
pub struct FileCertificate {
    certificate: Vec<u8>,
    chain: Vec<Vec<u8>>,
    key: rsa::KeyPair,
}

/// Why a certificate file is of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFileError {
    /// It cannot be read; what the system says.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        cause: String,
    },
    /// Neither PEM nor PKCS#12.
    UnknownFormat,
    /// The password is wrong.
    WrongPassword,
    /// It is encrypted and no password was given.
    PasswordMissing,
    /// The key is encrypted in the old way of OpenSSL ("Proc-Type: 4,ENCRYPTED").
    LegacyEncryption,
    /// There is no certificate in it.
    NoCertificate,
    /// There is no private key in it.
    NoPrivateKey,
    /// No certificate in it belongs to the key.
    Mismatch,
    /// The key is not RSA with 2048 to 8192 bits.
    NotRsa,
}

impl fmt::Display for KeyFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { cause, .. } => write!(f, "it cannot be read: {cause}"),
            Self::UnknownFormat => f.write_str("it is neither PEM nor PKCS#12"),
            Self::WrongPassword => f.write_str("its password is another one"),
            Self::PasswordMissing => f.write_str("it is encrypted and no password was given"),
            Self::LegacyEncryption => f.write_str("its key is encrypted in an old form that is no longer safe"),
            Self::NoCertificate => f.write_str("there is no certificate in it"),
            Self::NoPrivateKey => f.write_str("there is no private key in it"),
            Self::Mismatch => f.write_str("its certificate does not belong to its private key"),
            Self::NotRsa => f.write_str("its key is not an RSA key of 2048 bits or more"),
        }
    }
}

/// Pieces of a file before they are matched. Keys in PKCS#8 or PKCS#1.
#[derive(Default)]
struct Pieces {
    certificates: Vec<Vec<u8>>,
    key: Option<Zeroizing<Vec<u8>>>,
}

impl FileCertificate {
    /// Reads a file's content; PEM or PKCS#12 is told by content, not by name.
    pub fn read(content: &[u8], password: Option<&Secret>) -> Result<Self, KeyFileError> {
        let is_pem = content.windows(11).any(|window| window == b"-----BEGIN ");
        let pieces = if is_pem { from_pem(content, password)? } else { from_pkcs12(content, password)? };
        Self::assemble(pieces)
    }

    fn assemble(mut pieces: Pieces) -> Result<Self, KeyFileError> {
        let der = pieces.key.ok_or(KeyFileError::NoPrivateKey)?;
        let key = rsa::KeyPair::from_pkcs8(&der).or_else(|_| rsa::KeyPair::from_der(&der));
        let key = key.map_err(|_| KeyFileError::NotRsa)?;
        if pieces.certificates.is_empty() {
            return Err(KeyFileError::NoCertificate);
        }
        let leaf = pieces.certificates.iter().position(|certificate| belongs(certificate, &key));
        let certificate = pieces.certificates.remove(leaf.ok_or(KeyFileError::Mismatch)?);
        Ok(Self { certificate, chain: pieces.certificates, key })
    }

    /// The certificate, DER.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// The other certificates of the file, DER.
    pub fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    pub(crate) fn sign(&self, message: &[u8], padding: Padding) -> Result<Vec<u8>, Error> {
        let mut signature = vec![0; self.key.public().modulus_len()];
        let scheme: &dyn ring::signature::RsaEncoding = match padding {
            Padding::Pss => &RSA_PSS_SHA256,
            Padding::Pkcs1 => &RSA_PKCS1_SHA256,
        };
        let made = self.key.sign(scheme, &SystemRandom::new(), message, &mut signature);
        made.map_err(|_| Error::NotRsa)?;
        Ok(signature)
    }
}

fn belongs(certificate: &[u8], key: &rsa::KeyPair) -> bool {
    x509_parser::certificate::X509Certificate::from_der(certificate)
        .is_ok_and(|(_, certificate)| certificate.public_key().subject_public_key.data == key.public().as_ref())
}

fn from_pem(content: &[u8], password: Option<&Secret>) -> Result<Pieces, KeyFileError> {
    if content.windows(22).any(|window| window == b"Proc-Type: 4,ENCRYPTED") {
        return Err(KeyFileError::LegacyEncryption);
    }
    let mut pieces = Pieces::default();
    for block in Pem::iter_from_buffer(content) {
        let Pem { label, contents } = block.map_err(|_| KeyFileError::UnknownFormat)?;
        let contents = Zeroizing::new(contents);
        match label.as_str() {
            "CERTIFICATE" => pieces.certificates.push(contents.to_vec()),
            "ENCRYPTED PRIVATE KEY" => pieces.key = Some(decrypt(&contents, password)?),
            label if label.ends_with("PRIVATE KEY") => pieces.key = Some(contents),
            _ => {}
        }
    }
    Ok(pieces)
}

fn decrypt(der: &[u8], password: Option<&Secret>) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let password = password.ok_or(KeyFileError::PasswordMissing)?;
    let sealed = EncryptedPrivateKeyInfoRef::try_from(der).map_err(|_| KeyFileError::UnknownFormat)?;
    let open = sealed.decrypt(password.expose()).map_err(|_| KeyFileError::WrongPassword)?;
    Ok(open.to_bytes())
}

fn from_pkcs12(content: &[u8], password: Option<&Secret>) -> Result<Pieces, KeyFileError> {
    // A PKCS#12 file is a SEQUENCE; anything else is some other file, not a wrong password.
    if content.first() != Some(&0x30) {
        return Err(KeyFileError::UnknownFormat);
    }
    let words = password.and_then(Secret::expose_text).unwrap_or_default();
    let refused = if password.is_some() { KeyFileError::WrongPassword } else { KeyFileError::PasswordMissing };
    let store = KeyStore::from_pkcs12(content, words, Pkcs12ImportPolicy::Relaxed).map_err(|error| match error {
        // A file without MAC shows a wrong password only by what comes out of decrypting it.
        NotOpened::MacError(_) | NotOpened::UnpadError | NotOpened::Pkcs5Error(_) => refused,
        _ => KeyFileError::UnknownFormat,
    })?;
    let Some((_, entry)) = store.private_key_chain() else { return Err(KeyFileError::NoPrivateKey) };
    let certificates = entry.certs().iter().map(|certificate| certificate.as_der().to_vec()).collect();
    Ok(Pieces { certificates, key: Some(Zeroizing::new(entry.key().as_der().to_vec())) })
}
