/// Advice for an AADSTS number, in our words, after Microsoft's public list of error codes. Used for hints alone:
/// decisions are made by the OAuth `error`.
pub fn advice(code: u64) -> Option<&'static str> {
    let text = match code {
        16000 | 50020 | 90072 => {
            "Sign in with another account, pass the right -TenantId, or have the account invited to the tenant."
        }
        500011 => "Microsoft Graph is unknown in this tenant or cloud: check -Environment and -TenantId.",
        50011 => "Add the redirect URI http://localhost to the app under 'Mobile and desktop applications'.",
        50012 => "Upload this certificate to the app registration, or use one that is there.",
        50013 | 500133 | 700024 => "Check the clock of this machine: the assertion is outside its time window.",
        50034 => "The user does not exist in this tenant: check the spelling and -TenantId.",
        50049 => "The sign-in host is unknown: check the environment's AzureADEndpoint.",
        50053 => "The account is locked or the address blocked: wait, or ask an administrator.",
        50055 | 50144 => "The password has expired: change it in a browser, then connect again.",
        50057 => "The account is disabled: ask an administrator.",
        50058 => "There is no session to use: connect without -Prompt none.",
        50059 | 50128 | 90019 => "Pass -TenantId: the service cannot tell the tenant.",
        50072 | 50074 | 50076 | 50078 | 50079 | 50158 => {
            "Another proof is needed (multi-factor authentication): connect interactively."
        }
        50097 | 50129 | 53000 | 53001 => "The device has to be registered or compliant: sign in from a managed device.",
        50105 => "Have the user or group assigned to the app.",
        50131 | 53003 | 53011 | 530032 | 530035 => {
            "Conditional access blocks this sign-in: give the correlation id to an administrator."
        }
        530036 => "A policy blocks device code sign-in: connect without -UseDeviceCode, in a browser.",
        50132 | 50133 | 50173 | 70008 | 70043 | 700082 => "The earlier sign-in is no longer good: connect again.",
        50194 => "The app serves one tenant only: pass -TenantId.",
        54005 | 700005 => "The code was used before or for another tenant: connect again.",
        65001 | 65004 | 90094 | 90095 => "Ask an administrator to consent to the scopes, or ask for fewer.",
        65002 => "Use an app registration of your own with -ClientId.",
        65005 | 650052 | 650056 | 650057 => "Add the API permissions for Microsoft Graph to the app registration.",
        70001 | 700016 | 7000112 => "Check -ClientId and -TenantId: the app has to exist, enabled, in this tenant.",
        70002 | 7000215 => "Use the secret's value, not its id; if it is lost, make a new one.",
        7000222 => "The client secret has expired: make a new one in the app registration.",
        7000218 => "Turn on 'Allow public client flows' for the app, or connect with its secret or certificate.",
        700025 => "The app is a public client: connect without a secret.",
        700027 | 700030 => "Upload this certificate to the app registration: the service does not know it.",
        70011 | 28002 | 28003 | 700022 | 700023 | 1002012 => {
            "Check the scopes: those of one resource, and for an app '<Graph>/.default' alone."
        }
        70016 => "The code has not been entered yet.",
        70018 => "The code was not the right one: connect again.",
        70019 => "The code has expired: connect again and enter the new one in time.",
        70021 | 70025 | 700211 | 700212 | 700213 => {
            "Compare issuer, subject and audience of the assertion with the app's federated credentials."
        }
        90002 => "Check the tenant's id or domain, and that -Environment names its cloud.",
        900382 | 90038 | 90051 => "The tenant is in another cloud: pass -Environment.",
        90006 | 90012 | 90024 | 90033 | 90055 | 50033 | 50196 => {
            "The service is busy or was asked too often: try again later."
        }
        9001023 | 90124 | 90130 => "Pass -TenantId: this way of signing in needs a tenant.",
        90014 | 90023 | 900144 | 9002313 => {
            "The request was changed on its way or is incomplete: look for a proxy that rewrites requests."
        }
        1000031 | 500021 | 500022 | 500212 | 500213 => {
            "A tenant restriction or cross-tenant policy blocks this sign-in: ask an administrator."
        }
        _ => return None,
    };
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_that_people_meet_have_advice() {
        for code in [7000215, 7000222, 700016, 90002, 700027, 700024, 50011, 53003, 65001] {
            assert!(advice(code).is_some(), "{code}");
        }
        assert_eq!(advice(1), None);
    }
}
