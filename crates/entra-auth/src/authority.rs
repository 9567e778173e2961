use entra_net::Url;
use std::fmt;

/// A sign-in service and a tenant at it.
///
/// Endpoints are computed, not discovered: those of Entra ID are fixed, and a discovery would cost a round trip.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Authority {
    login: Url,
    tenant: String,
}

/// The tenant has characters that no tenant id or domain has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadTenant(pub String);

impl fmt::Display for BadTenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is not a tenant", self.0.escape_default())
    }
}

impl Authority {
    /// `tenant` is a GUID, a verified domain, `common`, `organizations` or `consumers`. Anything else could change the
    /// path of the address and is refused.
    pub fn new(login: &Url, tenant: &str) -> Result<Self, BadTenant> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        if tenant.is_empty() || !tenant.chars().all(allowed) || tenant.chars().all(|c| c == '.') {
            return Err(BadTenant(tenant.to_owned()));
        }
        Ok(Self { login: login.clone(), tenant: tenant.to_owned() })
    }

    /// The sign-in service's address.
    pub fn login(&self) -> &Url {
        &self.login
    }

    /// The tenant as it was given.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// The same service, another tenant.
    pub fn with_tenant(&self, tenant: &str) -> Result<Self, BadTenant> {
        Self::new(&self.login, tenant)
    }

    /// Where tokens are given.
    pub fn token_endpoint(&self) -> Url {
        self.endpoint("token")
    }

    /// Where device codes are given.
    pub fn device_code_endpoint(&self) -> Url {
        self.endpoint("devicecode")
    }

    /// Where people sign in with a browser.
    pub fn authorize_endpoint(&self) -> Url {
        self.endpoint("authorize")
    }

    fn endpoint(&self, name: &str) -> Url {
        let mut url = self.login.clone();
        url.set_path(&format!("{}/oauth2/v2.0/{name}", self.tenant));
        url
    }
}

/// Is it a GUID? Only then can two tenants be compared.
pub fn is_guid(text: &str) -> bool {
    let digits = |part: &str, length| part.len() == length && part.bytes().all(|b| b.is_ascii_hexdigit());
    let mut parts = text.split('-');
    [8, 4, 4, 4, 12].into_iter().all(|length| parts.next().is_some_and(|part| digits(part, length)))
        && parts.next().is_none()
}

/// One of the audiences that stand for any tenant.
pub fn is_tenantless(tenant: &str) -> bool {
    ["common", "organizations", "consumers"].iter().any(|name| tenant.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login() -> Url {
        Url::parse("https://login.example:8443").unwrap()
    }

    #[test]
    fn endpoints_are_computed() {
        let authority = Authority::new(&login(), "contoso.example").unwrap();
        let expected = "https://login.example:8443/contoso.example/oauth2/v2.0/token";
        assert_eq!(authority.token_endpoint().as_str(), expected);
    }

    #[test]
    fn a_tenant_cannot_change_the_path() {
        for tenant in ["", "a/b", "a b", "..", "a?x", "a#x", "%2e%2e", "tenänt"] {
            assert!(Authority::new(&login(), tenant).is_err(), "{tenant}");
        }
    }

    #[test]
    fn guids_are_told_from_names() {
        assert!(is_guid("aaaabbbb-0000-cccc-1111-dddd2222eeee"));
        assert!(!is_guid("contoso.com"));
        assert!(!is_guid("aaaabbbb-0000-cccc-1111-dddd2222eeee-"));
    }
}
