use entra_net::Url;

/// All permissions that an administrator has granted to the app, at this Graph host.
pub fn default_scope(graph: &Url) -> String {
    format!("{}/.default", graph.as_str().trim_end_matches('/'))
}

/// Scopes as people type them: items may hold several, separated by commas or blanks.
pub fn scope_list<'a>(items: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    items.into_iter().flat_map(|item| item.split([',', ' '])).filter(|s| !s.is_empty()).map(str::to_owned).collect()
}

/// What every sign-in of a person asks for beside its scopes: who it is, and a refresh token.
const OWN_SCOPES: [&str; 3] = ["openid", "profile", "offline_access"];

/// Requested scopes and those that every sign-in has, each once.
pub(crate) fn scope_text(scopes: &[String]) -> String {
    let mut all: Vec<&str> = Vec::new();
    for scope in scopes.iter().map(String::as_str).chain(OWN_SCOPES) {
        if !all.iter().any(|known| known.eq_ignore_ascii_case(scope)) {
            all.push(scope);
        }
    }
    all.join(" ")
}

/// A scope without its resource: `https://graph.example/User.Read` and `User.Read` are the same permission.
fn bare(scope: &str) -> &str {
    scope.rsplit_once('/').map_or(scope, |(_, name)| name)
}

/// Was everything granted that was asked for? What the service does not list it has granted (RFC 6749, section 5.1).
pub(crate) fn covers(granted: Option<&str>, asked: &[String]) -> bool {
    let Some(granted) = granted else { return true };
    let own = |scope: &str| OWN_SCOPES.iter().chain(&["email"]).any(|own| own.eq_ignore_ascii_case(scope));
    let has = |scope: &str| granted.split(' ').any(|g| bare(g).eq_ignore_ascii_case(bare(scope)));
    asked.iter().all(|scope| own(scope) || scope.ends_with(".default") || has(scope))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_blanks_and_lists_are_equal() {
        let three = vec!["a", "b", "c"];
        assert_eq!(scope_list(["a,b", "c"]), three);
        assert_eq!(scope_list([" a , b ,, c "]), three);
        assert_eq!(scope_list(["", " "]), Vec::<String>::new());
    }

    fn list(scopes: &[&str]) -> Vec<String> {
        scopes.iter().map(|s| (*s).to_owned()).collect()
    }

    #[test]
    fn own_scopes_are_added_once() {
        assert_eq!(scope_text(&list(&["User.Read", "OpenID", "user.read"])), "User.Read OpenID profile offline_access");
    }

    #[test]
    fn what_was_granted_is_compared_by_permission() {
        let granted = Some("https://graph.example/User.Read Mail.Read");
        assert!(covers(granted, &list(&["user.read", "https://graph.example/Mail.Read", "openid", "offline_access"])));
        assert!(!covers(granted, &list(&["User.Read.All"])));
        assert!(covers(None, &list(&["Anything"])));
        assert!(covers(granted, &list(&["https://graph.example/.default"])));
    }
}
