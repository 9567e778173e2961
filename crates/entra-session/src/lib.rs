//! What the commands mean.
