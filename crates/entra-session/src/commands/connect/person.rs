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
use entra_auth::{AccessToken, Host, How, PersonCredential, PersonOptions, Prompt, Way, scope_list};
use std::time::Duration;

/// Whoever has an account.
const ANYBODY: &str = "common";
/// What is asked for where nothing else is; the original's.
const DEFAULT_SCOPE: &str = "User.Read";
/// How long the person may take in the browser; the original's.
const LIMIT: Duration = Duration::from_secs(120);

/// A person, by browser or device code.
pub(super) async fn plan(input: &Bag, host: &HostLink, cloud: &Cloud) -> Result<Plan, Failure> {
    let found = host.variables(variables::PERSON).await.unwrap_or_default();
    let options = PersonOptions {
        way: if input.flag("UseDeviceCode") { Way::DeviceCode } else { Way::Browser },
        login_hint: input.filled("LoginHint").map(str::to_owned),
        prompt: prompt(input)?,
        limit: limit(&found)?,
    };
    let kind = match options.way {
        Way::Browser => CredentialType::InteractiveBrowser,
        Way::DeviceCode => CredentialType::DeviceCode,
    };
    let mut context = Context::new(AuthType::Delegated, kind, input, &cloud.name);
    context.client_id = client_id(input, &found, cloud, host).await;
    let tenant = input.filled("TenantId").unwrap_or(ANYBODY).to_owned();
    context.tenant_id = input.filled("TenantId").map(str::to_owned);
    where_kept(&mut context, host);
    let credential = Box::new(PersonCredential::new(options, process::get().people.clone()));
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

/// Until there is a store for it, a person's sign-in lives as long as the process.
fn where_kept(context: &mut Context, host: &HostLink) {
    if context.context_scope == "CurrentUser" {
        host.warn("Sign-in kept in the memory of this process only: there is no store for other sessions yet.".into());
        context.context_scope = "Process";
    }
}
