//! The world's clock: the system's, moved by as many seconds as a test likes.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use time::OffsetDateTime;
use time::macros::format_description;

#[derive(Default)]
pub(crate) struct Clock {
    offset: AtomicI64,
}

impl Clock {
    pub(crate) fn new(offset: i64) -> Self {
        Self { offset: AtomicI64::new(offset) }
    }

    /// Seconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        let real = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs() as i64);
        real + self.offset.load(Ordering::Relaxed)
    }

    pub(crate) fn offset(&self) -> i64 {
        self.offset.load(Ordering::Relaxed)
    }

    pub(crate) fn set_offset(&self, seconds: i64) {
        self.offset.store(seconds, Ordering::Relaxed);
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.offset.fetch_add(seconds, Ordering::Relaxed);
    }
}

/// `2026-11-25 17:13:38Z`, the form of Entra's error bodies.
pub(crate) fn stamp(seconds: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z")).unwrap_or_default()
}

/// `2026-11-25T17:13:38Z`, the form of Graph.
pub(crate) fn iso(seconds: i64) -> String {
    stamp(seconds).replace(' ', "T")
}

/// `11/25/2026 17:13:38`, the form inside assertion errors.
pub(crate) fn american(seconds: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(format_description!("[month]/[day]/[year] [hour]:[minute]:[second]")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_one_moment() {
        assert_eq!(stamp(1_795_626_818), "2026-11-25 17:13:38Z");
        assert_eq!(iso(1_795_626_818), "2026-11-25T17:13:38Z");
        assert_eq!(american(1_795_626_818), "11/25/2026 17:13:38");
    }

    #[test]
    fn the_offset_moves_it() {
        let clock = Clock::new(0);
        let before = clock.now();
        clock.set_offset(3600);
        clock.advance(-600);
        assert!((clock.now() - before - 3000).abs() < 5);
    }
}
