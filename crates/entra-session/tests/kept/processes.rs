use crate::{sealed, world::World};
use entra_sim::ids;
use serde_json::Value;
use std::fs;

#[test]
fn another_process_signs_in_without_asking_anybody() {
    let Some(world) = World::new() else { return };
    let mut first = world.process();
    let said = first.connect(ids::ADELE, &[]);
    assert_eq!((said.account(), said.codes), (ids::ADELE, 1));
    assert_eq!(said.fields.get("ContextScope"), Some("CurrentUser"));
    // On Windows it is the best that there is, and nothing is said of it.
    assert_eq!(said.warnings.len(), usize::from(!cfg!(windows)), "{said:?}");
    assert!(said.warnings.iter().all(|text| text.starts_with("Sign-in kept in the file '")), "{said:?}");
    assert_eq!(first.connect(ids::ADELE, &[]).warnings, [] as [&str; 0], "said once in a process");
    let asked = world.sim.journal().len();
    let mut second = world.process();
    let again = second.connect(ids::ADELE, &[&format!("TenantId={}", ids::TENANT)]);
    assert_eq!((again.account(), again.codes), (ids::ADELE, 0));
    assert_eq!(world.sim.journal().len(), asked, "nothing was sent");
    let kept = second.test();
    assert_eq!(kept.get("KeptIn").map(|text| text.starts_with("the file '")), Some(true), "{kept:?}");
}

#[test]
fn files_are_for_this_user_alone_and_show_no_token() {
    let Some(world) = World::new() else { return };
    world.connect(ids::ADELE, &[]).account();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(world.file()), mode(world.folder())), (0o600, 0o700));
    }
    let content: Value = serde_json::from_slice(&sealed::open(&world.file()).unwrap()).unwrap();
    let bytes = fs::read(world.file()).unwrap();
    let sections = ["AccessToken", "RefreshToken", "IdToken"].map(|name| content[name].as_object().unwrap());
    let secrets: Vec<_> =
        sections.iter().flat_map(|items| items.values()).map(|i| i["secret"].as_str().unwrap()).collect();
    assert_eq!(secrets.len(), 3);
    for secret in secrets {
        let piece = &secret.as_bytes()[..16];
        assert!(!bytes.windows(piece.len()).any(|window| window == piece));
    }
}

#[test]
fn a_sign_in_for_the_process_leaves_nothing_on_disk() {
    let Some(world) = World::new() else { return };
    let said = world.connect(ids::ADELE, &["ContextScope=Process"]);
    assert_eq!((said.account(), said.fields.get("ContextScope")), (ids::ADELE, Some("Process")));
    assert!(!world.folder().exists() && said.warnings.is_empty());
    assert_eq!(world.connect(ids::ADELE, &["ContextScope=Process"]).codes, 1);
}

#[test]
fn a_hint_picks_the_account_and_without_one_the_latest_counts() {
    let Some(world) = World::new() else { return };
    let hint = |login: &str| format!("LoginHint={login}");
    for login in [ids::ADELE, ids::BJOERN, ids::PAT] {
        assert_eq!(world.connect(login, &[&hint(login)]).codes, 1);
    }
    assert_eq!(world.connect("", &[]).account(), ids::PAT);
    assert_eq!(world.connect("", &[&hint(&ids::ADELE.to_uppercase())]).account(), ids::ADELE);
    assert_eq!(world.connect("", &[]).account(), ids::ADELE);
    assert_eq!(world.connect("", &["TenantId=organizations"]).account(), ids::ADELE);
    assert_eq!(world.connect("", &["TenantId=consumers"]).account(), ids::PAT);
}

#[test]
fn a_guest_is_taken_up_in_each_tenant() {
    let Some(world) = World::new() else { return };
    let tenants = [ids::TENANT, ids::OTHER_TENANT];
    let tenant = |id: &str| format!("TenantId={id}");
    assert_eq!(world.connect(ids::BJOERN, &[&tenant(tenants[0])]).codes, 1);
    assert!(world.connect(ids::BJOERN, &[&tenant(tenants[1])]).worked);
    let renewals = world.renewals();
    for id in [tenants[0], tenants[1], tenants[0]] {
        let said = world.connect("", &[&tenant(id)]);
        assert_eq!((said.worked, said.codes, said.fields.get("TenantId")), (true, 0, Some(id)));
    }
    assert_eq!(world.connect("", &[]).fields.get("TenantId"), Some(ids::TENANT), "at home where any would do");
    assert_eq!(world.renewals(), renewals);
}

#[test]
fn signing_out_forgets_one_account_everywhere() {
    let Some(world) = World::new() else { return };
    let hint = |login: &str| format!("LoginHint={login}");
    for login in [ids::ADELE, ids::BJOERN] {
        world.connect(login, &[&hint(login)]).account();
    }
    let mut process = world.process();
    assert_eq!(process.connect("", &[&hint(ids::ADELE)]).codes, 0);
    assert_eq!(process.disconnect(&[]).account(), ids::ADELE);
    assert!(!process.disconnect(&[]).worked, "the other account is not meant by a second time");
    assert_eq!(world.connect("", &[&hint(ids::BJOERN)]).codes, 0);
    assert_eq!(world.connect(ids::ADELE, &[&hint(ids::ADELE)]).codes, 1);
}

#[test]
fn a_process_that_never_connected_signs_out_who_was_last() {
    let Some(world) = World::new() else { return };
    for login in [ids::ADELE, ids::BJOERN] {
        world.connect(login, &[&format!("LoginHint={login}")]).account();
    }
    let out = world.process().disconnect(&[]);
    assert_eq!((out.account(), out.fields.get("Environment")), (ids::BJOERN, Some("Sim")));
    assert_eq!((out.fields.get("TenantId"), out.fields.get("ContextScope")), (Some(ids::TENANT), Some("CurrentUser")));
    assert_eq!(world.process().disconnect(&[]).account(), ids::ADELE);
    let nobody = world.process().disconnect(&[]);
    assert!(!nobody.worked);
    assert_eq!(nobody.fields.get("Message"), Some("No application to sign out from."));
}

#[test]
fn all_of_them_are_forgotten_at_once() {
    let Some(world) = World::new() else { return };
    for login in [ids::ADELE, ids::BJOERN] {
        world.connect(login, &[&format!("LoginHint={login}")]).account();
    }
    let mut process = world.process();
    assert!(process.disconnect(&["All=true"]).worked);
    assert!(!world.file().exists());
    assert!(process.disconnect(&["All=true"]).worked, "nothing to forget is no failure");
    assert_eq!(process.connect(ids::ADELE, &[]).codes, 1);
    assert_eq!(process.disconnect(&["All=true"]).account(), ids::ADELE);
    assert!(process.test().get("Account").is_none());
}
