//! One request out, one reply in, in time.
