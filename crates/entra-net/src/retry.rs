use crate::{Client, Clock, Error, HeaderMap, Reply, Request, unix_seconds};
use std::time::Duration;

/// How often and how patiently a request is sent again.
#[derive(Clone, Copy, Debug)]
pub struct RetryRule {
    /// Further tries after the first.
    pub again: u32,
    /// Which statuses are worth another try.
    pub status: fn(u16) -> bool,
    /// Pause before the first further try; doubled for each later one.
    pub delay: Duration,
    /// All pauses together may not be longer than this; a longer `Retry-After` is not waited for.
    pub budget: Duration,
}

/// What came of a try that may be worth another.
#[derive(Clone, Copy, Debug)]
pub enum Came<'a> {
    /// A reply with this status, and the pause that its `Retry-After` asks for.
    Status(u16, Option<Duration>),
    /// No reply.
    Nothing(&'a Error),
}

/// Which outcomes are worth another try, and when.
pub trait Patience: Sync {
    /// The pause before further try number `attempt` (from 1); `None` to take the outcome as it is.
    fn pause(&self, attempt: u32, came: Came<'_>) -> Option<Duration>;
    /// All pauses together may not be longer than this.
    fn budget(&self) -> Duration;
}

impl Patience for RetryRule {
    fn pause(&self, attempt: u32, came: Came<'_>) -> Option<Duration> {
        let asked = match came {
            Came::Status(status, asked) => (self.status)(status).then_some(asked)?,
            Came::Nothing(error) => error.is_passing().then_some(None)?,
        };
        let own = self.delay * 2u32.saturating_pow(attempt - 1);
        (attempt <= self.again).then_some(asked.unwrap_or(own))
    }

    fn budget(&self) -> Duration {
        self.budget
    }
}

/// A pause before the next try, told so that nobody has to wonder what is going on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// How long.
    pub span: Duration,
    /// Which further try comes next, from 1.
    pub attempt: u32,
    /// The status or the failure that led to it.
    pub because: String,
}

/// Sends, and sends again as `rule` allows. `told` hears of each pause before it begins.
pub async fn send_again(
    client: &Client,
    clock: &dyn Clock,
    rule: &dyn Patience,
    request: &Request,
    told: &mut (dyn FnMut(Waiting) + Send),
) -> Result<Reply, Error> {
    let (mut left, mut attempt) = (rule.budget(), 0);
    loop {
        attempt += 1;
        let outcome = client.send(request.clone()).await;
        let came = match &outcome {
            Ok(reply) => Came::Status(reply.status, retry_after(&reply.headers, clock)),
            Err(error) => Came::Nothing(error),
        };
        let Some(span) = rule.pause(attempt, came).filter(|span| *span <= left) else {
            return outcome;
        };
        let because = match &outcome {
            Ok(reply) => reply.status.to_string(),
            Err(error) => error.to_string(),
        };
        left -= span;
        told(Waiting { span, attempt, because });
        clock.sleep(span).await;
    }
}

/// The pause that `Retry-After` asks for: seconds, seconds with decimals (Graph sends them), or an HTTP date
/// (RFC 9110, section 10.2.3). A date in the past is no pause.
pub fn retry_after(headers: &HeaderMap, clock: &dyn Clock) -> Option<Duration> {
    let text = headers.get("retry-after")?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let at = unix_seconds(httpdate::parse_http_date(text).ok()?);
    Some(Duration::from_secs(at.saturating_sub(unix_seconds(clock.now()))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SteppedClock;

    fn asked(value: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", value.parse().unwrap());
        // 2015-10-21 07:28:00 UTC
        retry_after(&headers, &SteppedClock::at(1_445_412_480))
    }

    #[test]
    fn seconds_decimals_and_dates_are_understood() {
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked(" 1.5 "), Some(Duration::from_millis(1500)));
        assert_eq!(asked("Wed, 21 Oct 2015 07:28:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(asked("Wed, 21 Oct 2015 07:00:00 GMT"), Some(Duration::ZERO));
    }

    #[test]
    fn nonsense_is_no_pause() {
        for value in ["soon", "-3", "NaN", "inf", ""] {
            assert_eq!(asked(value), None, "{value}");
        }
    }
}
