use crate::world::{library, project};
use std::{collections::BTreeSet, fs, process::Command};

fn header() -> String {
    let ffi = project().join("crates/entra-ffi");
    let config = cbindgen::Config::from_file(ffi.join("cbindgen.toml")).unwrap();
    let mut text = Vec::new();
    cbindgen::Builder::new()
        .with_config(config)
        .with_src(ffi.join("src/doors.rs"))
        .with_src(ffi.join("src/status.rs"))
        .generate()
        .unwrap()
        .write(&mut text);
    String::from_utf8(text).unwrap()
}

#[test]
fn the_committed_header_is_what_the_code_says() {
    let path = project().join("crates/entra-ffi/include/connect_entra.h");
    let committed = fs::read_to_string(&path).unwrap_or_default();
    if committed.replace("\r\n", "\n") != header() {
        // For a person to look at the difference and take it over.
        let fresh = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("connect_entra.h");
        fs::write(&fresh, header()).unwrap();
        panic!("the header is out of date: compare it with {} and move that into its place", fresh.display());
    }
}

#[test]
fn the_library_exports_what_the_header_declares_and_nothing_else() {
    if !crate::world::has("nm") || !cfg!(target_os = "linux") {
        crate::world::left_out("exported symbols", "no nm for this system");
        return;
    }
    let output = Command::new("nm").args(["-D", "--defined-only"]).arg(library()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let exported: BTreeSet<_> =
        text.lines().filter_map(|line| line.rsplit(' ').next()).filter(|name| !name.starts_with('_')).collect();
    let header = header();
    let words = header.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let declared: BTreeSet<_> =
        words.filter(|word| word.starts_with("entra_") && header.contains(&format!("{word}("))).collect();
    assert_eq!(exported, declared);
}

#[test]
fn the_numbers_of_the_events_are_those_of_the_operations() {
    use connect_entra as door;
    use entra_session::Kind;
    let pairs = [
        (door::ENTRA_EVENT_LOG, Kind::Log),
        (door::ENTRA_EVENT_WARNING, Kind::Warning),
        (door::ENTRA_EVENT_MESSAGE, Kind::Message),
        (door::ENTRA_EVENT_PROGRESS, Kind::Progress),
        (door::ENTRA_EVENT_PAGE, Kind::Page),
        (door::ENTRA_EVENT_ASK_VARIABLES, Kind::AskVariables),
        (door::ENTRA_EVENT_ASK_CERTIFICATE, Kind::AskCertificate),
        (door::ENTRA_EVENT_ASK_SIGNATURE, Kind::AskSignature),
        (door::ENTRA_EVENT_ASK_ASSERTION, Kind::AskAssertion),
        (door::ENTRA_EVENT_RESULT, Kind::Result),
        (door::ENTRA_EVENT_ERROR, Kind::Error),
        (door::ENTRA_EVENT_OUTPUT, Kind::Output),
        (door::ENTRA_EVENT_WANT_BODY, Kind::WantBody),
    ];
    assert_eq!(pairs.map(|(number, _)| number), pairs.map(|(_, kind)| kind as u32));
}
