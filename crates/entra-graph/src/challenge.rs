use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use entra_net::HeaderMap;

/// Padded or not: both are seen.
const EITHER: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, EITHER);

/// One challenge of a `WWW-Authenticate` header field (RFC 9110, section 11.6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The scheme, as `Bearer`.
    pub scheme: String,
    /// Parameters in order, with names in lower case.
    pub parameters: Vec<(String, String)>,
}

impl Challenge {
    /// The first parameter of this name (in lower case).
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The claims that a refused token has to be replaced for, as JSON text: out of any `Bearer` challenge of any
/// `WWW-Authenticate` field, in base64 of either alphabet, padded or not, or as plain JSON.
pub fn claims(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all("www-authenticate")
        .iter()
        .filter_map(|value| std::str::from_utf8(value.as_bytes()).ok())
        .flat_map(parse)
        .filter(|challenge| challenge.scheme.eq_ignore_ascii_case("bearer"))
        .find_map(|challenge| decoded(challenge.get("claims")?))
}

fn decoded(text: &str) -> Option<String> {
    let text = text.trim();
    if text.starts_with('{') {
        return Some(text.into());
    }
    let standard = text.replace('-', "+").replace('_', "/");
    let bytes = STANDARD.decode(standard).ok()?;
    let json = String::from_utf8(bytes).ok()?;
    json.trim_start().starts_with('{').then_some(json)
}

/// Reads one header field's value; what cannot be read is left out.
pub fn parse(value: &str) -> Vec<Challenge> {
    let mut challenges: Vec<Challenge> = Vec::new();
    for item in items(value) {
        let (scheme, rest) = split_scheme(item);
        if let Some(scheme) = scheme {
            challenges.push(Challenge { scheme: scheme.into(), parameters: Vec::new() });
        }
        if let (Some(challenge), Some(parameter)) = (challenges.last_mut(), parameter(rest)) {
            challenge.parameters.push(parameter);
        }
    }
    challenges
}

/// What stands between commas that are not quoted.
fn items(value: &str) -> impl Iterator<Item = &str> {
    split_outside_quotes(value, ',').map(str::trim).filter(|item| !item.is_empty())
}

/// The parts between separators that stand in no quoted string (RFC 9110, section 5.6.4).
pub(crate) fn split_outside_quotes(value: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    let ends = move |c: char| {
        let ends = c == separator && !quoted;
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => (),
        }
        ends
    };
    value.split(ends)
}

/// `Bearer realm=""` begins a challenge, `realm=""` goes on with one, `Negotiate` is one of its own.
fn split_scheme(item: &str) -> (Option<&str>, &str) {
    let end = item.find(|c: char| !is_token(c)).unwrap_or(item.len());
    let (token, rest) = item.split_at(end);
    let after = rest.trim_start();
    if token.is_empty() || after.starts_with('=') {
        return (None, item);
    }
    (Some(token), after)
}

fn parameter(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    let name = name.trim();
    if name.is_empty() || !name.chars().all(is_token) {
        return None;
    }
    Some((name.to_ascii_lowercase(), unquoted(value.trim())))
}

fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else {
        return value.into();
    };
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' => break,
            '\\' => text.extend(rest.next()),
            c => text.push(c),
        }
    }
    text
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    // With `?` and `~` in it, so that the two alphabets differ.
    const WANTED: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1767225600"}},"x":"~~~???>>"}"#;

    fn headers(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("www-authenticate", value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn claims_come_in_every_base64() {
        for text in [
            BASE64_STANDARD.encode(WANTED),
            BASE64_STANDARD_NO_PAD.encode(WANTED),
            BASE64_URL_SAFE.encode(WANTED),
            BASE64_URL_SAFE_NO_PAD.encode(WANTED),
            WANTED.replace('"', "\\\""),
        ] {
            let value = format!(
                r#"Bearer realm="", authorization_uri="https://x.example/a,b", error="insufficient_claims", claims="{text}""#
            );
            assert_eq!(claims(&headers(&[&value])).as_deref(), Some(WANTED), "{value}");
        }
    }

    #[test]
    fn claims_are_found_among_several_challenges() {
        let text = BASE64_URL_SAFE_NO_PAD.encode(WANTED);
        let one = format!(r#"Negotiate, PoP nonce="a,b", bearer Claims={text} , realm=x"#);
        assert_eq!(claims(&headers(&[&one])).as_deref(), Some(WANTED));
        let two = format!(r#"Bearer error="insufficient_claims",claims = "{text}""#);
        assert_eq!(claims(&headers(&["Basic realm=\"x\"", &two])).as_deref(), Some(WANTED));
    }

    #[test]
    fn what_is_no_claims_is_none() {
        for value in [
            "",
            "Bearer",
            r#"Bearer realm="""#,
            r#"Bearer claims="!!!""#,
            r#"Bearer claims="aGVsbG8=""#,
            r#"Basic claims="e30=""#,
        ] {
            assert_eq!(claims(&headers(&[value])), None, "{value}");
        }
    }

    #[test]
    fn parameters_keep_commas_and_escapes_in_quotes() {
        let parsed = parse(r#"Digest realm="a\", b", qop="x,y", Basic abc=="#);
        assert_eq!(parsed.len(), 2);
        assert_eq!(parsed[0].get("realm"), Some("a\", b"));
        assert_eq!(parsed[0].get("qop"), Some("x,y"));
        assert_eq!(parsed[1].scheme, "Basic");
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(value in ".*") {
            parse(&value);
        }

        #[test]
        fn a_claims_parameter_survives_its_neighbours(before in "[a-z]{1,8}=\"[^\"\\\\]{0,12}\"", after in "[a-z]{1,8}=[a-z0-9]{1,8}") {
            prop_assume!(!before.starts_with("claims="));
            let value = format!("Bearer {before}, claims=\"e30\", {after}");
            let parsed = parse(&value);
            prop_assert_eq!(parsed[0].get("claims"), Some("e30"));
        }
    }
}
