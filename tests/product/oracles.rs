//! Microsoft's own Python libraries as oracles: what they send to an identity host, and what we send, field by field, as
//! the simulator's journal has it. What differs is listed here with its reason; anything else fails.

use crate::{
    machines::{Platform, connect, variables},
    world::{World, left_out},
};
use entra_sim::{Entry, ids};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// Never compared: transport and telemetry.
const ASIDE: [&str; 12] = [
    "user-agent",
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "host",
    "client-request-id",
    "return-client-request-id",
    "x-ms-client-request-id",
    "x-client-sku",
    "x-client-ver",
    "traceparent",
];

/// One case: the simulator's environment, the library, which identity, and the differences that are meant.
struct Case {
    name: &'static str,
    machine: Platform,
    library: &'static str,
    chosen: Option<(&'static str, &'static str)>,
    /// `place name: theirs -> ours`, and why.
    differences: &'static [(&'static str, &'static str)],
}

const METADATA: (&str, &str) = (
    "header metadata: true -> -",
    "MSAL for Python adds it for Azure Automation; MSAL.NET, which the original uses there, does not",
);
const CAPABILITY: (&str, &str) =
    ("query xms_cc: - -> cp1", "we answer claims challenges; they say so only where a program does");
const OWN_METADATA: (&str, &str) = ("header metadata: - -> true", "as MSAL.NET sends it there");
const CLAIMS: (&str, &str) = (
    "form claims: - -> {\"access_token\":{\"xms_cc\":{\"values\":[\"cp1\"]}}}",
    "we answer claims challenges; they say so only where a program does",
);
const VERSION: (&str, &str) = ("query api-version: 2020-06-01 -> 2019-11-01", "the version that the original asks for");
const COMPUTE: (&str, &str) = (
    "query clientid: - -> 1de47000-0000-4000-8000-000000000001",
    "the compute's own identity by DEFAULT_IDENTITY_CLIENT_ID, as MSAL.NET and Go have it",
);

const CLIENT: Option<(&str, &str)> = Some(("client_id", ids::IDENTITY));
const OBJECT: Option<(&str, &str)> = Some(("object_id", ids::IDENTITY_OBJECT));
const RESOURCE: Option<(&str, &str)> = Some(("resource_id", ids::IDENTITY_RESOURCE));

fn case(
    name: &'static str,
    machine: Platform,
    library: &'static str,
    chosen: Option<(&'static str, &'static str)>,
    differences: &'static [(&'static str, &'static str)],
) -> Case {
    Case { name, machine, library, chosen, differences }
}

fn cases() -> Vec<Case> {
    use Platform::*;
    vec![
        case("a virtual machine", Imds, "managed", None, &[]),
        case("a virtual machine, client id", Imds, "msal", CLIENT, &[]),
        case("a virtual machine, object id", Imds, "managed", OBJECT, &[]),
        case("a virtual machine, resource id", Imds, "managed", RESOURCE, &[]),
        case("App Service", AppService, "managed", None, &[METADATA]),
        case("App Service, client id", AppService, "managed", CLIENT, &[METADATA]),
        case("App Service, object id", AppService, "msal", OBJECT, &[METADATA]),
        case("App Service, resource id", AppService, "managed", RESOURCE, &[METADATA]),
        case("Azure ML", MachineLearning, "managed", None, &[COMPUTE, OWN_METADATA]),
        case("Azure ML, client id", MachineLearning, "msal", CLIENT, &[OWN_METADATA]),
        case("Cloud Shell", CloudShell, "managed", None, &[]),
        case("Service Fabric", Fabric, "managed", None, &[CAPABILITY]),
        case("Azure Arc", Arc, "managed", None, &[VERSION]),
        case("a workload", Workload, "workload", None, &[CLAIMS]),
        case("a workload behind a proxy", AksProxy, "workload", None, &[CLAIMS]),
        case("Azure Pipelines", Pipelines, "pipelines", None, &[CLAIMS]),
    ]
}

struct Oracle {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Oracle {
    /// `None` where Python or its packages are missing.
    fn start(world: &World) -> Option<Self> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/product/oracles.py");
        let mut command = Command::new("python3");
        command.args(["-B", script]).env_clear().envs(std::env::vars().filter(|(name, _)| name == "PATH"));
        command.env("REQUESTS_CA_BUNDLE", world.sim.ca()).env("NO_PROXY", "*");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().ok()?;
        let (input, output) = (child.stdin.take()?, BufReader::new(child.stdout.take()?));
        let mut oracle = Self { child, input, output };
        (oracle.line() == "ready").then_some(oracle)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn ask(&mut self, case: &Case, world: &World) -> String {
        let scope = format!("{}/.default", world.sim.graph());
        let mut asked = json!({
            "library": case.library, "variables": Value::Object(variables(world, case.machine)), "scope": scope,
            "login": world.sim.login(),
        });
        if let Some((name, value)) = case.chosen {
            asked[name] = value.into();
        }
        writeln!(self.input, "{asked}").unwrap();
        self.line()
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What is compared of a request, by place and name.
fn fields(entry: &Entry) -> Map<String, Value> {
    let mut all = Map::new();
    all.insert("method".into(), entry.method.clone().into());
    all.insert("path".into(), entry.path.clone().into());
    all.insert("sni".into(), entry.sni.clone().into());
    let groups = [("query", &entry.query), ("header", &entry.headers), ("form", &entry.form)];
    for (place, values) in groups {
        for (name, value) in values.iter().filter(|(name, _)| place != "header" || !ASIDE.contains(&name.as_str())) {
            all.insert(format!("{place} {name}"), plain(name, value));
        }
    }
    all
}

/// Values that are the same though they are written in another way, or that the simulator itself has checked.
fn plain(name: &str, value: &Value) -> Value {
    match name {
        "metadata" => value.as_str().unwrap_or_default().to_lowercase().into(),
        "client_assertion" => "an assertion".into(),
        "content-type" => value.as_str().unwrap_or_default().split(';').next().unwrap_or_default().trim().into(),
        _ => value.clone(),
    }
}

fn differences(theirs: &Entry, ours: &Entry) -> BTreeSet<String> {
    let (theirs, ours) = (fields(theirs), fields(ours));
    let names: BTreeSet<_> = theirs.keys().chain(ours.keys()).collect();
    let text = |value: Option<&Value>| value.map_or("-".into(), |value| value.as_str().unwrap_or_default().to_owned());
    let differing = names.into_iter().filter(|name| theirs.get(*name) != ours.get(*name));
    differing.map(|name| format!("{name}: {} -> {}", text(theirs.get(name)), text(ours.get(name)))).collect()
}

fn is_listed(difference: &str, listed: &[(&str, &str)]) -> bool {
    listed.iter().any(|(known, _)| *known == difference)
}

#[test]
fn we_send_what_microsofts_libraries_send() {
    let mut world = World::new();
    let Some(mut oracle) = Oracle::start(&world) else {
        left_out("oracles", "python3 with azure-identity and msal is not there");
        return;
    };
    let mut problems = Vec::new();
    for case in cases() {
        world.sim.clear_journal();
        let said = oracle.ask(&case, &world);
        let theirs = requests(&world);
        world.sim.clear_journal();
        let end = connect(&mut world, case.machine, case.chosen);
        let ours = requests(&world);
        // Arc's key file lies outside of its folder here, so both stop at the challenge.
        if case.machine != Platform::Arc && (said != "token" || !matches!(end, house::End::Result(_))) {
            problems.push(format!("{}: theirs '{said}', ours {end:?}", case.name));
        }
        if theirs.len() != ours.len() || theirs.is_empty() {
            let paths = |all: &[Entry]| all.iter().map(|entry| entry.path.clone()).collect::<Vec<_>>();
            problems.push(format!("{}: {:?} against {:?}", case.name, paths(&theirs), paths(&ours)));
        }
        let found: BTreeSet<_> =
            theirs.iter().zip(&ours).flat_map(|(theirs, ours)| differences(theirs, ours)).collect();
        let unlisted = found.iter().filter(|one| !is_listed(one, case.differences));
        problems.extend(unlisted.map(|one| format!("{}: not listed: {one}", case.name)));
        let gone = case.differences.iter().filter(|(known, _)| !found.contains(*known));
        problems.extend(gone.map(|(known, _)| format!("{}: listed and not there: {known}", case.name)));
    }
    problems.iter().for_each(|problem| eprintln!("{problem}"));
    assert!(problems.is_empty());
}

/// What was asked, but for discoveries, which we know by heart.
fn requests(world: &World) -> Vec<Entry> {
    let all = world.sim.journal().into_iter();
    all.filter(|entry| !entry.path.contains("/.well-known/") && !entry.path.contains("/discovery/")).collect()
}
