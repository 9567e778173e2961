use crate::Account;
use std::time::Duration;

/// How a person is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The system's browser; a device code where none can be opened.
    Browser,
    /// A code to enter in a browser anywhere.
    DeviceCode,
}

/// What the sign-in page is to ask for (OpenID Connect Core, section 3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// Which account.
    SelectAccount,
    /// The password again.
    Login,
    /// The permissions again.
    Consent,
    /// Nothing: it succeeds without a question or not at all.
    None,
    /// A new account.
    Create,
}

impl Prompt {
    /// By the value that goes to the service, whatever its case.
    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::SelectAccount, Self::Login, Self::Consent, Self::None, Self::Create];
        all.into_iter().find(|prompt| prompt.as_str().eq_ignore_ascii_case(text.trim()))
    }

    /// The value that goes to the service.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SelectAccount => "select_account",
            Self::Login => "login",
            Self::Consent => "consent",
            Self::None => "none",
            Self::Create => "create",
        }
    }
}

/// How a person signs in.
#[derive(Clone, Debug)]
pub struct PersonOptions {
    /// Browser or device code.
    pub way: Way,
    /// The account that is meant.
    pub login_hint: Option<String>,
    /// What to ask for; absent: which account, unless one is meant.
    pub prompt: Option<Prompt>,
    /// How long the person may take in the browser.
    pub limit: Duration,
    /// The resource of scopes that name none: Graph's address.
    pub resource: String,
}

/// How a token came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Without asking.
    Silent,
    /// The person signed in with the browser.
    Browser,
    /// The person entered a device code.
    DeviceCode,
}

/// Who signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// The account.
    pub account: Account,
    /// How this token came about.
    pub how: How,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_are_known_by_their_protocol_names() {
        assert_eq!(Prompt::parse(" Select_Account "), Some(Prompt::SelectAccount));
        assert_eq!(Prompt::parse("always"), None);
    }
}
