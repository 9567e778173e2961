use crate::{Bag, Failure, failure, process};
use std::sync::PoisonError;

/// The limits of requests: shown, or changed and shown.
pub(super) fn run(input: &Bag) -> Result<Bag, Failure> {
    let mut limits = process::get().request_context.lock().unwrap_or_else(PoisonError::into_inner);
    match input.get("Action") {
        Some("GetRequestContext") => {}
        Some("SetRequestContext") => {
            let mut changed = *limits;
            changed.set(input)?;
            *limits = changed;
        }
        other => return Err(failure::bad_call(&format!("settings action {other:?}"))),
    }
    Ok(limits.fields())
}
