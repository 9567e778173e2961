//! The browser that the person chose in Windows, by ShellExecute. It starts with the process's environment: Windows
//! takes no other.

use entra_net::Url;
use std::thread::{self, JoinHandle};

/// ShellExecute.
pub(super) struct Program;

impl Program {
    pub(super) fn name(&self) -> &str {
        "ShellExecute"
    }

    /// On a thread of its own: a handler may keep its caller waiting.
    pub(super) fn start(&self, url: &Url, _environment: &[(String, String)]) -> std::io::Result<Started> {
        let address = url.as_str().to_owned();
        let thread = thread::Builder::new().name("open-page".into());
        thread.spawn(move || open::that_detached(address)).map(|thread| Started(Some(thread)))
    }
}

/// The call, until its end was seen.
pub(super) struct Started(Option<JoinHandle<std::io::Result<()>>>);

impl Started {
    pub(super) fn failure(&mut self, _program: &Program) -> Option<String> {
        let ended = self.0.take_if(|thread| thread.is_finished())?;
        match ended.join() {
            Ok(outcome) => outcome.err().map(|error| error.to_string()),
            Err(_) => Some("the call ended before its time".into()),
        }
    }
}
