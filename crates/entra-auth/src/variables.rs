//! Variables of a session's environment, as the host handed them over.

use entra_net::Secret;
use std::collections::HashMap;

/// The variables that exist. One that is empty counts as not set.
#[derive(Clone, Debug, Default)]
pub struct Variables(HashMap<String, Secret>);

impl Variables {
    /// Takes them over.
    pub fn new(values: impl IntoIterator<Item = (String, Secret)>) -> Self {
        Self(values.into_iter().filter(|(_, value)| !value.is_empty()).collect())
    }

    /// The value, without blanks around it.
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name)?.expose_text()?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// The value as a secret, as it is.
    pub fn secret(&self, name: &str) -> Option<&Secret> {
        self.0.get(name)
    }

    /// Is it there?
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    #[cfg(test)]
    pub(crate) fn of(values: &[(&str, &str)]) -> Self {
        Self::new(values.iter().map(|(name, value)| ((*name).into(), Secret::from(*value))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_and_blank_are_not_set() {
        let variables = Variables::of(&[("A", ""), ("B", "  "), ("C", " c ")]);
        assert_eq!((variables.get("A"), variables.get("B"), variables.get("C")), (None, None, Some("c")));
        assert!(!variables.has("D"));
    }
}
