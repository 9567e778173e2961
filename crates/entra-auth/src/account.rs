use crate::{Claims, TokenReply, decode_claims};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// Who a person is to the sign-in service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// `{uid}.{utid}`: object id and tenant at home, the same in every tenant where the person is a guest.
    pub home_id: String,
    /// Object id in the tenant signed in to.
    pub local_id: String,
    /// The name typed at sign-in.
    pub username: String,
    /// The tenant signed in to, a GUID.
    pub tenant: String,
}

impl Account {
    /// Out of `client_info` and the id token; `None` where the reply has neither. Access tokens are not looked at: those
    /// of personal accounts are opaque.
    pub(crate) fn of(reply: &TokenReply) -> Option<Self> {
        let claims = id_claims(reply).unwrap_or_default();
        let text = |name| claims.text(name).unwrap_or_default().to_owned();
        let local_id = claims.text("oid").or_else(|| claims.text("sub")).unwrap_or_default().to_owned();
        let home_id = reply.client_info.as_deref().and_then(home_id);
        if home_id.is_none() && local_id.is_empty() {
            return None;
        }
        let tenant = text("tid");
        let home_id = home_id.unwrap_or_else(|| format!("{local_id}.{tenant}"));
        Some(Self { home_id, local_id, username: names(&claims).next().unwrap_or_default().to_owned(), tenant })
    }

    /// The tenant that the account belongs to.
    pub fn home_tenant(&self) -> &str {
        self.home_id.rsplit_once('.').map_or("", |(_, tenant)| tenant)
    }
}

/// Claims of the reply's id token. It came from the service over TLS, so its signature says nothing new.
pub(crate) fn id_claims(reply: &TokenReply) -> Option<Claims> {
    decode_claims(reply.id_token.as_ref()?.expose_text()?)
}

/// The names by which an account can be meant, the most telling first.
pub(crate) fn names(claims: &Claims) -> impl Iterator<Item = &str> {
    ["preferred_username", "upn", "email", "unique_name", "name"].into_iter().filter_map(|name| claims.text(name))
}

fn home_id(client_info: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(client_info.trim_end_matches('=')).ok()?;
    let fields: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    Some(format!("{}.{}", fields.get("uid")?.as_str()?, fields.get("utid")?.as_str()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(json: &str) -> String {
        URL_SAFE_NO_PAD.encode(json)
    }

    fn reply(client_info: Option<&str>, id: Option<&str>) -> TokenReply {
        TokenReply {
            client_info: client_info.map(part),
            id_token: id.map(|claims| format!("e30.{}.e30", part(claims)).into()),
            access_token: "opaque".into(),
            ..TokenReply::default()
        }
    }

    #[test]
    fn a_guest_has_a_home_elsewhere() {
        let id = r#"{"oid":"here","tid":"contoso","preferred_username":"a@b.example","name":"A"}"#;
        let account = Account::of(&reply(Some(r#"{"uid":"u","utid":"fabrikam"}"#), Some(id))).unwrap();
        assert_eq!((account.home_id.as_str(), account.home_tenant()), ("u.fabrikam", "fabrikam"));
        assert_eq!((account.local_id.as_str(), account.tenant.as_str()), ("here", "contoso"));
        assert_eq!(account.username, "a@b.example");
    }

    #[test]
    fn one_of_the_two_is_enough() {
        let account = Account::of(&reply(None, Some(r#"{"sub":"s","tid":"t","email":"e@f.example"}"#))).unwrap();
        assert_eq!((account.home_id.as_str(), account.username.as_str()), ("s.t", "e@f.example"));
        assert_eq!(Account::of(&reply(Some(r#"{"uid":"u","utid":"t"}"#), None)).unwrap().home_id, "u.t");
    }

    #[test]
    fn opaque_replies_have_no_account() {
        assert_eq!(Account::of(&reply(None, None)), None);
        assert_eq!(Account::of(&reply(Some("[]"), Some("[]"))), None);
    }
}
