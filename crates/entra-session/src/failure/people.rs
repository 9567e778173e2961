//! Rows of the table for sign-ins of people.

use super::{Category, Exception, Failure, failed, service};
use entra_auth::{Error, NoBrowser, ServiceError};

/// The row of this failure; `None` where it is not one of these.
pub(super) fn row(name: &str, error: &Error) -> Option<Failure> {
    let said = || error.to_string();
    let row = match error {
        Error::Declined => failed("SignInDeclined", name, lower(&said()))
            .hint("Connect again, and accept the permissions; fewer -Scopes ask for fewer."),
        Error::CodeExpired { .. } => timeout("DeviceCodeExpired", name, &said())
            .hint("Connect again and enter the new code in time."),
        Error::Blocked(refusal) => blocked(name, refusal),
        Error::NoBrowser(reason) => failed("NoBrowser", name, lower(&said())).hint(browser_advice(reason)),
        Error::TimeRanOut { .. } => timeout("SignInTimedOut", name, &said()).hint(
            "Many refusals stay on the page in the browser: what it says is the reason. Connect again, with -UseDeviceCode where the browser runs on another machine.",
        ),
        Error::Listener(_) => failed("SignInListener", name, lower(&said()))
            .hint("A policy or a firewall may forbid local listeners: connect with -UseDeviceCode."),
        Error::WrongNonce => failed("SignInMixedUp", name, lower(&said())).hint("Connect again, in one browser tab."),
        Error::WrongTenant { .. } => failed("WrongTenant", name, lower(&said()))
            .hint("Pass the -TenantId that is meant, or -Prompt select_account to choose another account."),
        Error::WrongAccount { .. } => failed("WrongAccount", name, lower(&said()))
            .hint("Pass -LoginHint with the account's user name, or leave it out."),
        Error::SignedOut => failed("SignedOut", name, lower(&said())).hint("Connect again."),
        Error::PersonNeeded => failed("PersonNeeded", name, lower(&said())).hint("Connect again."),
        _ => return None,
    };
    Some(row)
}

/// A sentence that goes on after a colon.
fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn timeout(id: &'static str, name: &str, said: &str) -> Failure {
    let (category, exception) = (Category::OperationTimeout, Exception::Timeout);
    Failure { category, exception, ..failed(id, name, lower(said)) }
}

/// Policies forbid device codes more often than people.
fn blocked(name: &str, refusal: &ServiceError) -> Failure {
    Failure { id: "DeviceCodeBlocked", ..service(name, refusal) }.hint(
        "A policy of the organisation forbids signing in with a device code: connect without -UseDeviceCode, in a browser. If that is refused too, give the correlation id to an administrator.",
    )
}

fn browser_advice(reason: &NoBrowser) -> &'static str {
    match reason {
        NoBrowser::Missing | NoBrowser::Failed { .. } => {
            "Connect with -UseDeviceCode, or name a program that opens pages in the variable BROWSER."
        }
        _ => "Connect with -UseDeviceCode, and enter the code in a browser on another machine.",
    }
}
