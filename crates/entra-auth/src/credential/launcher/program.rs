//! Programs of the system that open pages.

use entra_net::Url;
use std::{
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
};

/// A program with its arguments; `%s` stands for the address, which comes last where it stands nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) words: Vec<String>,
    /// Its exit code says nothing: Explorer ends with 1 when all is well.
    pub(super) any_exit: bool,
}

impl Program {
    pub(super) fn new(words: &[&str]) -> Self {
        Self::of(words.iter().map(|word| (*word).to_owned()).collect())
    }

    pub(super) fn of(words: Vec<String>) -> Self {
        Self { words, any_exit: false }
    }

    pub(super) fn name(&self) -> &str {
        &self.words[0]
    }

    /// Starts it with the session's environment alone.
    pub(super) fn start(&self, url: &Url, environment: &[(String, String)]) -> std::io::Result<Started> {
        reap();
        let mut words = self.words.iter().map(|word| word.replace("%s", url.as_str()));
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words);
        if !self.words.iter().skip(1).any(|word| word.contains("%s")) {
            command.arg(url.as_str());
        }
        command.env_clear().envs(environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt;
            // Ctrl+C in the terminal ends the sign-in, not the browser that was opened for it.
            command.process_group(0);
        }
        command.spawn().map(|child| Started(Some(child)))
    }
}

/// A program that was started, until its end was seen.
pub(super) struct Started(Option<Child>);

impl Started {
    pub(super) fn failure(&mut self, program: &Program) -> Option<String> {
        let status = self.0.as_mut()?.try_wait().ok()??;
        self.0 = None;
        (!status.success() && !program.any_exit).then(|| status.to_string())
    }

    #[cfg(test)]
    pub(super) fn is_open(&self) -> bool {
        self.0.is_some()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if let Some(child) = self.0.take() {
            left().push(child);
        }
    }
}

/// Programs that outlived their sign-in. They are not ours to end, but the system keeps an entry for each that has
/// ended until it is asked for; that is done when the next one starts.
static LEFT: Mutex<Vec<Child>> = Mutex::new(Vec::new());

fn left() -> std::sync::MutexGuard<'static, Vec<Child>> {
    LEFT.lock().unwrap_or_else(PoisonError::into_inner)
}

fn reap() {
    left().retain_mut(|child| matches!(child.try_wait(), Ok(None)));
}
