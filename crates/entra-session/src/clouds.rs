use entra_net::Url;

/// A cloud: where to sign in and where its Graph is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cloud {
    pub(crate) name: String,
    /// As shown: scheme and host, no slash at the end.
    pub(crate) sign_in: String,
    pub(crate) graph: String,
    pub(crate) built_in: bool,
}

/// The built-in clouds of the newest original: name, sign-in service, Graph.
const BUILT_IN: [[&str; 3]; 7] = [
    ["Global", "https://login.microsoftonline.com", "https://graph.microsoft.com"],
    ["USGov", "https://login.microsoftonline.us", "https://graph.microsoft.us"],
    ["USGovDoD", "https://login.microsoftonline.us", "https://dod-graph.microsoft.us"],
    ["China", "https://login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn"],
    ["BleuCloud", "https://login.sovcloud-identity.fr", "https://graph.svc.sovcloud.fr"],
    ["DelosCloud", "https://login.sovcloud-identity.de", "https://graph.svc.sovcloud.de"],
    ["GovSGCloud", "https://login.sovcloud-identity.sg", "https://graph.svc.sovcloud.sg"],
];

/// The name that counts when none is given.
pub(crate) const DEFAULT: &str = "Global";

/// Hosts that stand for another one, to which requests go (MSAL's "preferred network" hosts).
const PREFERRED: [[&str; 2]; 3] = [
    ["login.chinacloudapi.cn", "login.partner.microsoftonline.cn"],
    ["login.windows.net", "login.microsoftonline.com"],
    ["login.usgovcloudapi.net", "login.microsoftonline.us"],
];

pub(crate) fn built_in() -> impl Iterator<Item = Cloud> {
    BUILT_IN.into_iter().map(|[name, sign_in, graph]| Cloud {
        name: name.into(),
        sign_in: sign_in.into(),
        graph: graph.into(),
        built_in: true,
    })
}

pub(crate) fn find_built_in(name: &str) -> Option<Cloud> {
    built_in().find(|cloud| cloud.name.eq_ignore_ascii_case(name))
}

impl Cloud {
    /// What the `Type` column says.
    pub(crate) fn kind(&self) -> &'static str {
        if self.built_in { "Built-in" } else { "User-defined" }
    }

    /// Where requests to the sign-in service go.
    pub(crate) fn login_url(&self) -> Option<Url> {
        let mut url = Url::parse(&self.sign_in).ok()?;
        let preferred = PREFERRED.iter().find(|[alias, _]| url.host_str() == Some(alias)).map(|[_, host]| *host);
        url.set_host(Some(preferred.unwrap_or(url.host_str()?).to_owned().as_str())).ok()?;
        Some(url)
    }

    /// Graph's address.
    pub(crate) fn graph_url(&self) -> Option<Url> {
        Url::parse(&self.graph).ok()
    }
}

/// An address cut to scheme, host and port; `None` where it is not an absolute address with a host.
pub(crate) fn cut(address: &str) -> Option<String> {
    let url = Url::parse(address.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = url.host_str().filter(|host| !host.is_empty())?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{host}{port}", url.scheme()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_cut_to_scheme_and_host() {
        assert_eq!(cut("https://LOGIN.mine.example/tenant/x?y=1").as_deref(), Some("https://login.mine.example"));
        assert_eq!(cut("https://g.example:8443/v1.0/").as_deref(), Some("https://g.example:8443"));
        for wrong in ["login.mine.example", "graph", "", "file:///etc/passwd", "https://", "mailto:a@b"] {
            assert_eq!(cut(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_are_found_in_any_case_and_aliases_lead_to_the_host_that_answers() {
        let china = find_built_in("china").unwrap();
        assert_eq!(china.sign_in, "https://login.chinacloudapi.cn");
        assert_eq!(china.login_url().unwrap().host_str(), Some("login.partner.microsoftonline.cn"));
        assert_eq!(find_built_in("Germany"), None);
    }
}
