use crate::status::{ENTRA_OK, ENTRA_PANIC};
use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook},
    sync::Once,
    thread,
};

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Runs the body of a door: an error is its status, and so is a panic.
pub(crate) fn guarded(body: impl FnOnce() -> Result<(), i32>) -> i32 {
    quiet();
    let outside = INSIDE.replace(true);
    // What a panic could leave half done is behind locks that are taken over whole.
    let outcome = catch_unwind(AssertUnwindSafe(body));
    INSIDE.set(outside);
    match outcome {
        Ok(Ok(())) => ENTRA_OK,
        Ok(Err(status)) => status,
        Err(_) => ENTRA_PANIC,
    }
}

/// A panic that becomes a status prints nothing: the default hook would write to the host's stderr, in the middle of
/// somebody's prompt. Others, of a Rust program that this library is a part of, go where they went before.
fn quiet() {
    static ONCE: Once = Once::new();
    // A hook cannot be set meanwhile: the attempt would end the process.
    if thread::panicking() {
        return;
    }
    ONCE.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if !is_ours() {
                before(panic);
            }
        }));
    });
}

fn is_ours() -> bool {
    INSIDE.get() || thread::current().name() == Some(entra_session::THREAD)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_panic_is_a_status() {
        assert_eq!(guarded(|| panic!("inside")), ENTRA_PANIC);
        assert_eq!(guarded(|| Err(5)), 5);
        assert_eq!(guarded(|| Ok(())), ENTRA_OK);
    }

    #[test]
    fn panics_of_each_kind() {
        assert_eq!(guarded(guarded_twice), ENTRA_PANIC);
        let own = thread::Builder::new().name(entra_session::THREAD.into()).spawn(|| panic!("on the library's thread"));
        assert!(own.unwrap().join().is_err());
        assert!(catch_unwind(|| panic!("of the program")).is_err());
    }

    fn guarded_twice() -> Result<(), i32> {
        assert_eq!(guarded(|| panic!("in an inner door")), ENTRA_PANIC);
        panic!("in a door")
    }

    #[test]
    fn only_those_of_the_library_say_nothing() {
        let mut program = Command::new(std::env::current_exe().unwrap());
        let run = program.args(["--exact", "guard::tests::panics_of_each_kind", "--nocapture"]).output().unwrap();
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success() && said.contains("of the program"), "{said}");
        for quiet in ["in an inner door", "in a door", "on the library's thread"] {
            assert!(!said.contains(quiet), "{said}");
        }
    }
}
