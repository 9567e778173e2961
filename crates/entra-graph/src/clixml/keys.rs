use super::text::escape;
use crate::json::Text;
use std::{collections::HashMap, sync::Arc};

/// A key as it is written, and what it is equal to.
pub(super) struct Key {
    pub(super) name: String,
    pub(super) xml: String,
    /// The same for keys that differ in case alone.
    pub(super) folded: u32,
}

/// Keys come again and again: each is escaped and folded once.
#[derive(Default)]
pub(super) struct Keys {
    known: HashMap<Box<str>, Arc<Key>>,
    folded: HashMap<String, u32>,
}

impl Keys {
    pub(super) fn get(&mut self, text: Text<'_>) -> Arc<Key> {
        if let Some(key) = self.known.get(text.raw) {
            return key.clone();
        }
        let name = text.decoded().into_owned();
        let next = self.folded.len() as u32;
        let folded = *self.folded.entry(name.to_lowercase()).or_insert(next);
        let mut xml = String::new();
        escape(text, &mut xml);
        let key = Arc::new(Key { name, xml, folded });
        self.known.insert(text.raw.into(), key.clone());
        key
    }
}
