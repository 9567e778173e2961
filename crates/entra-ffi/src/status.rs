/// It worked.
pub const ENTRA_OK: i32 = 0;
/// Nothing happened within the wait.
pub const ENTRA_TIMEOUT: i32 = 1;
/// The buffer is too small: the length that is needed was written, and the event stays.
pub const ENTRA_BUFFER_TOO_SMALL: i32 = 2;
/// The operation has given its last event.
pub const ENTRA_END: i32 = 3;
/// A pointer that is needed is NULL.
pub const ENTRA_NULL_ARGUMENT: i32 = -1;
/// Text is not UTF-8, or UTF-16 has a lone surrogate.
pub const ENTRA_BAD_UTF8: i32 = -2;
/// The bytes are no bag.
pub const ENTRA_BAD_BAG: i32 = -3;
/// The handle was never given, or it was freed.
pub const ENTRA_UNKNOWN_HANDLE: i32 = -4;
/// The operation does not expect this call now.
pub const ENTRA_WRONG_ORDER: i32 = -5;
/// Another thread waits for this operation.
pub const ENTRA_BUSY: i32 = -6;
/// A panic inside; the operation is over, the process goes on.
pub const ENTRA_PANIC: i32 = -7;
/// The operation was cancelled.
pub const ENTRA_CANCELLED: i32 = -8;
/// The library could not start its thread.
pub const ENTRA_UNAVAILABLE: i32 = -9;

/// A line for those who look for it: Level (Verbose, Debug), Text.
pub const ENTRA_EVENT_LOG: u32 = 1;
/// A warning: Text.
pub const ENTRA_EVENT_WARNING: u32 = 2;
/// Text for the person: Text; of a device code also UserCode, VerificationUri, ExpiresIn (seconds).
pub const ENTRA_EVENT_MESSAGE: u32 = 3;
/// How far it is: Activity, Status, Percent, SecondsRemaining, Completed.
pub const ENTRA_EVENT_PROGRESS: u32 = 4;
/// The library is about to open this page: Url.
pub const ENTRA_EVENT_PAGE: u32 = 5;
/// Asks for variables: Name (list), Secret (list; by entra_op_secret), All. Answer: those that exist.
pub const ENTRA_EVENT_ASK_VARIABLES: u32 = 6;
/// Asks for a certificate: Thumbprint, Subject or Given; Chain. Answer: Found (Yes, NotFound, Expired, NoPrivateKey,
/// KeyUnreadable), Key, Certificate, Chain, KeyType (RSA, EC), Detail.
pub const ENTRA_EVENT_ASK_CERTIFICATE: u32 = 7;
/// Asks to sign: Key, Digest (SHA-256), Padding (PSS, PKCS1). Answer: Signature, Unsupported, or Failed.
pub const ENTRA_EVENT_ASK_SIGNATURE: u32 = 8;
/// Asks for a fresh assertion: Key. Answer: the secret Assertion by entra_op_secret, or Failed.
pub const ENTRA_EVENT_ASK_ASSERTION: u32 = 9;
/// The last event: it worked. A body may follow by entra_op_read.
pub const ENTRA_EVENT_RESULT: u32 = 10;
/// The last event: Id, Category, Terminating, Exception, Message, Hint, StatusCode, Code, CorrelationId, Timestamp.
pub const ENTRA_EVENT_ERROR: u32 = 11;
/// One of several results. A body may follow by entra_op_read.
pub const ENTRA_EVENT_OUTPUT: u32 = 12;
/// Wants the next piece of the body, by entra_op_write: nothing at its end. Restart: from the start again.
pub const ENTRA_EVENT_WANT_BODY: u32 = 13;

/// What a status means, in a sentence.
pub(crate) fn text(status: i32) -> &'static str {
    match status {
        ENTRA_OK => "It worked.",
        ENTRA_TIMEOUT => "Nothing happened within the wait.",
        ENTRA_BUFFER_TOO_SMALL => "The buffer is too small.",
        ENTRA_END => "The operation has given its last event.",
        ENTRA_NULL_ARGUMENT => "A pointer that is needed is NULL.",
        ENTRA_BAD_UTF8 => "The text is not UTF-8.",
        ENTRA_BAD_BAG => "The bytes are no bag of named values.",
        ENTRA_UNKNOWN_HANDLE => "The handle was never given, or it was freed.",
        ENTRA_WRONG_ORDER => "The operation does not expect this call now.",
        ENTRA_BUSY => "Another thread waits for this operation.",
        ENTRA_PANIC => "The library met a fault of its own; the operation is over.",
        ENTRA_CANCELLED => "The operation was cancelled.",
        ENTRA_UNAVAILABLE => "The library could not start its thread.",
        _ => "This status is unknown.",
    }
}
