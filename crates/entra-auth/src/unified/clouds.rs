/// Hosts of the sign-in services that are one and the same: what is kept under one counts under the others
/// (MSAL's table of instance aliases).
const ALIASES: [&[&str]; 4] = [
    &["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"],
    &["login.partner.microsoftonline.cn", "login.chinacloudapi.cn"],
    &["login.microsoftonline.us", "login.usgovcloudapi.net"],
    &["login.windows-ppe.net", "sts.windows-ppe.net", "login.microsoft-ppe.com"],
];

/// Do both hosts belong to one cloud?
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let among = |host: &str, aliases: &[&str]| aliases.iter().any(|alias| alias.eq_ignore_ascii_case(host));
    one.eq_ignore_ascii_case(other) || ALIASES.iter().any(|aliases| among(one, aliases) && among(other, aliases))
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn aliases_are_one_cloud_and_others_are_not() {
        assert!(is_same("login.microsoftonline.com", "LOGIN.windows.net"));
        assert!(is_same("localhost:8443", "Localhost:8443"));
        assert!(!is_same("login.microsoftonline.com", "login.microsoftonline.us"));
        assert!(!is_same("localhost", "localhost:8443"));
    }
}
