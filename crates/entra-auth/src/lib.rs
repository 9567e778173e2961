//! Who am I, and a token to prove it.
//!
//! One [`Credential`] is one file under `credential/`. What only the host can do (show a message, find a certificate,
//! sign with a key that cannot leave its store) is asked of a [`Host`]. Knows no Graph, no PowerShell and no files.

mod aadsts;
mod account;
mod assertion;
mod authority;
mod cache;
mod credential;
mod endpoint;
mod error;
mod host;
mod jwt;
mod key;
mod people;
mod pkce;
mod random;
mod reply;
mod scopes;
mod unified;
mod variables;

pub use aadsts::advice;
pub use account::Account;
pub use authority::{Authority, BadTenant, is_guid, is_tenantless};
pub use cache::{AccessToken, Demand, Means, MemoryCache, TokenSource};
pub use credential::{
    Ask, Credential, Fingerprint,
    certificate::CertificateCredential,
    client_assertion::{AssertionSource, ClientAssertionCredential},
    client_credentials::{ClientCredentials, Proof},
    client_secret::ClientSecretCredential,
    environment::{EnvironmentCredential, EnvironmentProblem, environment_credential},
    federated::{FederatedError, FederatedIdentity, managed_identity::identity_assertion},
    managed::{IdentityError, IdentityId, ManagedIdentity, ManagedIdentityCredential, managed_identity},
    person::PersonCredential,
    person_options::{How, PersonOptions, Prompt, SignIn, Way},
    user_token::UserToken,
};
pub use error::{Error, NoBrowser, ServiceError, UserTokenProblem};
pub use host::{
    Answer, CertificateProblem, FileProblem, FileState, Files, Found, Host, HostError, KeyType, Level, Message,
    Padding, Progress, Signature, Silent, Wanted,
};
pub use jwt::{Claims, decode as decode_claims};
pub use key::{FileCertificate, KeyFileError};
pub use people::{Known, KnownToken, PeopleInMemory, Persist, Place};
pub use random::{guid, hex};
pub use reply::TokenReply;
pub use scopes::{default_scope, scope_list};
pub use unified::{NoCache, Unified};
pub use variables::Variables;
