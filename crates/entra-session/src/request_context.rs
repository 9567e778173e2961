use crate::{Bag, Failure, failure};

/// Limits of requests, for the process.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RequestContext {
    /// One request, seconds; a connect may set fractions.
    pub(crate) client_timeout: f64,
    pub(crate) retry_delay: i32,
    pub(crate) max_retry: i32,
    pub(crate) retries_time_limit: i32,
}

impl Default for RequestContext {
    fn default() -> Self {
        Self { client_timeout: 300.0, retry_delay: 3, max_retry: 3, retries_time_limit: 0 }
    }
}

impl RequestContext {
    /// Takes over what is given.
    pub(crate) fn set(&mut self, input: &Bag) -> Result<(), Failure> {
        let number = |name: &'static str| {
            input.get(name).map(|text| text.parse::<i32>().map_err(|_| failure::number(name, text))).transpose()
        };
        let (delay, retries) = (number("RetryDelay")?, number("MaxRetry")?);
        let (limit, timeout) = (number("RetriesTimeLimit")?, number("ClientTimeout")?);
        self.retry_delay = delay.unwrap_or(self.retry_delay);
        self.max_retry = retries.unwrap_or(self.max_retry);
        self.retries_time_limit = limit.unwrap_or(self.retries_time_limit);
        self.client_timeout = timeout.map_or(self.client_timeout, f64::from);
        Ok(())
    }

    pub(crate) fn fields(&self) -> Bag {
        Bag::default()
            .with("ClientTimeout", self.client_timeout.to_string())
            .with("RetryDelay", self.retry_delay.to_string())
            .with("MaxRetry", self.max_retry.to_string())
            .with("RetriesTimeLimit", self.retries_time_limit.to_string())
    }
}
