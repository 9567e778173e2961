use crate::challenge::split_outside_quotes;
use std::borrow::Cow;

/// A media type and the character set that it names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaType {
    /// As `application/json`, in lower case; empty where there is none.
    pub essence: String,
    /// The `charset` parameter, in lower case.
    pub charset: Option<String>,
}

/// What kind of content a reply holds: what a command does with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentKind {
    /// JSON, or nothing that says otherwise.
    Json,
    /// XML.
    Xml,
    /// A picture.
    Image,
    /// Bytes.
    OctetStream,
    /// Plain text.
    Text,
    /// Something else.
    Detect,
}

impl ContentKind {
    /// The name that the original's messages have.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "Json",
            Self::Xml => "Xml",
            Self::Image => "Image",
            Self::OctetStream => "OctetStream",
            Self::Text => "Text",
            Self::Detect => "Detect",
        }
    }
}

impl MediaType {
    /// Reads a `Content-Type` value; `None` where it is not one (RFC 9110, section 8.3.1).
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';');
        let essence = parts.next()?.trim().to_ascii_lowercase();
        let (kind, sub) = essence.split_once('/')?;
        if !is_token(kind) || !is_token(sub) {
            return None;
        }
        let charset = parts.find_map(charset);
        Some(Self { essence, charset })
    }

    /// The table of the original: `application/scim+json` and HTML are not taken for JSON or text.
    pub fn kind(&self) -> ContentKind {
        match self.essence.as_str() {
            "" | "application/json" | "text/json" => ContentKind::Json,
            name if name.ends_with("javascript") => ContentKind::Json,
            "application/xml" | "text/xml" => ContentKind::Xml,
            name if name.ends_with("+xml") && !name.starts_with("image/") => ContentKind::Xml,
            "image/apng" | "image/avif" | "image/gif" | "image/jpeg" | "image/png" => ContentKind::Image,
            "application/octet-stream" => ContentKind::OctetStream,
            "text/plain" => ContentKind::Text,
            _ => ContentKind::Detect,
        }
    }
}

fn charset(parameter: &str) -> Option<String> {
    let (name, value) = parameter.split_once('=')?;
    let is_it = name.trim().eq_ignore_ascii_case("charset");
    is_it.then(|| value.trim().trim_matches('"').to_ascii_lowercase())
}

fn is_token(text: &str) -> bool {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !text.is_empty() && text.chars().all(is_token)
}

/// The character sets that are read and written. Whatever else a service names is read as UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    Utf8,
    Ascii,
    Latin1,
    Utf16Little,
    Utf16Big,
}

impl Charset {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "utf-8" | "utf8" => Some(Self::Utf8),
            "us-ascii" | "ascii" => Some(Self::Ascii),
            "iso-8859-1" | "latin1" | "l1" => Some(Self::Latin1),
            "utf-16" | "utf-16le" | "unicode" => Some(Self::Utf16Little),
            "utf-16be" => Some(Self::Utf16Big),
            _ => None,
        }
    }

    /// The text's bytes; what the set does not hold becomes `?`, as .NET writes it.
    pub(crate) fn encode(self, text: &str) -> Vec<u8> {
        let narrow = |limit: u32| text.chars().map(move |c| if u32::from(c) < limit { c as u8 } else { b'?' });
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Ascii => narrow(0x80).collect(),
            Self::Latin1 => narrow(0x100).collect(),
            Self::Utf16Little => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16Big => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        }
    }

    fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Utf8 | Self::Ascii => String::from_utf8_lossy(bytes),
            Self::Latin1 => bytes.iter().map(|&byte| char::from(byte)).collect(),
            Self::Utf16Little => utf16(bytes, u16::from_le_bytes),
            Self::Utf16Big => utf16(bytes, u16::from_be_bytes),
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Cow<'_, str> {
    let units = bytes.as_chunks().0.iter().map(|&pair| unit(pair));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    text.into()
}

/// A body as text: a byte order mark decides, then the character set that the reply names, then UTF-8.
pub fn decode<'a>(bytes: &'a [u8], charset: Option<&str>) -> Cow<'a, str> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => Charset::Utf8.decode(rest),
        [0xff, 0xfe, rest @ ..] => Charset::Utf16Little.decode(rest),
        [0xfe, 0xff, rest @ ..] => Charset::Utf16Big.decode(rest),
        _ => charset.and_then(Charset::named).unwrap_or(Charset::Utf8).decode(bytes),
    }
}

/// The file name of a `Content-Disposition` value (RFC 6266): the name alone, so that a service cannot choose a
/// folder.
pub fn file_name(disposition: &str) -> Option<String> {
    let parameters = || split_outside_quotes(disposition, ';').skip(1).filter_map(|p| p.split_once('='));
    let named = |wanted: &str| {
        let mut found = parameters().filter(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
        found.next().map(|(_, value)| value.trim().trim_matches('"').to_owned())
    };
    let name = match named("filename*").and_then(|value| extended(&value)) {
        Some(name) => name,
        None => named("filename")?,
    };
    // A colon ends a drive's name, and begins a stream of another file.
    let name = name.rsplit(['/', '\\', ':']).next()?.trim();
    let is_name = !name.is_empty() && name != "." && name != ".." && !name.chars().any(char::is_control);
    is_name.then(|| name.into())
}

/// `UTF-8''na%C3%AFve.csv` (RFC 8187).
fn extended(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let charset = Charset::named(&parts.next()?.to_ascii_lowercase())?;
    let bytes = unescape(parts.nth(1)?.as_bytes());
    Some(charset.decode(&bytes).into_owned())
}

fn unescape(mut text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    while let Some((&first, rest)) = text.split_first() {
        let hex = rest.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match hex.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) if first == b'%' => {
                bytes.push(byte);
                text = &rest[2..];
            }
            _ => {
                bytes.push(first);
                text = rest;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kind(text: &str) -> ContentKind {
        MediaType::parse(text).unwrap().kind()
    }

    #[test]
    fn the_table_is_the_originals() {
        assert_eq!(MediaType::default().kind(), ContentKind::Json);
        assert_eq!(kind("application/json; odata.metadata=minimal; charset=utf-8"), ContentKind::Json);
        assert_eq!(kind("Text/JSON"), ContentKind::Json);
        assert_eq!(kind("application/javascript"), ContentKind::Json);
        assert_eq!(kind("application/scim+json"), ContentKind::Detect);
        assert_eq!(kind("application/atom+xml"), ContentKind::Xml);
        assert_eq!(kind("image/jpeg"), ContentKind::Image);
        assert_eq!(kind("application/octet-stream"), ContentKind::OctetStream);
        assert_eq!(kind("text/plain; charset=utf-8"), ContentKind::Text);
        assert_eq!(kind("text/html"), ContentKind::Detect);
        assert_eq!(MediaType::parse("not a type"), None);
        assert_eq!(MediaType::parse("/"), None);
    }

    #[test]
    fn character_sets_are_honoured() {
        let latin = MediaType::parse("application/json; Charset=\"ISO-8859-1\"").unwrap();
        assert_eq!(decode(b"caf\xe9", latin.charset.as_deref()), "café");
        assert_eq!(decode("café".as_bytes(), None), "café");
        assert_eq!(decode(b"\xef\xbb\xbf{}", Some("iso-8859-1")), "{}");
        assert_eq!(decode(b"\xff\xfea\0", None), "a");
        assert_eq!(decode(b"\xfe\xff\0a", None), "a");
        assert_eq!(decode("é".as_bytes(), Some("x-unknown")), "é");
        assert_eq!(decode(b"a\xff", None), "a\u{fffd}");
        assert_eq!(Charset::Latin1.encode("Zoë日"), b"Zo\xeb?");
        assert_eq!(Charset::Ascii.encode("Zoë"), b"Zo?");
        assert_eq!(Charset::Utf16Big.encode("a"), b"\0a");
    }

    #[test]
    fn a_file_name_never_holds_a_folder() {
        assert_eq!(file_name("attachment; filename=\"report.csv\"").as_deref(), Some("report.csv"));
        assert_eq!(file_name("attachment; filename=../../x").as_deref(), Some("x"));
        assert_eq!(file_name(r"attachment; filename=C:\Windows\x.dll").as_deref(), Some("x.dll"));
        assert_eq!(file_name("attachment; filename=\"C:x.dll\"").as_deref(), Some("x.dll"));
        assert_eq!(file_name("attachment; filename=\"a;b.csv\"; size=3").as_deref(), Some("a;b.csv"));
        assert_eq!(
            file_name("attachment; filename=a.txt; filename*=UTF-8''na%C3%AFve.csv").as_deref(),
            Some("naïve.csv")
        );
        assert_eq!(file_name("attachment; filename*=UTF-8''..%2Fx").as_deref(), Some("x"));
        for none in ["attachment", "inline; filename=\"\"", "attachment; filename=..", "a; filename=a/"] {
            assert_eq!(file_name(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn anything_is_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..40), text in ".*") {
            for charset in ["utf-8", "us-ascii", "latin1", "utf-16", "utf-16be"] {
                decode(&bytes, Some(charset));
            }
            file_name(&text);
            MediaType::parse(&text);
        }
    }
}
