//! Assertions of outside issuers (workload identity federation), checked for issuer, subject, audience and time.

use super::assertion::{Jwt, check_times, parse};
use super::error::Refusal;
use crate::directory::App;
use crate::ids;
use crate::world::{World, lock};
use serde_json::{Value, json};

/// An issuer that this world plays.
pub(crate) struct Issuer {
    pub(crate) name: &'static str,
    pub(crate) issuer: &'static str,
    pub(crate) subject: &'static str,
}

pub(crate) const ISSUERS: [Issuer; 3] = [
    Issuer {
        name: "github",
        issuer: "https://token.actions.githubusercontent.com",
        subject: "repo:contoso/scripts:ref:refs/heads/main",
    },
    Issuer {
        name: "pipelines",
        issuer: "https://vstoken.dev.azure.com/0a000000-0000-4000-8000-000000000001",
        subject: "sc://contoso/scripts/sim",
    },
    Issuer {
        name: "kubernetes",
        issuer: "https://oidc.sim.example/cluster/",
        subject: "system:serviceaccount:default:workload",
    },
];

/// An assertion of one of the issuers (`kubernetes` where the name is unknown), with other claims put in its place.
pub(crate) fn issue(world: &World, name: &str, audience: &str, change: &Value) -> String {
    let issuer = ISSUERS.iter().find(|i| i.name == name).unwrap_or(&ISSUERS[2]);
    let now = world.clock.now();
    let lifetime = lock(&world.settings).assertion_lifetime;
    let mut claims = json!({
        "iss": issuer.issuer, "sub": issuer.subject, "aud": audience, "jti": crate::text::guid(),
        "iat": now, "nbf": now, "exp": now + lifetime,
    });
    if let (Some(claims), Some(change)) = (claims.as_object_mut(), change.as_object()) {
        claims.extend(change.clone());
    }
    world.signer.sign(&claims)
}

/// The folder's file that a cluster keeps fresh.
pub(crate) fn write_cluster_token(world: &World) {
    let text = issue(world, "kubernetes", ids::EXCHANGE, &Value::Null);
    let _ = std::fs::write(world.places.dir.join("kubernetes-token"), text);
}

/// Whether the assertion is an outside one: its issuer is not the client itself.
pub(crate) fn is_outside(app: &App, text: &str) -> bool {
    parse(text).is_some_and(|jwt| {
        jwt.claims["iss"].as_str().is_some_and(|iss| !iss.eq_ignore_ascii_case(&app.id))
            && jwt.header["x5t#S256"].is_null()
    })
}

pub(crate) fn check(world: &World, app: &App, text: &str) -> Result<(), Refusal> {
    let jwt = parse(text).ok_or_else(|| Refusal::client(50027, "JWT token is invalid or malformed."))?;
    if app.federated.is_empty() {
        let text =
            format!("The client application {} is not configured with any federated identity credentials.", app.id);
        return Err(Refusal::client(70025, text));
    }
    check_record(app, &jwt)?;
    if world.signer.verify(text).is_none() {
        return Err(Refusal::client(
            50013,
            "Assertion failed signature validation. [Reason - The provided signature value did not match the expected signature value.]",
        ));
    }
    check_times(world, &jwt, 0)
}

/// Names what does not fit: one of the three by its own number, several by 70021.
fn check_record(app: &App, jwt: &Jwt<'_>) -> Result<(), Refusal> {
    let claim = |name: &str| jwt.claims[name].as_str().unwrap_or_default().to_owned();
    let (issuer, subject, audience) = (claim("iss"), claim("sub"), claim("aud"));
    let near = app
        .federated
        .iter()
        .map(|f| (f.issuer == issuer, f.subject == subject, f.audience == audience))
        .max_by_key(|(i, s, a)| u8::from(*i) + u8::from(*s) + u8::from(*a));
    let one = |number, what: &str, value: &str| {
        let text = format!(
            "No matching federated identity record found for presented assertion {what} '{value}'. Please check your \
             federated identity credential Subject, Audience and Issuer against the presented assertion. \
             https://docs.microsoft.com/en-us/azure/active-directory/develop/workload-identity-federation"
        );
        Err(Refusal::client(number, text))
    };
    match near {
        Some((true, true, true)) => Ok(()),
        Some((false, true, true)) => one(700_211, "issuer", &issuer),
        Some((true, true, false)) => one(700_212, "audience", &audience),
        Some((true, false, true)) => one(700_213, "subject", &subject),
        _ => {
            let text = format!(
                "No matching federated identity record found for presented assertion. Assertion Issuer: '{issuer}'. \
                 Assertion Subject: '{subject}'. Assertion Audience: '{audience}'."
            );
            Err(Refusal::client(70021, text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, code};

    async fn outcome(bench: &Bench, app: &str, assertion: &str) -> u64 {
        let (status, body) = bench
            .sign_in(&[
                ("client_id", app),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", assertion),
            ])
            .await;
        if status == 200 { 0 } else { code(&body) }
    }

    #[tokio::test]
    async fn each_issuer_is_trusted_for_its_subject() {
        let bench = Bench::new();
        for issuer in &ISSUERS {
            let assertion = bench.sim.assertion(issuer.name, &Value::Null);
            assert_eq!(outcome(&bench, ids::FEDERATED_APP, &assertion).await, 0, "{}", issuer.name);
            assert_eq!(
                outcome(&bench, ids::FEDERATED_APP, &assertion).await,
                0,
                "outside assertions may be used again"
            );
        }
    }

    #[tokio::test]
    async fn each_mismatch_has_its_number() {
        let bench = Bench::new();
        for (change, number) in [
            (json!({"iss": "https://elsewhere.example"}), 700_211),
            (json!({"aud": "api://other"}), 700_212),
            (json!({"sub": "repo:other/other"}), 700_213),
            (json!({"sub": "repo:other/other", "iss": "https://elsewhere.example"}), 70021),
            (json!({"exp": bench.sim.now() - 1}), 700_024),
            (json!({"nbf": bench.sim.now() + 900}), 700_024),
        ] {
            let assertion = bench.sim.assertion("github", &change);
            assert_eq!(outcome(&bench, ids::FEDERATED_APP, &assertion).await, number, "{change}");
        }
        let good = bench.sim.assertion("github", &Value::Null);
        assert_eq!(outcome(&bench, ids::APP, &good).await, 70025);
        assert_eq!(outcome(&bench, ids::FEDERATED_APP, &format!("{good}AA")).await, 50013);
    }

    #[tokio::test]
    async fn the_clusters_file_stays_fresh() {
        let bench = Bench::new();
        let read = || std::fs::read_to_string(bench.sim.file("kubernetes-token")).expect("a file");
        let old = read();
        assert_eq!(outcome(&bench, ids::FEDERATED_APP, &old).await, 0);
        bench.control("/clock", json!({"advance": 7200})).await;
        assert_eq!(outcome(&bench, ids::FEDERATED_APP, &old).await, 700_024);
        assert_eq!(outcome(&bench, ids::FEDERATED_APP, &read()).await, 0);
    }
}
