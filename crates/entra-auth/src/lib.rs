//! Who am I, and a token to prove it.
