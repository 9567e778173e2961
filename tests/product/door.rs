//! Misuse of the door: each is a status, none is a crash.

use crate::world::{World, secret_fields};
use connect_entra::*;
use entra_sim::{Fault, ids};
use house::Running;
use std::{ptr, thread, time::Duration};

fn begin(bag: &[u8]) -> (i32, u64) {
    let mut op = 77;
    // SAFETY: bag and handle live through the call.
    let status = unsafe { entra_context_begin(bag.as_ptr(), bag.len() as u64, &raw mut op) };
    (status, op)
}

fn next(op: u64, buffer: &mut [u8]) -> (i32, u32, u64) {
    let (mut kind, mut len) = (99, 99);
    let (buf, cap) = (buffer.as_mut_ptr(), buffer.len() as u64);
    // SAFETY: buffer and outputs live through the call.
    let status = unsafe { entra_op_next(op, 50, &raw mut kind, buf, cap, &raw mut len) };
    (status, kind, len)
}

#[test]
fn null_is_a_status_at_every_door() {
    let mut op = 0;
    let (mut kind, mut len) = (0, 0);
    let mut buffer = [0; 8];
    let nothing = ptr::null();
    // SAFETY: what is not NULL lives through the calls, and NULL is what is tested.
    unsafe {
        for door in [
            entra_connect_begin,
            entra_disconnect_begin,
            entra_context_begin,
            entra_environment_begin,
            entra_settings_begin,
        ] {
            assert_eq!(door(nothing, 3, &raw mut op), ENTRA_NULL_ARGUMENT);
            assert_eq!(door(nothing, 0, ptr::null_mut()), ENTRA_NULL_ARGUMENT);
            assert_eq!(op, 0, "nothing is written on failure");
        }
        assert_eq!(entra_context_begin(nothing, 0, &raw mut op), ENTRA_OK, "NULL with length 0 is empty");
        let buf = buffer.as_mut_ptr();
        assert_eq!(entra_op_secret(op, nothing, 4, nothing.cast(), 0, 1), ENTRA_NULL_ARGUMENT);
        assert_eq!(entra_op_secret(op, b"Name".as_ptr(), 4, nothing.cast(), 9, 2), ENTRA_NULL_ARGUMENT);
        assert_eq!(entra_op_secret(op, b"Name".as_ptr(), 4, b"x".as_ptr().cast(), 1, 3), ENTRA_NULL_ARGUMENT);
        assert_eq!(entra_op_write(op, nothing, 1), ENTRA_NULL_ARGUMENT);
        assert_eq!(entra_op_answer(op, nothing, 1), ENTRA_NULL_ARGUMENT);
        assert_eq!(entra_op_next(op, 0, ptr::null_mut(), buf, 8, &raw mut len), ENTRA_NULL_ARGUMENT);
        assert_eq!(entra_op_next(op, 0, &raw mut kind, buf, 8, ptr::null_mut()), ENTRA_NULL_ARGUMENT);
        assert_eq!(entra_op_read(op, ptr::null_mut(), 8, &raw mut len), ENTRA_NULL_ARGUMENT);
        assert_eq!(entra_status_text(0, ptr::null_mut(), 8, &raw mut len), ENTRA_NULL_ARGUMENT);
        assert_eq!(entra_op_secret(op, b"N".as_ptr(), 1, b"x".as_ptr().cast(), u64::MAX, 2), ENTRA_NULL_ARGUMENT);
    }
    assert_eq!(entra_op_free(op), ENTRA_OK);
}

#[test]
fn bytes_that_are_no_bag_are_told_apart() {
    assert_eq!(begin(&[b'A', b'=', 0xff, 0]), (ENTRA_BAD_UTF8, 77));
    for bag in ["A=1", "A\0", "=1\0"] {
        assert_eq!(begin(bag.as_bytes()), (ENTRA_BAD_BAG, 77), "{bag:?}");
    }
}

#[test]
fn text_that_is_no_text_is_refused_as_a_secret() {
    let (_, op) = begin(b"");
    let lone_surrogate = [0xd800_u16];
    // SAFETY: the arrays live through the calls.
    unsafe {
        assert_eq!(entra_op_secret(op, [0xff].as_ptr(), 1, b"x".as_ptr().cast(), 1, 1), ENTRA_BAD_UTF8);
        assert_eq!(entra_op_secret(op, b"N".as_ptr(), 1, [0xff_u8].as_ptr().cast(), 1, 1), ENTRA_BAD_UTF8);
        assert_eq!(entra_op_secret(op, b"N".as_ptr(), 1, lone_surrogate.as_ptr().cast(), 1, 2), ENTRA_BAD_UTF8);
    }
    entra_op_free(op);
}

#[test]
fn dead_and_invented_handles_are_unknown() {
    let (_, op) = begin(b"");
    assert_eq!(entra_op_free(op), ENTRA_OK);
    for handle in [op, 0, u64::MAX] {
        assert_eq!(entra_op_free(handle), ENTRA_UNKNOWN_HANDLE);
        assert_eq!(entra_op_cancel(handle), ENTRA_UNKNOWN_HANDLE);
        assert_eq!(next(handle, &mut [0; 8]), (ENTRA_UNKNOWN_HANDLE, 99, 99));
        // SAFETY: nothing is passed but a length of 0.
        assert_eq!(unsafe { entra_op_answer(handle, ptr::null(), 0) }, ENTRA_UNKNOWN_HANDLE);
    }
}

#[test]
fn what_comes_at_the_wrong_time_is_refused_and_nothing_is_lost() {
    let (_, op) = begin(b"Action=Get\0");
    // SAFETY: nothing is passed but a length of 0, or arrays that live through the calls.
    unsafe {
        assert_eq!(entra_op_answer(op, ptr::null(), 0), ENTRA_WRONG_ORDER, "nothing was asked");
        assert_eq!(entra_op_write(op, b"x".as_ptr(), 1), ENTRA_OK);
    }
    let mut buffer = [0; 4096];
    assert_eq!(next(op, &mut buffer).1, ENTRA_EVENT_RESULT);
    // SAFETY: as above.
    unsafe {
        assert_eq!(entra_op_write(op, b"x".as_ptr(), 1), ENTRA_WRONG_ORDER);
        assert_eq!(entra_op_secret(op, b"N".as_ptr(), 1, b"x".as_ptr().cast(), 1, 1), ENTRA_WRONG_ORDER);
    }
    assert_eq!(next(op, &mut buffer).0, ENTRA_END);
    assert_eq!(next(op, &mut buffer).0, ENTRA_END, "and stays at its end");
    entra_op_free(op);
}

#[test]
fn a_small_buffer_is_told_how_much_it_lacks() {
    let (_, op) = begin(b"Action=Nonsense\0");
    let (status, kind, needed) = next(op, &mut [0; 3]);
    assert_eq!((status, kind), (ENTRA_BUFFER_TOO_SMALL, ENTRA_EVENT_ERROR));
    let mut buffer = vec![0; needed as usize];
    assert_eq!(next(op, &mut buffer), (ENTRA_OK, ENTRA_EVENT_ERROR, needed));
    entra_op_free(op);
    let (mut len, mut text) = (0, [0; 2]);
    // SAFETY: buffer and length live through the call.
    let status = unsafe { entra_status_text(ENTRA_BUSY, text.as_mut_ptr(), 2, &raw mut len) };
    assert_eq!((status, len > 10, text), (ENTRA_BUFFER_TOO_SMALL, true, [0; 2]));
}

/// An operation that the service never answers.
fn hanging(world: &World) -> Running {
    world.sim.fault(serde_json::from_str::<Fault>(r#"{"path":"/token","stall":true,"times":0}"#).unwrap());
    let operation = Running::begin(entra_connect_begin, &world.host.fields(secret_fields(ids::TENANT)));
    operation.secret("ClientSecret", ids::SECRET);
    operation
}

#[test]
fn freeing_while_another_thread_waits_ends_its_wait() {
    let world = World::new();
    let operation = hanging(&world);
    let handle = operation.handle();
    let waiter = thread::spawn(move || {
        loop {
            let (status, ..) = next(handle, &mut [0; 4096]);
            if status != ENTRA_OK && status != ENTRA_TIMEOUT && status != ENTRA_BUFFER_TOO_SMALL {
                return status;
            }
        }
    });
    thread::sleep(Duration::from_millis(60));
    drop(operation);
    assert!([ENTRA_UNKNOWN_HANDLE, ENTRA_CANCELLED].contains(&waiter.join().unwrap()));
}

#[test]
fn only_one_thread_waits_and_cancelling_twice_is_fine() {
    let world = World::new();
    let operation = hanging(&world);
    let handle = operation.handle();
    let waiters: Vec<_> = (0..4)
        .map(|_| thread::spawn(move || (0..20).map(|_| next(handle, &mut [0; 1]).0).collect::<Vec<_>>()))
        .collect();
    let seen: Vec<_> = waiters.into_iter().flat_map(|waiter| waiter.join().unwrap()).collect();
    let allowed = [ENTRA_BUSY, ENTRA_TIMEOUT, ENTRA_BUFFER_TOO_SMALL];
    assert!(seen.iter().all(|status| allowed.contains(status)), "{seen:?}");
    assert_eq!((operation.cancel(), operation.cancel()), (ENTRA_OK, ENTRA_OK));
    assert_eq!(next(handle, &mut [0; 8]).0, ENTRA_CANCELLED);
}

#[test]
fn every_status_has_a_sentence() {
    for status in -9..=3 {
        let (mut len, mut text) = (0, [0; 128]);
        // SAFETY: buffer and length live through the call.
        assert_eq!(unsafe { entra_status_text(status, text.as_mut_ptr(), 128, &raw mut len) }, ENTRA_OK);
        let text = std::str::from_utf8(&text[..len as usize]).unwrap();
        assert!(text.ends_with('.') && !text.contains("unknown"), "{status}: {text}");
    }
    assert_eq!(entra_abi_version(), 2);
}
