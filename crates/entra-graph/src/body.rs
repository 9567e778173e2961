use crate::content::Charset;
use entra_net::{Body, BodySource, Bytes};
use serde::Serialize;
use std::sync::Arc;

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
    /// Bytes that are read while they are sent.
    Source(Arc<dyn BodySource>),
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
    /// A stream that has been read before.
    #[error("The body is a stream that has been read already and cannot go back to its start")]
    Spent,
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

    pub(crate) fn encoded(&self, charset: Option<&str>) -> Result<Body, BodyError> {
        Ok(match self {
            Self::Empty | Self::Query(_) => Body::Empty,
            Self::Bytes(bytes) => Body::Bytes(bytes.clone()),
            Self::Text(text) => Body::Bytes(encoded(text, charset)?),
            Self::Source(source) => Body::Source(source.clone()),
        })
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

    fn sent(body: &RequestBody, charset: Option<&str>) -> Result<Bytes, BodyError> {
        match body.encoded(charset)? {
            Body::Bytes(bytes) => Ok(bytes),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn text_is_utf8_unless_a_character_set_is_named() {
        let body = RequestBody::Text("Zoë".into());
        assert_eq!(sent(&body, None).unwrap(), "Zoë".as_bytes());
        assert_eq!(sent(&body, Some("iso-8859-1")).unwrap(), &b"Zo\xeb"[..]);
        assert_eq!(sent(&body, Some("klingon")), Err(BodyError::Charset("klingon".into())));
        let bytes = RequestBody::Bytes(Bytes::from_static(b"\xff"));
        assert_eq!(sent(&bytes, Some("klingon")).unwrap(), &b"\xff"[..]);
    }

    #[test]
    fn values_become_json() {
        let body = RequestBody::json(&serde_json::json!({ "name": "Zoë" })).unwrap();
        assert_eq!(sent(&body, None).unwrap(), r#"{"name":"Zoë"}"#.as_bytes());
    }
}
