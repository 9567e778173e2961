use crate::{
    guard::guarded,
    handles, pointer,
    status::{
        self, ENTRA_BAD_BAG, ENTRA_BAD_UTF8, ENTRA_BUFFER_TOO_SMALL, ENTRA_CANCELLED, ENTRA_END, ENTRA_PANIC,
        ENTRA_TIMEOUT, ENTRA_UNAVAILABLE, ENTRA_WRONG_ORDER,
    },
};
use entra_session::{BadBag, Bag, Command, Next, Operation, WrongOrder};
use std::{ffi::c_void, time::Duration};

/// Grows with every change that a host could notice.
const ABI_VERSION: u32 = 2;

/// The version of this door. A host compares it with the one it was made for before it calls anything else.
#[unsafe(no_mangle)]
pub extern "C" fn entra_abi_version() -> u32 {
    ABI_VERSION
}

/// What a status means, in a sentence.
///
/// # Safety
/// `buf` has `cap` bytes, `len` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entra_status_text(status: i32, buf: *mut u8, cap: u64, len: *mut u64) -> i32 {
    // SAFETY: the caller's promises are passed on.
    guarded(|| unsafe { pointer::copy_out(status::text(status).as_bytes(), buf, cap, len) })
}

unsafe fn read_bag(bag: *const u8, len: u64) -> Result<Bag, i32> {
    // SAFETY: the caller's promise is passed on.
    let bytes = unsafe { pointer::bytes(bag, len) }?;
    Bag::read(bytes).map_err(|bad| if bad == BadBag::Utf8 { ENTRA_BAD_UTF8 } else { ENTRA_BAD_BAG })
}

unsafe fn begin(command: Command, bag: *const u8, len: u64, op: *mut u64) -> i32 {
    guarded(|| {
        let op = pointer::output(op)?;
        // SAFETY: the caller's promise is passed on.
        let bag = unsafe { read_bag(bag, len) }?;
        let handle = handles::hold(Operation::begin(command, bag));
        // SAFETY: checked above, and writable by the caller's promise.
        unsafe { pointer::write(op, handle) };
        Ok(())
    })
}

/// Begins to sign in. In: ParameterSet and each parameter under its own name; Unnamed (the Connection without a name that
/// this one takes the place of); secrets by entra_op_secret. The result is the context.
///
/// # Safety
/// `bag` has `len` bytes, `op` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entra_connect_begin(bag: *const u8, len: u64, op: *mut u64) -> i32 {
    // SAFETY: the caller's promises are passed on.
    unsafe { begin(Command::Connect, bag, len, op) }
}

/// Begins to sign out. In: Connection or ContextName; All (true: everybody who is kept for this user too). The result is
/// the context that ended, with Ended; without fields of a context where -All found nobody connected.
///
/// # Safety
/// `bag` has `len` bytes, `op` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entra_disconnect_begin(bag: *const u8, len: u64, op: *mut u64) -> i32 {
    // SAFETY: the caller's promises are passed on.
    unsafe { begin(Command::Disconnect, bag, len, op) }
}

/// Begins to show, list or select connections. In: Action (Get, List, Select), Connection, ContextName, Name.
///
/// # Safety
/// `bag` has `len` bytes, `op` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entra_context_begin(bag: *const u8, len: u64, op: *mut u64) -> i32 {
    // SAFETY: the caller's promises are passed on.
    unsafe { begin(Command::Context, bag, len, op) }
}

/// Begins to tell what there is to know of a connection, without asking anybody. In: Action (Test), Connection,
/// ContextName. The result is the context with Credential, IdentitySource, RequestedScopes, GrantedScopes, ExpiresAt
/// (seconds since 1970), Valid, KeptIn; without a connection it is empty.
///
/// # Safety
/// `bag` has `len` bytes, `op` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entra_connection_begin(bag: *const u8, len: u64, op: *mut u64) -> i32 {
    // SAFETY: the caller's promises are passed on.
    unsafe { begin(Command::Connection, bag, len, op) }
}

/// Begins to show or change environments. In: Action (Get, Add, Set, Remove), Name, AzureADEndpoint, GraphEndpoint. The
/// result has columns of equal length: Name, AzureADEndpoint, GraphEndpoint, Type.
///
/// # Safety
/// `bag` has `len` bytes, `op` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entra_environment_begin(bag: *const u8, len: u64, op: *mut u64) -> i32 {
    // SAFETY: the caller's promises are passed on.
    unsafe { begin(Command::Environment, bag, len, op) }
}

/// Begins a request to Graph. In: Connection or ContextName, Method, Uri, HeaderName and HeaderValue (lists of equal
/// length), Body (Text, Bytes, Query, Parts; its bytes by entra_op_write; or Stream, whose pieces are wanted by events, with
/// BodyLength where it is known and BodyRewinds where it can be read again), OutputType (HashTable, PSObject, Json,
/// HttpResponseMessage) … The result has StatusCode, Content (None, Text, Clixml, Bytes, File) and Length; its bytes come
/// by entra_op_read. With All an output comes for each page.
///
/// # Safety
/// `bag` has `len` bytes, `op` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entra_request_begin(bag: *const u8, len: u64, op: *mut u64) -> i32 {
    // SAFETY: the caller's promises are passed on.
    unsafe { begin(Command::Request, bag, len, op) }
}

/// Begins to get a token. In: Connection or ContextName, Resource or Scopes (list), MinimumLifetime (seconds),
/// ForceRefresh. The result has ExpiresOn and Length; the token comes by entra_op_read.
///
/// # Safety
/// `bag` has `len` bytes, `op` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entra_token_begin(bag: *const u8, len: u64, op: *mut u64) -> i32 {
    // SAFETY: the caller's promises are passed on.
    unsafe { begin(Command::Token, bag, len, op) }
}

/// Begins to show or change the limits of requests. In: Action (GetRequestContext, SetRequestContext), ClientTimeout,
/// RetryDelay, MaxRetry, RetriesTimeLimit.
///
/// # Safety
/// `bag` has `len` bytes, `op` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entra_settings_begin(bag: *const u8, len: u64, op: *mut u64) -> i32 {
    // SAFETY: the caller's promises are passed on.
    unsafe { begin(Command::Settings, bag, len, op) }
}

/// Hands over a secret, as UTF-8 (`unit_size` 1) or UTF-16 (`unit_size` 2): before the first next, or while the operation
/// asks. It is copied into memory that is wiped, and never comes out again by an event.
///
/// # Safety
/// `name` has `name_len` bytes, `value` has `units` units.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entra_op_secret(
    op: u64,
    name: *const u8,
    name_len: u64,
    value: *const c_void,
    units: u64,
    unit_size: u32,
) -> i32 {
    guarded(|| {
        let held = handles::find(op)?;
        // SAFETY: the caller's promise is passed on.
        let name = unsafe { pointer::bytes(name, name_len) }?;
        let name = std::str::from_utf8(name).map_err(|_| ENTRA_BAD_UTF8)?;
        // SAFETY: the caller's promise is passed on.
        let secret = unsafe { pointer::secret(value, units, unit_size) }?;
        held.operation.secret(name, secret).map_err(|WrongOrder| ENTRA_WRONG_ORDER)
    })
}

/// Adds bytes to what the operation sends, before the first next; or hands over the piece of it that an event wants, none
/// at its end.
///
/// # Safety
/// `bytes` has `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entra_op_write(op: u64, bytes: *const u8, len: u64) -> i32 {
    guarded(|| {
        let held = handles::find(op)?;
        // SAFETY: the caller's promise is passed on.
        let bytes = unsafe { pointer::bytes(bytes, len) }?;
        held.operation.write(bytes).map_err(|WrongOrder| ENTRA_WRONG_ORDER)
    })
}

/// Waits for the next event, at most `wait_ms` and never more than 50 ms, so that a host stays able to stop. The first
/// call starts the operation. No log lines come where it was begun with Quiet=true.
///
/// # Safety
/// `kind` and `len` are writable, `buf` has `cap` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entra_op_next(
    op: u64,
    wait_ms: u32,
    kind: *mut u32,
    buf: *mut u8,
    cap: u64,
    len: *mut u64,
) -> i32 {
    guarded(|| {
        let held = handles::find(op)?;
        let (kind, len) = (pointer::output(kind)?, pointer::output(len)?);
        let wait = held.wait()?;
        let mut copied = Ok(());
        let next = wait.next(Duration::from_millis(wait_ms.into()), |event| {
            // SAFETY: the caller's promises are passed on.
            copied = unsafe { pointer::copy_out(&event.fields.write(), buf, cap, len) };
            if copied.is_ok() || copied == Err(ENTRA_BUFFER_TOO_SMALL) {
                // SAFETY: checked above, and writable by the caller's promise.
                unsafe { pointer::write(kind, event.kind as u32) };
            }
            copied.is_ok()
        });
        match next.map_err(|_| ENTRA_UNAVAILABLE)? {
            Next::Event => copied,
            Next::Timeout => Err(ENTRA_TIMEOUT),
            Next::End => Err(ENTRA_END),
            Next::Cancelled => Err(ENTRA_CANCELLED),
            Next::Panicked => Err(ENTRA_PANIC),
        }
    })
}

/// Answers the event that asks.
///
/// # Safety
/// `bag` has `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entra_op_answer(op: u64, bag: *const u8, len: u64) -> i32 {
    guarded(|| {
        let held = handles::find(op)?;
        // SAFETY: the caller's promise is passed on.
        let bag = unsafe { read_bag(bag, len) }?;
        held.operation.answer(bag).map_err(|WrongOrder| ENTRA_WRONG_ORDER)
    })
}

/// Copies bytes beside the last event; `len` 0 when all are read.
///
/// # Safety
/// `buf` has `cap` bytes, `len` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entra_op_read(op: u64, buf: *mut u8, cap: u64, len: *mut u64) -> i32 {
    guarded(|| {
        let held = handles::find(op)?;
        let len = pointer::output(len)?;
        // SAFETY: the caller's promise is passed on.
        let buffer = unsafe { pointer::buffer(buf, cap) }?;
        let count = held.operation.read(buffer);
        // SAFETY: checked above, and writable by the caller's promise.
        unsafe { pointer::write(len, count as u64) };
        Ok(())
    })
}

/// Ends an operation: its sockets close at once and nothing is changed. Twice is as good as once.
#[unsafe(no_mangle)]
pub extern "C" fn entra_op_cancel(op: u64) -> i32 {
    guarded(|| {
        handles::find(op)?.operation.cancel();
        Ok(())
    })
}

/// Ends an operation and gives its handle back.
#[unsafe(no_mangle)]
pub extern "C" fn entra_op_free(op: u64) -> i32 {
    guarded(|| handles::free(op))
}
