//! The pages that people see: plain HTML without script (but for the hand-over), readable in light and dark and on a
//! phone, with stable names and ids for programs that click.

use crate::text::html_escape as e;

const STYLE: &str = ":root{color-scheme:light dark;--b:#f3f2f1;--c:#fff;--t:#1b1b1b;--m:#5e5e5e;--a:#0067b8;--e:#b3261e}\
@media(prefers-color-scheme:dark){:root{--b:#1b1a19;--c:#292827;--t:#f3f2f1;--m:#c8c6c4;--a:#6cb8f6;--e:#ff99a4}}\
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--b);color:var(--t);\
font:16px/1.45 'Segoe UI',system-ui,sans-serif}main{width:min(27.5rem,100vw);padding:2.5rem 2rem;background:var(--c);\
box-shadow:0 2px 12px #0003}@media(max-width:30rem){body{place-items:start stretch}main{min-height:100vh;box-shadow:none;padding:1.5rem}}\
.brand{color:var(--m);font-size:.9rem;margin:0 0 1.2rem}h1{font-size:1.5rem;font-weight:600;margin:0 0 1rem}\
label{display:block;margin:.9rem 0 .2rem;font-size:.9rem}input{width:100%;padding:.55rem .6rem;font:inherit;color:inherit;\
background:transparent;border:1px solid var(--m);border-radius:2px}.row{display:flex;gap:.6rem;flex-direction:row-reverse;\
flex-wrap:wrap;margin-top:1.6rem}button{font:inherit;padding:.45rem 1.4rem;border:1px solid var(--m);background:transparent;\
color:inherit;border-radius:2px;cursor:pointer}button.main{background:var(--a);border-color:var(--a);color:var(--c)}\
button.account{display:block;width:100%;text-align:left;margin:.4rem 0;padding:.7rem .8rem}:focus-visible{outline:2px solid var(--a);outline-offset:2px}\
.error{color:var(--e)}small,.small{color:var(--m);font-size:.85rem}ul{padding-left:1.2rem}";

fn page(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title>\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><style>{STYLE}</style></head>\n\
         <body><main><p class=\"brand\">Simulated sign-in service</p><h1>{0}</h1>\n{body}\n</main></body></html>\n",
        e(title)
    )
}

fn hidden(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(n, v)| format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", e(n), e(v))).collect()
}

fn error_line(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("<p class=\"error\" id=\"error\" role=\"alert\">{}</p>", e(text))
    }
}

fn form(action: &str, fields: &[(&str, &str)], inner: &str) -> String {
    format!("<form method=\"post\" action=\"{}\">{}{inner}</form>", e(action), hidden(fields))
}

/// Name and password. The main button comes first in the text: Enter presses the first one.
pub(crate) fn sign_in(action: &str, fields: &[(&str, &str)], login: &str, error: &str, app: &str) -> String {
    let inner = format!(
        "<p>to continue to {}</p>{}<label for=\"login\">Account</label>\
         <input id=\"login\" name=\"login\" type=\"text\" autocomplete=\"username\" value=\"{}\" {}>\
         <label for=\"password\">Password</label>\
         <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" {}>\
         <div class=\"row\"><button id=\"next\" class=\"main\" name=\"action\" value=\"next\">Sign in</button>\
         <button id=\"cancel\" name=\"action\" value=\"cancel\" formnovalidate>Cancel</button></div>",
        e(app),
        error_line(error),
        e(login),
        if login.is_empty() { "autofocus" } else { "" },
        if login.is_empty() { "" } else { "autofocus" },
    );
    page("Sign in", &form(action, fields, &inner))
}

/// The accounts that this browser knows.
pub(crate) fn pick(action: &str, fields: &[(&str, &str)], accounts: &[(&str, String)], app: &str) -> String {
    let buttons: String = accounts
        .iter()
        .enumerate()
        .map(|(i, (login, name))| {
            format!("<button class=\"account\" id=\"account-{i}\" name=\"account\" value=\"{0}\">{1}<br><small>{0}</small></button>", e(login), e(name))
        })
        .collect();
    let inner = format!(
        "<p>to continue to {}</p>{buttons}<button class=\"account\" id=\"other\" name=\"action\" value=\"other\">Use another account</button>\
         <div class=\"row\"><button id=\"cancel\" name=\"action\" value=\"cancel\">Cancel</button></div>",
        e(app)
    );
    page("Pick an account", &form(action, fields, &inner))
}

/// What the application wants.
pub(crate) fn consent(action: &str, fields: &[(&str, &str)], login: &str, app: &str, names: &[String]) -> String {
    let list: String = names.iter().map(|n| format!("<li>{}</li>", e(n))).collect();
    let inner = format!(
        "<p class=\"small\">{}</p><p><b>{}</b> would like to:</p><ul id=\"permissions\">{list}</ul>\
         <p class=\"small\">Accepting lets this app use your data as its terms say.</p>\
         <div class=\"row\"><button id=\"accept\" class=\"main\" name=\"action\" value=\"accept\">Accept</button>\
         <button id=\"cancel\" name=\"action\" value=\"decline\">Cancel</button></div>",
        e(login),
        e(app)
    );
    page("Permissions requested", &form(action, fields, &inner))
}

/// Where the code of another device is entered.
pub(crate) fn device_code(error: &str) -> String {
    let inner = format!(
        "<p>Enter the code displayed on your app or device.</p>{}<label for=\"code\">Code</label>\
         <input id=\"code\" name=\"code\" autocomplete=\"one-time-code\" autocapitalize=\"characters\" autofocus>\
         <div class=\"row\"><button id=\"next\" class=\"main\">Next</button></div>",
        error_line(error)
    );
    page("Enter code to allow access", &form("/devicelogin", &[], &inner))
}

pub(crate) fn done(title: &str, text: &str) -> String {
    page(title, &format!("<p id=\"done\">{}</p>", e(text)))
}

/// An error that never goes back to the application, as Entra shows it.
pub(crate) fn refusal(description: &str) -> String {
    let lines = e(description).replace("\r\n", "<br>");
    page(
        "Sorry, but we're having trouble signing you in.",
        &format!("<p class=\"error\" id=\"error\" role=\"alert\">{lines}</p>"),
    )
}

/// Hands the answer over by POST (OAuth 2.0 Form Post Response Mode).
pub(crate) fn hand_over(to: &str, fields: &[(&str, &str)]) -> String {
    let inner = "<noscript><p>Script is off in this browser.</p></noscript><button id=\"continue\" class=\"main\">Continue</button>";
    page("Working…", &(form(to, fields, inner) + "<script>document.forms[0].submit()</script>"))
}
