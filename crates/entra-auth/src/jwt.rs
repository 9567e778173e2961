use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

/// The claims of a token. Only for showing who is connected: Graph's tokens are opaque to clients by contract, and no
/// signature is checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claims(Map<String, Value>);

/// The middle part of a token, where it has three and that one is base64url of a JSON object.
pub fn decode(token: &str) -> Option<Claims> {
    let mut parts = token.split('.');
    let (_, middle, _) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = URL_SAFE_NO_PAD.decode(middle.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok().map(Claims)
}

impl Claims {
    /// A claim that is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A claim that is a number; text that is one counts too.
    pub fn number(&self, name: &str) -> Option<u64> {
        let value = self.0.get(name)?;
        value.as_u64().or_else(|| value.as_f64().map(|n| n as u64)).or_else(|| value.as_str()?.parse().ok())
    }

    /// Delegated permissions (`scp`), else the app's (`roles`), as the original shows them.
    pub fn permissions(&self) -> Option<Vec<String>> {
        if let Some(scp) = self.text("scp") {
            return Some(scp.split(' ').filter(|s| !s.is_empty()).map(str::to_owned).collect());
        }
        match self.0.get("roles")? {
            Value::Array(roles) => Some(roles.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
            Value::String(role) => Some(vec![role.clone()]),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.e30", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn scp_comes_before_roles() {
        let claims = decode(&token(r#"{"scp":"A B","roles":["C"],"exp":"12"}"#)).unwrap();
        assert_eq!(claims.permissions(), Some(vec!["A".into(), "B".into()]));
        assert_eq!(claims.number("exp"), Some(12));
        assert_eq!(claims.text("upn"), None);
    }

    #[test]
    fn what_is_no_token_gives_nothing() {
        for text in ["", "opaque", "a.b", "a.!!.c", &token("[1]")] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
