use crate::{sealed, world::World};
use entra_sim::ids;
use serde_json::Value;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

const PEOPLE: [&str; 4] = [ids::ADELE, ids::BJOERN, ids::CHEN, ids::PAT];

fn hint(login: &str) -> String {
    format!("LoginHint={login}")
}

/// `processes` × `times` sign-ins on one cache, each with a renewal that brings a new refresh token: all succeed
/// without asking, nobody's sign-in is lost, and the file can be read at every instant.
fn crowd(processes: usize, times: usize) {
    let Some(world) = World::new() else { return };
    for login in PEOPLE {
        world.connect(login, &[&hint(login)]).account();
    }
    // Too short to be used again, so every sign-in renews and writes.
    world.sim.settings(|settings| settings.access_lifetime = 60);
    for login in PEOPLE {
        world.connect("", &[&hint(login), "Scopes=User.Read"]).account();
    }
    let (world, over) = (&world, AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                let content: Value = serde_json::from_slice(&sealed::open(&world.file()).unwrap()).unwrap();
                assert_eq!(content["RefreshToken"].as_object().unwrap().len(), PEOPLE.len());
                thread::sleep(Duration::from_millis(2));
            }
        });
        let _end = End(&over);
        let work = |number: usize| {
            let mut process = world.process();
            for time in 0..times {
                let login = PEOPLE[(number + time) % PEOPLE.len()];
                let said = process.connect("", &[&hint(login)]);
                assert_eq!((said.account(), said.codes), (login, 0));
                assert!(said.warnings.len() <= 1, "{said:?}");
            }
        };
        let all: Vec<_> = (0..processes).map(|number| scope.spawn(move || work(number))).collect();
        all.into_iter().for_each(|one| one.join().unwrap());
    });
    for login in PEOPLE {
        assert_eq!(world.connect("", &[&hint(login)]).codes, 0, "{login} is still signed in");
    }
}

/// Ends the reading thread, also when an assertion fails: the scope would wait for it for ever.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn six_processes_lose_nobodys_sign_in() {
    crowd(6, 4);
}

#[cfg(feature = "torture")]
#[test]
fn fifty_processes_lose_nobodys_sign_in() {
    crowd(50, 20);
}
