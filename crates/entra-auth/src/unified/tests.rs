use super::Unified;
use crate::{Account, Known, KnownToken, Place};
use proptest::prelude::*;
use serde_json::{Value, json};

const HOME: &str = "aaaa.bbbb";

fn place(client_id: &str) -> Place {
    Place { login: "login.microsoftonline.com".into(), client_id: client_id.into() }
}

fn token(scopes: &str, secret: &str, at: u64) -> KnownToken {
    let scopes = scopes.split_whitespace().map(str::to_owned).collect();
    let (tenant, secret) = ("bbbb".into(), secret.into());
    KnownToken { tenant, scopes, secret, given_at: at, expires_at: at + 3600, renew_at: Some(at + 1800) }
}

fn person(home_id: &str, refresh: Option<&str>, tokens: Vec<KnownToken>) -> Known {
    let account = Account {
        home_id: home_id.into(),
        local_id: "aaaa".into(),
        username: "adele@contoso.example".into(),
        tenant: "bbbb".into(),
    };
    Known { account, refresh_token: refresh.map(Into::into), tokens, id_token: Some("fake.id.token".into()) }
}

fn names(cache: &Unified, place: &Place) -> Vec<String> {
    cache.known(place).into_iter().map(|known| known.account.home_id).collect()
}

fn parsed(value: &Value) -> Unified {
    Unified::parse(value.to_string().as_bytes()).unwrap()
}

fn json_of(cache: &Unified) -> Value {
    serde_json::from_slice(&cache.to_bytes()).unwrap()
}

#[test]
fn what_is_kept_is_known_afterwards() {
    let mut cache = Unified::default();
    let known = person(HOME, Some("fake-refresh"), vec![token("User.Read Mail.Read", "fake-token", 1000)]);
    assert!(cache.keep(&place("app"), &known));
    let found = Unified::parse(&cache.to_bytes()).unwrap().known(&place("APP")).remove(0);
    assert_eq!((&found.account, &found.refresh_token), (&known.account, &known.refresh_token));
    assert_eq!((&found.id_token, found.tokens[0].renew_at), (&known.id_token, Some(2800)));
    assert_eq!((found.tokens[0].given_at, found.tokens[0].expires_at), (1000, 4600));
    assert_eq!(found.tokens[0].scopes, ["Mail.Read", "User.Read"]);
    assert!(!cache.keep(&place("app"), &known), "the same again is no change");
}

#[test]
fn keys_are_those_of_the_family_and_all_values_are_text() {
    let mut cache = Unified::default();
    cache.keep(&place("App"), &person(HOME, Some("fake-refresh"), vec![token("User.Read Mail.Read", "fake", 1000)]));
    let written = json_of(&cache);
    let keys: Vec<_> = written.as_object().unwrap().values().flat_map(|s| s.as_object().unwrap().keys()).collect();
    assert_eq!(
        keys,
        [
            "aaaa.bbbb-login.microsoftonline.com-accesstoken-app-bbbb-mail.read user.read",
            "aaaa.bbbb-login.microsoftonline.com-bbbb",
            "appmetadata-login.microsoftonline.com-app",
            "aaaa.bbbb-login.microsoftonline.com-idtoken-app-bbbb-",
            "aaaa.bbbb-login.microsoftonline.com-refreshtoken-app--",
        ]
    );
    let items = written.as_object().unwrap().values().flat_map(|s| s.as_object().unwrap().values());
    assert!(items.flat_map(|item| item.as_object().unwrap().values()).all(Value::is_string), "{written}");
}

#[test]
fn what_is_not_known_survives() {
    let other = json!({
        "Later": [1, {"a": null}],
        "AccessToken": {"odd": 7, "pop": {"credential_type": "AccessToken_With_AuthScheme", "kid": 1}},
        "Account": {"x-login.windows.net-bbbb": {
            "home_account_id": HOME, "environment": "login.windows.net", "realm": "bbbb", "tenantProfiles": ["kept"]}},
    });
    let mut cache = parsed(&other);
    cache.keep(&place("app"), &person(HOME, None, vec![token("User.Read", "fake", 1)]));
    let written = json_of(&cache);
    assert_eq!(written["Later"], other["Later"]);
    assert_eq!(written["AccessToken"]["odd"], 7);
    assert_eq!(written["AccessToken"]["pop"], other["AccessToken"]["pop"]);
    let accounts = written["Account"].as_object().unwrap();
    assert_eq!(accounts.len(), 1, "another name of the cloud is the same account");
    assert_eq!(accounts["aaaa.bbbb-login.microsoftonline.com-bbbb"]["tenantProfiles"], json!(["kept"]));
}

#[test]
fn other_libraries_spellings_are_read() {
    let node = json!({
        "Account": {"k": {"home_account_id": "AAAA.bbbb", "environment": "login.windows.net", "realm": "bbbb",
            "local_account_id": "aaaa", "username": "a@b.example", "authority_type": "MSSTS"}},
        "RefreshToken": {"aaaa.bbbb-login.windows.net-refreshtoken-app---": {"credential_type": "RefreshToken",
            "home_account_id": HOME, "environment": "sts.windows.net", "client_id": "app", "secret": "fake-refresh"}},
        "AccessToken": {"k": {"credential_type": "AccessToken", "home_account_id": HOME, "client_id": "APP",
            "environment": "login.windows.net", "realm": "bbbb", "target": "openid User.Read", "secret": "fake",
            "cached_at": 10, "expires_on": "3610"}},
    });
    let found = parsed(&node).known(&place("app"));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].refresh_token, Some("fake-refresh".into()));
    assert_eq!((found[0].tokens[0].given_at, found[0].tokens[0].expires_at), (10, 3610));
}

#[test]
fn a_new_token_takes_the_place_of_those_it_shares_a_scope_with() {
    let mut cache = Unified::default();
    let keep = |cache: &mut Unified, scopes, secret| {
        cache.keep(&place("app"), &person(HOME, Some("fake-refresh"), vec![token(scopes, secret, 1)]));
        let mut all: Vec<_> = cache.known(&place("app")).remove(0).tokens;
        all.sort_by_key(|token| token.secret.expose().to_vec());
        all.into_iter().map(|token| token.secret.expose_text().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(keep(&mut cache, "openid User.Read", "1"), ["1"]);
    assert_eq!(keep(&mut cache, "openid Mail.Read", "2"), ["1", "2"]);
    assert_eq!(keep(&mut cache, "user.read Mail.Read", "3"), ["3"]);
}

#[test]
fn expired_tokens_go_when_a_new_one_comes() {
    let mut cache = Unified::default();
    cache.keep(&place("app"), &person(HOME, None, vec![token("a", "1", 1)]));
    cache.keep(&place("app"), &person(HOME, None, vec![token("b", "2", 3600)]));
    assert_eq!(cache.known(&place("app"))[0].tokens.len(), 2);
    cache.keep(&place("app"), &person(HOME, None, vec![token("c", "3", 3601)]));
    assert_eq!(cache.known(&place("app"))[0].tokens.len(), 2);
}

#[test]
fn a_renewal_without_a_refresh_token_keeps_the_old_one() {
    let mut cache = Unified::default();
    cache.keep(&place("app"), &person(HOME, Some("old"), vec![token("a", "1", 1)]));
    cache.keep(&place("app"), &person(HOME, None, vec![token("a", "2", 2)]));
    assert_eq!(cache.known(&place("app"))[0].refresh_token, Some("old".into()));
    cache.keep(&place("app"), &person(HOME, Some("new"), vec![token("a", "3", 3)]));
    assert_eq!(cache.known(&place("app"))[0].refresh_token, Some("new".into()));
}

#[test]
fn the_latest_comes_first_even_when_the_clock_goes_back() {
    let mut cache = Unified::default();
    for (home_id, at) in [("a.t", 100), ("b.t", 100), ("c.t", 50)] {
        cache.keep(&place("app"), &person(home_id, Some("fake"), vec![token("s", home_id, at)]));
        assert_eq!(cache.latest().unwrap().1.home_id, home_id);
    }
    assert_eq!(names(&cache, &place("app")), ["c.t", "b.t", "a.t"]);
}

#[test]
fn a_guest_has_one_entry_with_the_tenant_used_last() {
    let mut cache = Unified::default();
    let at_home = person(HOME, Some("fake"), vec![token("s", "home", 1)]);
    let mut abroad = person(HOME, None, vec![KnownToken { tenant: "cccc".into(), ..token("s", "abroad", 2) }]);
    abroad.account.tenant = "cccc".into();
    for known in [&at_home, &abroad] {
        cache.keep(&place("app"), known);
        assert_eq!(cache.known(&place("app"))[0].account.tenant, known.account.tenant);
    }
    assert_eq!((names(&cache, &place("app")).len(), cache.known(&place("app"))[0].tokens.len()), (1, 2));
}

#[test]
fn apps_clouds_and_people_are_apart() {
    let mut cache = Unified::default();
    let elsewhere = Place { login: "login.microsoftonline.us".into(), ..place("app") };
    for (place, home_id) in [(place("app"), HOME), (place("app"), "x.y"), (place("other"), HOME), (elsewhere, HOME)] {
        cache.keep(&place, &person(home_id, Some("fake"), vec![token("s", "fake", 1)]));
    }
    assert!(cache.forget(&place("app"), HOME));
    assert!(!cache.forget(&place("app"), HOME));
    assert_eq!(names(&cache, &place("app")), ["x.y"]);
    assert_eq!(names(&cache, &place("other")), [HOME]);
    assert_eq!(json_of(&cache)["Account"].as_object().unwrap().len(), 3, "the other app's account stays");
    assert!(cache.forget(&place("other"), HOME));
    assert_eq!(json_of(&cache)["Account"].as_object().unwrap().len(), 2);
}

#[test]
fn damage_is_told_without_its_content() {
    for (bytes, why) in [
        (&b"{\"AccessToken\": {\"k\": \"marked-token"[..], "it is no JSON: EOF"),
        (b"\"marked-token\"", "it is no JSON object"),
        (b"{\"Account\": [\"marked-token\"]}", "its section Account is no JSON object"),
    ] {
        let error = Unified::parse(bytes).unwrap_err().to_string();
        assert!(error.starts_with(why) && !error.contains("marked"), "{error}");
    }
    for nothing in [&b""[..], b" \n", b"\xef\xbb\xbf{}"] {
        assert!(Unified::parse(nothing).unwrap().known(&place("app")).is_empty());
    }
}

/// Any JSON as it may stand in a section or field that is not known here.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[A-Za-z_]{1,8}", inner, 0..4).prop_map(|map| map.into_iter().collect())
        ]
    })
}

/// One step on a small world of three people, two apps and three scopes.
fn step() -> impl Strategy<Value = (bool, usize, usize, usize, u64)> {
    (prop::bool::weighted(0.8), 0..3_usize, 0..2_usize, 0..3_usize, 0..1000_u64)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Unified::parse(&bytes);
    }

    #[test]
    fn what_is_foreign_stays_whatever_happens(
        section in any_json(), item in any_json(), steps in prop::collection::vec(step(), 0..12)
    ) {
        let foreign = json!({"Foreign": section, "AccessToken": {"foreign": [item]}});
        let mut cache = parsed(&foreign);
        for (keeps, who, app, scope, at) in steps {
            walk(&mut cache, keeps, who, app, scope, at);
        }
        let written = json_of(&cache);
        prop_assert_eq!(&written["Foreign"], &foreign["Foreign"]);
        prop_assert_eq!(&written["AccessToken"]["foreign"], &foreign["AccessToken"]["foreign"]);
    }

    #[test]
    fn the_last_one_kept_is_known_first_and_the_forgotten_are_gone(steps in prop::collection::vec(step(), 1..20)) {
        let mut cache = Unified::default();
        for (keeps, who, app, scope, at) in steps {
            walk(&mut cache, keeps, who, app, scope, at);
            let again = Unified::parse(&cache.to_bytes()).unwrap();
            let (home_id, place) = (format!("{who}.t"), place(&format!("app{app}")));
            let known = names(&again, &place);
            if keeps {
                prop_assert_eq!(known.first(), Some(&home_id));
                let tokens = again.known(&place).remove(0).tokens;
                prop_assert_eq!(tokens.iter().filter(|t| t.scopes == [format!("s{scope}")]).count(), 1);
            } else {
                prop_assert!(!known.contains(&home_id));
            }
        }
    }
}

fn walk(cache: &mut Unified, keeps: bool, who: usize, app: usize, scope: usize, at: u64) {
    let (home_id, place) = (format!("{who}.t"), place(&format!("app{app}")));
    if keeps {
        let token = token(&format!("s{scope}"), &format!("fake-{who}-{app}-{scope}-{at}"), at);
        cache.keep(&place, &person(&home_id, Some(&format!("fake-{at}")), vec![token]));
    } else {
        cache.forget(&place, &home_id);
    }
}
