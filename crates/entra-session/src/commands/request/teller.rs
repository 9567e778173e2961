use crate::{Bag, host::HostLink};
use entra_auth::{Host, Level, Progress};
use entra_graph::{GraphReply, Note, page_info};
use std::time::Duration;

/// Tells the host what happens on the way.
pub(super) struct Teller {
    host: HostLink,
    /// Is a line for each request wanted?
    verbose: bool,
    activity: String,
    shown: bool,
}

impl Teller {
    pub(super) fn new(input: &Bag, host: &HostLink) -> Self {
        let of = |name| input.get(name).unwrap_or_default();
        let address = of("Uri").split('?').next().unwrap_or_default();
        let activity = format!("{} {address}", of("Method"));
        Self { host: host.clone(), verbose: input.flag("Verbose"), activity, shown: false }
    }

    pub(super) fn tell(&mut self, note: Note) {
        match note {
            Note::Sending { method, url, bytes } if self.verbose => {
                let bytes = bytes.map_or_else(|| "unknown".into(), |bytes| bytes.to_string());
                self.say(format!("{method} {url} with {bytes}-byte payload"));
            }
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

    /// The line about an answer that is one page of several. Not a warning: scripts follow the link themselves.
    pub(super) fn goes_on(&self, reply: &GraphReply) {
        let goes_on = || page_info(&reply.text()).is_ok_and(|info| info.next_link.is_some());
        if self.verbose && goes_on() {
            self.say("The result was truncated, there are more pages: use -All to get them".into());
        }
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
