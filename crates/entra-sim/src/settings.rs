//! Numbers that tests may change while the world runs.

use serde::{Deserialize, Serialize};

/// Seconds, unless said otherwise.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How long access tokens live.
    pub access_lifetime: i64,
    /// How long refresh tokens live after their last use.
    pub refresh_lifetime: i64,
    /// A refresh brings a new refresh token.
    pub rotate: bool,
    /// A refresh token counts once (Entra lets the old one live on).
    pub revoke_used: bool,
    /// Time between two questions of the device flow.
    pub device_interval: i64,
    /// How long a device code is good.
    pub device_lifetime: i64,
    /// Errors of the device code endpoint come with HTTP 200, as older servers do.
    pub device_errors_in_200: bool,
    /// Characters put behind `state` in answers to the loopback listener (for tests of a wrong state).
    pub spoil_state: String,
    /// The same for the nonce in id tokens.
    pub spoil_nonce: String,
    /// How authorize answers, whatever the client asked for: `query`, `fragment` or `form_post`; empty = as asked.
    pub response_mode: String,
    /// Lifetime of the assertions that the issuers of this world give.
    pub assertion_lifetime: i64,
    /// How long tokens of managed identities live.
    pub identity_lifetime: i64,
    /// Form of `expires_on` there: empty = seconds as text, `number`, `iso`, `american` or `relative`.
    pub expires_on: String,
    /// The machine has an identity of its own.
    pub system_identity: bool,
    /// Where Arc's agent writes its key files; empty = `arc` in the world's folder.
    pub arc_folder: String,
    /// What Arc's challenge names instead of its file; `{file}` stands for it.
    pub arc_realm: String,
    /// Least size of Arc's key files in bytes.
    pub arc_key_size: usize,
    /// Delta links are answered with 410: start again.
    pub delta_expired: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            access_lifetime: 3599,
            refresh_lifetime: 90 * 86_400,
            rotate: true,
            revoke_used: false,
            device_interval: 5,
            device_lifetime: 900,
            device_errors_in_200: false,
            spoil_state: String::new(),
            spoil_nonce: String::new(),
            response_mode: String::new(),
            assertion_lifetime: 300,
            identity_lifetime: 86_399,
            expires_on: String::new(),
            system_identity: true,
            arc_folder: String::new(),
            arc_realm: String::new(),
            arc_key_size: 0,
            delta_expired: false,
        }
    }
}
