use crate::{Bag, Event, Failure, Kind, failure};
use entra_graph::{ClixmlWriter, ContentKind, Form, GraphReply, Head, clixml};

/// What the caller wants to have made of an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Objects(Form),
    Json,
    Message,
}

impl Wanted {
    pub(super) fn of(input: &Bag) -> Result<Self, Failure> {
        match input.get("OutputType").unwrap_or("HashTable") {
            "HashTable" => Ok(Self::Objects(Form::HashTable)),
            "PSObject" => Ok(Self::Objects(Form::PsObject)),
            "Json" => Ok(Self::Json),
            "HttpResponseMessage" => Ok(Self::Message),
            other => Err(failure::bad_call(&format!("output type {other}"))),
        }
    }
}

/// The answer in the form that is wanted.
pub(super) fn event(reply: &GraphReply, input: &Bag) -> Result<Event, Failure> {
    let wanted = Wanted::of(input)?;
    let (content, body) = match wanted {
        Wanted::Message => ("Bytes", reply.body.to_vec()),
        Wanted::Json if reply.body.is_empty() => ("Text", Vec::new()),
        _ if reply.body.is_empty() => ("None", Vec::new()),
        Wanted::Objects(form) if reply.head.kind() == ContentKind::Json => {
            let xml = clixml(&reply.text(), form).map_err(|error| failure::clixml(&error))?;
            ("Clixml", xml.into_bytes())
        }
        _ if matches!(reply.head.kind(), ContentKind::Json | ContentKind::Text) => ("Text", text(reply)),
        _ => return Err(failure::content_type(&reply.head)),
    };
    let fields = if wanted == Wanted::Message || input.flag("WantHeaders") {
        message(Bag::default(), &reply.head)
    } else {
        Bag::default()
    };
    Ok(result(fields, &reply.head, content, body))
}

pub(super) fn result(fields: Bag, head: &Head, content: &str, body: Vec<u8>) -> Event {
    let fields = fields
        .with("StatusCode", head.status.to_string())
        .with("Content", content)
        .with("Length", body.len().to_string());
    Event { kind: Kind::Result, fields, body }
}

/// The text, decoded.
fn text(reply: &GraphReply) -> Vec<u8> {
    reply.text().into_owned().into_bytes()
}

/// What a message object is made of beside its body: HeaderName and HeaderValue are columns of equal length.
pub(crate) fn message(bag: Bag, head: &Head) -> Bag {
    let bag = bag
        .with("Version", head.version.trim_start_matches("HTTP/"))
        .with("Reason", head.reason())
        .with("RequestMethod", head.method.as_str())
        .with("RequestUri", head.url.as_str());
    head.headers.iter().fold(bag, |bag, (name, value)| {
        bag.with("HeaderName", name.as_str()).with("HeaderValue", String::from_utf8_lossy(value.as_bytes()))
    })
}

/// Several documents in one: what their objects are made of.
pub(super) fn objects<'a>(items: impl Iterator<Item = &'a str>, form: Form) -> Result<Vec<u8>, Failure> {
    let mut writer = ClixmlWriter::new(form);
    for item in items {
        writer.write(item).map_err(|error| failure::clixml(&error))?;
    }
    Ok(writer.finish().into_bytes())
}
