//! This user's registry, given back as it was found.

use std::fs::File;
use windows_registry::{CURRENT_USER, Key, Value};

/// Only one test at a time changes what all programs of the user see.
fn alone() -> File {
    let lock = File::create(std::env::temp_dir().join("connect-entra-tests.lock")).unwrap();
    lock.lock().unwrap();
    lock
}

/// Is this Wine?
pub(crate) fn is_wine() -> bool {
    CURRENT_USER.open(r"Software\Wine").is_ok()
}

/// Values of one key, until it is dropped.
pub(crate) struct Values {
    key: Key,
    before: Vec<(&'static str, Option<Value>)>,
    _alone: File,
}

impl Values {
    pub(crate) fn of(path: &str) -> Self {
        let _alone = alone();
        Self { key: CURRENT_USER.create(path).unwrap(), before: Vec::new(), _alone }
    }

    pub(crate) fn set(&mut self, name: &'static str, value: Value) {
        if !self.before.iter().any(|(known, _)| *known == name) {
            self.before.push((name, self.key.get_value(name).ok()));
        }
        self.key.set_value(name, &value).unwrap();
    }
}

impl Drop for Values {
    fn drop(&mut self) {
        for (name, value) in self.before.drain(..) {
            let _ = match value {
                Some(value) => self.key.set_value(name, &value),
                None => self.key.remove_value(name),
            };
        }
    }
}

/// A program that opens the addresses of some schemes, until it is dropped.
pub(crate) struct Handler {
    schemes: Vec<&'static str>,
    _alone: File,
}

impl Handler {
    /// `None` where the user has a handler already, which is not ours to change.
    pub(crate) fn register(schemes: &[&'static str], command: &str) -> Option<Self> {
        let mut handler = Self { schemes: Vec::new(), _alone: alone() };
        for &scheme in schemes {
            let chosen = format!(r"Software\Microsoft\Windows\Shell\Associations\UrlAssociations\{scheme}\UserChoice");
            if CURRENT_USER.open(chosen).is_ok() || CURRENT_USER.open(class(scheme)).is_ok() {
                return None;
            }
            handler.schemes.push(scheme);
            let key = CURRENT_USER.create(class(scheme)).unwrap();
            key.set_string("URL Protocol", "").unwrap();
            key.create(r"shell\open\command").unwrap().set_string("", command).unwrap();
        }
        Some(handler)
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        for scheme in &self.schemes {
            let _ = CURRENT_USER.remove_tree(class(scheme));
        }
    }
}

fn class(scheme: &str) -> String {
    format!(r"Software\Classes\{scheme}")
}
