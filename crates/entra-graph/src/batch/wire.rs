use super::{BatchAnswer, BatchBody, BatchError, plan::Plan};
use crate::GraphError;
use base64::prelude::{BASE64_STANDARD, Engine};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};

#[derive(Serialize)]
struct Call<'a> {
    requests: Vec<Ask<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ask<'a> {
    id: &'a str,
    method: &'a str,
    url: &'a str,
    #[serde(skip_serializing_if = "Map::is_empty")]
    headers: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<&'a str>,
}

#[derive(Deserialize)]
struct Answers {
    responses: Vec<Answered>,
}

#[derive(Deserialize)]
struct Answered {
    id: Value,
    status: u16,
    #[serde(default)]
    headers: Option<Map<String, Value>>,
    #[serde(default)]
    body: Option<Box<RawValue>>,
}

/// The call for these parts, as JSON.
pub(super) fn call(plan: &Plan<'_>, chosen: &[usize]) -> Result<String, GraphError> {
    let requests = chosen.iter().map(|&at| ask(plan, at)).collect::<Result<_, _>>()?;
    let text = serde_json::to_string(&Call { requests });
    text.map_err(|error| GraphError::Reply(format!("The batch cannot be written: {error}")))
}

fn ask<'a>(plan: &'a Plan<'_>, at: usize) -> Result<Ask<'a>, BatchError> {
    let planned = plan.part(at);
    let part = planned.part;
    let body =
        part.body.as_ref().map(|body| raw(body).ok_or_else(|| BatchError::Body(planned.id.clone()))).transpose()?;
    let mut headers: Map<_, _> =
        part.headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    let has_type = headers.keys().any(|name| name.eq_ignore_ascii_case("content-type"));
    let kind = match part.body {
        Some(BatchBody::Json(_)) => Some("application/json"),
        Some(BatchBody::Bytes(_)) => Some("application/octet-stream"),
        None => None,
    };
    if let Some(kind) = kind.filter(|_| !has_type) {
        headers.insert("Content-Type".into(), kind.into());
    }
    Ok(Ask {
        id: &planned.id,
        method: part.method.as_str(),
        url: &planned.url,
        headers,
        body,
        depends_on: plan.open_dependencies(at),
    })
}

fn raw(body: &BatchBody) -> Option<Box<RawValue>> {
    match body {
        BatchBody::Json(text) => RawValue::from_string(text.clone()).ok(),
        BatchBody::Bytes(bytes) => serde_json::value::to_raw_value(&BASE64_STANDARD.encode(bytes)).ok(),
    }
}

/// What came back, in whatever order.
pub(super) fn answers(json: &str) -> Result<Vec<BatchAnswer>, GraphError> {
    let answers: Answers = serde_json::from_str(json)
        .map_err(|error| GraphError::Reply(format!("The answer to the batch cannot be read: {error}")))?;
    Ok(answers.responses.into_iter().map(answer).collect())
}

fn answer(answered: Answered) -> BatchAnswer {
    let headers = answered.headers.unwrap_or_default();
    BatchAnswer {
        id: text(answered.id),
        status: answered.status,
        headers: headers.into_iter().map(|(name, value)| (name, text(value))).collect(),
        body: answered.body.map(|body| body.get().to_owned()),
    }
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
