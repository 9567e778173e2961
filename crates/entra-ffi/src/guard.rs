use crate::status::{ENTRA_OK, ENTRA_PANIC};
use std::{
    panic::{AssertUnwindSafe, catch_unwind, set_hook},
    sync::Once,
};

/// Runs the body of a door: an error is its status, and so is a panic.
pub(crate) fn guarded(body: impl FnOnce() -> Result<(), i32>) -> i32 {
    quiet();
    // What a panic could leave half done is behind locks that are taken over whole.
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => ENTRA_OK,
        Ok(Err(status)) => status,
        Err(_) => ENTRA_PANIC,
    }
}

/// The default hook prints to the host's stderr, in the middle of somebody's prompt. Only the library's own panics come
/// here: a cdylib has its own copy of the standard library.
fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if !cfg!(test) {
            set_hook(Box::new(|_| {}));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_status() {
        assert_eq!(guarded(|| panic!("inside")), ENTRA_PANIC);
        assert_eq!(guarded(|| Err(5)), 5);
        assert_eq!(guarded(|| Ok(())), ENTRA_OK);
    }
}
