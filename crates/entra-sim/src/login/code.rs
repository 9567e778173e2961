//! Redemption of an authorization code (RFC 6749 4.1.3, RFC 7636 4.6) and of refresh tokens.

use super::error::Refusal;
use super::grants::Code;
use super::scopes::Asked;
use super::user::{SignIn, answer};
use crate::directory::App;
use crate::seen::Seen;
use crate::text::{base64url, sha256};
use crate::world::{World, lock};
use serde_json::Value;

pub(crate) fn redeem(world: &World, seen: &Seen, tenant: &str, app: &App) -> Result<Value, Refusal> {
    let code = seen.field("code").ok_or_else(|| Refusal::missing("code"))?;
    let redirect = seen.field("redirect_uri").ok_or_else(|| Refusal::missing("redirect_uri"))?;
    let known = take(world, code)?;
    check(world, seen, tenant, app, redirect, &known)?;
    let asked = match seen.field("scope") {
        Some(scope) => Asked::parse(world, seen, scope)?,
        None => known.request.asked.clone(),
    };
    let request = &known.request;
    answer(
        world,
        seen,
        &SignIn {
            app,
            person: &known.person,
            tenant,
            asked: &asked,
            nonce: &request.nonce,
            claims: &request.claims,
            keep: None,
        },
    )
}

/// The code's record; marked as used, whatever comes of it.
fn take(world: &World, code: &str) -> Result<Code, Refusal> {
    let mut grants = lock(&world.grants);
    let known = grants
        .codes
        .get_mut(code)
        .ok_or_else(|| Refusal::grant(9_002_313, "Invalid request. The code is malformed or invalid."))?;
    if known.used {
        return Err(Refusal::grant(
            54005,
            "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
        ));
    }
    known.used = true;
    Ok(known.clone())
}

fn check(world: &World, seen: &Seen, tenant: &str, app: &App, redirect: &str, code: &Code) -> Result<(), Refusal> {
    let request = &code.request;
    if world.clock.now() > code.until {
        return Err(Refusal::grant(
            70008,
            "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.",
        ));
    }
    if !request.client.eq_ignore_ascii_case(&app.id) {
        return Err(Refusal::grant(700_003, "The code was not issued to this client."));
    }
    if !request.tenant.eq_ignore_ascii_case(tenant) {
        return Err(Refusal::grant(
            700_005,
            "The provided Authorization Code is intended to be used against other tenant, thus rejected.",
        ));
    }
    if request.redirect_uri != redirect {
        let text = format!(
            "The reply address '{redirect}' does not match the reply address '{}' provided when requesting Authorization code.",
            request.redirect_uri
        );
        return Err(Refusal::request(500_112, text));
    }
    check_verifier(seen, &request.challenge)
}

fn check_verifier(seen: &Seen, challenge: &str) -> Result<(), Refusal> {
    let verifier = seen.field("code_verifier").unwrap_or_default();
    if challenge.is_empty() && verifier.is_empty() {
        return Ok(());
    }
    if !proper(verifier) {
        return Err(Refusal::grant(
            50147,
            "The size of the Code_Verifier parameter is not valid: 43 to 128 unreserved characters.",
        ));
    }
    if base64url(&sha256(verifier.as_bytes())) == challenge {
        return Ok(());
    }
    Err(Refusal::grant(
        501_481,
        "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
    ))
}

/// RFC 7636 4.1.
fn proper(verifier: &str) -> bool {
    (43..=128).contains(&verifier.len()) && verifier.chars().all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c))
}

pub(crate) fn refresh(world: &World, seen: &Seen, tenant: &str, app: &App) -> Result<Value, Refusal> {
    let token = seen.field("refresh_token").ok_or_else(|| Refusal::missing("refresh_token"))?;
    let settings = lock(&world.settings).clone();
    let known = lock(&world.grants).refresh.get(token).cloned();
    let known = known.ok_or_else(|| {
        Refusal::grant(9_002_313, "Invalid request. The refresh token is malformed or invalid.").suberror("bad_token")
    })?;
    if known.revoked {
        return Err(Refusal::grant(50173, "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.").suberror("bad_token"));
    }
    if world.clock.now() > known.until {
        return Err(Refusal::grant(
            700_082,
            "The refresh token has expired due to inactivity. The token was inactive for 90.00:00:00.",
        )
        .suberror("token_expired"));
    }
    if !known.client.eq_ignore_ascii_case(&app.id) {
        return Err(
            Refusal::grant(700_003, "The refresh token was not issued to this client.").suberror("client_mismatch")
        );
    }
    let asked = Asked::parse(world, seen, seen.field("scope").unwrap_or("openid offline_access"))?;
    let keep = (!settings.rotate).then_some(token);
    let sign_in = SignIn { app, person: &known.person, tenant, asked: &asked, nonce: "", claims: "", keep };
    let mut body = answer(world, seen, &sign_in)?;
    if keep.is_some() {
        body.as_object_mut().map(|b| b.remove("refresh_token"));
    } else if settings.revoke_used {
        lock(&world.grants).refresh.entry(token.to_owned()).and_modify(|r| r.revoked = true);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use crate::ids;
    use crate::login::orders::Order;
    use crate::testing::{Bench, claims, code};

    async fn fresh(bench: &Bench) -> String {
        let told = bench.browse(&bench.authorize(&[]), ids::ADELE, "accept").await;
        told["fields"]["code"].as_str().expect("a code").to_owned()
    }

    #[tokio::test]
    async fn a_code_counts_once_and_only_as_it_was_asked_for() {
        let bench = Bench::new();
        for (field, value, number) in [
            ("code_verifier", "short", 50147),
            ("code_verifier", "another-verifier-another-verifier-another-0123", 501_481),
            ("redirect_uri", "http://localhost:1/", 500_112),
            ("client_secret", "x", 700_025),
        ] {
            let (_, body) = bench.redeem(&fresh(&bench).await, &[(field, value)]).await;
            assert_eq!(code(&body), number, "{field}");
        }
        let once = fresh(&bench).await;
        assert_eq!(bench.redeem(&once, &[]).await.0, 200);
        assert_eq!(code(&bench.redeem(&once, &[]).await.1), 54005);
        let old = fresh(&bench).await;
        bench.sim.set_clock_offset(3600);
        assert_eq!(code(&bench.redeem(&old, &[]).await.1), 70008);
    }

    #[tokio::test]
    async fn tokens_tell_who_and_what() {
        let bench = Bench::new();
        let body = bench.person(ids::ADELE, &[]).await;
        let (access, id) = (
            claims(body["access_token"].as_str().expect("a token")),
            claims(body["id_token"].as_str().expect("a token")),
        );
        assert_eq!(
            (&access["upn"], &access["idtyp"], &access["tid"]),
            (&ids::ADELE.into(), &"user".into(), &ids::TENANT.into())
        );
        assert!(access["scp"].as_str().expect("scopes").contains("User.Read"));
        assert_eq!(
            (&id["nonce"], &id["preferred_username"], &id["aud"]),
            (&"n1".into(), &ids::ADELE.into(), &ids::PUBLIC_APP.into())
        );
        let (status, me) = bench.graph(body["access_token"].as_str().expect("a token"), "/v1.0/me").await;
        assert_eq!((status, &me["displayName"]), (200, &"Adele Vance".into()));
    }

    #[tokio::test]
    async fn personal_tokens_are_opaque_and_guests_are_others_there() {
        let bench = Bench::new();
        let pat = bench.person(ids::PAT, &[]).await;
        let token = pat["access_token"].as_str().expect("a token");
        assert!(!token.contains('.'));
        assert_eq!(bench.graph(token, "/v1.0/me").await.0, 200);
        let home = bench.person(ids::BJOERN, &[]).await;
        let refresh = home["refresh_token"].as_str().expect("a token");
        let (status, there) = bench.refresh(ids::OTHER_TENANT, refresh, &[]).await;
        assert_eq!(status, 200, "{there}");
        let there = claims(there["access_token"].as_str().expect("a token"));
        assert_eq!(there["tid"], ids::OTHER_TENANT);
        assert_ne!(there["oid"], claims(home["access_token"].as_str().expect("a token"))["oid"]);
        let adele = bench.person(ids::ADELE, &[]).await;
        let (_, body) = bench.refresh(ids::OTHER_TENANT, adele["refresh_token"].as_str().expect("a token"), &[]).await;
        assert_eq!(code(&body), 50020);
    }

    #[tokio::test]
    async fn refresh_rotates_widens_not_and_can_be_revoked() {
        let bench = Bench::new();
        let first = bench.person(ids::ADELE, &[]).await;
        let token = first["refresh_token"].as_str().expect("a token");
        let (_, second) = bench.refresh("common", token, &[]).await;
        assert_ne!(second["refresh_token"], token);
        let (_, wider) = bench.refresh("common", token, &[("scope", "Mail.Read offline_access")]).await;
        assert_eq!((code(&wider), &wider["suberror"]), (65001, &"consent_required".into()));
        bench.person(ids::ADELE, &[("scope", "Mail.Read openid")]).await;
        let (status, _) = bench.refresh("common", token, &[("scope", "Mail.Read offline_access")]).await;
        assert_eq!(status, 200);
        bench.sim.settings(|s| s.rotate = false);
        assert!(bench.refresh("common", token, &[]).await.1["refresh_token"].is_null());
        assert!(bench.sim.revoke_person(ids::ADELE) > 0);
        let (_, revoked) = bench.refresh("common", token, &[]).await;
        assert_eq!((code(&revoked), &revoked["error"]), (50173, &"invalid_grant".into()));
    }

    #[tokio::test]
    async fn step_up_ends_when_the_claims_are_carried() {
        let bench = Bench::new();
        let first = bench.person(ids::ADELE, &[]).await;
        let token = first["refresh_token"].as_str().expect("a token");
        let wanted = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
        bench.sim.refuse(Order {
            grant: Some("refresh_token".into()),
            code: 50076,
            error: "interaction_required".into(),
            suberror: Some("basic_action".into()),
            claims: Some(wanted.into()),
            times: 0,
            ..Order::default()
        });
        let (_, refused) = bench.refresh("common", token, &[]).await;
        assert_eq!((code(&refused), &refused["claims"]), (50076, &wanted.into()));
        let body = bench.person(ids::ADELE, &[("claims", wanted)]).await;
        assert_eq!(claims(body["access_token"].as_str().expect("a token"))["acrs"][0], "c1");
    }
}
