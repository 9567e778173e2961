use std::{
    future::Future,
    pin::Pin,
    sync::Mutex,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A pause that a clock gives.
pub type Wait<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Where time comes from. Nothing else in the product asks the system for it, so that a test can live thirty hours in
/// a second.
pub trait Clock: Send + Sync {
    /// The time of day.
    fn now(&self) -> SystemTime;
    /// Ends after `span`.
    fn sleep(&self, span: Duration) -> Wait<'_>;
}

/// Seconds since 1970-01-01 UTC; 0 for a clock that stands before it.
pub fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |span| span.as_secs())
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, span: Duration) -> Wait<'_> {
        Box::pin(tokio::time::sleep(span))
    }
}

/// A clock that moves only when told, and whose pauses move it.
#[derive(Debug)]
pub struct SteppedClock(Mutex<SystemTime>);

impl SteppedClock {
    /// Stands at `seconds` since 1970.
    pub fn at(seconds: u64) -> Self {
        Self(Mutex::new(UNIX_EPOCH + Duration::from_secs(seconds)))
    }

    /// Moves on by `span`.
    pub fn step(&self, span: Duration) {
        let mut now = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        *now += span;
    }
}

impl Clock for SteppedClock {
    fn now(&self) -> SystemTime {
        *self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn sleep(&self, span: Duration) -> Wait<'_> {
        self.step(span);
        Box::pin(tokio::task::yield_now())
    }
}
