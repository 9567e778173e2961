//! The registry, given back as it was found.

use std::fs::File;
use windows_registry::{CURRENT_USER, Key, LOCAL_MACHINE, Type, Value};

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

/// Where a key is.
#[derive(Clone, Copy)]
pub(crate) enum Root {
    User,
    Machine,
}

/// Values of one key, until it is dropped.
pub(crate) struct Values {
    place: (Root, &'static str),
    /// Type and content, where there was any.
    before: Vec<(&'static str, Option<(Type, Vec<u8>)>)>,
    _alone: File,
}

impl Values {
    pub(crate) fn of(root: Root, path: &'static str) -> Self {
        let _alone = alone();
        Self { place: (root, path), before: Vec::new(), _alone }
    }

    pub(crate) fn set(&mut self, name: &'static str, value: Value) {
        if !self.before.iter().any(|(known, _)| *known == name) {
            let before = self.key().get_value(name).ok();
            self.before.push((name, before.map(|value| (value.ty(), value.to_vec()))));
        }
        self.key().set_value(name, &value).unwrap();
    }

    fn key(&self) -> Key {
        let root = match self.place.0 {
            Root::User => CURRENT_USER,
            Root::Machine => LOCAL_MACHINE,
        };
        root.create(self.place.1).unwrap()
    }
}

impl Drop for Values {
    fn drop(&mut self) {
        let key = self.key();
        for (name, value) in self.before.drain(..) {
            let _ = match value {
                Some((kind, bytes)) => key.set_bytes(name, kind, &bytes),
                None => key.remove_value(name),
            };
        }
    }
}

/// A program that opens https addresses, until it is dropped. `None` on Windows, which keeps the choice of a browser
/// under a seal (`UserChoice`); Wine asks the classes of the machine.
pub(crate) fn browser(command: &str) -> Option<Values> {
    if !is_wine() {
        return None;
    }
    let mut values = Values::of(Root::Machine, r"Software\Classes\https\shell\open\command");
    values.set("", Value::from(command));
    Some(values)
}
