use std::fmt;
use zeroize::Zeroizing;

/// Bytes that must not be seen: a client secret, a token, a password.
///
/// They are wiped when dropped and have no `Display`; `Debug` shows only that something is there.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes over; no copy is made.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// From UTF-16 code units, as a .NET `SecureString` holds them. `None` where a surrogate stands alone.
    pub fn from_utf16(units: &[u16]) -> Option<Self> {
        // Three bytes hold any unit, so the buffer never moves and leaves no copy behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(units.len() * 3));
        for unit in char::decode_utf16(units.iter().copied()) {
            let mut buffer = Zeroizing::new([0u8; 4]);
            bytes.extend_from_slice(unit.ok()?.encode_utf8(&mut *buffer).as_bytes());
        }
        Some(Self(bytes))
    }

    /// The bytes, for the one place that needs them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The same as text; `None` where it is not UTF-8.
    pub fn expose_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Nothing in it?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Length in UTF-16 code units, which is what a `SecureString` reports; bytes where it is not text.
    pub fn utf16_len(&self) -> usize {
        self.expose_text().map_or(self.0.len(), |text| text.encode_utf16().count())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text.into_bytes())
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes().to_vec())
    }
}

impl AsRef<[u8]> for Secret {
    fn as_ref(&self) -> &[u8] {
        self.expose()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_it() {
        assert_eq!(format!("{:?}", Secret::from("fake-secret")), "Secret");
    }

    #[test]
    fn utf16_with_a_surrogate_pair_becomes_utf8() {
        let units: Vec<u16> = "pä€😀".encode_utf16().collect();
        let secret = Secret::from_utf16(&units);
        assert_eq!(secret.as_ref().and_then(Secret::expose_text), Some("pä€😀"));
        assert_eq!(secret.map(|s| s.utf16_len()), Some(units.len()));
    }

    #[test]
    fn a_lone_surrogate_is_refused() {
        assert_eq!(Secret::from_utf16(&[0x41, 0xd800]), None);
    }
}
