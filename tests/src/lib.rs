//! House rules and whole-product tests.
