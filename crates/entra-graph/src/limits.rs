use std::time::Duration;

/// One pause is not longer than this, unless the service itself asks for more.
const LONGEST_PAUSE: Duration = Duration::from_secs(180);

/// Nobody waits a day for one answer, whatever the service asks.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// The request context: how patiently a connection asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Pause before the first further try where the service names none; doubled for each later one.
    pub retry_delay: Duration,
    /// Further tries after the first.
    pub max_retry: u32,
    /// All pauses of one request together; zero for no limit.
    pub retries_time_limit: Duration,
    /// Limit of one exchange; `None` for none.
    pub client_timeout: Option<Duration>,
}

impl Default for Limits {
    /// The original's.
    fn default() -> Self {
        Self {
            retry_delay: Duration::from_secs(3),
            max_retry: 3,
            retries_time_limit: Duration::ZERO,
            client_timeout: Some(Duration::from_secs(300)),
        }
    }
}

impl Limits {
    /// The pause before try `attempt` (from 1) where the service names none.
    pub(crate) fn pause(&self, attempt: u32) -> Duration {
        let doubled = 2u32.saturating_pow(attempt.saturating_sub(1));
        self.retry_delay.saturating_mul(doubled).min(LONGEST_PAUSE)
    }

    /// May a request that has waited this long wait for `pause` more?
    pub(crate) fn may_wait(&self, waited: Duration, pause: Duration) -> bool {
        pause <= self.left(waited).unwrap_or(LONGEST_WAIT)
    }

    /// What is left for pauses after `waited`; `None` for no limit.
    pub(crate) fn left(&self, waited: Duration) -> Option<Duration> {
        let limit = self.retries_time_limit;
        (!limit.is_zero()).then(|| limit.saturating_sub(waited))
    }
}

/// The statuses that are worth another try (429, 503, 504: the original's).
pub(crate) fn is_throttled(status: u16) -> bool {
    matches!(status, 429 | 503 | 504)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_three_minutes() {
        let limits = Limits::default();
        let seconds: Vec<_> = (1..9).map(|n| limits.pause(n).as_secs()).collect();
        assert_eq!(seconds, [3, 6, 12, 24, 48, 96, 180, 180]);
        assert_eq!(limits.pause(u32::MAX), LONGEST_PAUSE);
    }

    #[test]
    fn a_time_limit_of_zero_is_none() {
        let mut limits = Limits::default();
        assert_eq!(limits.left(Duration::from_secs(9)), None);
        limits.retries_time_limit = Duration::from_secs(10);
        assert_eq!(limits.left(Duration::from_secs(9)), Some(Duration::from_secs(1)));
        assert_eq!(limits.left(Duration::from_secs(11)), Some(Duration::ZERO));
        assert!(limits.may_wait(Duration::from_secs(9), Duration::from_secs(1)));
        assert!(!limits.may_wait(Duration::from_secs(9), Duration::from_secs(2)));
        assert!(!Limits::default().may_wait(Duration::ZERO, Duration::from_secs(1_000_000)));
    }
}
