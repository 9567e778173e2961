//! Keeps a small blob for this user.
