use crate::{sealed, world::World};
use entra_sim::ids;
use std::fs;

/// A sign-in with a warning, after which sign-ins are kept again.
#[track_caller]
fn goes_on(world: &World, warning: &str) {
    let said = world.connect(ids::ADELE, &[]);
    assert_eq!((said.account(), said.codes), (ids::ADELE, 1));
    assert!(said.warnings.iter().any(|text| text.starts_with("Sign-in kept ") && text.contains(warning)), "{said:?}");
    let again = world.connect(ids::ADELE, &[]);
    assert_eq!((again.account(), again.codes), (ids::ADELE, 0));
}

fn set_aside(world: &World) -> usize {
    let names = fs::read_dir(world.folder()).unwrap().flatten().map(|file| file.file_name());
    names.filter(|name| name.to_string_lossy().contains(".damaged")).count()
}

#[test]
fn what_is_no_cache_is_set_aside() {
    for (content, why) in [(&b"{\"Account\""[..], "it is no JSON"), (b"{\"RefreshToken\": []}", "RefreshToken")] {
        let Some(world) = World::new() else { return };
        world.connect(ids::ADELE, &[]).account();
        sealed::change(&world.file(), content);
        goes_on(&world, why);
        assert_eq!(set_aside(&world), 1);
    }
}

#[test]
fn a_file_that_cannot_be_opened_is_set_aside() {
    let Some(world) = World::new() else { return };
    world.connect(ids::ADELE, &[]).account();
    let bytes = fs::read(world.file()).unwrap();
    for damaged in [&bytes[..bytes.len() / 2], b"garbage"] {
        if damaged == b"garbage" {
            // It does not say any more which key there was.
            sealed::remove_keys(&world.folder());
        }
        fs::write(world.file(), damaged).unwrap();
        goes_on(&world, "set aside");
    }
    assert_eq!(set_aside(&world), 2);
}

#[test]
fn a_sign_in_goes_on_where_nothing_can_be_kept() {
    let Some(world) = World::new() else { return };
    fs::create_dir_all(world.folder().parent().unwrap()).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(world.home.path(), world.folder()).unwrap();
    #[cfg(windows)]
    fs::write(world.folder(), "no folder").unwrap();
    let mut process = world.process();
    let said = process.connect(ids::ADELE, &[]);
    assert_eq!((said.account(), said.fields.get("ContextScope")), (ids::ADELE, Some("Process")));
    assert_eq!(said.warnings.len(), 1, "{said:?}");
    assert!(said.warnings[0].starts_with("Sign-in kept in memory only"), "{said:?}");
    let again = process.connect(ids::ADELE, &[]);
    assert_eq!((again.codes, again.warnings.len()), (0, 0), "memory serves this process");
    assert_eq!(process.test().get("KeptIn"), Some("Memory of this process"));
}

#[test]
fn what_cannot_be_stored_any_more_is_kept_in_memory() {
    let Some(world) = World::new() else { return };
    let mut process = world.process();
    process.connect(ids::ADELE, &[]).account();
    // The store was good when it was opened.
    fs::rename(world.folder(), world.home.path().join("moved")).unwrap();
    fs::write(world.folder(), "in the way").unwrap();
    let said = process.connect(ids::BJOERN, &["LoginHint=bjoern@contoso.onmicrosoft.com"]);
    assert_eq!(said.account(), ids::BJOERN);
    assert!(said.warnings.iter().any(|text| text.contains("in memory only")), "{said:?}");
    let again = process.connect("", &["LoginHint=bjoern@contoso.onmicrosoft.com"]);
    assert_eq!((again.account(), again.codes), (ids::BJOERN, 0));
    fs::remove_file(world.folder()).unwrap();
    fs::rename(world.home.path().join("moved"), world.folder()).unwrap();
    assert!(process.disconnect(&["All=true"]).worked);
}
