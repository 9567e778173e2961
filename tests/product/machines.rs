//! Sign-in without a person and without a secret, on each kind of host that the simulator plays.

use crate::world::World;
use entra_sim::{Fault, ids};
use house::End;
use serde_json::{Map, Value};

/// A kind of host, as the simulator names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Platform {
    Imds,
    AppService,
    MachineLearning,
    CloudShell,
    Arc,
    Fabric,
    Workload,
    AksProxy,
    GitHub,
    Pipelines,
}

impl Platform {
    fn name(self) -> &'static str {
        match self {
            Self::Imds => "imds",
            Self::AppService => "app_service",
            Self::MachineLearning => "machine_learning",
            Self::CloudShell => "cloud_shell",
            Self::Arc => "arc",
            Self::Fabric => "fabric",
            Self::Workload => "workload",
            Self::AksProxy => "aks_proxy",
            Self::GitHub => "github",
            Self::Pipelines => "pipelines",
        }
    }

    fn is_federated(self) -> bool {
        matches!(self, Self::Workload | Self::AksProxy | Self::GitHub | Self::Pipelines)
    }
}

/// The variables that this kind of host sets.
pub(crate) fn variables(world: &World, machine: Platform) -> Map<String, Value> {
    world.sim.ready()["environments"][machine.name()].as_object().unwrap().clone()
}

/// Connects on this kind of host, with `-EnvironmentVariable` where it has no identity endpoint.
pub(crate) fn connect(world: &mut World, machine: Platform, chosen: Option<(&str, &str)>) -> End {
    let set = if machine.is_federated() { "EnvironmentVariableParameterSet" } else { "IdentityParameterSet" };
    let name = match chosen.map(|(name, _)| name) {
        Some("object_id") => "ObjectId",
        Some("resource_id") => "ResourceId",
        _ => "ClientId",
    };
    let value = chosen.map_or("", |(_, value)| value);
    on(world, machine, [("ParameterSet", set), ("Environment", "Sim"), ("NoWelcome", "true"), (name, value)])
}

fn on<const N: usize>(world: &mut World, machine: Platform, fields: [(&str, &str); N]) -> End {
    let before = world.host.variables.clone();
    for (name, value) in variables(world, machine) {
        world.host.set(&name, value.as_str().unwrap());
    }
    let end = world.host.connect(fields, &[]);
    world.host.variables = before;
    end
}

#[test]
fn every_host_with_an_identity_signs_in() {
    let mut world = World::new();
    for machine in
        [Platform::Imds, Platform::AppService, Platform::MachineLearning, Platform::CloudShell, Platform::Fabric]
    {
        let context = connect(&mut world, machine, None).result();
        let shown = |name| context.get(name).unwrap_or_default().to_owned();
        assert_eq!(shown("ClientId"), ids::MACHINE, "{machine:?}");
        assert_eq!(
            (shown("AuthType"), shown("TokenCredentialType"), shown("ManagedIdentityId"), shown("TenantId")),
            ("ManagedIdentity".into(), "ManagedIdentity".into(), "MSI@50342".into(), ids::TENANT.into()),
            "{machine:?}"
        );
    }
}

#[test]
fn an_identity_is_chosen_by_each_of_its_ids() {
    let mut world = World::new();
    for chosen in
        [("client_id", ids::IDENTITY), ("object_id", ids::IDENTITY_OBJECT), ("resource_id", ids::IDENTITY_RESOURCE)]
    {
        for machine in [Platform::Imds, Platform::AppService] {
            let context = connect(&mut world, machine, Some(chosen)).result();
            assert_eq!(context.get("ClientId"), Some(ids::IDENTITY), "{machine:?} {chosen:?}");
            assert_eq!(context.get("ManagedIdentityId"), Some(chosen.1));
        }
    }
}

#[test]
fn workloads_and_pipelines_sign_in_without_a_secret() {
    let mut world = World::new();
    for machine in [Platform::Workload, Platform::AksProxy, Platform::GitHub, Platform::Pipelines] {
        let context = connect(&mut world, machine, None).result();
        assert_eq!(context.get("ClientId"), Some(ids::FEDERATED_APP), "{machine:?}");
        assert_eq!(context.get("AuthType"), Some("EnvironmentVariable"), "{machine:?}");
    }
    let context = on(&mut world, Platform::Workload, identity_fields()).result();
    assert_eq!((context.get("AuthType"), context.get("ClientId")), (Some("ManagedIdentity"), Some(ids::FEDERATED_APP)));
}

fn identity_fields() -> [(&'static str, &'static str); 3] {
    [("ParameterSet", "IdentityParameterSet"), ("Environment", "Sim"), ("NoWelcome", "true")]
}

#[test]
fn the_proxy_of_a_cluster_is_reached_under_its_own_name() {
    let mut world = World::new();
    connect(&mut world, Platform::AksProxy, None).result();
    let seen = world.sim.seen("aks", "/token");
    assert_eq!((seen.len(), seen[0].sni.as_str()), (1, ids::AKS_NAME));
    assert!(seen[0].host.starts_with("localhost"));
    assert!(world.sim.seen("login", "/token").is_empty());
}

#[test]
fn the_fabrics_certificate_has_to_be_the_pinned_one() {
    let mut world = World::new();
    let variables = variables(&world, Platform::Fabric);
    for (name, value) in &variables {
        world.host.set(name, value.as_str().unwrap());
    }
    world.host.set("IDENTITY_SERVER_THUMBPRINT", &"0".repeat(40));
    let error = world.host.connect(identity_fields(), &[]).error();
    assert!(error.get("Message").unwrap().contains("not trusted"), "{error:?}");
    assert!(world.sim.seen("identity", "").is_empty(), "the secret was not sent");
}

#[test]
fn refusals_say_what_the_host_said() {
    let mut world = World::new();
    let unknown = Some(("client_id", "77777777-7777-7777-7777-777777777777"));
    let error = connect(&mut world, Platform::Imds, unknown).error();
    assert_eq!((error.get("Id"), error.get("Terminating")), (Some("IdentityNotAssigned"), Some("false")));
    let error = connect(&mut world, Platform::AppService, unknown).error();
    assert!(error.get("Message").unwrap().contains("No User Assigned"), "{error:?}");
    assert_eq!((error.get("Id"), error.get("StatusCode")), (Some("IdentityRefused"), Some("400")));
    for machine in [Platform::CloudShell, Platform::Fabric, Platform::Arc] {
        world.sim.clear_journal();
        let error = connect(&mut world, machine, unknown).error();
        assert_eq!(error.get("Id"), Some("IdentityChoiceNotSupported"), "{machine:?}");
        assert!(world.sim.journal().is_empty(), "{machine:?}");
    }
    world.host.set("ProgramData", r"C:\ProgramData");
    let error = connect(&mut world, Platform::Arc, None).error();
    assert_eq!(error.get("Id"), Some("IdentityChallenge"));
    assert!(error.get("Message").unwrap().contains("outside its own folder"), "{error:?}");
}

#[test]
fn a_page_in_place_of_a_token_is_told() {
    let mut world = World::new();
    let (host, status) = (Some("identity".into()), Some(403));
    world.sim.fault(Fault { host, status, html: true, ..Fault::default() });
    let error = connect(&mut world, Platform::AppService, None).error();
    assert_eq!((error.get("Id"), error.get("StatusCode")), (Some("IdentityReply"), Some("403")));
    assert!(error.get("Message").unwrap().contains("text/html"), "{error:?}");
}

#[test]
fn a_busy_host_is_asked_again() {
    let mut world = World::new();
    let (host, status) = (Some("identity".into()), Some(429));
    world.sim.fault(Fault { host, status, ..Fault::default() });
    connect(&mut world, Platform::AppService, None).result();
    let seen: Vec<_> = world.sim.seen("identity", "/msi/token").iter().map(|entry| entry.status).collect();
    assert_eq!(seen, [429, 200]);
}

#[test]
fn every_form_of_expiry_is_understood() {
    for form in ["", "number", "iso", "american", "relative"] {
        let mut world = World::new();
        world.sim.settings(|settings| settings.expires_on = form.into());
        connect(&mut world, Platform::AppService, None).result();
    }
}

#[test]
fn an_identitys_token_proves_an_app_of_another_tenant() {
    let mut world = World::new();
    let fields = [
        ("ParameterSet", "AppCertificateParameterSet"),
        ("Environment", "Sim"),
        ("NoWelcome", "true"),
        ("ClientId", ids::FEDERATED_APP),
        ("TenantId", ids::TENANT),
        ("ClientAssertion", "true"),
    ];
    for (name, value) in variables(&world, Platform::Imds) {
        world.host.set(&name, value.as_str().unwrap());
    }
    let context = world.host.connect(fields, &[("ClientAssertion", "ManagedIdentity")]).result();
    assert_eq!((context.get("AuthType"), context.get("ClientId")), (Some("AppOnly"), Some(ids::FEDERATED_APP)));
    let asked = world.sim.seen("identity", "/metadata/identity");
    assert_eq!((asked.len(), asked[0].query("resource")), (1, Some(ids::EXCHANGE)));
    assert!(world.sim.seen("login", "/token")[0].form("client_assertion").is_some());
}
