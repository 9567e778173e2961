use crate::content::Charset;
use entra_net::Bytes;
use serde::Serialize;

/// What is sent with a request.
#[derive(Clone, Debug, Default)]
pub enum RequestBody {
    /// Nothing.
    #[default]
    Empty,
    /// These bytes.
    Bytes(Bytes),
    /// Text, in the character set that the content type names; UTF-8 where it names none.
    Text(String),
    /// A table that joins the query: what a GET makes of one.
    Query(Vec<(String, String)>),
}

/// Why a body cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// A character set that is not written.
    #[error(
        "The character set '{0}' of the content type cannot be written: use utf-8, us-ascii, iso-8859-1, utf-16 or utf-16be, or give the body as bytes"
    )]
    Charset(String),
    /// A value that JSON cannot hold.
    #[error("The body cannot be written as JSON: {0}")]
    Json(String),
}

impl RequestBody {
    /// A value as JSON text.
    pub fn json(value: &impl Serialize) -> Result<Self, BodyError> {
        serde_json::to_string(value).map(Self::Text).map_err(|error| BodyError::Json(error.to_string()))
    }

    /// The pairs that join the query.
    pub(crate) fn query(&self) -> &[(String, String)] {
        match self {
            Self::Query(pairs) => pairs,
            _ => &[],
        }
    }

    pub(crate) fn bytes(&self, charset: Option<&str>) -> Result<Bytes, BodyError> {
        match self {
            Self::Empty | Self::Query(_) => Ok(Bytes::new()),
            Self::Bytes(bytes) => Ok(bytes.clone()),
            Self::Text(text) => encoded(text, charset),
        }
    }
}

fn encoded(text: &str, charset: Option<&str>) -> Result<Bytes, BodyError> {
    let name = charset.unwrap_or("utf-8");
    let charset = Charset::named(name).ok_or_else(|| BodyError::Charset(name.into()))?;
    Ok(charset.encode(text).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_utf8_unless_a_character_set_is_named() {
        let body = RequestBody::Text("Zoë".into());
        assert_eq!(body.bytes(None).unwrap(), "Zoë".as_bytes());
        assert_eq!(body.bytes(Some("iso-8859-1")).unwrap(), &b"Zo\xeb"[..]);
        assert_eq!(body.bytes(Some("klingon")), Err(BodyError::Charset("klingon".into())));
        let bytes = RequestBody::Bytes(Bytes::from_static(b"\xff"));
        assert_eq!(bytes.bytes(Some("klingon")).unwrap(), &b"\xff"[..]);
    }

    #[test]
    fn values_become_json() {
        let body = RequestBody::json(&serde_json::json!({ "name": "Zoë" })).unwrap();
        assert_eq!(body.bytes(None).unwrap(), r#"{"name":"Zoë"}"#.as_bytes());
    }
}
