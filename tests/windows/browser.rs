use crate::{registry, world::World};
use connect_entra::{
    ENTRA_EVENT_ASK_VARIABLES, ENTRA_EVENT_ERROR, ENTRA_EVENT_MESSAGE, ENTRA_EVENT_PAGE, ENTRA_EVENT_RESULT,
    entra_connect_begin,
};
use entra_sim::{Visit, ids};
use house::{Next, Running};
use std::fs;

fn begin(world: &World) -> Running {
    let fields = [
        ("ParameterSet", "UserParameterSet"),
        ("Environment", "Sim"),
        ("TenantId", ids::TENANT),
        ("ContextScope", "Process"),
        ("LoginHint", ids::ADELE),
        ("NoWelcome", "true"),
    ];
    Running::begin(entra_connect_begin, &world.host.fields(fields))
}

#[test]
fn where_windows_opens_nothing_there_is_a_code_that_says_why() {
    let world = World::new();
    let Some(_browser) = registry::browser("\"C:\\no such program.exe\" \"%1\"") else {
        return eprintln!("left out: a browser that is not there: Windows lets no program choose one");
    };
    let operation = begin(&world);
    loop {
        match operation.next() {
            Next::Event(ENTRA_EVENT_ASK_VARIABLES, asked) => {
                operation.answer(&world.host.variables(&operation, &asked));
            }
            Next::Event(ENTRA_EVENT_MESSAGE, message) => {
                assert!(message.get("UserCode").is_some(), "{message:?}");
                assert!(message.get("Text").unwrap().contains("ShellExecute"), "{message:?}");
                break;
            }
            Next::Event(ENTRA_EVENT_ERROR, error) => panic!("{error:?}"),
            Next::Event(..) | Next::Timeout => {}
            Next::Over => panic!("it ended without a code"),
        }
    }
}

#[test]
fn the_chosen_browser_gets_the_exact_address_and_signs_in() {
    let world = World::new();
    let opened = world.home.path().join("opened with blanks");
    let command = format!("\"{}\" \"{}\" \"%1\"", env!("CARGO_BIN_EXE_stand-in-browser"), opened.display());
    let Some(_browser) = registry::browser(&command) else {
        return eprintln!("left out: the stand-in for a browser: Windows lets no program choose one");
    };
    let operation = begin(&world);
    let (mut page, mut visited) = (None, false);
    loop {
        match operation.next() {
            Next::Event(ENTRA_EVENT_ASK_VARIABLES, asked) => {
                operation.answer(&world.host.variables(&operation, &asked));
            }
            Next::Event(ENTRA_EVENT_PAGE, fields) => page = fields.get("Url").map(str::to_owned),
            Next::Event(ENTRA_EVENT_RESULT, result) => {
                assert!(visited);
                assert_eq!(result.get("Account"), Some(ids::ADELE));
                break;
            }
            Next::Event(ENTRA_EVENT_ERROR, error) => panic!("{error:?}"),
            Next::Event(..) => {}
            Next::Timeout if !visited && opened.exists() => {
                let address = fs::read_to_string(&opened).unwrap();
                assert_eq!(Some(&address), page.as_ref());
                assert!(address.contains('&') && address.contains("%20") && address.contains("%7B%22"), "{address}");
                visited = true;
                let told = world.sim.browse(&Visit::new(&address));
                assert_eq!(told["status"], 200, "{told}");
            }
            Next::Timeout => {}
            Next::Over => panic!("it ended without a result"),
        }
    }
}
