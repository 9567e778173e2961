//! The rules of the house that a machine can check.

use crate::world::project;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const PRODUCT: [&str; 6] = ["entra-net", "entra-vault", "entra-auth", "entra-graph", "entra-session", "entra-ffi"];

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
}

/// The product's Rust files, each with its text up to its tests.
fn sources(name: &str) -> Vec<(PathBuf, String)> {
    let mut paths = Vec::new();
    files(&project().join("crates").join(name).join("src"), "rs", &mut paths);
    // Files of tests alone.
    paths.retain(|path| !["tests.rs", "testing.rs"].iter().any(|name| path.ends_with(name)));
    let code = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let end = text.find("#[cfg(test)]").unwrap_or(text.len());
        (path, text[..end].to_owned())
    };
    paths.into_iter().map(code).collect()
}

/// Lines of product code with one of these words, but for the files that may have them.
fn lines_with(words: &[&str], allowed: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in PRODUCT.iter().flat_map(|name| sources(name)) {
        if allowed.iter().any(|end| path.ends_with(end)) {
            continue;
        }
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        found.extend(
            lines
                .filter(|line| words.iter().any(|word| line.contains(word)))
                .map(|line| format!("{}: {}", path.display(), line.trim())),
        );
    }
    found
}

#[track_caller]
fn none(found: Vec<String>, rule: &str) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

#[test]
fn no_crate_reads_the_process_s_environment_or_folder() {
    let words = ["env::var", "env::vars", "env::current_dir", "env::home_dir", "env::temp_dir"];
    none(lines_with(&words, &[]), "the host is asked, not the process");
}

#[test]
fn time_comes_from_the_clock() {
    // Operations measure how long a host waits, and the vault how long a lock stands; neither is the time of day.
    none(lines_with(&["SystemTime::now"], &["entra-net/src/clock.rs"]), "time only from Clock");
}

#[test]
fn sockets_are_opened_in_one_crate_and_listened_to_in_one_file() {
    let outgoing = ["TcpStream::connect", "UdpSocket", "reqwest::", "hyper::", "hyper_util::"];
    let elsewhere: Vec<_> = lines_with(&outgoing, &[]).into_iter().filter(|line| !line.contains("entra-net")).collect();
    none(elsewhere, "outgoing sockets only in entra-net");
    none(lines_with(&["TcpListener"], &["entra-auth/src/credential/loopback.rs"]), "the one listener is in one file");
}

#[test]
fn unsafe_code_is_where_it_may_be() {
    let found = lines_with(&["unsafe "], &[]);
    let outside = |line: &String| {
        let vault =
            line.contains("entra-vault") && ["linux", "dpapi", "windows", "keychain"].iter().any(|s| line.contains(s));
        !line.contains("entra-ffi") && !vault
    };
    none(found.into_iter().filter(outside).collect(), "unsafe only at the C door and in one file per system");
}

#[test]
fn secrets_have_no_text_form() {
    let text = fs::read_to_string(project().join("crates/entra-net/src/secret.rs")).unwrap();
    for form in ["impl fmt::Display", "Serialize", "derive(Debug", "Deserialize"] {
        assert!(!text.contains(form), "{form}");
    }
}

#[test]
fn arrows_point_down() {
    let allowed: [(&str, &[&str]); 7] = [
        ("entra-net", &[]),
        ("entra-vault", &[]),
        ("entra-auth", &["entra-net"]),
        ("entra-graph", &["entra-net"]),
        ("entra-session", &["entra-auth", "entra-graph", "entra-net", "entra-vault"]),
        ("entra-ffi", &["entra-session", "entra-net"]),
        ("entra-sim", &[]),
    ];
    for (name, below) in allowed {
        let manifest = fs::read_to_string(project().join("crates").join(name).join("Cargo.toml")).unwrap();
        // What tests need may come from anywhere.
        let section = manifest.split("[dependencies]").nth(1).unwrap_or_default();
        let dependencies = section.split("\n[").next().unwrap_or_default();
        let used: BTreeSet<_> = dependencies
            .lines()
            .filter_map(|line| line.split(['.', ' ', '=']).next())
            .filter(|word| word.starts_with("entra-"))
            .collect();
        assert!(used.iter().all(|used| below.contains(used)), "{name} uses {used:?}");
    }
}

#[test]
fn every_variable_is_in_the_readme() {
    let list = fs::read_to_string(project().join("crates/entra-session/src/variables.rs")).unwrap();
    let readme = fs::read_to_string(project().join("README.md")).unwrap();
    let names =
        list.split('"').skip(1).step_by(2).filter(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'));
    let missing: Vec<_> = names.filter(|name| !readme.contains(name)).map(str::to_owned).collect();
    none(missing, "variables that the README does not name");
}

#[test]
fn nothing_is_left_unfinished() {
    let mut paths = Vec::new();
    for folder in ["crates", "powershell", "Pester", "tests"] {
        for ending in ["rs", "ps1", "psm1", "c", "py"] {
            files(&project().join(folder), ending, &mut paths);
        }
    }
    let words = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X ")];
    let skip =
        |path: &Path| path.components().any(|part| part.as_os_str() == "node_modules" || part.as_os_str() == "target");
    let unfinished = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap_or_default();
        words.iter().any(|word| text.contains(word)).then(|| path.display().to_string())
    };
    none(paths.iter().filter(|path| !skip(path)).filter_map(unfinished).collect(), "unfinished");
}
