use super::IdentityError;
use crate::TokenReply;
use entra_net::{Clock, Reply, Secret, unix_seconds};
use serde_json::{Map, Value};
use time::{
    OffsetDateTime, PrimitiveDateTime, format_description::BorrowedFormatItem, format_description::well_known::Iso8601,
    macros::format_description,
};

/// An `expires_on` below this (1 January 2001) is a lifetime, as MSAL has it.
const EPOCH_LIMIT: u64 = 978_307_200;
/// Tokens that live at least this long, in seconds, are renewed at half of it.
const LONG_LIFE: u64 = 7200;

/// What old App Service hosts write, on Linux and on Windows.
const AMERICAN: [&[BorrowedFormatItem<'_>]; 2] = [
    format_description!("[month padding:none]/[day padding:none]/[year] [hour padding:none]:[minute]:[second] +00:00"),
    format_description!(
        "[month padding:none]/[day padding:none]/[year] [hour padding:none repr:12]:[minute]:[second] [period] +00:00"
    ),
];

/// Takes an identity endpoint's reply apart. Names of fields count in any spelling.
pub(super) fn read(
    reply: &Reply,
    platform: &'static str,
    host: &str,
    clock: &dyn Clock,
) -> Result<TokenReply, IdentityError> {
    let fields = Fields::of(reply);
    if !reply.is_success() {
        return Err(refusal(&fields, reply, platform, host));
    }
    let odd =
        |what: &str| IdentityError::Reply { platform, host: host.into(), status: reply.status, what: what.into() };
    let Some(fields) = fields else { return Err(odd(&content_type(reply))) };
    let access_token = fields.text("access_token").ok_or_else(|| odd("no access_token in it"))?;
    let now = unix_seconds(clock.now());
    let expires_in = fields.lifetime(now).filter(|left| *left > 0).ok_or_else(|| odd("no usable expires_on in it"))?;
    let refresh_in = (expires_in >= LONG_LIFE).then_some(expires_in / 2);
    Ok(TokenReply { access_token: Secret::from(access_token), expires_in, refresh_in, ..TokenReply::default() })
}

fn content_type(reply: &Reply) -> String {
    reply.header("content-type").unwrap_or("no content type").to_owned()
}

fn refusal(fields: &Option<Fields>, reply: &Reply, platform: &'static str, host: &str) -> IdentityError {
    let Some(fields) = fields else {
        return IdentityError::Reply { platform, host: host.into(), status: reply.status, what: content_type(reply) };
    };
    let Refusal { code, text, correlation_id } = fields.refusal();
    IdentityError::Refused { platform, host: host.into(), status: reply.status, code, text, correlation_id }
}

/// A JSON object whose names are in lower case.
struct Fields(Map<String, Value>);

struct Refusal {
    code: String,
    text: String,
    correlation_id: String,
}

impl Fields {
    fn of(reply: &Reply) -> Option<Self> {
        let value: Value = serde_json::from_slice(&reply.body).ok()?;
        Self::lowered(&value)
    }

    fn lowered(value: &Value) -> Option<Self> {
        let lower = |(name, value): (&String, &Value)| (name.to_ascii_lowercase(), value.clone());
        Some(Self(value.as_object()?.iter().map(lower).collect()))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// Seconds that the token has left; `expires_on` comes before `expires_in`, which hosts that keep tokens count from
    /// the token's issue.
    fn lifetime(&self, now: u64) -> Option<u64> {
        let on = self.0.get("expires_on").map(|value| left(value, now));
        on.or_else(|| self.0.get("expires_in").map(crate::reply::number)).flatten()
    }

    /// All shapes that are seen: OAuth's, App Service's, and an object `error`.
    fn refusal(&self) -> Refusal {
        let inner = self.0.get("error").and_then(Self::lowered);
        let pick = |names: &[&str]| {
            let of = |fields: &Self| names.iter().find_map(|name| fields.text(name)).map(str::to_owned);
            inner.as_ref().and_then(of).or_else(|| of(self)).unwrap_or_default()
        };
        Refusal {
            code: pick(&["code", "error"]),
            text: pick(&["message", "error_description"]),
            correlation_id: pick(&["correlationid", "correlation_id"]),
        }
    }
}

fn left(value: &Value, now: u64) -> Option<u64> {
    match crate::reply::number(value) {
        Some(lifetime) if lifetime < EPOCH_LIMIT => Some(lifetime),
        Some(epoch) => Some(epoch.saturating_sub(now)),
        None => date(value.as_str()?.trim()).map(|epoch| epoch.saturating_sub(now)),
    }
}

fn date(text: &str) -> Option<u64> {
    let seconds = OffsetDateTime::parse(text, &Iso8601::DEFAULT)
        .or_else(|_| PrimitiveDateTime::parse(text, &Iso8601::DEFAULT).map(PrimitiveDateTime::assume_utc))
        .map(OffsetDateTime::unix_timestamp);
    let american = || {
        let parsed = AMERICAN.iter().find_map(|format| PrimitiveDateTime::parse(text, format).ok())?;
        Some(parsed.assume_utc().unix_timestamp())
    };
    u64::try_from(seconds.ok().or_else(american)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use entra_net::{HeaderMap, SteppedClock};

    /// 2026-01-01 00:00:00 UTC
    const NOW: u64 = 1_767_225_600;

    fn answer(status: u16, body: &str) -> Result<TokenReply, IdentityError> {
        let reply = Reply { status, headers: HeaderMap::new(), body: body.to_owned().into() };
        read(&reply, "a host", "127.0.0.1", &SteppedClock::at(NOW))
    }

    fn lifetime(expiry: &str) -> Option<u64> {
        answer(200, &format!(r#"{{"Access_Token":"fake",{expiry}}}"#)).ok().map(|reply| reply.expires_in)
    }

    #[test]
    fn every_form_of_expiry_is_understood() {
        for (text, expected) in [
            (r#""expires_on":"1767229200""#, 3600),
            (r#""expires_on":1767229200"#, 3600),
            (r#""Expires_On":"3599""#, 3599),
            (r#""expires_on":"2026-01-01T01:00:00Z""#, 3600),
            (r#""expires_on":"2026-01-01T02:00:00.1234567+01:00""#, 3600),
            (r#""expires_on":"2026-01-01T01:00:00""#, 3600),
            (r#""expires_on":"01/01/2026 01:00:00 +00:00""#, 3600),
            (r#""expires_on":"1/1/2026 1:00:00 PM +00:00""#, 13 * 3600),
            (r#""expires_in":"86399""#, 86399),
            (r#""expires_in":86399"#, 86399),
            (r#""expires_on":"1767229200","expires_in":"5""#, 3600),
        ] {
            assert_eq!(lifetime(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_has_ended_or_says_nothing_is_no_token() {
        for text in [r#""expires_on":"soon""#, r#""expires_on":1767225600"#, r#""expires_in":0"#, r#""x":1"#] {
            assert_eq!(lifetime(text), None, "{text}");
        }
        assert!(matches!(answer(200, "{}"), Err(IdentityError::Reply { .. })));
        assert!(matches!(answer(200, "<html>"), Err(IdentityError::Reply { .. })));
    }

    #[test]
    fn long_lived_tokens_are_renewed_at_half_their_life() {
        let refresh = |seconds: u64| {
            let body = format!(r#"{{"access_token":"fake","expires_in":{seconds}}}"#);
            answer(200, &body).ok().and_then(|reply| reply.refresh_in)
        };
        assert_eq!((refresh(7199), refresh(7200), refresh(86400)), (None, Some(3600), Some(43200)));
    }

    #[test]
    fn all_shapes_of_refusals_are_read() {
        for (body, expected) in [
            (r#"{"error":"invalid_request","error_description":"d"}"#, ("invalid_request", "d", "")),
            (r#"{"statusCode":500,"message":"m","correlationId":"c"}"#, ("", "m", "c")),
            (r#"{"error":{"code":"x","message":"m","correlationId":"c"}}"#, ("x", "m", "c")),
            (r#"{"Error":{"Code":"x","Message":"m"}}"#, ("x", "m", "")),
        ] {
            let Err(IdentityError::Refused { code, text, correlation_id, .. }) = answer(400, body) else {
                panic!("{body}")
            };
            assert_eq!((code.as_str(), text.as_str(), correlation_id.as_str()), expected, "{body}");
        }
        assert!(matches!(answer(502, "<html>"), Err(IdentityError::Reply { status: 502, .. })));
    }
}
