use crate::{
    Bag, Failure,
    clouds::{self, Cloud},
    failure,
    host::HostLink,
    places, process, runtime,
    settings::Settings,
    variables,
};
use entra_auth::{Host, Level};

pub(super) async fn run(input: &Bag, host: &HostLink) -> Result<Bag, Failure> {
    match input.get("Action") {
        Some("Get") => get(input, host).await,
        Some("Add") => add(input, host).await,
        Some("Set") => set(input, host).await,
        Some("Remove") => remove(input, host).await,
        other => Err(failure::bad_call(&format!("environment action {other:?}"))),
    }
}

/// The cloud of that name: a built-in one without a look at any file, else a user-defined one.
pub(super) async fn find(name: &str, host: &HostLink) -> Result<Option<Cloud>, Failure> {
    if let Some(cloud) = clouds::find_built_in(name) {
        return Ok(Some(cloud));
    }
    let own = environments(host).await?;
    Ok(own.into_iter().find(|cloud| cloud.name.to_lowercase() == name.to_lowercase()))
}

async fn settings(host: &HostLink) -> Result<Settings, Failure> {
    // A host that answers nothing is one without a home.
    let variables = host.variables(variables::FILES).await.unwrap_or_default();
    let path = places::settings_file(&variables).ok_or_else(failure::no_home)?;
    Ok(Settings::at(path, host.clone()))
}

/// Another process may have the file, and make this one wait.
async fn with_settings<T: Send + 'static>(
    host: &HostLink,
    act: impl FnOnce(Settings) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let settings = settings(host).await?;
    runtime::beside(move || act(settings)).await
}

/// The name of the environment that signs in there; the host itself where there is none.
pub(super) async fn at(login: &str, host: &HostLink) -> String {
    let own = environments(host).await.unwrap_or_default();
    let mut all = clouds::built_in().chain(own);
    let is_there = |cloud: &Cloud| cloud.login_url().is_some_and(|url| url.authority().eq_ignore_ascii_case(login));
    all.find(is_there).map_or_else(|| login.to_owned(), |cloud| cloud.name)
}

/// The app that this user's settings name for people's sign-ins in a cloud.
pub(super) async fn client_id(cloud: &Cloud, host: &HostLink) -> Option<String> {
    let name = cloud.name.clone();
    // A session without a home has no settings.
    with_settings(host, move |settings| Ok(settings.client_id(&name))).await.unwrap_or_default()
}

/// The user-defined ones; none where there is no place for them.
async fn environments(host: &HostLink) -> Result<Vec<Cloud>, Failure> {
    match with_settings(host, |settings| settings.environments()).await {
        Err(failure) if failure.id == failure::no_home().id => Ok(Vec::new()),
        read => read,
    }
}

async fn get(input: &Bag, host: &HostLink) -> Result<Bag, Failure> {
    if let Some(name) = input.get("Name") {
        return Ok(find(name, host).await?.iter().fold(Bag::default(), row));
    }
    let own = environments(host).await?;
    Ok(clouds::built_in().collect::<Vec<_>>().iter().chain(&own).fold(Bag::default(), row))
}

async fn add(input: &Bag, host: &HostLink) -> Result<Bag, Failure> {
    let name = own_name(input, "add")?;
    let [sign_in, graph] = addresses(input)?;
    let (Some(sign_in), Some(graph)) = (sign_in, graph) else {
        return Err(failure::bad_endpoint("GraphEndpoint or AzureADEndpoint"));
    };
    store(Cloud { name, sign_in, graph, built_in: false }, host).await
}

async fn set(input: &Bag, host: &HostLink) -> Result<Bag, Failure> {
    let name = own_name(input, "change")?;
    let [sign_in, graph] = addresses(input)?;
    let old = find(&name, host).await?;
    let or_old = |new: Option<String>, old: Option<String>| {
        new.or(old).ok_or_else(|| failure::bad_endpoint("GraphEndpoint or AzureADEndpoint"))
    };
    let sign_in = or_old(sign_in, old.as_ref().map(|cloud| cloud.sign_in.clone()))?;
    let graph = or_old(graph, old.map(|cloud| cloud.graph))?;
    store(Cloud { name, sign_in, graph, built_in: false }, host).await
}

async fn remove(input: &Bag, host: &HostLink) -> Result<Bag, Failure> {
    let name = own_name(input, "remove")?;
    let wanted = name.clone();
    let removed = with_settings(host, move |settings| settings.remove(&wanted)).await?;
    let removed = removed.ok_or_else(|| failure::environment_not_found(&name))?;
    Ok(row(Bag::default(), &removed))
}

async fn store(cloud: Cloud, host: &HostLink) -> Result<Bag, Failure> {
    let kept = with_settings(host, move |settings| settings.set(&cloud)).await?;
    if process::get().connections.repoint(&kept) > 0 {
        let Cloud { name, graph, .. } = &kept;
        host.log(Level::Verbose, format!("The connection in environment '{name}' now sends its requests to {graph}."));
    }
    Ok(row(Bag::default(), &kept))
}

fn own_name(input: &Bag, verb: &str) -> Result<String, Failure> {
    let name = input.filled("Name").ok_or_else(|| failure::must_specify("EnvironmentNameMissing", "Name"))?;
    match clouds::find_built_in(name) {
        Some(_) => Err(failure::built_in_environment(verb, name)),
        None => Ok(name.to_owned()),
    }
}

/// The addresses that are given, checked and cut.
fn addresses(input: &Bag) -> Result<[Option<String>; 2], Failure> {
    let address = |name| {
        let cut = input.get(name).map(|text| clouds::cut(text).ok_or_else(|| failure::bad_endpoint(name)));
        cut.transpose()
    };
    Ok([address("AzureADEndpoint")?, address("GraphEndpoint")?])
}

/// Columns of equal length, a row for each cloud.
fn row(bag: Bag, cloud: &Cloud) -> Bag {
    bag.with("Name", &cloud.name)
        .with("AzureADEndpoint", &cloud.sign_in)
        .with("GraphEndpoint", &cloud.graph)
        .with("Type", cloud.kind())
}
