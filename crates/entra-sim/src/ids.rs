//! The names of this world. They look fake on purpose and never change, so tests may write them down.

/// The tenant in which the applications live (GUID).
pub const TENANT: &str = "7e57ab1e-0000-4000-8000-000000000001";
/// Its first domain.
pub const TENANT_DOMAIN: &str = "contoso.onmicrosoft.com";
/// A second tenant (GUID).
pub const OTHER_TENANT: &str = "7e57ab1e-0000-4000-8000-000000000002";
/// Its first domain.
pub const OTHER_TENANT_DOMAIN: &str = "fabrikam.onmicrosoft.com";
/// The tenant of personal accounts, as at Microsoft.
pub const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// An application with secrets and certificates.
pub const APP: &str = "a99fa4e0-0000-4000-8000-000000000001";
/// Its display name.
pub const APP_NAME: &str = "Contoso Automation";
/// Its service principal's object id.
pub const APP_OBJECT: &str = "0b1ec700-0000-4000-8000-000000000001";
/// Its valid secret: every character that form encoding changes is in it.
pub const SECRET: &str = "fake~secret+with/odd=chars&100% ok";
/// Its expired secret.
pub const EXPIRED_SECRET: &str = "fake~expired-secret";
/// Application permissions that an administrator granted to it, as they come in `roles`.
pub const APP_ROLES: [&str; 3] = ["Directory.Read.All", "Group.ReadWrite.All", "User.Read.All"];
/// An application without secrets that trusts outside issuers.
pub const FEDERATED_APP: &str = "a99fa4e0-0000-4000-8000-000000000002";
/// A second application with the same secret value, so that tests can tell two connections apart.
pub const SECOND_APP: &str = "a99fa4e0-0000-4000-8000-000000000003";
/// Microsoft Graph Command Line Tools: the public client that Connect-Entra uses unless told otherwise.
pub const PUBLIC_APP: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";

/// The password of every protected certificate file.
pub const CERTIFICATE_PASSWORD: &str = "fake password 1";
/// Microsoft Graph's application id, one of the audiences that Graph accepts.
pub const GRAPH_APP: &str = "00000003-0000-0000-c000-000000000000";

/// The password of every person.
pub const PASSWORD: &str = "fake-password-1";
/// Adele, an administrator of Contoso.
pub const ADELE: &str = "adele@contoso.onmicrosoft.com";
/// Adele's object id.
pub const ADELE_OBJECT: &str = "0e50a000-0000-4000-8000-000000000001";
/// Björn, of Contoso, no administrator, and a guest of Fabrikam.
pub const BJOERN: &str = "bjoern@contoso.onmicrosoft.com";
/// Chen, of Fabrikam.
pub const CHEN: &str = "chen@fabrikam.onmicrosoft.com";
/// Dora, of Contoso, whose account is disabled.
pub const DORA: &str = "dora@contoso.onmicrosoft.com";
/// Pat, who has a personal account: the access tokens are opaque.
pub const PAT: &str = "pat@outlook.example";
/// Zoë, who has a personal account with a name that not every code page has.
pub const ZOE: &str = "zoë.山田.😀@outlook.example";

/// The machine's own (system-assigned) identity: client id.
pub const MACHINE: &str = "1de47000-0000-4000-8000-000000000001";
/// Its object id.
pub const MACHINE_OBJECT: &str = "1de47000-0000-4000-8000-00000000000a";
/// A user-assigned identity: client id.
pub const IDENTITY: &str = "1de47000-0000-4000-8000-000000000002";
/// Its object id.
pub const IDENTITY_OBJECT: &str = "1de47000-0000-4000-8000-00000000000b";
/// Its resource id.
pub const IDENTITY_RESOURCE: &str = "/subscriptions/5ab5c71b-0000-4000-8000-000000000001/resourcegroups/sim/providers/Microsoft.ManagedIdentity/userAssignedIdentities/sim";
/// What App Service, Azure ML and Service Fabric hand to their programs.
pub const IDENTITY_HEADER: &str = "fake-identity-header";
/// Bearer of the GitHub Actions and Azure Pipelines endpoints.
pub const PIPELINE_TOKEN: &str = "fake-pipeline-token";
/// The service connection of Azure Pipelines.
pub const SERVICE_CONNECTION: &str = "5c000000-0000-4000-8000-000000000001";
/// The audience of federated assertions.
pub const EXCHANGE: &str = "api://AzureADTokenExchange";
/// The name that the identity-binding proxy of AKS has in its certificate.
pub const AKS_NAME: &str = "aks-proxy.sim.example";
