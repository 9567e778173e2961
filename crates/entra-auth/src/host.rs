use entra_net::Secret;
use std::{
    fmt,
    future::Future,
    path::Path,
    pin::Pin,
    time::{Duration, SystemTime},
};

/// What comes back, later.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Whoever began the operation: it shows what there is to show and does what only it can do.
///
/// The first four only tell; they never wait. The others ask, and end with [`HostError`] where nobody answers.
pub trait Host: Send + Sync {
    /// A line for those who look for it.
    fn log(&self, level: Level, text: String);
    /// Something that the person should know, though the operation goes on.
    fn warn(&self, text: String);
    /// Something that the person has to see.
    fn show(&self, message: Message);
    /// How far it is.
    fn progress(&self, progress: Progress);
    /// A page is about to be opened.
    fn page(&self, url: &str);
    /// Finds a certificate with its key; its `chain` too where that is asked.
    fn find_certificate(&self, wanted: Wanted, chain: bool) -> Answer<'_, Result<Found, CertificateProblem>>;
    /// Signs a SHA-256 digest with the key of a certificate that was found before.
    fn sign<'a>(&'a self, key: &'a str, digest: [u8; 32], padding: Padding)
    -> Answer<'a, Result<Signature, HostError>>;
    /// Runs the script block that makes a fresh assertion.
    fn assertion<'a>(&'a self, key: &'a str) -> Answer<'a, Result<Secret, HostError>>;
    /// The whole environment of the session, for a program that is to be started; without credentials.
    fn environment(&self) -> Answer<'_, Result<Vec<(String, String)>, HostError>>;
}

/// The few files that a platform tells a credential to read.
pub trait Files: Send + Sync {
    /// What is known of a file without reading it.
    fn look(&self, path: &Path) -> Result<FileState, FileProblem>;
    /// Its content.
    fn read(&self, path: &Path) -> Result<Secret, FileProblem>;
}

/// What is known of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileState {
    /// Bytes.
    pub size: u64,
    /// Its last change, where the system tells.
    pub changed: Option<SystemTime>,
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileProblem {
    /// There is none.
    NotFound,
    /// This user may not.
    Denied,
    /// What the system says.
    Other(String),
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such file"),
            Self::Denied => f.write_str("this user may not read it"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// Who reads a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// `-Verbose`
    Verbose,
    /// `-Debug`
    Debug,
}

/// Text for the person, with the parts of a device code where it is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The text.
    pub text: String,
    /// Code to type.
    pub user_code: Option<String>,
    /// Page to type it at.
    pub verification_uri: Option<String>,
    /// How long the code is good.
    pub expires_in: Option<Duration>,
}

/// How far something is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// What is going on.
    pub activity: String,
    /// Where it stands.
    pub status: String,
    /// 0 to 100; `None` where nobody knows.
    pub percent: Option<u8>,
    /// Seconds left at most.
    pub remaining: Option<u64>,
    /// The last one.
    pub completed: bool,
}

/// Which certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// SHA-1 of its DER form, 40 hexadecimal digits.
    Thumbprint(String),
    /// Its subject, a whole distinguished name.
    Subject(String),
    /// The object that was handed over with the command.
    Given,
}

/// A certificate whose key the host can sign with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The host's name for the key.
    pub key: String,
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// Those above it, DER, the next issuer first.
    pub chain: Vec<Vec<u8>>,
    /// Kind of key.
    pub key_type: KeyType,
}

/// Kind of key. Entra ID takes RSA only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// RSA
    Rsa,
    /// Anything else
    Other,
}

/// Why there is no certificate to sign with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateProblem {
    /// None of that name in the stores.
    NotFound,
    /// There, but not valid now; from when to when it is.
    Expired(String),
    /// There, without its private key.
    NoPrivateKey,
    /// Its private key cannot be used; what the system says.
    KeyUnreadable(String),
    /// Nobody answered.
    Host(HostError),
}

/// Padding of an RSA signature (RFC 8017).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// RSASSA-PSS, SHA-256, salt of 32 bytes: PS256
    Pss,
    /// RSASSA-PKCS1-v1_5, SHA-256: RS256
    Pkcs1,
}

/// What came of signing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signature {
    /// Done.
    Made(Vec<u8>),
    /// The key's provider does not know this padding.
    Unsupported,
}

/// The host did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostError {
    /// The operation was cancelled or the host has gone.
    Gone,
    /// It tried and failed; its words.
    Failed(String),
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => f.write_str("the operation was cancelled"),
            Self::Failed(text) => f.write_str(text),
        }
    }
}

/// A host that shows nothing and can do nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Host for Silent {
    fn log(&self, _: Level, _: String) {}
    fn warn(&self, _: String) {}
    fn show(&self, _: Message) {}
    fn progress(&self, _: Progress) {}
    fn page(&self, _: &str) {}
    fn find_certificate(&self, _: Wanted, _: bool) -> Answer<'_, Result<Found, CertificateProblem>> {
        Box::pin(async { Err(CertificateProblem::Host(HostError::Gone)) })
    }
    fn sign<'a>(&'a self, _: &'a str, _: [u8; 32], _: Padding) -> Answer<'a, Result<Signature, HostError>> {
        Box::pin(async { Err(HostError::Gone) })
    }
    fn assertion<'a>(&'a self, _: &'a str) -> Answer<'a, Result<Secret, HostError>> {
        Box::pin(async { Err(HostError::Gone) })
    }
    fn environment(&self) -> Answer<'_, Result<Vec<(String, String)>, HostError>> {
        Box::pin(async { Err(HostError::Gone) })
    }
}
