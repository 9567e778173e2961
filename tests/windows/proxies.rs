//! Proxies of this user's settings, through the C door.
#![cfg(windows)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where its world does not stand")]

#[allow(dead_code, reason = "the other tests of Windows use the rest")]
mod registry;
#[allow(dead_code, reason = "the other tests of Windows use the rest")]
mod world;

use entra_sim::Sim;
use registry::{Root, Values};
use windows_registry::Value;
use world::World;

const SETTINGS: &str = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings";
/// Nobody listens there.
const NOBODY: &str = "127.0.0.1:9";

/// The user's settings with this proxy. What is on this machine is reached directly, so that no other program hears of it.
fn settings(enabled: u32, server: &str) -> Values {
    let mut settings = Values::of(Root::User, SETTINGS);
    settings.set("ProxyEnable", Value::from(enabled));
    settings.set("ProxyServer", Value::from(server));
    settings.set("ProxyOverride", Value::from("<local>"));
    settings
}

fn proxy(sim: &Sim) -> &str {
    sim.proxy().trim_start_matches("http://").trim_end_matches('/')
}

fn through(sim: &Sim) -> usize {
    sim.seen("proxy", "login.microsoftonline.com").len()
}

#[test]
fn the_systems_proxy_is_taken_where_no_variable_names_one() {
    let mut world = World::new();
    for (at, server) in
        [proxy(&world.sim).to_owned(), format!("https={};http={NOBODY}", proxy(&world.sim))].into_iter().enumerate()
    {
        let _settings = settings(1, &server);
        let context = world.connect("Global").result();
        assert_eq!(context.get("AuthType"), Some("AppOnly"));
        assert_eq!(through(&world.sim), at + 1, "{server}");
        world.host.disconnect().result();
    }
}

#[test]
fn a_variable_comes_before_the_systems_proxy() {
    let mut world = World::new();
    let _settings = settings(1, NOBODY);
    let error = world.connect("Global").error();
    assert!(error.get("Message").unwrap().contains("login.microsoftonline.com"), "{error:?}");
    let proxy = world.sim.proxy().to_owned();
    world.host.set("HTTPS_PROXY", &proxy);
    world.connect("Global").result();
    assert_eq!(through(&world.sim), 1);
    // Else the next test would find this token.
    world.host.disconnect().result();
}

#[test]
fn exceptions_and_a_proxy_that_is_switched_off_are_passed_by() {
    let mut world = World::new();
    {
        let _settings = settings(1, NOBODY);
        world.connect("Sim").result();
        world.host.disconnect().result();
    }
    for (name, exceptions, variable) in [("host", "*.example;LOCALHOST", ""), ("variable", "", "localhost")] {
        let mut settings = settings(1, NOBODY);
        settings.set("ProxyOverride", Value::from(exceptions));
        world.host.set("NO_PROXY", variable);
        assert!(matches!(world.connect("Sim"), house::End::Result(_)), "{name}");
        world.host.disconnect().result();
    }
    let _settings = settings(0, NOBODY);
    world.connect("Sim").result();
    assert_eq!(world.sim.seen("proxy", "").len(), 0);
}

#[test]
fn a_setting_that_is_no_address_is_told() {
    let mut world = World::new();
    let _settings = settings(1, "proxy.example:port");
    let error = world.connect("Sim").error();
    assert_eq!(error.get("Id"), Some("ProxySetting"), "{error:?}");
    assert!(error.get("Message").unwrap().contains("ProxyServer"), "{error:?}");
}
