use crate::{Error, Host, Padding, Signature, random};
use base64::{Engine as _, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD as URL};
use entra_net::{Clock, Secret, Url, unix_seconds};
use ring::digest;
use serde_json::{Value, json};

/// What an assertion is good for after it is made, in seconds, as MSAL has it.
const LIFETIME: u64 = 600;

/// Who signs: a key that was read from a file, or one that only the host can use.
pub(crate) enum Signer<'a> {
    File(&'a crate::FileCertificate),
    Host { host: &'a dyn Host, key: &'a str },
}

impl Signer<'_> {
    async fn sign(&self, message: &[u8], padding: Padding) -> Result<Signature, Error> {
        match self {
            Self::File(file) => Ok(Signature::Made(file.sign(message, padding)?)),
            Self::Host { host, key } => {
                let digest = digest::digest(&digest::SHA256, message);
                // SHA-256 is 32 bytes long by definition.
                let mut bytes = [0; 32];
                bytes.copy_from_slice(digest.as_ref());
                Ok(host.sign(key, bytes, padding).await?)
            }
        }
    }
}

/// What the assertion says of its certificate.
pub(crate) struct Subject<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) audience: &'a Url,
    pub(crate) certificate: &'a [u8],
    /// Certificates above it, where the chain is to be sent (x5c).
    pub(crate) chain: Option<&'a [Vec<u8>]>,
}

/// A client assertion (RFC 7523, section 3, in the form that Microsoft's page fixes): PS256 with `x5t#S256`; RS256 with
/// `x5t` where the key's provider knows no PSS.
pub(crate) async fn client_assertion(
    subject: &Subject<'_>,
    signer: &Signer<'_>,
    clock: &dyn Clock,
) -> Result<Secret, Error> {
    for padding in [Padding::Pss, Padding::Pkcs1] {
        let input = signing_input(subject, padding, unix_seconds(clock.now()));
        if let Signature::Made(signature) = signer.sign(input.as_bytes(), padding).await? {
            return Ok(Secret::from(format!("{input}.{}", URL.encode(signature))));
        }
    }
    Err(Error::Host(crate::HostError::Failed("the key signs neither PS256 nor RS256".into())))
}

fn signing_input(subject: &Subject<'_>, padding: Padding, now: u64) -> String {
    let head = header(subject, padding);
    let claims = json!({
        "aud": subject.audience.as_str(),
        "exp": now + LIFETIME,
        "iat": now,
        "iss": subject.client_id,
        "jti": random::guid(),
        "nbf": now,
        "sub": subject.client_id,
    });
    format!("{}.{}", URL.encode(head.to_string()), URL.encode(claims.to_string()))
}

fn header(subject: &Subject<'_>, padding: Padding) -> Value {
    let thumbprint = |algorithm| URL.encode(digest::digest(algorithm, subject.certificate));
    let mut head = match padding {
        Padding::Pss => json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint(&digest::SHA256) }),
        // The thumbprint of RS256 assertions is SHA-1 by the service's definition.
        Padding::Pkcs1 => {
            json!({ "alg": "RS256", "typ": "JWT", "x5t": thumbprint(&digest::SHA1_FOR_LEGACY_USE_ONLY) })
        }
    };
    if let Some(chain) = subject.chain {
        let all = std::iter::once(subject.certificate).chain(chain.iter().map(Vec::as_slice));
        head["x5c"] = all.map(|certificate| STANDARD.encode(certificate)).collect();
    }
    head
}
