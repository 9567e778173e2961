//! All casts of pointers, in one place.

use crate::status::{ENTRA_BAD_UTF8, ENTRA_BUFFER_TOO_SMALL, ENTRA_NULL_ARGUMENT};
use entra_net::Secret;
use zeroize::Zeroizing;

fn length(units: u64, size: usize) -> Result<usize, i32> {
    // A slice may not be longer than isize::MAX bytes; nobody has such a buffer.
    let fits = |count: &usize| count.checked_mul(size).is_some_and(|bytes| bytes <= isize::MAX as usize);
    usize::try_from(units).ok().filter(fits).ok_or(ENTRA_NULL_ARGUMENT)
}

/// Bytes of the caller's, for the time of the call.
///
/// # Safety
/// `pointer` is NULL, or `len` bytes can be read at it during the call.
pub(crate) unsafe fn bytes<'a>(pointer: *const u8, len: u64) -> Result<&'a [u8], i32> {
    let len = length(len, 1)?;
    match (pointer.is_null(), len) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(ENTRA_NULL_ARGUMENT),
        // SAFETY: not NULL, and the caller promises `len` bytes; u8 has no alignment.
        (false, _) => Ok(unsafe { std::slice::from_raw_parts(pointer, len) }),
    }
}

/// A buffer of the caller's, for the time of the call.
///
/// # Safety
/// `pointer` is NULL, or `cap` bytes can be written at it during the call and nobody else uses them.
pub(crate) unsafe fn buffer<'a>(pointer: *mut u8, cap: u64) -> Result<&'a mut [u8], i32> {
    let cap = length(cap, 1)?;
    match (pointer.is_null(), cap) {
        (_, 0) => Ok(&mut []),
        (true, _) => Err(ENTRA_NULL_ARGUMENT),
        // SAFETY: not NULL, and the caller promises `cap` bytes of its own; u8 has no alignment.
        (false, _) => Ok(unsafe { std::slice::from_raw_parts_mut(pointer, cap) }),
    }
}

/// Checks an output before anything is done that it would tell of.
pub(crate) fn output<T>(pointer: *mut T) -> Result<*mut T, i32> {
    if pointer.is_null() || !pointer.is_aligned() { Err(ENTRA_NULL_ARGUMENT) } else { Ok(pointer) }
}

/// Writes an output.
///
/// # Safety
/// `pointer` came from [`output`], and the caller of the door lets a `T` be written there.
pub(crate) unsafe fn write<T>(pointer: *mut T, value: T) {
    // SAFETY: `output` has checked NULL and alignment; the rest is the caller's promise.
    unsafe { pointer.write(value) }
}

/// Copies text out; says how long it is where it does not fit.
///
/// # Safety
/// As [`buffer`] and [`write`].
pub(crate) unsafe fn copy_out(text: &[u8], buf: *mut u8, cap: u64, len: *mut u64) -> Result<(), i32> {
    let len = output(len)?;
    // SAFETY: the caller's promise about `buf` and `cap` is passed on.
    let target = unsafe { buffer(buf, cap) }?;
    // SAFETY: checked above.
    unsafe { write(len, text.len() as u64) };
    let target = target.get_mut(..text.len()).ok_or(ENTRA_BUFFER_TOO_SMALL)?;
    target.copy_from_slice(text);
    Ok(())
}

/// A secret of the caller's: UTF-8 bytes (`size` 1) or UTF-16 units (`size` 2), copied into memory that is wiped.
///
/// # Safety
/// `pointer` is NULL, or `units` units of `size` bytes can be read at it during the call.
pub(crate) unsafe fn secret(pointer: *const std::ffi::c_void, units: u64, size: u32) -> Result<Secret, i32> {
    match size {
        1 => {
            // SAFETY: the caller's promise, with units of one byte.
            let bytes = unsafe { bytes(pointer.cast(), units) }?;
            std::str::from_utf8(bytes).map_err(|_| ENTRA_BAD_UTF8)?;
            Ok(Secret::new(bytes.to_vec()))
        }
        2 => {
            let count = length(units, 2)?;
            // SAFETY: the caller's promise: as many bytes as two for each unit.
            let bytes = unsafe { bytes(pointer.cast(), count as u64 * 2) }?;
            // By bytes, since nobody has promised that they are aligned for u16.
            let pairs = bytes.chunks_exact(2).map(|pair| u16::from_ne_bytes([pair[0], pair[1]]));
            let units: Zeroizing<Vec<u16>> = Zeroizing::new(pairs.collect());
            Secret::from_utf16(&units).ok_or(ENTRA_BAD_UTF8)
        }
        _ => Err(ENTRA_NULL_ARGUMENT),
    }
}
