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
    let has = |scope: &str| granted.split(' ').any(|g| bare(g).eq_ignore_ascii_case(bare(scope)));
    asked.iter().all(|scope| is_own(scope) || scope.ends_with(".default") || has(scope))
}

/// Is a token that was given for these scopes one for what is asked: at the same resource, with every permission? A scope
/// that names none is one of `resource`.
pub(crate) fn serves(given: &[String], asked: &[String], resource: &str) -> bool {
    let parts = |scope: &str| match scope.rsplit_once('/') {
        Some((at, name)) => (at.trim_end_matches('/').to_ascii_lowercase(), name.to_ascii_lowercase()),
        None => (resource.trim_end_matches('/').to_ascii_lowercase(), scope.to_ascii_lowercase()),
    };
    let given: Vec<_> = given.iter().filter(|scope| !is_own(scope)).map(|scope| parts(scope)).collect();
    let granted = |(at, name): (String, String)| {
        given.iter().any(|(place, permission)| *place == at && (name == ".default" || *permission == name))
    };
    asked.iter().filter(|scope| !is_own(scope)).all(|scope| granted(parts(scope)))
}

/// Do both name a permission? Those that every sign-in has do not count.
pub(crate) fn share_scope(one: &[String], other: &[String]) -> bool {
    let mut both = one.iter().filter(|scope| !is_own(scope));
    both.any(|scope| other.iter().any(|s| s.eq_ignore_ascii_case(scope))) || (one.is_empty() && other.is_empty())
}

fn is_own(scope: &str) -> bool {
    OWN_SCOPES.iter().chain(&["email"]).any(|own| own.eq_ignore_ascii_case(scope))
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
    fn a_token_serves_its_own_resource_alone() {
        let serves = |given: &[&str], asked: &str| serves(&list(given), &list(&[asked]), "https://graph.example");
        let graph = ["openid", "User.Read", "https://graph.example/Mail.Read"];
        for asked in ["user.read", "Mail.Read", "https://GRAPH.example/User.Read", "https://graph.example/.default"] {
            assert!(serves(&graph, asked), "{asked}");
        }
        let others =
            ["https://vault.example/.default", "https://mail.example/Mail.Read", "User.Read.All", ".default/x"];
        for asked in others {
            assert!(!serves(&graph, asked), "{asked}");
        }
        assert!(serves(&["https://vault.example/user_impersonation"], "https://vault.example//.default"));
        assert!(!serves(&["https://vault.example/Mail.Read", "openid"], "Mail.Read"));
        assert!(!serves(&[], "User.Read") && serves(&graph, "offline_access"));
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
