use crate::{
    Bag, Event, Kind,
    operation::Shared,
    variables::{self, Variable},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use entra_auth::{
    Answer, CertificateProblem, Found, Host, HostError, KeyType, Level, Message, Padding, Progress, Signature, Wanted,
};
use entra_net::{Bytes, Secret};
use std::sync::Arc;

/// The host of one operation, as the crates below see it.
#[derive(Clone)]
pub(crate) struct HostLink(Arc<Shared>);

impl HostLink {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    /// A secret that came with the operation, or with its last answer.
    pub(crate) fn secret(&self, name: &str) -> Option<Secret> {
        self.0.take_secret(name)
    }

    /// Is there a secret of that name with something in it?
    pub(crate) fn holds_secret(&self, name: &str) -> bool {
        self.0.holds_secret(name)
    }

    /// The request's body.
    pub(crate) fn body(&self) -> Vec<u8> {
        self.0.take_body()
    }

    /// The next piece of a body that the host reads, an empty one at its end; nothing once the operation is over.
    pub(crate) async fn piece(&self, restart: bool) -> Option<Bytes> {
        let fields = Bag::default().with_some("Restart", restart.then_some("true"));
        self.0.want(Event::new(Kind::WantBody, fields)).await.ok()
    }

    /// The values of these variables in the host's session; secret ones are then at hand under their name.
    pub(crate) async fn variables(&self, wanted: &[Variable]) -> Result<Bag, HostError> {
        let names = |secret: bool| wanted.iter().filter(move |v| v.secret == secret).map(|v| v.name);
        let question = Bag::default().with_all("Name", names(false)).with_all("Secret", names(true));
        self.ask(Kind::AskVariables, question).await
    }

    /// One of several results, with its bytes. Returns when the host has taken all but a few of those before it, so that
    /// what nobody reads is not fetched.
    pub(crate) async fn output(&self, fields: Bag, body: Vec<u8>) {
        self.0.tell(Event { kind: Kind::Output, fields, body });
        self.0.room().await;
    }

    fn tell(&self, kind: Kind, fields: Bag) {
        self.0.tell(Event::new(kind, fields));
    }

    async fn ask(&self, kind: Kind, question: Bag) -> Result<Bag, HostError> {
        let answer = self.0.ask(Event::new(kind, question)).await.map_err(|_| HostError::Gone)?;
        match answer.get("Failed") {
            Some(words) => Err(HostError::Failed(words.to_owned())),
            None => Ok(answer),
        }
    }
}

impl Host for HostLink {
    fn log(&self, level: Level, text: String) {
        if self.0.is_quiet() {
            return;
        }
        let level = if level == Level::Verbose { "Verbose" } else { "Debug" };
        self.tell(Kind::Log, Bag::default().with("Level", level).with("Text", text));
    }

    fn warn(&self, text: String) {
        self.tell(Kind::Warning, Bag::default().with("Text", text));
    }

    fn show(&self, message: Message) {
        let fields = Bag::default()
            .with("Text", message.text)
            .with_some("UserCode", message.user_code)
            .with_some("VerificationUri", message.verification_uri)
            .with_some("ExpiresIn", message.expires_in.map(|span| span.as_secs().to_string()));
        self.tell(Kind::Message, fields);
    }

    fn progress(&self, progress: Progress) {
        let fields = Bag::default()
            .with("Activity", progress.activity)
            .with("Status", progress.status)
            .with_some("Percent", progress.percent.map(|n| n.to_string()))
            .with_some("SecondsRemaining", progress.remaining.map(|n| n.to_string()))
            .with_some("Completed", progress.completed.then_some("true"));
        self.tell(Kind::Progress, fields);
    }

    fn page(&self, url: &str) {
        self.tell(Kind::Page, Bag::default().with("Url", url));
    }

    fn find_certificate(&self, wanted: Wanted, chain: bool) -> Answer<'_, Result<Found, CertificateProblem>> {
        let question = match wanted {
            Wanted::Thumbprint(thumbprint) => Bag::default().with("Thumbprint", thumbprint),
            Wanted::Subject(subject) => Bag::default().with("Subject", subject),
            Wanted::Given => Bag::default().with("Given", "true"),
        };
        let question = question.with_some("Chain", chain.then_some("true"));
        Box::pin(async move {
            let answer = self.ask(Kind::AskCertificate, question).await.map_err(CertificateProblem::Host)?;
            found(&answer)
        })
    }

    fn sign<'a>(
        &'a self,
        key: &'a str,
        digest: [u8; 32],
        padding: Padding,
    ) -> Answer<'a, Result<Signature, HostError>> {
        Box::pin(async move {
            let padding = if padding == Padding::Pss { "PSS" } else { "PKCS1" };
            let question =
                Bag::default().with("Key", key).with("Digest", STANDARD.encode(digest)).with("Padding", padding);
            let answer = self.ask(Kind::AskSignature, question).await?;
            match answer.get("Signature").map(|text| STANDARD.decode(text)) {
                _ if answer.flag("Unsupported") => Ok(Signature::Unsupported),
                Some(Ok(signature)) => Ok(Signature::Made(signature)),
                _ => Err(HostError::Failed("the host gave no signature".into())),
            }
        })
    }

    fn assertion<'a>(&'a self, key: &'a str) -> Answer<'a, Result<Secret, HostError>> {
        Box::pin(async move {
            self.ask(Kind::AskAssertion, Bag::default().with("Key", key)).await?;
            self.secret("Assertion").ok_or(HostError::Failed("the script block gave nothing".into()))
        })
    }

    fn environment(&self) -> Answer<'_, Result<Vec<(String, String)>, HostError>> {
        Box::pin(async move {
            let all = self.ask(Kind::AskVariables, Bag::default().with("All", "true")).await?;
            let pairs = all.iter().filter(|(name, _)| !variables::is_credential(name));
            Ok(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
        })
    }
}

fn found(answer: &Bag) -> Result<Found, CertificateProblem> {
    let detail = || answer.get("Detail").unwrap_or_default().to_owned();
    match answer.get("Found") {
        Some("Yes") => {}
        Some("Expired") => return Err(CertificateProblem::Expired(detail())),
        Some("NoPrivateKey") => return Err(CertificateProblem::NoPrivateKey),
        Some("KeyUnreadable") => return Err(CertificateProblem::KeyUnreadable(detail())),
        _ => return Err(CertificateProblem::NotFound),
    }
    let broken = || CertificateProblem::KeyUnreadable("the host gave no certificate".into());
    let decode = |text: &str| STANDARD.decode(text).map_err(|_| broken());
    Ok(Found {
        key: answer.filled("Key").ok_or_else(broken)?.to_owned(),
        certificate: decode(answer.filled("Certificate").ok_or_else(broken)?)?,
        chain: answer.all("Chain").map(decode).collect::<Result<_, _>>()?,
        key_type: if answer.get("KeyType") == Some("RSA") { KeyType::Rsa } else { KeyType::Other },
    })
}
