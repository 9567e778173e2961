use crate::world::{World, secret_fields};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use connect_entra::{ENTRA_EVENT_ASK_CERTIFICATE, entra_connect_begin};
use entra_sim::{Fault, ids};
use house::{Fields, Host};

fn certificate_fields<'a>(path: &'a str, chain: &'a str) -> [(&'static str, &'a str); 7] {
    [
        ("ParameterSet", "AppCertificateParameterSet"),
        ("Environment", "Sim"),
        ("ClientId", ids::APP),
        ("TenantId", ids::TENANT),
        ("CertificatePath", path),
        ("SendCertificateChain", chain),
        ("NoWelcome", "true"),
    ]
}

#[test]
fn a_secret_signs_in_and_the_context_shows_who() {
    let mut world = World::new();
    let context = world.with_secret(ids::SECRET).result();
    assert_eq!(context.get("ClientId"), Some(ids::APP));
    assert_eq!(context.get("TenantId"), Some(ids::TENANT));
    assert_eq!(context.get("AuthType"), Some("AppOnly"));
    assert_eq!(context.get("AppName"), Some(ids::APP_NAME));
    let mut scopes = context.all("Scopes");
    scopes.sort_unstable();
    assert_eq!(scopes, ids::APP_ROLES);
    assert_eq!(context.get("ClientSecretLength"), Some(ids::SECRET.len().to_string().as_str()));
    assert_eq!(context, world.host.context(), "what connect gives is what the context shows");
    let asked = world.sim.seen("login", "/token");
    assert_eq!((asked.len(), asked[0].form("scope")), (1, Some(format!("{}/.default", world.sim.graph()).as_str())));
}

#[test]
fn a_second_connect_is_answered_from_memory_but_not_for_a_wrong_secret() {
    let mut world = World::new();
    world.with_secret(ids::SECRET).result();
    world.with_secret(ids::SECRET).result();
    assert_eq!(world.sim.seen("login", "/token").len(), 1);
    let before = world.host.context();
    let error = world.with_secret("fake~wrong").error();
    assert_eq!((error.get("Id"), error.get("Code")), (Some("SignInRefused"), Some("7000215")));
    assert_eq!(world.host.context(), before, "the old connection stays as it was");
    assert_eq!(world.sim.seen("login", "/token").len(), 2);
}

#[test]
fn disconnect_forgets_the_token() {
    let mut world = World::new();
    world.with_secret(ids::SECRET).result();
    world.host.disconnect().result();
    assert_eq!(world.host.context(), Fields::default());
    assert_eq!(world.host.disconnect().error().get("Message"), Some("No application to sign out from."));
    world.with_secret(ids::SECRET).result();
    assert_eq!(world.sim.seen("login", "/token").len(), 2);
}

#[test]
fn certificate_files_of_every_kind_sign_in() {
    for (file, password) in [
        ("app.pem", None),
        ("app-pkcs1.pem", None),
        ("app-encrypted.pem", Some(ids::CERTIFICATE_PASSWORD)),
        ("app.pfx", Some(ids::CERTIFICATE_PASSWORD)),
        ("app-legacy.pfx", Some(ids::CERTIFICATE_PASSWORD)),
        ("app-nopassword.pfx", None),
    ] {
        let mut world = World::new();
        let path = world.sim.file(file).display().to_string();
        let secrets: Vec<_> = password.map(|password| ("CertificatePassword", password)).into_iter().collect();
        let context = world.host.connect(certificate_fields(&path, "false"), &secrets).result();
        assert_eq!(context.get("TokenCredentialType"), Some("ClientCertificate"), "{file}");
    }
}

#[test]
fn the_chain_is_sent_where_it_is_asked_for() {
    for chain in ["true", "false"] {
        let mut world = World::new();
        let path = world.sim.file("chain.pem").display().to_string();
        world.host.connect(certificate_fields(&path, chain), &[]).result();
        let asked = world.sim.seen("login", "/token");
        let assertion = asked[0].form("client_assertion").unwrap();
        let head = entra_header(assertion);
        assert_eq!(head.contains("x5c"), chain == "true", "{head}");
        assert!(head.contains("PS256") && head.contains("x5t#S256"), "{head}");
    }
}

fn entra_header(assertion: &str) -> String {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    String::from_utf8(URL_SAFE_NO_PAD.decode(assertion.split('.').next().unwrap()).unwrap()).unwrap()
}

#[test]
fn certificate_files_that_are_of_no_use_say_why() {
    for (file, password, id) in [
        ("app.pfx", Some("fake wrong"), "CertificatePasswordWrong"),
        ("app.pfx", None, "CertificatePasswordMissing"),
        ("app-encrypted.pem", None, "CertificatePasswordMissing"),
        ("app-encrypted.pem", Some("fake wrong"), "CertificatePasswordWrong"),
        ("app-nokey.pem", None, "CertificateWithoutPrivateKey"),
        ("broken.pfx", None, "CertificateFileFormat"),
        ("ec.pem", None, "CertificateNotRsa"),
        ("ca.pem", None, "CertificateWithoutPrivateKey"),
        ("none.pem", None, "CertificateFileUnreadable"),
    ] {
        let mut world = World::new();
        let path = world.sim.file(file).display().to_string();
        let secrets: Vec<_> = password.map(|password| ("CertificatePassword", password)).into_iter().collect();
        let error = world.host.connect(certificate_fields(&path, "false"), &secrets).error();
        assert_eq!(error.get("Id"), Some(id), "{file} with {password:?}: {error:?}");
        assert!(error.get("Hint").is_some(), "{file}");
        assert_eq!(world.sim.seen("login", "/token").len(), 0, "{file}: nothing is sent");
    }
}

#[test]
fn a_stranger_s_certificate_is_refused_by_the_service() {
    let mut world = World::new();
    let path = world.sim.file("stranger.pem").display().to_string();
    let error = world.host.connect(certificate_fields(&path, "false"), &[]).error();
    assert_eq!((error.get("Code"), error.get("Terminating")), (Some("700027"), Some("false")));
}

/// A host that finds certificates and cannot sign as asked.
fn found(sim: &entra_sim::Sim, kind: &str, answers: &[(&str, &str)]) -> Fields {
    let der = std::fs::read(sim.file(kind)).unwrap();
    let mut fields = Fields::from([("Found", "Yes"), ("Key", "k1"), ("KeyType", "RSA")]);
    fields.0.push(("Certificate".into(), STANDARD.encode(der)));
    fields.0.extend(answers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    fields
}

fn by_thumbprint(thumbprint: &str) -> [(&'static str, &str); 5] {
    [
        ("ParameterSet", "AppCertificateParameterSet"),
        ("Environment", "Sim"),
        ("ClientId", ids::APP),
        ("TenantId", ids::TENANT),
        ("CertificateThumbprint", thumbprint),
    ]
}

#[test]
fn a_key_that_knows_no_pss_is_asked_for_pkcs1() {
    let world = World::new();
    let asked = std::cell::RefCell::new(Vec::new());
    let thumbprint = "\u{200e}aa11bb22cc33dd44ee55ff66aa77bb88cc99dd00 ";
    let end = world.host.run(entra_connect_begin, by_thumbprint(thumbprint), &[], &|kind, fields| {
        asked.borrow_mut().push(fields.clone());
        if kind == ENTRA_EVENT_ASK_CERTIFICATE {
            return found(&world.sim, "app.cer", &[]);
        }
        match fields.get("Padding") {
            Some("PSS") => Fields::from([("Unsupported", "true")]),
            _ => Fields::from([("Signature", "AAAA")]),
        }
    });
    // The signature is nonsense, so the service refuses; what counts is what was asked and sent.
    assert_eq!(end.error().get("Code"), Some("700027"));
    let asked = asked.into_inner();
    assert_eq!(asked[0].get("Thumbprint"), Some("aa11bb22cc33dd44ee55ff66aa77bb88cc99dd00"), "cleaned");
    assert_eq!(asked[1..].iter().map(|fields| fields.get("Padding").unwrap()).collect::<Vec<_>>(), ["PSS", "PKCS1"]);
    let sent = world.sim.seen("login", "/token");
    let head = entra_header(sent[0].form("client_assertion").unwrap());
    assert!(head.contains("RS256") && head.contains("\"x5t\""), "{head}");
}

#[test]
fn each_certificate_problem_has_a_message_of_its_own() {
    let world = World::new();
    let thumbprint = "AA11BB22CC33DD44EE55FF66AA77BB88CC99DD00";
    let mut messages = Vec::new();
    for (answer, id) in [
        ("NotFound", "CertificateNotFound"),
        ("Expired", "CertificateExpired"),
        ("NoPrivateKey", "CertificateWithoutPrivateKey"),
        ("KeyUnreadable", "CertificateKeyUnreadable"),
    ] {
        let end = world.host.run(entra_connect_begin, by_thumbprint(thumbprint), &[], &|_, _| {
            Fields::from([("Found", answer), ("Detail", "access denied")])
        });
        let error = end.error();
        assert_eq!((error.get("Id"), error.get("Terminating")), (Some(id), Some("false")));
        messages.push(error.get("Message").unwrap().to_owned());
    }
    messages.dedup();
    assert_eq!(messages.len(), 4);
    let end = world.host.run(entra_connect_begin, by_thumbprint(thumbprint), &[], &|_, _| {
        found(&world.sim, "ec.cer", &[("KeyType", "EC")])
    });
    assert_eq!(end.error().get("Id"), Some("CertificateNotRsa"));
    assert_eq!(world.sim.journal().len(), 0, "nothing is sent");
}

#[test]
fn the_session_s_variables_sign_in() {
    let mut world = World::new();
    let fields = [("ParameterSet", "EnvironmentVariableParameterSet"), ("Environment", "Sim")];
    world.host.set("AZURE_TENANT_ID", ids::TENANT);
    let error = world.host.connect(fields, &[]).error();
    assert_eq!(error.get("Id"), Some("EnvironmentVariablesIncomplete"));
    assert!(error.get("Hint").unwrap().contains("AZURE_CLIENT_ID"), "{error:?}");
    world.host.set("AZURE_CLIENT_ID", ids::APP);
    world.host.set("AZURE_CLIENT_CERTIFICATE_PATH", &world.sim.file("app.pfx").display().to_string());
    world.host.set("AZURE_CLIENT_CERTIFICATE_PASSWORD", ids::CERTIFICATE_PASSWORD);
    world.host.set("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "TRUE");
    let context = world.host.connect(fields, &[]).result();
    assert_eq!(context.get("AuthType"), Some("EnvironmentVariable"));
    world.host.set("AZURE_CLIENT_SECRET", ids::SECRET);
    world.host.connect(fields, &[]).result();
    let sent = world.sim.seen("login", "/token");
    assert!(entra_header(sent[0].form("client_assertion").unwrap()).contains("x5c"));
    assert_eq!(sent[1].form("client_secret"), Some(ids::SECRET), "a secret comes before a certificate");
}

#[test]
fn user_name_and_password_are_said_to_be_unsupported() {
    let mut world = World::new();
    world.host.set("AZURE_USERNAME", "someone");
    world.host.set("AZURE_PASSWORD", "fake");
    let error = world.host.connect([("ParameterSet", "EnvironmentVariableParameterSet")], &[]).error();
    assert_eq!(error.get("Id"), Some("UsernamePasswordNotSupported"));
}

#[test]
fn checks_end_the_command_before_anything_is_sent() {
    let mut world = World::new();
    let certificate = ("ParameterSet", "AppCertificateParameterSet");
    let cases: [(&[(&str, &str)], &str); 7] = [
        (&[certificate, ("ClientId", " ")], "Must specify 'ClientId'."),
        (
            &[certificate, ("ClientId", "x")],
            "Must specify 'CertificateThumbprint or CertificateSubjectName or Certificate'.",
        ),
        (
            &[certificate, ("ClientId", "x"), ("CertificateThumbprint", "ABC")],
            "'CertificateThumbprint' must have a length of 40. Ensure you have the right certificate thumbprint then try again.",
        ),
        (&[certificate, ("ClientId", "x"), ("CertificateSubjectName", "CN=x")], "Must specify 'TenantId'."),
        (&[("ParameterSet", "AccessTokenParameterSet")], "Must specify 'AccessToken'."),
        (
            &[("ParameterSet", "UserParameterSet"), ("Environment", "Nowhere")],
            "Unable to find environment with name 'Nowhere'. Use Get-MgEnvironment to list available environments.",
        ),
        (
            &[("ParameterSet", "UserParameterSet"), ("ClientTimeout", "-5")],
            "'ClientTimeout' must be more than 0 seconds, and is -5.",
        ),
    ];
    for (fields, message) in cases {
        let mut all = [("Padding", ""); 4];
        all[..fields.len()].copy_from_slice(fields);
        let error = world.host.connect(all, &[]).error();
        assert_eq!((error.get("Message"), error.get("Terminating")), (Some(message), Some("true")));
    }
    assert_eq!(world.sim.journal().len(), 0);
}

#[test]
fn a_token_is_taken_as_it_is_and_not_sent_anywhere() {
    let mut world = World::new();
    let fields = [("ParameterSet", "AccessTokenParameterSet"), ("Environment", "Sim")];
    let context = world.host.connect(fields, &[("AccessToken", "opaque-fake-token")]).result();
    assert_eq!(context.get("AuthType"), Some("UserProvidedAccessToken"));
    assert_eq!((context.get("HasScopes"), context.get("TenantId")), (Some("false"), None));
    assert!(context.get("Welcome").unwrap().starts_with("Welcome to Microsoft Graph!"));
    let error = world.host.connect(fields, &[("AccessToken", "eyJhbGciOiJub25lIn0.!!!.x")]).error();
    assert_eq!(error.get("Message"), Some("Invalid JWT access token."));
    assert_eq!(world.sim.journal().len(), 0);
}

#[test]
fn an_environment_without_https_takes_no_secret() {
    let mut world = World::new();
    world.host.add_environment("Plain", "http://login.example", "http://graph.example").result();
    let mut fields = secret_fields(ids::TENANT);
    fields[1].1 = "Plain";
    let error = world.host.connect(fields, &[("ClientSecret", ids::SECRET)]).error();
    assert_eq!((error.get("Id"), error.get("Terminating")), (Some("EnvironmentNotHttps"), Some("true")));
}

#[test]
fn odd_tenants_never_leave() {
    let mut world = World::new();
    for tenant in ["a/b", "not a tenant!", "..", "a?b", ""] {
        let error = world.host.connect(secret_fields(tenant), &[("ClientSecret", ids::SECRET)]).error();
        assert_eq!((error.get("Id"), error.get("Terminating")), (Some("TenantIdInvalid"), Some("false")), "{tenant}");
    }
    let [set, environment, client, _, quiet] = secret_fields("");
    let error = world.host.connect([set, environment, client, quiet], &[("ClientSecret", ids::SECRET)]).error();
    assert_eq!(error.get("Id"), Some("TenantIdMissing"));
    assert_eq!(world.sim.journal().len(), 0);
}

#[test]
fn the_service_s_refusals_carry_code_and_advice() {
    for (client, tenant, secret, code) in [
        (ids::APP, ids::TENANT, "fake~wrong", "7000215"),
        (ids::APP, ids::TENANT, ids::EXPIRED_SECRET, "7000222"),
        ("77777777-7777-7777-7777-777777777777", ids::TENANT, ids::SECRET, "700016"),
        (ids::APP, "99999999-9999-9999-9999-999999999999", ids::SECRET, "90002"),
    ] {
        let mut world = World::new();
        let mut fields = secret_fields(tenant);
        fields[2].1 = client;
        let error = world.host.connect(fields, &[("ClientSecret", secret)]).error();
        assert_eq!(error.get("Code"), Some(code), "{error:?}");
        assert!(error.get("Message").unwrap().starts_with("ClientSecretCredential authentication failed: AADSTS"));
        assert!(error.get("Hint").is_some_and(|hint| hint.len() > 20) && error.get("CorrelationId").is_some());
        assert!(!format!("{error:?}").contains(secret), "no secret in an error");
    }
}

#[test]
fn connections_are_named_and_each_session_has_its_own() {
    let mut world = World::new();
    world.with_secret(ids::SECRET).result();
    let mut other = Host { connection: None, ..world.host.clone() };
    let mut fields = secret_fields(ids::TENANT);
    fields[2].1 = ids::SECOND_APP;
    other.connect(fields, &[("ClientSecret", ids::SECRET)]).result();
    assert_eq!(other.context().get("ClientId"), Some(ids::SECOND_APP));
    assert_eq!(world.host.context().get("ClientId"), Some(ids::APP), "the first session keeps its own");
}

#[test]
fn lifetimes_as_text_and_limits_of_requests_are_taken() {
    let mut world = World::new();
    let fault = serde_json::from_str::<Fault>(r#"{"path":"/token","set":{"expires_in":"3599"}}"#).unwrap();
    world.sim.fault(fault);
    world.with_secret(ids::SECRET).result();
    world.with_secret(ids::SECRET).result();
    assert_eq!(world.sim.seen("login", "/token").len(), 1);
    let error = world.host.settings([("Action", "SetRequestContext"), ("MaxRetry", "many")]).error();
    assert_eq!(error.get("Id"), Some("NotANumber"));
}
