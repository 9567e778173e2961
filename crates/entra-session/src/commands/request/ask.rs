use super::source::{self, HostSource};
use crate::{Bag, Failure, failure, host::HostLink, runtime};
use entra_graph::{GraphRequest, RequestBody};
use entra_net::Method;
use std::{path::PathBuf, sync::Arc};

/// The request as the host words it.
pub(super) async fn request(input: &Bag, host: &HostLink) -> Result<GraphRequest, Failure> {
    let body = body(input, host).await?;
    Ok(plain(input)?.with_body(body))
}

/// The same without what it sends.
pub(super) fn plain(input: &Bag) -> Result<GraphRequest, Failure> {
    let text = |name| input.get(name).map(str::to_owned);
    let mut request = GraphRequest::new(method(input)?, input.get("Uri").unwrap_or_default());
    request.headers = columns(input, "HeaderName", "HeaderValue");
    request.content_type = input.filled("ContentType").map(str::to_owned);
    request.consistency_level = input.filled("ConsistencyLevel").map(str::to_owned);
    request.user_agent = text("UserAgent");
    request.module_version = text("ModuleVersion");
    request.validate_headers = !input.flag("SkipHeaderValidation");
    request.skip_http_error_check = input.flag("SkipHttpErrorCheck");
    Ok(request)
}

fn method(input: &Bag) -> Result<Method, Failure> {
    let name = input.filled("Method").unwrap_or("GET").to_ascii_uppercase();
    Method::from_bytes(name.as_bytes()).map_err(|_| failure::bad_call(&format!("method {name}")))
}

fn columns(input: &Bag, names: &'static str, values: &'static str) -> Vec<(String, String)> {
    input.all(names).zip(input.all(values)).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

async fn body(input: &Bag, host: &HostLink) -> Result<RequestBody, Failure> {
    match input.get("Body") {
        Some("Query") => Ok(RequestBody::Query(columns(input, "QueryName", "QueryValue"))),
        Some("Bytes") => Ok(RequestBody::Bytes(host.body().into())),
        Some("Text") => String::from_utf8(host.body())
            .map(RequestBody::Text)
            .map_err(|_| failure::bad_call("a body that is not UTF-8")),
        Some("Stream") => {
            let length = input.get("BodyLength");
            let length =
                length.map(|text| text.parse().map_err(|_| failure::number("BodyLength", text))).transpose()?;
            let source = HostSource::new(host.clone(), length, input.flag("BodyRewinds"));
            Ok(RequestBody::Source(Arc::new(source)))
        }
        Some(other) => Err(failure::bad_call(&format!("body {other}"))),
        None if super::transfer::is_upload(input) => Ok(RequestBody::Empty),
        None => match input.get("InputFilePath") {
            Some(path) => file(path.into()).await,
            None => Ok(RequestBody::Empty),
        },
    }
}

async fn file(path: PathBuf) -> Result<RequestBody, Failure> {
    let open = move || source::file(&path).map_err(|error| failure::file("The input file", &path, &error));
    runtime::beside(open).await
}
