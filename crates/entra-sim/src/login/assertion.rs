//! Client assertions signed with a certificate (RFC 7523 with Microsoft's thumbprint headers), checked for real.

use super::error::Refusal;
use crate::clock::american;
use crate::directory::{App, Key};
use crate::seen::Seen;
use crate::text::{from_base64, from_base64url, hex};
use crate::world::World;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, UnparsedPublicKey};
use serde_json::Value;

/// Seconds of clock difference that Entra forgives.
const SKEW: i64 = 300;

/// The three parts of a JWT, decoded.
pub(crate) struct Jwt<'a> {
    pub(crate) header: Value,
    pub(crate) claims: Value,
    pub(crate) signed: &'a str,
    pub(crate) signature: Vec<u8>,
}

pub(crate) fn parse(text: &str) -> Option<Jwt<'_>> {
    let (signed, signature) = text.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let json = |part: &str| serde_json::from_slice::<Value>(&from_base64url(part)?).ok().filter(Value::is_object);
    Some(Jwt { header: json(header)?, claims: json(claims)?, signed, signature: from_base64url(signature)? })
}

/// Accepts the assertion or says why not.
pub(crate) fn check(world: &World, seen: &Seen, app: &App, text: &str) -> Result<(), Refusal> {
    let jwt = parse(text).ok_or_else(|| Refusal::client(50027, "JWT token is invalid or malformed."))?;
    let key = find_key(app, &jwt)?;
    verify(&jwt, &key)?;
    check_key_times(world, &key)?;
    check_times(world, &jwt, SKEW)?;
    check_parties(seen, app, &jwt)?;
    let jti = jwt.claims["jti"].as_str().ok_or_else(|| Refusal::client(50027, "JWT token has no claim 'jti'."))?;
    let reused = || Refusal::client(50013, "Assertion failed: the claim 'jti' was used before.");
    if world.replay.first(jti) { Ok(()) } else { Err(reused()) }
}

fn find_key(app: &App, jwt: &Jwt<'_>) -> Result<Key, Refusal> {
    let thumb = |name: &str| jwt.header[name].as_str().and_then(from_base64url);
    let (by256, by1) = (thumb("x5t#S256"), thumb("x5t"));
    let shown = by256.as_deref().or(by1.as_deref()).map(hex);
    let Some(shown) = shown else {
        return Err(Refusal::client(
            700027,
            "The certificate is not named in the assertion: neither 'x5t' nor 'x5t#S256' is there.",
        ));
    };
    check_x5c(jwt, by256.as_deref(), by1.as_deref())?;
    let hit =
        |key: &&Key| by256.as_ref().is_none_or(|t| *t == key.sha256) && by1.as_ref().is_none_or(|t| *t == key.sha1);
    app.keys.iter().find(hit).cloned().ok_or_else(|| {
        let text = format!(
            "The certificate with identifier used to sign the client assertion is not registered on application. \
             [Reason - The key was not found., Thumbprint of key used by client: '{shown}', Please visit the Azure \
             Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '{}'.]",
            app.id
        );
        Refusal::client(700027, text)
    })
}

/// `x5c` is an array of texts (RFC 7515 4.1.6) or, as MSAL.NET sends it, one text; its first certificate is the signer's.
fn check_x5c(jwt: &Jwt<'_>, by256: Option<&[u8]>, by1: Option<&[u8]>) -> Result<(), Refusal> {
    let first = match &jwt.header["x5c"] {
        Value::Null => return Ok(()),
        Value::Array(all) => all.first().and_then(Value::as_str),
        one => one.as_str(),
    };
    let key = first.and_then(from_base64).and_then(|der| Key::from_der(&der));
    let same = key.is_some_and(|k| by256.is_none_or(|t| t == k.sha256) && by1.is_none_or(|t| t == k.sha1));
    if same {
        Ok(())
    } else {
        Err(Refusal::client(700027, "The 'x5c' of the client assertion is not the certificate of its thumbprint."))
    }
}

fn verify(jwt: &Jwt<'_>, key: &Key) -> Result<(), Refusal> {
    let algorithm: &RsaParameters = match jwt.header["alg"].as_str() {
        Some("PS256") => &RSA_PSS_2048_8192_SHA256,
        Some("RS256") => &RSA_PKCS1_2048_8192_SHA256,
        other => {
            let text =
                format!("The algorithm '{}' of the client assertion is not supported.", other.unwrap_or_default());
            return Err(Refusal::client(5002738, text));
        }
    };
    let good = UnparsedPublicKey::new(algorithm, &key.public).verify(jwt.signed.as_bytes(), &jwt.signature);
    good.map_err(|_| {
        let text = format!(
            "Client assertion contains an invalid signature. [Reason - The provided signature value did not match the \
             expected signature value., Thumbprint of key used by client: '{}', Found key 'Start={}, End={}']",
            key.thumbprint(),
            american(key.not_before),
            american(key.not_after)
        );
        Refusal::client(700027, text)
    })
}

fn check_key_times(world: &World, key: &Key) -> Result<(), Refusal> {
    let now = world.clock.now();
    let reason = match () {
        () if now > key.not_after => "The key used is expired.",
        () if now < key.not_before => "The key used is not yet valid.",
        () => return Ok(()),
    };
    let text = format!(
        "The certificate with identifier used to sign the client assertion is not valid now. [Reason - {reason}, \
         Thumbprint of key used by client: '{}', Found key 'Start={}, End={}']",
        key.thumbprint(),
        american(key.not_before),
        american(key.not_after)
    );
    Err(Refusal::client(700027, text))
}

/// Times are numbers; MSAL.NET writes them as texts and MSAL Python with decimals, and both are taken.
pub(crate) fn seconds(value: &Value) -> Option<i64> {
    value.as_f64().map(|f| f as i64).or_else(|| value.as_str()?.parse().ok())
}

/// Whether now lies between `nbf` and `exp`, which counts for `grace` seconds more.
pub(crate) fn check_times(world: &World, jwt: &Jwt<'_>, grace: i64) -> Result<(), Refusal> {
    let now = world.clock.now();
    let from = seconds(&jwt.claims["nbf"]).or_else(|| seconds(&jwt.claims["iat"])).unwrap_or(now);
    let Some(until) = seconds(&jwt.claims["exp"]) else {
        return Err(Refusal::client(50027, "JWT token has no claim 'exp'."));
    };
    if from - SKEW <= now && now < until + grace {
        return Ok(());
    }
    let text = format!(
        "Client assertion is not within its valid time range. Current time: {}, assertion valid from {}, expiry time of assertion {}. \
         Review the documentation at https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials .",
        american(now),
        american(from),
        american(until)
    );
    Err(Refusal::client(700024, text))
}

fn check_parties(seen: &Seen, app: &App, jwt: &Jwt<'_>) -> Result<(), Refusal> {
    let claim = |name: &str| jwt.claims[name].as_str().unwrap_or_default();
    if !claim("iss").eq_ignore_ascii_case(&app.id) {
        return Err(Refusal::client(
            700021,
            "Client assertion application identifier doesn't match 'client_id' parameter.",
        ));
    }
    if !claim("sub").eq_ignore_ascii_case(&app.id) {
        return Err(Refusal::client(700022, "Client assertion subject doesn't match 'client_id' parameter."));
    }
    let ours = [format!("{}{}", seen.base(), seen.path), seen.base(), format!("{}/", seen.base())];
    if ours.iter().any(|a| a.eq_ignore_ascii_case(claim("aud"))) {
        return Ok(());
    }
    Err(Refusal::client(
        700023,
        "Client assertion audience claim does not match Realm issuer. Review the documentation.",
    ))
}

#[cfg(test)]
mod tests {
    use crate::testing::{Bench, block, code};
    use crate::text::base64;
    use serde_json::{Value, json};

    const TYPE: (&str, &str) = ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");

    async fn outcome(bench: &Bench, assertion: &str) -> (u16, u64) {
        let (status, body) = bench.sign_in(&[TYPE, ("client_assertion", assertion)]).await;
        (status, if status == 200 { 0 } else { code(&body) })
    }

    #[tokio::test]
    async fn both_paddings_are_verified() {
        let bench = Bench::new();
        assert_eq!(outcome(&bench, &bench.assertion("app.pem", true, |_, _| ())).await, (200, 0));
        assert_eq!(outcome(&bench, &bench.assertion("app.pem", false, |_, _| ())).await, (200, 0));
        let swapped = bench.assertion("app.pem", true, |header, _| header["alg"] = "RS256".into());
        assert_eq!(outcome(&bench, &swapped).await, (401, 700_027));
    }

    #[tokio::test]
    async fn certificates_have_to_be_registered_and_valid() {
        let bench = Bench::new();
        for file in ["stranger.pem", "expired.pem", "future.pem"] {
            assert_eq!(outcome(&bench, &bench.assertion(file, true, |_, _| ())).await, (401, 700_027), "{file}");
        }
        assert_eq!(outcome(&bench, &bench.assertion("chain.pem", true, |_, _| ())).await, (200, 0));
    }

    #[tokio::test]
    async fn each_claim_counts() {
        let bench = Bench::new();
        let now = bench.sim.now();
        let changes: [(&str, Value, u64); 7] = [
            ("aud", "https://elsewhere.example/token".into(), 700_023),
            ("iss", "somebody".into(), 700_021),
            ("sub", "somebody".into(), 700_022),
            ("exp", (now - 3600).into(), 700_024),
            ("nbf", (now + 3600).into(), 700_024),
            ("exp", Value::Null, 50_027),
            ("jti", Value::Null, 50_027),
        ];
        for (claim, value, number) in changes {
            let assertion = bench.assertion("app.pem", true, |_, claims| claims[claim] = value);
            assert_eq!(outcome(&bench, &assertion).await, (401, number), "{claim}");
        }
        assert_eq!(outcome(&bench, "not.a.jwt").await, (401, 50_027));
    }

    #[tokio::test]
    async fn an_assertion_counts_once() {
        let bench = Bench::new();
        let assertion = bench.assertion("app.pem", true, |_, _| ());
        assert_eq!(outcome(&bench, &assertion).await, (200, 0));
        assert_eq!(outcome(&bench, &assertion).await, (401, 50_013));
    }

    #[tokio::test]
    async fn x5c_has_to_be_the_signers() {
        let bench = Bench::new();
        let certificate = |file: &str| {
            let pem = std::fs::read_to_string(bench.sim.file(file)).expect("a PEM file");
            base64(&block(&pem, "CERTIFICATE"))
        };
        let (own, other) = (certificate("app.pem"), certificate("stranger.pem"));
        for (x5c, expected) in [(json!([own]), 200), (json!(own), 200), (json!([other]), 401)] {
            let assertion = bench.assertion("app.pem", true, |header, _| header["x5c"] = x5c);
            assert_eq!(outcome(&bench, &assertion).await.0, expected);
        }
    }

    #[tokio::test]
    async fn the_clock_decides() {
        let bench = Bench::new();
        let assertion = bench.assertion("app.pem", true, |_, _| ());
        bench.sim.set_clock_offset(3600);
        assert_eq!(outcome(&bench, &assertion).await, (401, 700_024));
    }
}
