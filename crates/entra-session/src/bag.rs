use std::fmt;

/// Named values, as they cross the C door: `Name=Value`, each ended by NUL, like an environment block.
///
/// A name may stand there several times; it is a list then. An absent name was not given; an empty value was.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Bag(Vec<(String, String)>);

/// Bytes that are no bag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadBag {
    /// Not UTF-8.
    Utf8,
    /// An entry without name, without `=`, or without the NUL at its end.
    Form,
}

impl Bag {
    /// Reads the form that crosses the door.
    pub fn read(bytes: &[u8]) -> Result<Self, BadBag> {
        let text = std::str::from_utf8(bytes).map_err(|_| BadBag::Utf8)?;
        if text.is_empty() {
            return Ok(Self::default());
        }
        let entries = text.strip_suffix('\0').ok_or(BadBag::Form)?.split('\0');
        let pairs = entries.map(|entry| match entry.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
            _ => Err(BadBag::Form),
        });
        pairs.collect::<Result<_, _>>().map(Self)
    }

    /// The form that crosses the door. A NUL inside a value would end it early and is left out.
    pub fn write(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (name, value) in &self.0 {
            bytes.extend_from_slice(name.as_bytes());
            bytes.push(b'=');
            bytes.extend(value.bytes().filter(|byte| *byte != 0));
            bytes.push(0);
        }
        bytes
    }

    /// The value; the last one where there are several.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rfind(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value, where it is more than blanks.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).map(str::trim).filter(|value| !value.is_empty())
    }

    /// All values of that name, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Is it there?
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Is it there and `true`? A switch.
    pub fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// All entries, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// All entries, taken over.
    pub(crate) fn into_pairs(self) -> impl Iterator<Item = (String, String)> {
        self.0.into_iter()
    }

    /// Adds a value.
    pub fn push(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    /// With one more value.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.push(name, value);
        self
    }

    /// With one more value, where there is one.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// With a list.
    #[must_use]
    pub fn with_all(mut self, name: &str, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        values.into_iter().for_each(|value| self.push(name, value));
        self
    }
}

// Names only: a value may be a person's.
impl fmt::Debug for Bag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let bag = Bag::default().with("A", "x=y\nz").with("B", "").with("A", "ä😀");
        let again = Bag::read(&bag.write());
        assert_eq!(again.as_ref().ok(), Some(&bag));
        assert_eq!(bag.all("A").collect::<Vec<_>>(), ["x=y\nz", "ä😀"]);
        assert_eq!((bag.get("A"), bag.get("B"), bag.filled("B"), bag.get("C")), (Some("ä😀"), Some(""), None, None));
    }

    #[test]
    fn broken_bags_are_refused() {
        assert_eq!(Bag::read(&[b'A', b'=', 0xff, 0]), Err(BadBag::Utf8));
        for bytes in ["A=1", "A\0", "=1\0", "A=1\0\0"] {
            assert_eq!(Bag::read(bytes.as_bytes()), Err(BadBag::Form), "{bytes:?}");
        }
        assert_eq!(Bag::read(b""), Ok(Bag::default()));
    }

    #[test]
    fn a_nul_cannot_smuggle_an_entry_in() {
        let bag = Bag::default().with("A", "1\0B=2");
        let read = Bag::read(&bag.write()).unwrap();
        assert_eq!((read.get("A"), read.get("B")), (Some("1B=2"), None));
    }
}
