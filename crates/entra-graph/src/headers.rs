use entra_net::{HeaderMap, HeaderName, HeaderValue, header};
use std::fmt::Write as _;

/// Fields that the client sets itself: a caller's would make two requests out of one, or name another host.
const CLIENT_FIELDS: [HeaderName; 5] =
    [header::HOST, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION, header::UPGRADE];

/// Fields that prove who somebody is.
const SECRET_FIELDS: [HeaderName; 4] =
    [header::AUTHORIZATION, header::PROXY_AUTHORIZATION, header::COOKIE, header::SET_COOKIE];

/// Why a header field cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// The name holds what no name may.
    #[error("The header name '{0}' has an invalid format.")]
    Name(String),
    /// The value holds a line break or another control character.
    #[error("New-line or NUL characters are not allowed in header values.")]
    Value,
    /// An entity tag without its quotes.
    #[error("The format of value '{0}' is invalid.")]
    EntityTag(String),
    /// Not a media type.
    #[error(
        "The cmdlet cannot run because the -ContentType parameter is not a valid Content-Type header. Specify a valid Content-Type for -ContentType, then retry. To suppress header validation, supply the -SkipHeaderValidation parameter."
    )]
    ContentType,
}

/// The caller's fields. A name that comes twice is sent twice.
pub(crate) fn fields(pairs: &[(String, String)], validate: bool) -> Result<HeaderMap, HeaderError> {
    let mut fields = HeaderMap::new();
    for (name, value) in pairs {
        let (name, value) = field(name, value, validate)?;
        if !CLIENT_FIELDS.contains(&name) {
            fields.append(name, value);
        }
    }
    Ok(fields)
}

fn field(name: &str, text: &str, validate: bool) -> Result<(HeaderName, HeaderValue), HeaderError> {
    let known = HeaderName::from_bytes(name.as_bytes());
    let known = known.map_err(|_| HeaderError::Name(name.into()))?;
    let value = value(text)?;
    let is_tag = known == header::IF_MATCH || known == header::IF_NONE_MATCH;
    if validate && is_tag && !is_entity_tags(text) {
        return Err(HeaderError::EntityTag(text.into()));
    }
    Ok((known, value))
}

/// A field's value; UTF-8 beyond ASCII is sent as it is.
pub(crate) fn value(text: &str) -> Result<HeaderValue, HeaderError> {
    HeaderValue::from_bytes(text.as_bytes()).map_err(|_| HeaderError::Value)
}

/// Lines for people.
pub(crate) fn lines(fields: &HeaderMap) -> String {
    let mut text = String::new();
    for (name, value) in &shown(fields.clone()) {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n{name}: {}", String::from_utf8_lossy(value.as_bytes()));
    }
    text
}

/// What of the fields may stand in a log or an error: nothing of what proves who somebody is, and of a redirect all but
/// the query, which may be a key.
pub(crate) fn shown(mut fields: HeaderMap) -> HeaderMap {
    for (name, value) in &mut fields {
        if SECRET_FIELDS.contains(name) {
            *value = HeaderValue::from_static("(not shown)");
        } else if *name == header::LOCATION {
            let address = value.as_bytes().split(|&byte| byte == b'?').next().unwrap_or_default();
            // A part of a value is one, too.
            *value = HeaderValue::from_bytes(address).unwrap_or_else(|_| HeaderValue::from_static(""));
        }
    }
    fields
}

/// `*`, or quoted tags with commas between them (RFC 9110, section 8.8.3).
fn is_entity_tags(text: &str) -> bool {
    let is_tag = |tag: &str| {
        let tag = tag.trim();
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        tag.len() > 1 && tag.starts_with('"') && tag.ends_with('"')
    };
    text.trim() == "*" || text.split(',').all(is_tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str, value: &str, validate: bool) -> Result<HeaderMap, HeaderError> {
        fields(&[(name.into(), value.into())], validate)
    }

    #[test]
    fn names_and_values_that_would_break_the_request_are_refused() {
        assert_eq!(one("X Bad", "1", true), Err(HeaderError::Name("X Bad".into())));
        assert_eq!(one("", "1", false), Err(HeaderError::Name(String::new())));
        for bad in ["a\r\nX-Evil: 1", "a\0"] {
            assert_eq!(one("X-Custom", bad, false), Err(HeaderError::Value));
        }
        assert_eq!(one("X-Empty", "", true).unwrap()["x-empty"], "");
        assert_eq!(one("X-Name", "Zoë", true).unwrap()["x-name"].as_bytes(), "Zoë".as_bytes());
    }

    #[test]
    fn entity_tags_are_quoted_unless_nobody_looks() {
        for good in ["*", "\"a\"", "W/\"abc\"", "\"a\", W/\"b\""] {
            assert!(one("If-Match", good, true).is_ok(), "{good}");
        }
        assert_eq!(one("If-Match", "abc", true), Err(HeaderError::EntityTag("abc".into())));
        assert!(one("If-None-Match", "\"", true).is_err());
        assert!(one("If-Match", "abc", false).is_ok());
    }

    #[test]
    fn what_the_client_sets_is_not_taken_from_the_caller() {
        for name in ["Host", "Content-Length", "Transfer-Encoding", "Connection"] {
            assert!(one(name, "x", true).unwrap().is_empty(), "{name}");
        }
    }
}
