//! MSAL's "unified schema", the JSON that Microsoft's libraries keep sign-ins in.
//!
//! Pure functions over text. What is not known here (sections, items, fields of items) stays as it is, since other
//! libraries may share the cache.

mod clouds;
mod item;
mod people;
#[cfg(test)]
mod tests;

use item::Item;
use serde_json::{Map, Value};
use std::{fmt, io};
use zeroize::Zeroizing;

const ACCESS: &str = "AccessToken";
const REFRESH: &str = "RefreshToken";
const ID: &str = "IdToken";
const ACCOUNT: &str = "Account";
const APP: &str = "AppMetadata";

/// A cache of sign-ins. Its texts are wiped when it is dropped.
#[derive(Default)]
pub struct Unified(Map<String, Value>);

/// Why bytes are no cache; a clause without anything of their content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoCache(String);

impl fmt::Display for NoCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Unified {
    /// Reads what a library of the family has written. Nothing at all is an empty cache.
    ///
    /// # Errors
    /// Where it is no JSON object, or where one of the sections is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoCache> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::default());
        }
        let value = serde_json::from_slice(bytes);
        // The wrapper wipes also what is refused.
        let mut value = Wiped(value.map_err(|error| NoCache(format!("it is no JSON: {error}")))?);
        let Value::Object(root) = &mut value.0 else {
            return Err(NoCache("it is no JSON object".into()));
        };
        let known = [ACCESS, REFRESH, ID, ACCOUNT, APP];
        match known.into_iter().find(|name| root.get(*name).is_some_and(|section| !section.is_object())) {
            Some(name) => Err(NoCache(format!("its section {name} is no JSON object"))),
            None => Ok(Self(std::mem::take(root))),
        }
    }

    /// The same as JSON without blanks.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut length = Length(0);
        // Neither a count nor memory refuses bytes, and maps of text always serialize.
        let _ = serde_json::to_writer(&mut length, &self.0);
        // All at once: a vector that grows leaves readable copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(length.0));
        let _ = serde_json::to_writer(&mut *bytes, &self.0);
        bytes
    }

    fn items(&self, section: &str) -> impl Iterator<Item = &Item> {
        let items = self.0.get(section).and_then(Value::as_object);
        items.into_iter().flat_map(|items| items.values()).filter_map(Value::as_object)
    }

    /// Takes out the items of a section that are meant; the first of them is given back.
    fn take(&mut self, section: &str, meant: impl Fn(&Item) -> bool) -> Option<Item> {
        let items = self.0.get_mut(section)?.as_object_mut()?;
        let is_meant = |(key, item): (&String, &Value)| item.as_object().is_some_and(&meant).then(|| key.clone());
        let keys: Vec<_> = items.iter().filter_map(is_meant).collect();
        let mut first = None;
        for taken in keys.iter().filter_map(|key| items.remove(key)) {
            match taken {
                Value::Object(item) if first.is_none() => first = Some(item),
                mut other => item::wipe(&mut other),
            }
        }
        first
    }

    fn put(&mut self, section: &str, key: String, item: Item) {
        let section = self.0.entry(section).or_insert_with(|| Value::Object(Map::new()));
        if let Some(items) = section.as_object_mut() {
            items.insert(key, Value::Object(item));
        }
    }

    /// Puts `new` in the place of the items that are meant; fields that it does not have stay as they were.
    fn replace(&mut self, section: &str, key: String, new: Item, meant: impl Fn(&Item) -> bool) {
        let mut item = self.take(section, meant).unwrap_or_default();
        item.get_mut("secret").into_iter().for_each(item::wipe);
        item.extend(new);
        self.put(section, key, item);
    }
}

impl Drop for Unified {
    fn drop(&mut self) {
        self.0.values_mut().for_each(item::wipe);
    }
}

// By hand, since there are tokens in it.
impl fmt::Debug for Unified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unified")
    }
}

struct Wiped(Value);

impl Drop for Wiped {
    fn drop(&mut self) {
        item::wipe(&mut self.0);
    }
}

/// Counts what is written.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
