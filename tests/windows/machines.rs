use crate::world::World;
use entra_sim::ids;
use house::End;
use std::path::Path;

/// `-Identity` where an Arc agent writes its keys to this folder.
fn on_arc(world: &mut World, keys: &Path) -> End {
    let variables = world.sim.ready()["environments"]["arc"].as_object().unwrap().clone();
    for (name, value) in &variables {
        world.host.set(name, value.as_str().unwrap());
    }
    let data = world.home.path().display().to_string();
    world.host.set("ProgramData", &data);
    let keys = keys.display().to_string();
    world.sim.settings(|settings| settings.arc_folder = keys);
    let fields = [("ParameterSet", "IdentityParameterSet"), ("Environment", "Sim"), ("NoWelcome", "true")];
    world.host.connect(fields, &[])
}

#[test]
fn an_arc_agents_key_is_read_in_its_folder_and_nowhere_else() {
    let mut world = World::new();
    let folder = world.home.path().join(r"AzureConnectedMachineAgent\Tokens");
    let context = on_arc(&mut world, &folder).result();
    assert_eq!((context.get("ClientId"), context.get("AuthType")), (Some(ids::MACHINE), Some("ManagedIdentity")));
    world.host.disconnect().result();
    // Windows knows one folder by several spellings.
    let context = on_arc(&mut world, Path::new(&folder.display().to_string().to_uppercase())).result();
    assert_eq!(context.get("ClientId"), Some(ids::MACHINE));
    world.host.disconnect().result();

    let sent = world.sim.seen("identity", "/arc").len();
    let elsewhere = folder.join("below");
    for keys in [elsewhere.as_path(), world.home.path()].map(Path::to_owned) {
        let error = on_arc(&mut world, &keys).error();
        assert!(error.get("Message").unwrap().contains("outside its own folder"), "{error:?}");
    }
    let asked = world.sim.seen("identity", "/arc");
    assert_eq!(asked.len(), sent + 2, "a key from elsewhere is not sent");
}
