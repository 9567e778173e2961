//! The service's signing key, and JWTs signed with it (RS256, as Entra's).

use crate::files::{SERVICE_KEY, service_certificate};
use crate::text::{base64, base64url, from_base64url, sha1};
use pkcs8::SecretDocument;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};

pub(crate) struct Signer {
    key: RsaKeyPair,
    certificate: Vec<u8>,
    kid: String,
}

impl Signer {
    pub(crate) fn new() -> Self {
        let (_, der) = SecretDocument::from_pem(SERVICE_KEY).expect("a key from build.rs");
        let key = RsaKeyPair::from_pkcs8(der.as_bytes()).expect("a key from build.rs");
        let certificate = service_certificate();
        let kid = base64url(&sha1(&certificate));
        Self { key, certificate, kid }
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        let header = json!({"typ": "JWT", "alg": "RS256", "x5t": self.kid, "kid": self.kid});
        let text = format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .expect("a 2048-bit key signs SHA-256");
        format!("{text}.{}", base64url(&signature))
    }

    /// The claims of a token of ours; `None` when the signature is not.
    pub(crate) fn verify(&self, token: &str) -> Option<Value> {
        let (text, signature) = token.rsplit_once('.')?;
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.key.public_key().as_ref());
        key.verify(text.as_bytes(), &from_base64url(signature)?).ok()?;
        serde_json::from_slice(&from_base64url(text.split_once('.')?.1)?).ok()
    }

    pub(crate) fn jwks(&self, issuer: &str) -> Value {
        let parts = PublicKeyComponents::<Vec<u8>>::from(self.key.public());
        json!({"keys": [{
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "x5t": self.kid,
            "n": base64url(&parts.n), "e": base64url(&parts.e),
            "x5c": [base64(&self.certificate)], "issuer": issuer
        }]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_tokens_only() {
        let signer = Signer::new();
        let token = signer.sign(&json!({"a": 1}));
        assert_eq!(signer.verify(&token), Some(json!({"a": 1})));
        let (head, signature) = token.rsplit_once('.').expect("three parts");
        let other = base64url(br#"{"a":2}"#);
        let forged = format!("{}.{other}.{signature}", head.split_once('.').expect("two parts").0);
        assert_eq!(signer.verify(&forged), None);
    }
}
