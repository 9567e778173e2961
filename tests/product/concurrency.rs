use crate::world::{World, secret_fields};
use connect_entra::{
    ENTRA_EVENT_ASK_VARIABLES, ENTRA_EVENT_ERROR, ENTRA_EVENT_OUTPUT, entra_connect_begin, entra_request_begin,
};
use entra_sim::{Fault, ids};
use house::{Fields, Host, Next, Running};
use std::{
    thread,
    time::{Duration, Instant},
};

#[test]
fn sixty_four_callers_are_one_request() {
    let world = World::new();
    world.sim.fault(serde_json::from_str::<Fault>(r#"{"path":"/token","delay_ms":200}"#).unwrap());
    thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                let mut host = Host { connection: None, ..world.host.clone() };
                host.connect(secret_fields(ids::TENANT), &[("ClientSecret", ids::SECRET)]).result();
            });
        }
    });
    assert_eq!(world.sim.seen("login", "/token").len(), 1);
}

/// Begins a sign-in that the service never answers, and waits until it has been asked.
fn hanging(world: &World) -> Running {
    world.sim.fault(serde_json::from_str::<Fault>(r#"{"path":"/token","stall":true,"times":0}"#).unwrap());
    let operation = Running::begin(entra_connect_begin, &world.host.fields(secret_fields(ids::TENANT)));
    operation.secret("ClientSecret", ids::SECRET);
    while world.sim.seen("login", "/token").is_empty() {
        if let Next::Event(ENTRA_EVENT_ASK_VARIABLES, asked) = operation.next() {
            operation.answer(&world.host.variables(&operation, &asked));
        }
    }
    operation
}

#[test]
fn cancelling_ends_the_wait_at_once_and_changes_nothing() {
    let mut world = World::new();
    world.with_secret(ids::SECRET).result();
    world.host.disconnect().result();
    world.sim.clear_journal();
    let operation = hanging(&world);
    let begun = Instant::now();
    assert_eq!(operation.cancel(), 0);
    assert!(matches!(operation.next(), Next::Over));
    // Not a measurement: the service would have held the line for ever.
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(world.host.context(), Fields::default());
}

#[test]
fn a_caller_that_is_stopped_hands_the_renewal_on() {
    let world = World::new();
    let stopped = hanging(&world);
    let waiting = thread::scope(|scope| {
        let other = scope.spawn(|| {
            let mut host = world.host.clone();
            host.connect(secret_fields(ids::TENANT), &[("ClientSecret", ids::SECRET)])
        });
        world.sim.clear_faults();
        drop(stopped);
        other.join().unwrap()
    });
    waiting.result();
}

#[test]
fn a_sign_out_ends_what_is_under_way() {
    let mut world = World::new();
    world.with_secret(ids::SECRET).result();
    let asked = [("Uri", "v1.0/users?$top=100&$select=id"), ("All", "true"), ("OutputType", "Json")];
    let operation = Running::begin(entra_request_begin, &world.host.fields(asked));
    let mut signed_out = false;
    let error = loop {
        match operation.next() {
            Next::Event(ENTRA_EVENT_OUTPUT, _) if !signed_out => {
                world.host.disconnect().result();
                signed_out = true;
            }
            Next::Event(ENTRA_EVENT_ERROR, fields) => break fields,
            Next::Over => panic!("it went on to the end"),
            Next::Event(..) | Next::Timeout => {}
        }
    };
    assert_eq!(error.get("Id"), Some("SignedOut"));
    assert_eq!(world.sim.seen("login", "/token").len(), 1, "nobody signed in again");
}

/// Somebody waits on the other side of a pipe that nobody reads; the others go on.
#[cfg(unix)]
#[test]
fn a_file_that_makes_one_wait_stops_nobody_else() {
    let mut world = World::new();
    world.with_secret(ids::SECRET).result();
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let asked = [("Uri", "v1.0/organization"), ("OutputFilePath", pipe.to_str().unwrap())];
    let waiting = Running::begin(entra_request_begin, &world.host.fields(asked));
    assert!(matches!(waiting.next(), Next::Timeout));
    world.host.disconnect().result();
    world.with_secret(ids::SECRET).result();
    assert_eq!(waiting.cancel(), 0);
    // A reader, so that the thread that opened it is not left behind.
    drop(std::fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap());
}
