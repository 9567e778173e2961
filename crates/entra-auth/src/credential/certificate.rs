use super::client_credentials::assertion_fields;
use crate::{
    Answer, Ask, Error, FileCertificate, Fingerprint, Found, KeyType, Proof,
    assertion::{Signer, Subject, client_assertion},
};
use entra_net::Secret;

/// An application's certificate: with its key in hand, or with one that only the host can use.
pub struct CertificateCredential {
    key: Key,
    send_chain: bool,
}

enum Key {
    File(Box<FileCertificate>),
    Host(Found),
}

impl CertificateCredential {
    /// Read from a file.
    pub fn from_file(file: FileCertificate, send_chain: bool) -> Self {
        Self { key: Key::File(Box::new(file)), send_chain }
    }

    /// Found by the host, which signs. Entra ID takes RSA keys only, so others are refused before any request.
    pub fn from_host(found: Found, send_chain: bool) -> Result<Self, Error> {
        match found.key_type {
            KeyType::Rsa => Ok(Self { key: Key::Host(found), send_chain }),
            KeyType::Other => Err(Error::NotRsa),
        }
    }

    /// The certificate, DER.
    pub fn certificate(&self) -> &[u8] {
        match &self.key {
            Key::File(file) => file.certificate(),
            Key::Host(found) => &found.certificate,
        }
    }

    fn chain(&self) -> &[Vec<u8>] {
        match &self.key {
            Key::File(file) => file.chain(),
            Key::Host(found) => &found.chain,
        }
    }

    async fn assertion(&self, ask: &Ask<'_>) -> Result<Secret, Error> {
        let audience = ask.authority.token_endpoint();
        let subject = Subject {
            client_id: ask.client_id,
            audience: &audience,
            certificate: self.certificate(),
            chain: self.send_chain.then(|| self.chain()),
        };
        let signer = match &self.key {
            Key::File(file) => Signer::File(file),
            Key::Host(found) => Signer::Host { host: ask.host, key: &found.key },
        };
        client_assertion(&subject, &signer, ask.clock).await
    }
}

impl Proof for CertificateCredential {
    fn name(&self) -> &'static str {
        "ClientCertificateCredential"
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("certificate", &[self.certificate(), &[u8::from(self.send_chain)]])
    }

    fn fields<'a>(&'a self, ask: &'a Ask<'a>) -> Answer<'a, Result<Vec<(&'static str, Secret)>, Error>> {
        Box::pin(async { Ok(assertion_fields(self.assertion(ask).await?)) })
    }
}
