use crate::random;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use entra_net::Secret;
use ring::digest;

/// Proof that the one who redeems a code is the one who asked for it (RFC 7636).
pub(crate) struct Pkce {
    /// 43 characters out of 32 random bytes (section 4.1).
    pub(crate) verifier: Secret,
    /// SHA-256 of it (section 4.2, method S256).
    pub(crate) challenge: String,
}

impl Pkce {
    pub(crate) fn new() -> Self {
        Self::of(URL_SAFE_NO_PAD.encode(random::bytes::<32>()))
    }

    fn of(verifier: String) -> Self {
        let challenge = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()));
        Self { verifier: Secret::from(verifier), challenge }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        // RFC 7636, appendix B
        let pkce = Pkce::of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into());
        assert_eq!(pkce.challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn verifiers_have_the_shortest_length_and_differ() {
        let (one, two) = (Pkce::new(), Pkce::new());
        assert_eq!(one.verifier.expose().len(), 43);
        assert_ne!(one.challenge, two.challenge);
    }
}
