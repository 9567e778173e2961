use super::Plan;
use crate::{
    Bag, Failure,
    clouds::Cloud,
    commands::environment,
    context::{AuthType, Context, CredentialType, DEFAULT_CLIENT_ID},
    failure,
    host::HostLink,
    process, variables,
};
use entra_auth::{AccessToken, Host, How, Persist, PersonCredential, PersonOptions, Prompt, Way, scope_list};
use std::{sync::Arc, time::Duration};

/// Whoever has an account.
const ANYBODY: &str = "common";
/// What is asked for where nothing else is; the original's.
const DEFAULT_SCOPE: &str = "User.Read";
/// How long the person may take in the browser; the original's.
const LIMIT: Duration = Duration::from_secs(120);
/// Where a session has no home.
const NO_FOLDER: &str = "Sign-in kept in memory only, until this process ends: the session names no folder for it (HOME, XDG_DATA_HOME, LOCALAPPDATA and USERPROFILE are not set).";

/// A person, by browser or device code.
pub(super) async fn plan(input: &Bag, host: &HostLink, cloud: &Cloud) -> Result<Plan, Failure> {
    let found = host.variables(variables::PERSON).await.unwrap_or_default();
    let options = PersonOptions {
        way: if input.flag("UseDeviceCode") { Way::DeviceCode } else { Way::Browser },
        login_hint: input.filled("LoginHint").map(str::to_owned),
        prompt: prompt(input)?,
        limit: limit(&found)?,
        resource: cloud.graph.clone(),
    };
    let kind = match options.way {
        Way::Browser => CredentialType::InteractiveBrowser,
        Way::DeviceCode => CredentialType::DeviceCode,
    };
    let mut context = Context::new(AuthType::Delegated, kind, input, &cloud.name);
    context.client_id = client_id(input, &found, cloud, host).await;
    let tenant = input.filled("TenantId").unwrap_or(ANYBODY).to_owned();
    context.tenant_id = input.filled("TenantId").map(str::to_owned);
    let people = people(&mut context, input, host).await;
    let credential = Box::new(PersonCredential::new(options, people));
    Ok(Plan { credential, client_id: context.client_id.clone(), tenant, context })
}

/// The scopes of a person's sign-in; `None` for others.
pub(super) fn scopes(input: &Bag) -> Option<Vec<String>> {
    if input.get("ParameterSet") != Some("UserParameterSet") {
        return None;
    }
    let asked = scope_list(input.all("Scopes"));
    Some(if asked.is_empty() { vec![DEFAULT_SCOPE.to_owned()] } else { asked })
}

/// What the sign-in says of the person. The token's own claims, where it has any, are shown before that.
pub(super) fn learn(context: &mut Context, token: &AccessToken) {
    let Some(sign_in) = &token.reply.sign_in else { return };
    let filled = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    context.account = filled(&sign_in.account.username);
    context.tenant_id = filled(&sign_in.account.tenant).or(context.tenant_id.take());
    if sign_in.how == How::DeviceCode {
        context.credential_type = CredentialType::DeviceCode;
    }
}

fn prompt(input: &Bag) -> Result<Option<Prompt>, Failure> {
    let parse = |text| Prompt::parse(text).ok_or_else(|| failure::unknown_prompt(text));
    input.filled("Prompt").map(parse).transpose()
}

fn limit(found: &Bag) -> Result<Duration, Failure> {
    let Some(text) = found.filled(variables::SIGN_IN_LIMIT) else { return Ok(LIMIT) };
    match text.parse() {
        Ok(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds)),
        _ => Err(failure::number(variables::SIGN_IN_LIMIT, text)),
    }
}

/// -ClientId, else the session's variable, else this user's setting for the environment, else the original's id.
async fn client_id(input: &Bag, found: &Bag, cloud: &Cloud, host: &HostLink) -> String {
    let given = input.filled("ClientId").or_else(|| found.filled(variables::CLIENT_ID));
    match given {
        Some(id) => id.to_owned(),
        None => environment::client_id(cloud, host).await.unwrap_or_else(|| DEFAULT_CLIENT_ID.to_owned()),
    }
}

/// Where the person is kept: for other processes of this user too, unless only this one is wanted or has a place.
async fn people(context: &mut Context, input: &Bag, host: &HostLink) -> Arc<dyn Persist> {
    let process = process::get();
    context.context_scope = "Process";
    if input.get("ContextScope").is_some_and(|scope| !scope.eq_ignore_ascii_case("CurrentUser")) {
        return process.people.clone();
    }
    match process.stores.of(host).await {
        Some(store) => {
            if store.is_lasting() {
                context.context_scope = "CurrentUser";
                context.kept_in = Some(store.place().to_owned());
            }
            store
        }
        None => {
            host.warn(NO_FOLDER.into());
            process.people.clone()
        }
    }
}
