use super::*;
use crate::{
    Authority, Host, Silent,
    credential::tests::{Double, FakeFiles},
};
use entra_net::{Clock, SteppedClock, Url, unix_seconds};

const GOOD: &str =
    "200 OK\r\nContent-Type: application/json\r\n\r\n{\"access_token\":\"fake-token\",\"expires_in\":\"3599\"}";
const GRAPH: &str = "https://graph.example";
const START: u64 = 1_767_225_600;

fn found(values: &[(&str, &str)], id: IdentityId, files: FakeFiles) -> Result<ManagedIdentity, Error> {
    let files: Arc<dyn Files> = Arc::new(files);
    // A proxy that nobody answers at: whoever takes it fails.
    let network = Network { all_proxy: Some("http://127.0.0.1:9".into()), ..Network::direct() };
    managed_identity(&Variables::of(values), id, &files, &network)
}

fn identity(values: &[(&str, &str)], id: IdentityId) -> Result<ManagedIdentityCredential, Error> {
    match found(values, id, FakeFiles::default())? {
        ManagedIdentity::Endpoint(identity) => Ok(identity),
        ManagedIdentity::Workload(_) => panic!("a workload"),
    }
}

struct World {
    clock: SteppedClock,
    client: Client,
    authority: Authority,
}

impl World {
    fn new() -> Self {
        Self {
            clock: SteppedClock::at(START),
            client: Client::new(&Network::direct()).unwrap(),
            authority: Authority::new(&Url::parse("https://login.example").unwrap(), "common").unwrap(),
        }
    }

    async fn token(&self, identity: &ManagedIdentityCredential) -> Result<TokenReply, Error> {
        let scopes = [format!("{GRAPH}/.default")];
        let host: &dyn Host = &Silent;
        let ask = Ask {
            client: &self.client,
            clock: &self.clock,
            host,
            authority: &self.authority,
            client_id: "",
            scopes: &scopes,
            claims: None,
            correlation: "",
            anew: false,
            spare: false,
        };
        identity.fetch(&ask).await
    }

    fn waited(&self) -> u64 {
        unix_seconds(self.clock.now()) - START
    }
}

fn refusal(outcome: Result<TokenReply, Error>) -> IdentityError {
    match outcome {
        Err(Error::Identity(error)) => *error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_first_host_that_fits_wins() {
    let (endpoint, header) = (("IDENTITY_ENDPOINT", "http://127.0.0.1:1/x"), ("IDENTITY_HEADER", "fake"));
    let thumbprint = ("IDENTITY_SERVER_THUMBPRINT", "0000000000000000000000000000000000000000");
    let (old, secret) = (("MSI_ENDPOINT", "http://127.0.0.1:2/x"), ("MSI_SECRET", "fake"));
    let arc = ("IMDS_ENDPOINT", "http://127.0.0.1:3");
    for (values, name) in [
        (vec![endpoint, header, thumbprint, old, secret, arc], "Azure Service Fabric"),
        (vec![endpoint, header, old, secret, arc], "Azure App Service"),
        (vec![endpoint, old, secret, arc], "Azure Machine Learning"),
        (vec![endpoint, old, arc], "Azure Cloud Shell"),
        (vec![endpoint, arc], "Azure Arc"),
        (vec![endpoint], "The metadata service of an Azure virtual machine"),
    ] {
        assert_eq!(identity(&values, IdentityId::System).map(|i| i.source()).unwrap(), name);
    }
}

#[test]
fn an_installed_arc_agent_is_enough() {
    let files = FakeFiles::default();
    files.write(
        if cfg!(windows) { r"C:\P\AzureConnectedMachineAgent\himds.exe" } else { "/opt/azcmagent/bin/himds" },
        "",
    );
    let values = [("ProgramFiles", r"C:\P"), ("ProgramData", r"C:\D")];
    let Ok(ManagedIdentity::Endpoint(identity)) = found(&values, IdentityId::System, files) else { panic!("none") };
    assert_eq!(identity.source(), "Azure Arc");
    let request = identity.source.request(GRAPH, &IdentityId::System).unwrap();
    assert_eq!(request.host(), "127.0.0.1:40342");
}

#[test]
fn a_token_file_comes_before_the_metadata_service_and_after_all_others() {
    let file = [("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "own"), ("AZURE_FEDERATED_TOKEN_FILE", "/t")];
    let workload = |id| match found(&file, id, FakeFiles::default()) {
        Ok(ManagedIdentity::Workload(workload)) => workload.client_id,
        Ok(_) => panic!("an endpoint"),
        Err(error) => error.to_string(),
    };
    assert_eq!(workload(IdentityId::System), "own");
    assert_eq!(workload(IdentityId::Client("chosen".into())), "chosen");
    assert!(workload(IdentityId::Object("o".into())).contains("object id"));
    let with_endpoint = [&file[..], &[("MSI_ENDPOINT", "http://127.0.0.1:2/x")]].concat();
    assert_eq!(identity(&with_endpoint, IdentityId::System).unwrap().source(), "Azure Cloud Shell");
}

#[test]
fn identities_are_chosen_where_the_host_allows() {
    let app = [("IDENTITY_ENDPOINT", "http://127.0.0.1:1/x"), ("IDENTITY_HEADER", "fake")];
    let learning =
        [("MSI_ENDPOINT", "http://127.0.0.1:1/x"), ("MSI_SECRET", "fake"), ("DEFAULT_IDENTITY_CLIENT_ID", "d")];
    let fabric = [&app[..], &[("IDENTITY_SERVER_THUMBPRINT", "0000000000000000000000000000000000000000")]].concat();
    let arc = [("IDENTITY_ENDPOINT", "http://127.0.0.1:1/x"), ("IMDS_ENDPOINT", "http://127.0.0.1:1")];
    let shell = [("MSI_ENDPOINT", "http://127.0.0.1:1/x")];
    type Host<'a> = (&'a [(&'a str, &'a str)], [Option<&'a str>; 4]);
    let hosts: [Host<'_>; 6] = [
        (&[], [Some(""), Some("&client_id=id"), Some("&object_id=id"), Some("&msi_res_id=id")]),
        (&app, [Some(""), Some("&client_id=id"), Some("&object_id=id"), Some("&mi_res_id=id")]),
        (&learning, [Some("&clientid=d"), Some("&clientid=id"), None, None]),
        (&fabric, [Some("&xms_cc=cp1"), None, None, None]),
        (&arc, [Some(""), None, None, None]),
        (&shell, [Some(""), None, None, None]),
    ];
    for (values, expected) in hosts {
        let id = || "id".to_owned();
        let ids = [IdentityId::System, IdentityId::Client(id()), IdentityId::Object(id()), IdentityId::Resource(id())];
        for (id, expected) in ids.into_iter().zip(expected) {
            let outcome = identity(values, id.clone()).map(|identity| {
                let url = identity.source.request("R", &id).unwrap().url;
                url.query().unwrap_or_default().split_once("resource=R").map_or("", |(_, rest)| rest).to_owned()
            });
            match expected {
                Some(expected) => assert_eq!(outcome.unwrap(), expected, "{values:?} {id:?}"),
                None => assert!(
                    matches!(outcome, Err(Error::Identity(error)) if matches!(*error, IdentityError::NoChoice { .. })),
                    "{values:?} {id:?}"
                ),
            }
        }
    }
}

#[tokio::test]
async fn no_proxy_is_taken_and_no_redirect_followed() {
    let elsewhere = Double::start(&[GOOD]).await;
    let redirect = format!("302 Found\r\nLocation: {}/x\r\n\r\n", elsewhere.address);
    for (answer, good) in [(GOOD, true), (redirect.as_str(), false)] {
        let host = Double::start(&[answer]).await;
        let endpoint = format!("{}/msi/token", host.address);
        let values = [("IDENTITY_ENDPOINT", endpoint.as_str()), ("IDENTITY_HEADER", "fake-header")];
        let outcome = World::new().token(&identity(&values, IdentityId::System).unwrap()).await;
        assert_eq!(outcome.is_ok(), good);
        let heard = host.heard().concat();
        assert!(heard.starts_with("get /msi/token?api-version=2019-08-01&resource=https://graph.example http"));
        assert!(heard.contains("x-identity-header: fake-header"));
    }
    assert!(elsewhere.heard().is_empty());
}

#[tokio::test]
async fn a_metadata_service_that_is_being_updated_is_waited_for() {
    let gone = "410 Gone\r\n\r\n";
    let host = Double::start(&[gone, gone, gone, gone, gone, gone, gone, GOOD]).await;
    let values = [("AZURE_POD_IDENTITY_AUTHORITY_HOST", host.address.as_str())];
    let world = World::new();
    assert!(world.token(&identity(&values, IdentityId::System).unwrap()).await.is_ok());
    assert_eq!((world.waited(), host.heard().len()), (70, 8));
    assert!(host.heard()[0].contains("metadata: true"));
}

#[tokio::test]
async fn a_laptop_is_told_at_once_what_was_looked_for() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let values = [("AZURE_POD_IDENTITY_AUTHORITY_HOST", address.as_str())];
    let world = World::new();
    let error = refusal(world.token(&identity(&values, IdentityId::System).unwrap()).await);
    let text = error.to_string();
    for name in ["Service Fabric", "App Service", "MSI_SECRET", "Cloud Shell", "Arc", "AZURE_FEDERATED_TOKEN_FILE"] {
        assert!(text.contains(name), "{text}");
    }
    assert_eq!(world.waited(), 0);
    assert!(matches!(error, IdentityError::Nowhere { .. }));
}

#[tokio::test]
async fn an_identity_that_is_not_there_is_told_from_other_refusals() {
    for (answer, assigned) in [
        ("400 Bad Request\r\n\r\n{\"error\":\"invalid_request\",\"error_description\":\"Identity not found\"}", false),
        ("400 Bad Request\r\n\r\n{\"error\":\"invalid_resource\",\"error_description\":\"Unknown\"}", true),
    ] {
        let host = Double::start(&[answer]).await;
        let values = [("AZURE_POD_IDENTITY_AUTHORITY_HOST", host.address.as_str())];
        let error = refusal(World::new().token(&identity(&values, IdentityId::System).unwrap()).await);
        assert_eq!(matches!(error, IdentityError::Refused { .. }), assigned);
        assert_eq!(matches!(error, IdentityError::NotAssigned { .. }), !assigned);
        assert_eq!((error.status(), host.heard().len()), (400, 1));
    }
}

#[cfg(target_os = "linux")]
mod arc {
    use super::*;

    const KEY: &str = "/var/opt/azcmagent/tokens/fake.key";

    async fn outcome(realm: &str, key: Option<&str>) -> (Result<TokenReply, Error>, Vec<String>) {
        let challenge = format!("401 Unauthorized\r\nWWW-Authenticate: {realm}\r\n\r\n");
        let host = Double::start(&[&challenge, GOOD]).await;
        let endpoint = format!("{}/arc", host.address);
        let files = FakeFiles::default();
        if let Some(key) = key {
            files.write(KEY, key);
        }
        files.write("/etc/fake-secret", "never to be sent");
        let values = [("IDENTITY_ENDPOINT", endpoint.as_str()), ("IMDS_ENDPOINT", "http://127.0.0.1:1")];
        let Ok(ManagedIdentity::Endpoint(identity)) = found(&values, IdentityId::System, files) else {
            panic!("no endpoint")
        };
        (World::new().token(&identity).await, host.heard())
    }

    #[tokio::test]
    async fn the_keys_content_answers_the_challenge_once() {
        let (token, heard) = outcome(&format!("Basic realm={KEY}"), Some("fake-key\n")).await;
        assert!(token.is_ok());
        assert_eq!(heard.len(), 2);
        assert!(!heard[0].contains("authorization") && heard[1].contains("authorization: basic fake-key\r\n"));
    }

    #[tokio::test]
    async fn wicked_challenges_are_not_answered() {
        let big = "x".repeat(4097);
        for (realm, key) in [
            ("Basic realm=/etc/fake-secret".to_owned(), Some("k")),
            ("Basic realm=/var/opt/azcmagent/tokens/../../../../etc/fake-secret".to_owned(), Some("k")),
            (format!("Basic realm={KEY}=x"), Some("k")),
            (format!("Bearer realm={KEY}"), Some("k")),
            ("Basic".to_owned(), Some("k")),
            (format!("Basic realm={KEY}"), None),
            (format!("Basic realm={KEY}"), Some(big.as_str())),
        ] {
            let (token, heard) = outcome(&realm, key).await;
            assert!(
                matches!(refusal(token), IdentityError::Challenge { .. } | IdentityError::KeyFile { .. }),
                "{realm}"
            );
            assert_eq!(heard.len(), 1, "{realm}");
        }
    }
}
