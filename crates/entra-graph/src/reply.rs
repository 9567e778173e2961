use crate::{ContentKind, GraphError, MediaType, content, error::status_text, headers};
use entra_net::{Bytes, HeaderMap, Incoming, Method, Url};

/// The largest reply that is read whole, in bytes; larger ones are for files.
pub(crate) const WHOLE_LIMIT: usize = 1 << 30;

/// The head of a reply.
#[derive(Clone, Debug)]
pub struct Head {
    /// How the answered request asked, after redirects.
    pub method: Method,
    /// Where the answer came from, after redirects; without its query where a redirect led to another host, since
    /// such addresses hold a key of their own.
    pub url: Url,
    /// As `HTTP/2.0`.
    pub version: String,
    /// HTTP status.
    pub status: u16,
    /// Header fields.
    pub headers: HeaderMap,
}

impl Head {
    /// 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The reason phrase that belongs to the status.
    pub fn reason(&self) -> &'static str {
        status_text(self.status)
    }

    /// A header field as text; services send UTF-8 beyond ASCII, too.
    pub fn header(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.headers.get(name)?.as_bytes()).ok()
    }

    /// As it may stand in an error: without fields that prove who somebody is, and without the keys in addresses.
    #[must_use]
    pub fn shown(&self) -> Self {
        Self { headers: headers::shown(self.headers.clone()), ..self.clone() }
    }

    /// The media type; an empty one where the reply names none, or nonsense.
    pub fn media_type(&self) -> MediaType {
        self.header("content-type").and_then(MediaType::parse).unwrap_or_default()
    }

    /// What kind of content it is.
    pub fn kind(&self) -> ContentKind {
        match self.header("content-type").map(MediaType::parse) {
            Some(None) => ContentKind::Detect,
            Some(Some(media)) => media.kind(),
            None => ContentKind::Json,
        }
    }

    /// The name that `Content-Disposition` gives a file.
    pub fn file_name(&self) -> Option<String> {
        content::file_name(self.header("content-disposition")?)
    }
}

/// A reply whose head is there and whose body is still to be read.
pub struct Opened {
    /// Its head.
    pub head: Head,
    pub(crate) incoming: Incoming,
    /// It is the last answer only because the request's body cannot be read again.
    pub(crate) spent: bool,
}

impl Opened {
    /// Bytes of the body that the server promised, before decompression.
    pub fn promised(&self) -> Option<u64> {
        self.incoming.promised()
    }

    /// The next piece of the body; `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, GraphError> {
        Ok(self.incoming.chunk().await?)
    }

    /// Reads the rest.
    pub async fn whole(self) -> Result<GraphReply, GraphError> {
        let body = self.incoming.read(WHOLE_LIMIT).await?.body;
        let head = self.head;
        Ok(GraphReply { head, body })
    }
}

/// A reply, whole.
#[derive(Clone)]
pub struct GraphReply {
    /// Its head.
    pub head: Head,
    /// The body, decompressed.
    pub body: Bytes,
}

impl GraphReply {
    /// The body as text, by its byte order mark or the character set that the reply names.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        content::decode(&self.body, self.head.media_type().charset.as_deref())
    }
}

// By hand, since a body is the caller's data.
impl std::fmt::Debug for GraphReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes)", self.head.status, self.body.len())
    }
}
