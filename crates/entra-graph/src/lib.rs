//! A request with a bearer.
