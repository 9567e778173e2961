use entra_net::Url;

/// All permissions that an administrator has granted to the app, at this Graph host.
pub fn default_scope(graph: &Url) -> String {
    format!("{}/.default", graph.as_str().trim_end_matches('/'))
}

/// Scopes as people type them: items may hold several, separated by commas or blanks.
pub fn scope_list<'a>(items: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    items.into_iter().flat_map(|item| item.split([',', ' '])).filter(|s| !s.is_empty()).map(str::to_owned).collect()
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
}
