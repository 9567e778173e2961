use crate::{RequestBody, headers::HeaderError};
use entra_net::{HeaderMap, HeaderName, HeaderValue, Method, header};

const CONSISTENCY_LEVEL: HeaderName = HeaderName::from_static("consistencylevel");

/// One request as a caller words it: plain values, checked when it is sent.
#[derive(Clone)]
pub struct GraphRequest {
    /// GET, POST …
    pub method: Method,
    /// Relative or absolute address.
    pub uri: String,
    /// What is sent.
    pub body: RequestBody,
    /// Header fields beside those that are set here; they win over defaults, never over the bearer.
    pub headers: Vec<(String, String)>,
    /// Wins over a `Content-Type` among the headers.
    pub content_type: Option<String>,
    /// `eventual` for advanced queries; kept on the pages that follow.
    pub consistency_level: Option<String>,
    /// Wins over the client's own, not over one among the headers.
    pub user_agent: Option<String>,
    /// The module's version, for `SdkVersion`.
    pub module_version: Option<String>,
    /// A GUID for `client-request-id`; one is made where there is none.
    pub client_request_id: Option<String>,
    /// Check the form of header values.
    pub validate_headers: bool,
    /// An answer that is no success is an answer, not an error.
    pub skip_http_error_check: bool,
}

impl GraphRequest {
    /// A request without body, checked in every way.
    pub fn new(method: Method, uri: impl Into<String>) -> Self {
        Self {
            method,
            uri: uri.into(),
            body: RequestBody::Empty,
            headers: Vec::new(),
            content_type: None,
            consistency_level: None,
            user_agent: None,
            module_version: None,
            client_request_id: None,
            validate_headers: true,
            skip_http_error_check: false,
        }
    }

    /// A GET.
    pub fn get(uri: impl Into<String>) -> Self {
        Self::new(Method::GET, uri)
    }

    /// Sets what is sent.
    #[must_use]
    pub fn with_body(mut self, body: RequestBody) -> Self {
        self.body = body;
        self
    }

    /// Adds a header field.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The content type that is sent: the parameter, the field, or JSON for what writes.
    pub(crate) fn effective_content_type(&self, fields: &HeaderMap) -> Option<String> {
        let field = || fields.get(header::CONTENT_TYPE)?.to_str().ok();
        let writes = matches!(self.method, Method::POST | Method::PUT | Method::PATCH);
        let default = || writes.then(|| "application/json".into());
        self.content_type.clone().or_else(|| field().map(Into::into)).or_else(default)
    }

    /// The fields that go along wherever the request goes.
    pub(crate) fn add_defaults(&self, fields: &mut HeaderMap) -> Result<(), HeaderError> {
        if let Some(level) = &self.consistency_level {
            fields.insert(CONSISTENCY_LEVEL, crate::headers::value(level)?);
        }
        if let Some(agent) = &self.user_agent {
            let agent = crate::headers::value(agent)?;
            fields.entry(header::USER_AGENT).or_insert(agent);
        }
        let fresh = HeaderValue::from_static("no-store, no-cache");
        fields.entry(header::CACHE_CONTROL).or_insert(fresh);
        Ok(())
    }

    /// The fields that Graph alone is told.
    pub(crate) fn add_own(&self, is_beta: bool, fields: &mut HeaderMap) -> Result<(), HeaderError> {
        let id = self.client_request_id.clone().unwrap_or_else(new_id);
        let id = crate::headers::value(&id)?;
        fields.entry("client-request-id").or_insert(id);
        let echo = HeaderValue::from_static("true");
        fields.entry("return-client-request-id").or_insert(echo);
        if let Some(version) = &self.module_version {
            let product = if is_beta { "graph-powershell-beta" } else { "graph-powershell" };
            let value = crate::headers::value(&format!("{product}/{version}"))?;
            fields.entry("sdkversion").or_insert(value);
        }
        Ok(())
    }
}

// By hand, since header fields and bodies may hold secrets.
impl std::fmt::Debug for GraphRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = self.uri.split('?').next().unwrap_or_default();
        write!(f, "{} {path}", self.method)
    }
}

/// A random GUID (RFC 9562, version 4). Without randomness it is a constant, which costs only the trace.
fn new_id() -> String {
    let mut bytes = [0u8; 16];
    let _ = getrandom::fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let n = u128::from_be_bytes(bytes);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        n >> 96,
        (n >> 80) & 0xffff,
        (n >> 64) & 0xffff,
        (n >> 48) & 0xffff,
        n & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_type_is_the_parameter_then_the_field_then_json() {
        let mut request = GraphRequest::new(Method::POST, "v1.0/echo");
        let mut fields = HeaderMap::new();
        let kind = |request: &GraphRequest, fields: &HeaderMap| request.effective_content_type(fields);
        assert_eq!(kind(&request, &fields).as_deref(), Some("application/json"));
        fields.insert("content-type", "text/plain".parse().unwrap());
        assert_eq!(kind(&request, &fields).as_deref(), Some("text/plain"));
        request.content_type = Some("text/csv".into());
        assert_eq!(kind(&request, &fields).as_deref(), Some("text/csv"));
        let delete = GraphRequest::new(Method::DELETE, "v1.0/echo");
        assert_eq!(kind(&delete, &HeaderMap::new()), None);
    }

    #[test]
    fn ids_are_guids_and_differ() {
        let id = new_id();
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'4');
        assert_ne!(id, new_id());
    }
}
