//! A small world to sign in to.
