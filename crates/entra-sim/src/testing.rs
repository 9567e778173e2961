//! What the rooms' tests share: a client that trusts the world's CA, and assertions signed by hand.

use crate::ids;
use crate::sim::{Options, Sim};
use crate::text::{base64url, from_base64, sha1, sha256};
use reqwest::{Certificate, Client};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair};
use serde_json::{Value, json};

pub(crate) struct Bench {
    pub(crate) sim: Sim,
    pub(crate) http: Client,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sim = Sim::start(Options::default());
        let ca = Certificate::from_pem(&std::fs::read(sim.ca()).expect("a CA file")).expect("a CA");
        let http = Client::builder()
            .no_proxy()
            .tls_certs_only([ca])
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Self { sim, http }
    }

    pub(crate) fn endpoint(&self, tenant: &str) -> String {
        format!("{}/{tenant}/oauth2/v2.0/token", self.sim.login())
    }

    pub(crate) fn scope(&self) -> String {
        format!("{}/.default", self.sim.graph())
    }

    /// Posts a form; gives status and JSON.
    pub(crate) async fn post(&self, url: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let response = self.http.post(url).form(form).send().await.expect("an answer");
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or(Value::Null))
    }

    /// A token request of the application in its tenant with these additional fields.
    pub(crate) async fn sign_in(&self, more: &[(&str, &str)]) -> (u16, Value) {
        let scope = self.scope();
        let mut form = vec![("grant_type", "client_credentials"), ("client_id", ids::APP), ("scope", &scope)];
        form.retain(|(name, _)| !more.iter().any(|(n, _)| n == name));
        form.extend_from_slice(more);
        self.post(&self.endpoint(ids::TENANT), &form).await
    }

    pub(crate) async fn app_token(&self) -> String {
        let (status, body) = self.sign_in(&[("client_secret", ids::SECRET)]).await;
        assert_eq!(status, 200, "{}", body["error_description"]);
        body["access_token"].as_str().expect("a token").to_owned()
    }

    /// Gets from Graph with a bearer; gives status and JSON.
    pub(crate) async fn graph(&self, token: &str, path: &str) -> (u16, Value) {
        let url = format!("{}{path}", self.sim.graph());
        let response = self.http.get(url).bearer_auth(token).send().await.expect("an answer");
        (response.status().as_u16(), response.json().await.unwrap_or(Value::Null))
    }

    pub(crate) async fn control(&self, path: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.sim.control());
        let response = self.http.post(url).json(&body).send().await.expect("an answer");
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.expect("JSON")
    }

    /// An assertion by one of the world's PEM files.
    pub(crate) fn assertion(&self, file: &str, pss: bool, change: impl FnOnce(&mut Value, &mut Value)) -> String {
        let pem = std::fs::read_to_string(self.sim.file(file)).expect("a PEM file");
        let (key, certificate) = (block(&pem, "PRIVATE KEY"), block(&pem, "CERTIFICATE"));
        let now = self.sim.now();
        let mut header = if pss {
            json!({"typ": "JWT", "alg": "PS256", "x5t#S256": base64url(&sha256(&certificate))})
        } else {
            json!({"typ": "JWT", "alg": "RS256", "x5t": base64url(&sha1(&certificate))})
        };
        let mut claims = json!({
            "aud": self.endpoint(ids::TENANT), "iss": ids::APP, "sub": ids::APP, "jti": crate::text::guid(),
            "nbf": now, "iat": now, "exp": now + 600,
        });
        change(&mut header, &mut claims);
        sign(&key, &header, &claims, pss)
    }
}

fn sign(key: &[u8], header: &Value, claims: &Value, pss: bool) -> String {
    let key = RsaKeyPair::from_pkcs8(key).expect("an RSA key");
    let text = format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()));
    let mut signature = vec![0; key.public().modulus_len()];
    let padding: &dyn ring::signature::RsaEncoding = if pss { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
    key.sign(padding, &SystemRandom::new(), text.as_bytes(), &mut signature).expect("a signature");
    format!("{text}.{}", base64url(&signature))
}

/// The first block of this kind in a PEM text.
pub(crate) fn block(pem: &str, label: &str) -> Vec<u8> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let start = pem.find(&begin).expect("the block is there") + begin.len();
    let stop = pem[start..].find(&end).expect("the block ends") + start;
    from_base64(&pem[start..stop]).expect("base64")
}

/// The AADSTS number of an error body, after a look at its shape.
pub(crate) fn code(body: &Value) -> u64 {
    let code = body["error_codes"][0].as_u64().expect("error_codes");
    let text = body["error_description"].as_str().expect("error_description");
    assert!(text.starts_with(&format!("AADSTS{code}: ")), "{text}");
    for line in ["\r\nTrace ID: ", "\r\nCorrelation ID: ", "\r\nTimestamp: "] {
        assert!(text.contains(line), "{text}");
    }
    for field in ["error", "timestamp", "trace_id", "correlation_id", "error_uri"] {
        assert!(body[field].is_string(), "{field}");
    }
    code
}

/// Claims of a JWT, unchecked.
pub(crate) fn claims(token: &str) -> Value {
    crate::login::assertion::parse(token).expect("a JWT").claims
}

const VERIFIER: &str = "fake-verifier-fake-verifier-fake-verifier-0123";

impl Bench {
    /// An authorize address of the public client; later fields replace earlier ones.
    pub(crate) fn authorize(&self, more: &[(&str, &str)]) -> String {
        let challenge = base64url(&sha256(VERIFIER.as_bytes()));
        let mut fields = vec![
            ("client_id", ids::PUBLIC_APP),
            ("response_type", "code"),
            ("redirect_uri", "http://localhost:1"),
            ("scope", "User.Read openid profile offline_access"),
            ("state", "s1"),
            ("nonce", "n1"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
            ("response_mode", "form_post"),
            ("client_info", "1"),
        ];
        fields.retain(|(name, _)| !more.iter().any(|(n, _)| n == name));
        fields.extend_from_slice(more);
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        format!("{}/common/oauth2/v2.0/authorize?{query}", self.sim.login())
    }

    /// What a person's browser brings back from an authorize address.
    pub(crate) async fn browse(&self, url: &str, login: &str, action: &str) -> Value {
        self.control("/browse", json!({"url": url, "login": login, "action": action, "deliver": false})).await
    }

    /// Redeems a code; gives status and JSON.
    pub(crate) async fn redeem(&self, code: &str, more: &[(&str, &str)]) -> (u16, Value) {
        let mut form = vec![
            ("client_id", ids::PUBLIC_APP),
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", "http://localhost:1"),
            ("code_verifier", VERIFIER),
            ("client_info", "1"),
        ];
        form.retain(|(name, _)| !more.iter().any(|(n, _)| n == name));
        form.extend_from_slice(more);
        self.post(&self.endpoint("common"), &form).await
    }

    /// Tokens of a person, by browser.
    pub(crate) async fn person(&self, login: &str, more: &[(&str, &str)]) -> Value {
        let told = self.browse(&self.authorize(more), login, "accept").await;
        let (status, body) = self.redeem(told["fields"]["code"].as_str().expect("a code"), &[]).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    pub(crate) async fn refresh(&self, tenant: &str, token: &str, more: &[(&str, &str)]) -> (u16, Value) {
        let mut form = vec![
            ("client_id", ids::PUBLIC_APP),
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("scope", "User.Read openid offline_access"),
        ];
        form.retain(|(name, _)| !more.iter().any(|(n, _)| n == name));
        form.extend_from_slice(more);
        self.post(&self.endpoint(tenant), &form).await
    }
}
