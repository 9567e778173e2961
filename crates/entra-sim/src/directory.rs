//! Tenants and applications.

use crate::ids;
use crate::login::federated::ISSUERS;
use crate::text::{hex, sha1, sha256};
use x509_parser::prelude::{FromDer, X509Certificate};

#[derive(Clone)]
pub(crate) struct Tenant {
    pub(crate) id: String,
    pub(crate) domain: String,
    pub(crate) name: String,
}

#[derive(Clone)]
pub(crate) struct Secret {
    pub(crate) value: String,
    pub(crate) expired: bool,
}

/// A registered certificate.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) sha1: Vec<u8>,
    pub(crate) sha256: Vec<u8>,
    /// PKCS#1 public key for RSA, an uncompressed point for EC.
    pub(crate) public: Vec<u8>,
    pub(crate) not_before: i64,
    pub(crate) not_after: i64,
}

impl Key {
    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        Some(Self {
            sha1: sha1(der),
            sha256: sha256(der),
            public: certificate.public_key().subject_public_key.data.to_vec(),
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
        })
    }

    pub(crate) fn thumbprint(&self) -> String {
        hex(&self.sha1)
    }
}

/// What an application accepts as an outside assertion.
#[derive(Clone)]
pub(crate) struct Federated {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) audience: String,
}

#[derive(Clone)]
pub(crate) struct App {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) object: String,
    /// Tenants in which it has a service principal; the first is its home.
    pub(crate) tenants: Vec<String>,
    pub(crate) public: bool,
    pub(crate) secrets: Vec<Secret>,
    pub(crate) keys: Vec<Key>,
    pub(crate) roles: Vec<String>,
    pub(crate) federated: Vec<Federated>,
}

pub(crate) struct Directory {
    pub(crate) tenants: Vec<Tenant>,
    pub(crate) apps: Vec<App>,
}

impl Directory {
    pub(crate) fn new(certificates: &[Vec<u8>], login: &str) -> Self {
        Self {
            tenants: tenants(),
            apps: vec![main_app(certificates), federated_app(login), second_app(), public_app()],
        }
    }

    /// A tenant by GUID or domain, case ignored.
    pub(crate) fn tenant(&self, name: &str) -> Option<&Tenant> {
        self.tenants.iter().find(|t| t.id.eq_ignore_ascii_case(name) || t.domain.eq_ignore_ascii_case(name))
    }

    pub(crate) fn app(&self, id: &str) -> Option<&App> {
        self.apps.iter().find(|a| a.id.eq_ignore_ascii_case(id))
    }
}

fn tenants() -> Vec<Tenant> {
    let tenant =
        |id: &str, domain: &str, name: &str| Tenant { id: id.into(), domain: domain.into(), name: name.into() };
    vec![
        tenant(ids::TENANT, ids::TENANT_DOMAIN, "Contoso"),
        tenant(ids::OTHER_TENANT, ids::OTHER_TENANT_DOMAIN, "Fabrikam"),
    ]
}

fn app(id: &str, name: &str, object: &str) -> App {
    App {
        id: id.into(),
        name: name.into(),
        object: object.into(),
        tenants: vec![ids::TENANT.into()],
        public: false,
        secrets: Vec::new(),
        keys: Vec::new(),
        roles: ids::APP_ROLES.map(String::from).to_vec(),
        federated: Vec::new(),
    }
}

fn main_app(certificates: &[Vec<u8>]) -> App {
    App {
        secrets: vec![
            Secret { value: ids::SECRET.into(), expired: false },
            Secret { value: ids::EXPIRED_SECRET.into(), expired: true },
        ],
        keys: certificates.iter().filter_map(|der| Key::from_der(der)).collect(),
        ..app(ids::APP, ids::APP_NAME, ids::APP_OBJECT)
    }
}

/// Trusts the pipelines' issuers, and the machine's own identity.
fn federated_app(login: &str) -> App {
    let trust = |issuer: &str, subject: &str| Federated {
        issuer: issuer.into(),
        subject: subject.into(),
        audience: ids::EXCHANGE.into(),
    };
    let own = format!("{login}/{}/v2.0", ids::TENANT);
    let mut federated: Vec<_> = ISSUERS.iter().map(|i| trust(i.issuer, i.subject)).collect();
    federated.extend([trust(&own, ids::MACHINE_OBJECT), trust(&own, ids::IDENTITY_OBJECT)]);
    App { federated, ..app(ids::FEDERATED_APP, "Contoso Pipeline", "0b1ec700-0000-4000-8000-000000000002") }
}

fn second_app() -> App {
    App {
        tenants: vec![ids::OTHER_TENANT.into(), ids::TENANT.into()],
        secrets: vec![Secret { value: ids::SECRET.into(), expired: false }],
        roles: vec!["User.Read.All".into()],
        ..app(ids::SECOND_APP, "Fabrikam Reports", "0b1ec700-0000-4000-8000-000000000003")
    }
}

fn public_app() -> App {
    App {
        tenants: vec![ids::TENANT.into(), ids::OTHER_TENANT.into(), ids::CONSUMERS.into()],
        public: true,
        roles: Vec::new(),
        ..app(ids::PUBLIC_APP, "Microsoft Graph Command Line Tools", "0b1ec700-0000-4000-8000-000000000004")
    }
}
