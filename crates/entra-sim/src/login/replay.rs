//! Assertions that were used: each `jti` counts once.

use crate::world::lock;
use std::collections::HashSet;
use std::sync::Mutex;

#[derive(Default)]
pub(crate) struct Replay {
    used: Mutex<HashSet<String>>,
}

impl Replay {
    /// Whether this is the first time.
    pub(crate) fn first(&self, jti: &str) -> bool {
        lock(&self.used).insert(jti.to_owned())
    }
}
