//! The one error table: what a failure is called, whether it ends the command, how it is worded, and what to do.

mod machines;
mod people;
mod request;

pub(crate) use request::*;

use crate::{Bag, Event, Kind};
use entra_auth::{BadTenant, CertificateProblem, Error, KeyFileError, ServiceError, UserTokenProblem, Wanted, advice};
use entra_net::Kind as NetKind;
use entra_vault::VaultError;
use std::path::Path;

/// PowerShell's error categories, as far as the product uses them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// `AuthenticationError`
    AuthenticationError,
    /// `CloseError`
    CloseError,
    /// `ConnectionError`
    ConnectionError,
    /// `InvalidArgument`
    InvalidArgument,
    /// `InvalidData`
    InvalidData,
    /// `InvalidOperation`
    InvalidOperation,
    /// `NotImplemented`
    NotImplemented,
    /// `NotSpecified`
    NotSpecified,
    /// `ObjectNotFound`
    ObjectNotFound,
    /// `OperationTimeout`
    OperationTimeout,
    /// `ResourceUnavailable`
    ResourceUnavailable,
    /// `SecurityError`
    SecurityError,
    /// `WriteError`
    WriteError,
}

/// Which .NET exception the host makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exception {
    /// `System.ArgumentException`
    Argument,
    /// `System.Security.Authentication.AuthenticationException`
    Authentication,
    /// `System.Security.Cryptography.CryptographicException`
    Cryptography,
    /// `System.IO.DirectoryNotFoundException`
    DirectoryNotFound,
    /// `System.FormatException`
    Format,
    /// One derived from `System.Net.Http.HttpRequestException`
    HttpRequest,
    /// `System.InvalidOperationException`
    InvalidOperation,
    /// `System.NotSupportedException`
    NotSupported,
    /// `System.TimeoutException`
    Timeout,
}

/// A failure as it crosses the door. Never holds a secret; a reply of Graph's goes along, one of the sign-in service never.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// Stable name.
    pub id: &'static str,
    /// PowerShell's category.
    pub category: Category,
    /// Does it end the command (a check), or is it reported (a sign-in)?
    pub terminating: bool,
    /// Kind of exception.
    pub exception: Exception,
    /// What was tried and what came back.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// What else is known, by name: `StatusCode`, `Code`, `CorrelationId` …
    pub details: Vec<(&'static str, String)>,
    /// The body of the reply that was no success, for those who ask.
    pub body: Vec<u8>,
}

impl Failure {
    fn new(id: &'static str, category: Category, exception: Exception, message: impl Into<String>) -> Self {
        let (hint, details, body) = (String::new(), Vec::new(), Vec::new());
        Self { id, category, terminating: true, exception, message: message.into(), hint, details, body }
    }

    /// The same, reported instead of ending the command.
    fn reported(self) -> Self {
        Self { terminating: false, ..self }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    pub(crate) fn event(self) -> Event {
        let fields = Bag::default()
            .with("Id", self.id)
            .with("Category", format!("{:?}", self.category))
            .with("Terminating", self.terminating.to_string())
            .with("Exception", format!("{:?}", self.exception))
            .with("Message", self.message)
            .with_some("Hint", Some(self.hint).filter(|hint| !hint.is_empty()));
        // An absent detail is left out; a column keeps its empty values, or names and values would part.
        let details = self.details.into_iter().filter(|(name, value)| *name == "HeaderValue" || !value.is_empty());
        let fields = details.fold(fields, |fields, (name, value)| fields.with(name, value));
        Event { kind: Kind::Error, fields, body: self.body }
    }
}

const FIND_TENANT: &str = "You can locate your tenant id by following the instructions listed here: https://learn.microsoft.com/partner-center/find-ids-and-domain-names";

// --- Checks: they end the command before anything is sent. Sentences that scripts match on are the original's. ---

fn argument(id: &'static str, message: impl Into<String>) -> Failure {
    Failure::new(id, Category::InvalidArgument, Exception::Argument, message)
}

pub(crate) fn must_specify(id: &'static str, what: &str) -> Failure {
    argument(id, format!("Must specify '{what}'."))
}

pub(crate) fn thumbprint_length() -> Failure {
    argument(
        "ThumbprintLength",
        "'CertificateThumbprint' must have a length of 40. Ensure you have the right certificate thumbprint then try again.",
    )
}

pub(crate) fn client_timeout(value: &str) -> Failure {
    // What PowerShell itself says where a value that it checks is out of range.
    let message = format!("'ClientTimeout' must be more than 0 seconds, and is {value}.");
    Failure::new("ParameterArgumentValidationError", Category::InvalidData, Exception::Argument, message)
        .hint("Leave -ClientTimeout out for the default of 300 seconds.")
}

pub(crate) fn unknown_environment(name: &str) -> Failure {
    Failure::new(
        "InvalidOperation",
        Category::InvalidOperation,
        Exception::InvalidOperation,
        format!("Unable to find environment with name '{name}'. Use Get-MgEnvironment to list available environments."),
    )
    .hint("Get-EntraEnvironment lists the environments; Add-EntraEnvironment adds one.")
}

pub(crate) fn unsafe_environment(name: &str, address: &str) -> Failure {
    Failure::new(
        "EnvironmentNotHttps",
        Category::SecurityError,
        Exception::InvalidOperation,
        format!("Environment '{name}' has the address {address}. Secrets and tokens are sent over https only."),
    )
    .hint("Set-EntraEnvironment gives the environment an address that begins with https://.")
}

pub(crate) fn bad_endpoint(parameter: &str) -> Failure {
    argument(
        "InvalidEndpoint",
        format!(
            "Parameter '{parameter}' has an invalid endpoint URL. Please use a valid URL with a network protocol i.e. [protocol]://[resource-name]."
        ),
    )
}

pub(crate) fn built_in_environment(verb: &str, name: &str) -> Failure {
    let message = format!("Cannot {verb} built-in environment {name}.");
    Failure::new("System.InvalidOperationException", Category::NotSpecified, Exception::InvalidOperation, message)
}

pub(crate) fn environment_not_found(name: &str) -> Failure {
    let message = format!("Environment {name} not found. (Parameter 'name')");
    Failure::new("System.ArgumentException", Category::NotSpecified, Exception::Argument, message)
}

pub(crate) fn unknown_context(name: &str) -> Failure {
    let message = format!("There is no connection with the name '{name}'.");
    Failure::new("ContextNotFound", Category::ObjectNotFound, Exception::Argument, message)
        .hint("Select-EntraContext -ListAvailable lists the connections of this process.")
}

pub(crate) fn bad_call(what: &str) -> Failure {
    argument("BadCall", format!("The library was asked for something it does not know: {what}."))
        .hint("The module and its library belong to different versions: install the module again.")
}

pub(crate) fn one_identity() -> Failure {
    argument(
        "IdentityAmbiguous",
        "-ClientId, -ObjectId and -ResourceId name an identity in three ways. Use one of them.",
    )
}

pub(crate) fn unknown_prompt(text: &str) -> Failure {
    argument("PromptUnknown", format!("'Prompt' is '{text}', which no sign-in page knows."))
        .hint("Pass login, select_account, consent or none.")
}

pub(crate) fn number(name: &str, value: &str) -> Failure {
    argument("NotANumber", format!("'{name}' must be a whole number, and is '{value}'."))
}

// --- Sign-in: reported, as the original does, so that -ErrorAction decides. ---

pub(crate) fn not_connected() -> Failure {
    let message = "No application to sign out from.";
    Failure::new("NotConnected", Category::CloseError, Exception::Argument, message).reported()
}

pub(crate) fn no_secret() -> Failure {
    let message = "Must specify 'ClientSecretCredential': the user name is the app's id, the password its secret.";
    argument("ClientSecretMissing", message).reported()
}

pub(crate) fn no_tenant() -> Failure {
    let message = format!("Tenant id cannot be null. {FIND_TENANT} (Parameter 'tenantId')");
    argument("TenantIdMissing", message).reported().hint("Pass -TenantId.")
}

pub(crate) fn bad_tenant(tenant: &BadTenant) -> Failure {
    let message = format!("Invalid tenant id provided: {tenant}. {FIND_TENANT} (Parameter 'tenantId')");
    argument("TenantIdInvalid", message).reported().hint("A tenant is a GUID, a domain name, or 'organizations'.")
}

pub(crate) fn no_home() -> Failure {
    let message = "This user's folder for settings is unknown: the session has none of the variables HOME, XDG_CONFIG_HOME, APPDATA, USERPROFILE.";
    Failure::new("SettingsFolderUnknown", Category::ResourceUnavailable, Exception::InvalidOperation, message)
}

pub(crate) fn settings(error: &VaultError) -> Failure {
    let message = format!("The settings of this user could not be read or changed: {error}.");
    Failure::new("SettingsFile", Category::WriteError, Exception::InvalidOperation, message)
}

/// No client could be made of the session's proxy and CA settings.
pub(crate) fn network(error: &entra_net::Error) -> Failure {
    Failure { details: Vec::new(), ..net("Connecting", error) }
}

/// A failure of a credential. `name` is the credential's.
pub(crate) fn sign_in(name: &str, error: &Error) -> Failure {
    match error {
        Error::Net(error) => {
            let failure = net(&format!("{name} authentication failed"), error);
            // -ClientTimeout is a limit of requests, not of sign-ins.
            match error.kind {
                NetKind::TimedOut { .. } => failure.hint("Try again; check the network and HTTPS_PROXY."),
                _ => failure,
            }
        }
        Error::Service(error) => service(name, error),
        Error::NotOAuth { host, status, content_type } => failed(
            "UnexpectedReply",
            name,
            format!("'{host}' answered with status {status} and {content_type} instead of JSON"),
        )
        .hint("A proxy or a portal may have answered in place of the sign-in service: check HTTPS_PROXY and NO_PROXY."),
        Error::NoToken { host } => failed("NoTokenInReply", name, format!("'{host}' answered without an access token")),
        Error::Tenant(tenant) => bad_tenant(tenant),
        Error::Certificate { wanted, problem } => certificate(wanted, problem),
        Error::NotRsa => certificate_failure(
            "CertificateNotRsa",
            "The certificate's key is not RSA, and the sign-in service takes RSA keys only.",
            "Make a certificate with an RSA key of 2048 bits or more and upload it to the app registration.",
        ),
        Error::Host(error) => failed("HostFailed", name, error.to_string()),
        Error::UserToken(problem) => user_token(*problem),
        Error::Identity(error) => machines::identity(name, error),
        Error::Federated(error) => machines::federated(name, error),
        Error::Environment(problem) => machines::environment(problem),
        other => people::row(name, other).unwrap_or_else(|| failed("SignInFailed", name, other.to_string())),
    }
}

fn failed(id: &'static str, name: &str, what: String) -> Failure {
    let message = format!("{name} authentication failed: {what}.");
    Failure::new(id, Category::AuthenticationError, Exception::Authentication, message).reported()
}

fn service(name: &str, error: &ServiceError) -> Failure {
    let said = if error.description.is_empty() { &error.error } else { &error.description };
    let message = format!("{name} authentication failed: {said}");
    let hint = match advice(error.code) {
        Some(advice) => advice.to_owned(),
        None => format!("The sign-in service says '{}'.", error.error),
    };
    let code = Some(error.code).filter(|code| *code > 0);
    Failure {
        details: vec![
            ("StatusCode", error.status.to_string()),
            ("Code", code.map(|code| code.to_string()).unwrap_or_default()),
            ("OAuthError", error.error.clone()),
            ("CorrelationId", error.correlation_id.clone()),
            ("TraceId", error.trace_id.clone()),
            ("Timestamp", error.timestamp.clone()),
            ("RetryAfter", error.retry_after.map(|span| span.as_secs().to_string()).unwrap_or_default()),
        ],
        ..Failure::new("SignInRefused", Category::AuthenticationError, Exception::Authentication, message)
            .reported()
            .hint(hint)
    }
}

fn net(tried: &str, error: &entra_net::Error) -> Failure {
    let (id, category, hint) = match &error.kind {
        NetKind::Unresolved => {
            ("HostNotFound", Category::ConnectionError, "Check the name, the network, and -Environment.")
        }
        NetKind::Unreachable => {
            ("HostUnreachable", Category::ConnectionError, "Check the network, the firewall, and HTTPS_PROXY.")
        }
        NetKind::Untrusted { .. } => (
            "CertificateNotTrusted",
            Category::SecurityError,
            "If a proxy inspects TLS here, have its CA trusted by the system, or name its file in SSL_CERT_FILE.",
        ),
        NetKind::Tls => ("TlsFailed", Category::SecurityError, "The server has to speak TLS 1.2 or newer."),
        NetKind::Proxy => (
            "ProxyRefused",
            Category::ConnectionError,
            "Check HTTPS_PROXY (on Windows also the system's setting) and its user name and password, or exempt the host in NO_PROXY.",
        ),
        NetKind::ProxySetting { .. } => {
            ("ProxySetting", Category::InvalidArgument, "A proxy is written http://host:port.")
        }
        NetKind::NoRoots | NetKind::File => (
            "NoTrustedCertificates",
            Category::SecurityError,
            "Install the package ca-certificates, or name a file that exists in SSL_CERT_FILE.",
        ),
        NetKind::TimedOut { .. } => ("TimedOut", Category::OperationTimeout, "Try again, or raise -ClientTimeout."),
        NetKind::TooLarge { .. } => {
            ("ReplyTooLarge", Category::ConnectionError, "A proxy may have answered in place of the service.")
        }
        NetKind::Body => (
            "BodyNotReadable",
            Category::InvalidData,
            "The service did not get it as a whole. See to what is read, and send it again.",
        ),
        _ => ("ConnectionLost", Category::ConnectionError, "Try again; a proxy or firewall may cut connections."),
    };
    let exception = if category == Category::OperationTimeout { Exception::Timeout } else { Exception::Authentication };
    Failure::new(id, category, exception, format!("{tried}: {error}.")).reported().hint(hint)
}

fn certificate_failure(id: &'static str, message: impl Into<String>, hint: &str) -> Failure {
    Failure::new(id, Category::NotSpecified, Exception::Cryptography, message).reported().hint(hint)
}

fn certificate(wanted: &Wanted, problem: &CertificateProblem) -> Failure {
    let which = match wanted {
        Wanted::Thumbprint(thumbprint) => format!("with thumbprint '{thumbprint}'"),
        Wanted::Subject(subject) => format!("with subject name '{subject}'"),
        Wanted::Given => "of -Certificate".to_owned(),
    };
    match problem {
        CertificateProblem::NotFound => certificate_failure(
            "CertificateNotFound",
            format!("The certificate {which} was not found in the stores CurrentUser\\My and LocalMachine\\My."),
            "Check it with the whole subject ('CN=…') or the thumbprint, or pass -CertificatePath.",
        ),
        CertificateProblem::Expired(span) => certificate_failure(
            "CertificateExpired",
            match span.as_str() {
                "" => format!("The certificate {which} has expired or is not valid yet."),
                span => format!("The certificate {which} has expired or is not valid yet: it is {span}."),
            },
            "Renew it and upload the new one to the app registration; where it is not valid yet, check the clock.",
        ),
        CertificateProblem::NoPrivateKey => certificate_failure(
            "CertificateWithoutPrivateKey",
            format!("The certificate {which} has no private key here, so nothing can be signed with it."),
            "Import it with its private key (.pfx), not the .cer file.",
        ),
        CertificateProblem::KeyUnreadable(cause) => certificate_failure(
            "CertificateKeyUnreadable",
            format!("The private key of the certificate {which} cannot be used: {cause}"),
            "Give this user the right to read the key, or run as the user or administrator who has it.",
        ),
        CertificateProblem::Host(error) => certificate_failure(
            "CertificateNotAnswered",
            format!("The certificate {which} was not looked up: {error}."),
            "",
        ),
    }
}

/// A certificate file that cannot be used.
pub(crate) fn key_file(path: &Path, error: &KeyFileError) -> Failure {
    let (id, hint) = match error {
        KeyFileError::Unreadable { .. } => {
            ("CertificateFileUnreadable", "Check the path and this user's right to read it.")
        }
        KeyFileError::WrongPassword => {
            ("CertificatePasswordWrong", "Pass the file's password in -CertificatePassword.")
        }
        KeyFileError::PasswordMissing => {
            ("CertificatePasswordMissing", "Pass the file's password in -CertificatePassword.")
        }
        KeyFileError::LegacyEncryption => {
            ("CertificateKeyLegacy", "Write the key anew: openssl pkcs8 -topk8 -in old.pem -out new.pem")
        }
        KeyFileError::NoCertificate => {
            ("CertificateFileIncomplete", "The file has to hold the certificate beside its key.")
        }
        KeyFileError::NoPrivateKey => {
            ("CertificateWithoutPrivateKey", "The file has to hold the private key beside the certificate.")
        }
        KeyFileError::Mismatch => ("CertificateMismatch", "Put the certificate that belongs to the key into the file."),
        KeyFileError::NotRsa => ("CertificateNotRsa", "Make a certificate with an RSA key of 2048 bits or more."),
        _ => ("CertificateFileFormat", "The file has to be PEM or PKCS#12 (.pfx, .p12)."),
    };
    certificate_failure(id, format!("The certificate file '{}' is of no use: {error}.", path.display()), hint)
}

fn user_token(problem: UserTokenProblem) -> Failure {
    let (id, message) = match problem {
        UserTokenProblem::Malformed => ("AccessTokenInvalid", "Invalid JWT access token."),
        UserTokenProblem::Expired => (
            "AccessTokenExpired",
            "The provided access token has expired. Set a valid access token to `-AccessToken` parameter and try again.",
        ),
    };
    Failure::new(id, Category::NotSpecified, Exception::Authentication, message)
        .reported()
        .hint("A token has to be good for five minutes at least.")
}
