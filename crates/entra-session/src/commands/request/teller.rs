use crate::{Bag, host::HostLink};
use entra_auth::{Host, Level, Progress};
use entra_graph::{GraphReply, Note, page_info};
use std::time::Duration;

/// Tells the host what happens on the way.
pub(super) struct Teller {
    host: HostLink,
    /// Is a line for each request wanted?
    verbose: bool,
    /// Is there a warning where an answer is one page of several?
    warns: bool,
    activity: String,
    shown: bool,
}

impl Teller {
    pub(super) fn new(input: &Bag, host: &HostLink) -> Self {
        let of = |name| input.get(name).unwrap_or_default();
        let address = of("Uri").split('?').next().unwrap_or_default();
        let activity = format!("{} {address}", of("Method"));
        let warns = input.flag("WarnOfMore") && !pages_itself(of("Uri"), input.all("QueryName"));
        Self { host: host.clone(), verbose: input.flag("Verbose"), warns, activity, shown: false }
    }

    pub(super) fn tell(&mut self, note: Note) {
        match note {
            Note::Sending { method, url, bytes } if self.verbose => {
                let bytes = bytes.map_or_else(|| "unknown".into(), |bytes| bytes.to_string());
                self.say(format!("{method} {url} with {bytes}-byte payload"));
            }
            Note::Head(text) => self.host.log(Level::Debug, text),
            Note::Waiting { pause, left } => {
                let seconds = pause.span.as_secs_f64();
                let left = left.map(|left| format!(", {} s are left for waiting", left.as_secs())).unwrap_or_default();
                self.say(format!(
                    "The answer was {}: try {} follows in {seconds} s{left}",
                    pause.because,
                    pause.attempt + 1
                ));
                self.progress(format!("waiting, the answer was {}", pause.because), None, Some(pause.span));
            }
            Note::Challenged { claims } => {
                let what = if claims { "with more claims" } else { "anew" };
                self.say(format!("The token was not accepted: one is asked for {what}"));
            }
            Note::Redirected { to, with_bearer } => {
                let token = if with_bearer { "with" } else { "without" };
                self.say(format!("The service sends the request on to {to}; it goes there {token} the token"));
            }
            Note::Progress { done, total } => {
                let percent = total.filter(|total| *total > 0).map(|total| (done * 100 / total).min(100));
                let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
                self.progress(format!("{done}{of}"), percent.and_then(|n| u8::try_from(n).ok()), None);
            }
            _ => {}
        }
    }

    /// The line that follows an answer.
    pub(super) fn received(&self, reply: &GraphReply) {
        if self.verbose {
            let kind = reply.head.media_type().essence;
            self.say(format!("received {}-byte response of content type {kind}", reply.body.len()));
        }
    }

    /// What is said of an answer that is one page of several, where nobody has asked for all of them.
    pub(super) fn goes_on(&self, reply: &GraphReply) {
        let goes_on = || page_info(&reply.text()).is_ok_and(|info| info.next_link.is_some());
        if !(self.warns || self.verbose) || !goes_on() {
            return;
        }
        let text = "The result was truncated, there are more pages: use -All to get them".to_owned();
        if self.warns { self.host.warn(text) } else { self.say(text) }
    }

    /// Takes what was shown away.
    pub(super) fn finish(&mut self) {
        if std::mem::take(&mut self.shown) {
            self.show(String::new(), None, None, true);
        }
    }

    fn say(&self, text: String) {
        self.host.log(Level::Verbose, text);
    }

    fn progress(&mut self, status: String, percent: Option<u8>, remaining: Option<Duration>) {
        self.shown = true;
        self.show(status, percent, remaining, false);
    }

    fn show(&self, status: String, percent: Option<u8>, remaining: Option<Duration>, completed: bool) {
        let remaining = remaining.map(|span| span.as_secs());
        self.host.progress(Progress { activity: self.activity.clone(), status, percent, remaining, completed });
    }
}

/// Does the query tell that its caller knows of pages: how many items it wants, or where a next page begins?
fn pages_itself<'a>(uri: &'a str, mut more: impl Iterator<Item = &'a str>) -> bool {
    let query = uri.split_once('?').map_or("", |(_, query)| query);
    let mut names = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    let counts = |name: &str| {
        let name = name.replace("%24", "$").to_ascii_lowercase();
        matches!(name.trim_start_matches('$'), "top" | "skip" | "skiptoken")
    };
    names.any(counts) || more.any(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_counts_items_or_follows_links_knows_of_pages() {
        for uri in [
            "v1.0/users?$top=5",
            "v1.0/users?x=1&top=5",
            "https://graph.example/v1.0/users?%24skiptoken=a",
            "x?$Skip=1",
        ] {
            assert!(pages_itself(uri, [].into_iter()), "{uri}");
        }
        for uri in ["v1.0/users", "v1.0/users?$select=top", "v1.0/top?$count=true", ""] {
            assert!(!pages_itself(uri, ["$select"].into_iter()), "{uri}");
        }
        assert!(pages_itself("v1.0/users", ["$select", "$top"].into_iter()));
    }
}
