//! What the browser shows when it comes back from the sign-in service.

use crate::Error;

/// A page with its HTTP status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    status: u16,
    mark: Mark,
    title: String,
    text: String,
    /// For those who are asked for help: ids, the service's words.
    detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Good,
    Bad,
    None,
}

const BACK: &str = "You can close this tab and go back to your terminal.";

impl Page {
    fn new(status: u16, mark: Mark, title: &str, text: impl Into<String>) -> Self {
        Self { status, mark, title: title.into(), text: text.into(), detail: String::new() }
    }

    fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// It worked.
    pub(crate) fn success(username: &str) -> Self {
        let text = if username.is_empty() { BACK.into() } else { format!("As {username}. {BACK}") };
        Self::new(200, Mark::Good, "You are signed in", text)
    }

    /// It did not.
    pub(crate) fn refusal(error: &Error) -> Self {
        let bad = |title, text: &str| Self::new(200, Mark::Bad, title, format!("{text} {BACK}"));
        match error {
            Error::Declined => {
                bad("Nothing was signed in", "The sign-in was cancelled, or the permissions were not given.")
            }
            Error::WrongTenant { .. } => {
                bad("Another tenant", "This account signed in to another tenant than the one asked for.")
            }
            Error::WrongAccount { .. } => bad("Another account", "This is not the account that was asked for."),
            Error::Service(refusal) | Error::Blocked(refusal) => {
                let ids = match refusal.correlation_id.as_str() {
                    "" => String::new(),
                    id => format!("\nCorrelation id: {id}"),
                };
                bad("The sign-in was refused", "The terminal says what to do.")
                    .with_detail(format!("{}{ids}", refusal.description))
            }
            _ => bad("The sign-in did not succeed", "The terminal says why."),
        }
    }

    /// An answer to another question.
    pub(crate) fn stranger() -> Self {
        let text = "This page answers another sign-in, or an older one. The one that the terminal waits for goes on in its own tab.";
        Self::new(400, Mark::Bad, "Not this sign-in", text)
    }

    /// Not what this listener is for.
    pub(crate) fn nothing(status: u16) -> Self {
        Self::new(status, Mark::None, "Nothing to see here", "A sign-in is under way in another tab.")
    }

    /// The whole HTTP response. The connection ends with it.
    pub(crate) fn response(&self) -> Vec<u8> {
        let body = if self.status == 204 { String::new() } else { self.html() };
        let head = format!(
            "HTTP/1.1 {} {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n{HEAD}\r\n",
            self.status,
            reason(self.status),
            body.len(),
        );
        (head + &body).into_bytes()
    }

    fn html(&self) -> String {
        let mark = match self.mark {
            Mark::Good => GOOD,
            Mark::Bad => BAD,
            Mark::None => "",
        };
        let detail = match self.detail.as_str() {
            "" => String::new(),
            detail => format!("<pre>{}</pre>", escape(detail)),
        };
        let (title, text) = (escape(&self.title), escape(&self.text));
        format!(
            "{BEGIN}<title>{title}</title>{STYLE}</head><body><main>{mark}<h1>{title}</h1><p>{text}</p>{detail}</main></body></html>\n"
        )
    }
}

/// Nothing is stored, nothing is fetched, nobody may put the page into a frame.
const HEAD: &str = "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n\
    Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'\r\nConnection: close\r\n";

const BEGIN: &str = r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">"#;

const STYLE: &str = "<style>\
    :root{color-scheme:light dark;--back:#f3f4f6;--card:#fff;--text:#1b1f24;--soft:#4b5563;--good:#15803d;--bad:#b91c1c}\
    @media(prefers-color-scheme:dark){:root{--back:#111418;--card:#1d2228;--text:#eef1f4;--soft:#b4bcc6;--good:#4ade80;--bad:#f87171}}\
    *{box-sizing:border-box}\
    body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--back);color:var(--text);font:1rem/1.5 system-ui,sans-serif}\
    main{width:100%;max-width:30rem;padding:2rem;border-radius:.75rem;background:var(--card);box-shadow:0 1px 4px #0003;overflow-wrap:anywhere}\
    svg{display:block;width:3rem;height:3rem;margin-bottom:1rem}\
    h1{margin:0 0 .5rem;font-size:1.4rem;line-height:1.25}\
    p{margin:0;color:var(--soft)}\
    pre{margin:1.25rem 0 0;padding:.75rem;border-radius:.5rem;background:var(--back);font:.85rem/1.45 ui-monospace,monospace;white-space:pre-wrap}\
    </style>";

const GOOD: &str = r##"<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="11" fill="none" stroke="var(--good)" stroke-width="2"/><path d="m7 12.5 3.5 3.5L17 9" fill="none" stroke="var(--good)" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/></svg>"##;

const BAD: &str = r##"<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="11" fill="none" stroke="var(--bad)" stroke-width="2"/><path d="M12 6.5v7" stroke="var(--bad)" stroke-width="2.2" stroke-linecap="round"/><circle cx="12" cy="17" r="1.4" fill="var(--bad)"/></svg>"##;

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        404 => "Not Found",
        405 => "Method Not Allowed",
        411 => "Length Required",
        413 => "Content Too Large",
        431 => "Request Header Fields Too Large",
        _ => "Bad Request",
    }
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ServiceError;

    fn text(page: &Page) -> String {
        String::from_utf8(page.response()).unwrap()
    }

    #[test]
    fn what_the_service_says_cannot_become_a_page_of_its_own() {
        let service = ServiceError {
            description: "AADSTS1: <script>alert('x')</script> & \"y\"".into(),
            correlation_id: "<b>".into(),
            ..ServiceError::default()
        };
        let page = text(&Page::refusal(&Error::Service(Box::new(service))));
        assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;"));
        assert!(page.contains("Correlation id: &lt;b&gt;") && !page.contains("<script"));
    }

    #[test]
    fn pages_are_whole_and_say_their_length() {
        for page in [Page::success("a@b.example"), Page::success(""), Page::stranger(), Page::refusal(&Error::Declined)]
        {
            let text = text(&page);
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{head}");
            assert!(body.ends_with("</html>\n"));
        }
        assert!(text(&Page::nothing(204)).ends_with("\r\n\r\n"));
    }

    #[test]
    fn nothing_comes_from_outside_and_nothing_is_kept() {
        let page = text(&Page::success("a@b.example"));
        for field in
            ["Cache-Control: no-store", "default-src 'none'", "Referrer-Policy: no-referrer", "Connection: close"]
        {
            assert!(page.contains(field), "{field}");
        }
        for outside in ["http:", "https:", "src=", "href="] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(page.contains("prefers-color-scheme:dark") && page.contains("width=device-width"));
    }
}
