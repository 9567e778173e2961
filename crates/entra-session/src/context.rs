use crate::Bag;
use entra_auth::Claims;

/// How the sign-in was made; the original's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthType {
    Delegated,
    AppOnly,
    UserProvidedAccessToken,
    ManagedIdentity,
    EnvironmentVariable,
}

/// With what it was made; the original's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CredentialType {
    InteractiveBrowser,
    DeviceCode,
    ClientCertificate,
    UserProvidedAccessToken,
    ManagedIdentity,
    ClientSecret,
    EnvironmentVariable,
}

impl AuthType {
    pub(crate) fn name(self) -> String {
        format!("{self:?}")
    }
}

/// The id that a sign-in has where nobody names one: Microsoft Graph Command Line Tools, as the original's.
pub(crate) const DEFAULT_CLIENT_ID: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";

/// Who is connected, as shown. Property names are the original's.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Context {
    pub(crate) client_id: String,
    pub(crate) tenant_id: Option<String>,
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) auth_type: AuthType,
    pub(crate) credential_type: CredentialType,
    pub(crate) certificate_thumbprint: Option<String>,
    pub(crate) certificate_subject: Option<String>,
    pub(crate) send_chain: bool,
    pub(crate) account: Option<String>,
    pub(crate) app_name: Option<String>,
    pub(crate) context_scope: &'static str,
    pub(crate) certificate_key: Option<String>,
    pub(crate) host_version: Option<String>,
    pub(crate) managed_identity: Option<String>,
    pub(crate) secret_length: Option<usize>,
    pub(crate) environment: String,
    /// Where an identity comes from: the host of a managed identity, the issuer of an assertion.
    pub(crate) identity_source: Option<String>,
    /// Where the sign-in is kept for other processes; absent = in the memory of this one.
    pub(crate) kept_in: Option<String>,
}

impl Context {
    /// What is known before there is a token.
    pub(crate) fn new(auth_type: AuthType, credential_type: CredentialType, input: &Bag, environment: &str) -> Self {
        let current_user = input.get("ContextScope").is_some_and(|scope| scope.eq_ignore_ascii_case("CurrentUser"));
        Self {
            client_id: DEFAULT_CLIENT_ID.into(),
            tenant_id: None,
            scopes: None,
            auth_type,
            credential_type,
            certificate_thumbprint: None,
            certificate_subject: None,
            send_chain: false,
            account: None,
            app_name: None,
            context_scope: if current_user { "CurrentUser" } else { "Process" },
            certificate_key: None,
            host_version: input.filled("HostVersion").map(str::to_owned),
            managed_identity: None,
            secret_length: None,
            environment: environment.into(),
            identity_source: None,
            kept_in: None,
        }
    }

    /// What the token says. An opaque one says nothing, and that is no fault.
    pub(crate) fn learn(&mut self, claims: Option<&Claims>) {
        let Some(claims) = claims else { return };
        let text = |name| claims.text(name).map(str::to_owned);
        if let Some(app) = text("appid") {
            self.client_id = app;
        }
        self.tenant_id = text("tid").or(self.tenant_id.take());
        self.scopes = claims.permissions().or(self.scopes.take());
        self.account = text("upn").or(self.account.take());
        self.app_name = text("app_displayname");
    }

    pub(crate) fn fields(&self, connection: &str) -> Bag {
        let scopes = self.scopes.as_deref().unwrap_or_default();
        Bag::default()
            .with("Connection", connection)
            .with("ClientId", &self.client_id)
            .with_some("TenantId", self.tenant_id.as_deref())
            .with("HasScopes", self.scopes.is_some().to_string())
            .with_all("Scopes", scopes)
            .with("AuthType", self.auth_type.name())
            .with("TokenCredentialType", format!("{:?}", self.credential_type))
            .with_some("CertificateThumbprint", self.certificate_thumbprint.as_deref())
            .with_some("CertificateSubjectName", self.certificate_subject.as_deref())
            .with("SendCertificateChain", self.send_chain.to_string())
            .with_some("Account", self.account.as_deref())
            .with_some("AppName", self.app_name.as_deref())
            .with("ContextScope", self.context_scope)
            .with_some("CertificateKey", self.certificate_key.as_deref())
            .with_some("HostVersion", self.host_version.as_deref())
            .with_some("ManagedIdentityId", self.managed_identity.as_deref())
            .with_some("ClientSecretLength", self.secret_length.map(|length| length.to_string()))
            .with("Environment", &self.environment)
    }
}
