//! What goes back to a browser: pages, answers to the application, and who is known there.

use super::error::{Refusal, Trace};
use super::grants::Request;
use super::pages;
use crate::answer;
use crate::people::Person;
use crate::seen::Seen;
use crate::text::guid;
use crate::world::{World, lock};
use axum::response::Response;
use url::Url;

const COOKIE: &str = "SIMSESSION";

/// What the service says to a browser.
pub(super) enum Say {
    Page(String),
    /// An error that stays on the page.
    Stop(Refusal),
    /// The answer to the application.
    Back(Box<Request>, Vec<(&'static str, String)>),
    /// An error that goes back to the application: `error`, AADSTS number, text, `error_subcode`.
    Refuse(Box<Request>, &'static str, u32, &'static str, Option<&'static str>),
}

pub(crate) async fn logout() -> Response {
    let cookie = format!("{COOKIE}=; Path=/; Max-Age=0");
    answer::header(
        answer::html(
            200,
            pages::done("You signed out of your account", "It's a good idea to close all browser windows."),
        ),
        "set-cookie",
        &cookie,
    )
}

fn cookie(seen: &Seen) -> Option<String> {
    let pairs = seen.header("cookie")?.split(';').filter_map(|p| p.trim().split_once('='));
    pairs.filter(|(n, _)| *n == COOKIE).map(|(_, v)| v.to_owned()).next()
}

/// Who is known to this browser.
pub(super) fn session(world: &World, seen: &Seen) -> Vec<Person> {
    cookie(seen).and_then(|id| lock(&world.grants).sessions.get(&id).cloned()).unwrap_or_default()
}

/// Remembers the person in this browser; gives the cookie's value.
fn remember(world: &World, seen: &Seen, person: &Person) -> String {
    let id = cookie(seen).unwrap_or_else(guid);
    let mut grants = lock(&world.grants);
    let people = grants.sessions.entry(id.clone()).or_default();
    if !people.iter().any(|p| p.object == person.object) {
        people.push(person.clone());
    }
    id
}

pub(super) fn error_fields(world: &World, seen: &Seen, refusal: &Refusal) -> Vec<(&'static str, String)> {
    let trace = Trace::new(world, seen);
    let mut fields =
        vec![("error", refusal.error.clone()), ("error_description", trace.describe(refusal.code, &refusal.text))];
    if let Some(sub) = &refusal.suberror {
        fields.push(("error_subcode", sub.clone()));
    }
    fields.push(("error_uri", format!("{}/error?code={}", seen.base(), refusal.code)));
    fields
}

/// As HTTP.
pub(super) fn show(world: &World, seen: &Seen, say: Say) -> Response {
    match say {
        Say::Page(text) => answer::html(200, text),
        Say::Stop(refusal) => {
            let trace = Trace::new(world, seen);
            trace.stamp(answer::html(200, pages::refusal(&trace.describe(refusal.code, &refusal.text))))
        }
        Say::Refuse(request, error, code, text, sub) => {
            let mut refusal = Refusal::new(400, error, code, text);
            refusal.suberror = sub.map(str::to_owned);
            let fields = error_fields(world, seen, &refusal);
            back(world, &request, fields)
        }
        Say::Back(request, fields) => {
            let response = back(world, &request, fields);
            match &request.person {
                Some(person) => {
                    let id = remember(world, seen, person);
                    answer::header(
                        response,
                        "set-cookie",
                        &format!("{COOKIE}={id}; Path=/; Secure; HttpOnly; SameSite=None"),
                    )
                }
                None => response,
            }
        }
    }
}

/// The answer to the application, in the mode that it asked for.
fn back(world: &World, request: &Request, mut fields: Vec<(&'static str, String)>) -> Response {
    fields.push(("state", format!("{}{}", request.state, lock(&world.settings).spoil_state)));
    if request.mode == "form_post" {
        let borrowed: Vec<_> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        return answer::html(200, pages::hand_over(&request.redirect_uri, &borrowed));
    }
    let mut url = Url::parse(&request.redirect_uri).expect("it was registered");
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
    if request.mode == "fragment" {
        url.set_fragment(Some(&query))
    } else {
        url.set_query(Some(&query))
    }
    answer::redirect(302, url.as_str())
}
