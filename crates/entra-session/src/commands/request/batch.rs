use super::{
    answer::{self, Wanted},
    ask,
    pages::put,
    teller::Teller,
};
use crate::{Bag, Event, Failure, Kind, failure, host::HostLink};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use entra_graph::{BatchAnswer, BatchBody, BatchPart, Graph};
use entra_net::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};

/// A part as the host writes it: the form of the service, whose body may be anything.
#[derive(Deserialize)]
struct Part<'a> {
    #[serde(default)]
    id: Option<Value>,
    #[serde(default)]
    method: Option<String>,
    url: String,
    #[serde(default)]
    headers: Option<Map<String, Value>>,
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
    #[serde(default, rename = "dependsOn")]
    depends_on: Option<Vec<Value>>,
}

#[derive(Serialize)]
struct Answer<'a> {
    id: &'a str,
    status: u16,
    headers: Map<String, Value>,
    body: Option<&'a RawValue>,
}

/// Sends the parts in as few calls as they need, and answers in their order. What was answered before an error is given
/// before it.
pub(super) async fn run(graph: &Graph, input: &Bag, host: &HostLink, teller: &mut Teller) -> Result<Event, Failure> {
    let wanted = Wanted::of(input)?;
    let template = ask::plain(input)?;
    let written = host.body();
    let parts: Vec<Part<'_>> =
        serde_json::from_slice(&written).map_err(|error| failure::batch_part(&error.to_string()))?;
    let parts = parts.into_iter().map(part).collect::<Result<Vec<_>, _>>()?;
    let version = version(&template.uri);
    let (answers, end) = entra_graph::batch(graph, &template, version, &parts, &mut |note| teller.tell(note)).await;
    let texts = answers.iter().map(text).collect::<Result<Vec<_>, _>>()?;
    match wanted {
        _ if texts.is_empty() => {}
        Wanted::Objects(form) => match answer::objects(texts.iter().map(String::as_str), form) {
            Ok(body) => put(host, "Clixml", body).await,
            // One of them does not become an object: what the others have done is told all the same.
            Err(failure) => {
                for one in texts.iter().filter_map(|text| answer::objects([text.as_str()].into_iter(), form).ok()) {
                    put(host, "Clixml", one).await;
                }
                return Err(failure);
            }
        },
        _ => {
            for text in texts {
                put(host, "Text", text.into_bytes()).await;
            }
        }
    }
    end.map_err(|error| failure::request(&error))?;
    Ok(Event::new(Kind::Result, Bag::default().with("Content", "Outputs").with("Length", "0")))
}

/// The version that is meant where a part names none: that of the batch's own address.
fn version(uri: &str) -> &str {
    let path = uri.split_once("://").map_or(uri, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
    let first = path.trim_start_matches('/').split(['/', '?']).next().unwrap_or_default();
    if first.eq_ignore_ascii_case("beta") { "beta" } else { "v1.0" }
}

fn part(part: Part<'_>) -> Result<BatchPart, Failure> {
    let method = part.method.as_deref().unwrap_or("GET").to_ascii_uppercase();
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| failure::batch_part("its method is none"))?;
    if part.url.trim().is_empty() {
        return Err(failure::batch_part("its address is empty"));
    }
    let mut made = BatchPart::new(method, part.url);
    made.id = part.id.filter(|id| !id.is_null()).map(words);
    made.headers = part.headers.unwrap_or_default().into_iter().map(|(name, value)| (name, words(value))).collect();
    made.depends_on = part.depends_on.unwrap_or_default().into_iter().map(words).collect();
    made.body = part.body.filter(|body| body.get() != "null").map(|body| body_of(body, &made.headers)).transpose()?;
    Ok(made)
}

/// A body of another kind than JSON is base64 text, as the service has it; text stands there as it is.
fn body_of(body: &RawValue, headers: &[(String, String)]) -> Result<BatchBody, Failure> {
    let kind = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let kind = kind.map_or_else(|| "json".to_owned(), |(_, value)| value.trim_start().to_ascii_lowercase());
    if kind.contains("json") {
        return Ok(BatchBody::Json(body.get().to_owned()));
    }
    let text: String = serde_json::from_str(body.get()).map_err(|error| failure::batch_part(&error.to_string()))?;
    let bytes = if kind.starts_with("text/") { None } else { STANDARD.decode(&text).ok() };
    Ok(BatchBody::Bytes(bytes.unwrap_or_else(|| text.into_bytes()).into()))
}

fn words(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

fn text(answer: &BatchAnswer) -> Result<String, Failure> {
    let headers = answer.headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    let body = answer.body.as_deref().and_then(|body| serde_json::from_str(body).ok());
    let answer = Answer { id: &answer.id, status: answer.status, headers, body };
    serde_json::to_string(&answer).map_err(|error| failure::batch_part(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_the_batchs_address() {
        for beta in ["beta/$batch", "/beta/$batch", "https://graph.example/beta/$batch", "BETA"] {
            assert_eq!(version(beta), "beta", "{beta}");
        }
        for other in ["v1.0/$batch", "", "$batch", "https://beta.example/v1.0/$batch", "https://graph.example"] {
            assert_eq!(version(other), "v1.0", "{other}");
        }
    }

    #[test]
    fn text_is_sent_as_it_stands_and_bytes_as_what_they_mean() {
        let body = |kind: &str, text: &str| {
            let json = serde_json::to_string(text).unwrap();
            let raw: &RawValue = serde_json::from_str(&json).unwrap();
            match body_of(raw, &[("Content-Type".into(), kind.into())]).unwrap() {
                BatchBody::Bytes(bytes) => bytes.to_vec(),
                BatchBody::Json(text) => text.into_bytes(),
            }
        };
        assert_eq!(body("Text/Plain; charset=utf-8", "test"), b"test");
        assert_eq!(body("image/png", "AAEC"), [0, 1, 2]);
        assert_eq!(body("application/json", "a"), b"\"a\"");
    }

    #[test]
    fn parts_are_read_as_the_service_has_them() {
        let json = r#"[{"url":"/me"},{"id":2,"method":"post","url":"/x","headers":{"a":1},"body":{"b":1.0},"dependsOn":["1"]}]"#;
        let parts: Vec<Part<'_>> = serde_json::from_str(json).unwrap();
        let parts: Vec<_> = parts.into_iter().map(|one| part(one).unwrap()).collect();
        assert_eq!((parts[0].id.as_deref(), parts[0].method.as_str()), (None, "GET"));
        assert_eq!((parts[1].id.as_deref(), parts[1].method.as_str()), (Some("2"), "POST"));
        assert_eq!(parts[1].headers, [("a".to_owned(), "1".to_owned())]);
        assert!(matches!(&parts[1].body, Some(BatchBody::Json(text)) if text == r#"{"b":1.0}"#));
        assert_eq!(parts[1].depends_on, ["1"]);
        assert!(part(serde_json::from_str(r#"{"url":" "}"#).unwrap()).is_err());
    }
}
