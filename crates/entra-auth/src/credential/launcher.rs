//! Which program opens a page, and starting it.

#[cfg(not(windows))]
mod program;
#[cfg(windows)]
mod shell;

use crate::{Host, Level, NoBrowser};
use entra_net::Url;
#[cfg(not(windows))]
use program::{Program, Started};
#[cfg(windows)]
use shell::{Program, Started};

/// Ways to open a page, in the order in which they are tried.
pub(crate) struct Launcher {
    programs: Vec<Program>,
    environment: Vec<(String, String)>,
    /// What to say when none of them worked.
    reason: NoBrowser,
}

impl Launcher {
    /// What there is to try in a session with this environment.
    ///
    /// # Errors
    /// Where the person cannot sit in front of a browser that this machine opens.
    pub(crate) fn of(environment: Vec<(String, String)>) -> Result<Self, NoBrowser> {
        let (programs, reason) = Session(&environment).programs()?;
        Ok(Self { programs, environment: without_text_browsers(environment, &reason), reason })
    }

    /// Starts the next program with this address; `None` when there is none left, and then [`Self::reason`] says why.
    pub(crate) fn open(&mut self, url: &Url, host: &dyn Host) -> Option<Running> {
        while !self.programs.is_empty() {
            let program = self.programs.remove(0);
            match start(&program, url, &self.environment) {
                Ok(started) => return Some(Running { started, program }),
                Err(error) => self.note(program.name(), &error.to_string(), host),
            }
        }
        None
    }

    /// Remembers what the last program met with; a missing display explains more than that.
    pub(crate) fn note(&mut self, program: &str, detail: &str, host: &dyn Host) {
        host.log(Level::Verbose, format!("'{program}' did not open the sign-in page: {detail}"));
        if self.reason != NoBrowser::NoDisplay {
            self.reason = NoBrowser::Failed { program: program.into(), detail: detail.into() };
        }
    }

    pub(crate) fn reason(&self) -> NoBrowser {
        self.reason.clone()
    }
}

/// Without a display `xdg-open` starts a text browser, which has no terminal here and looks like a success. A list that
/// names nobody keeps it from that.
fn without_text_browsers(mut environment: Vec<(String, String)>, reason: &NoBrowser) -> Vec<(String, String)> {
    if *reason == NoBrowser::NoDisplay && !environment.iter().any(|(name, _)| name == "BROWSER") {
        environment.push(("BROWSER".into(), "no-text-browser".into()));
    }
    environment
}

/// Only these may be handed to a program: anything else could be an option or a file to it.
fn is_page(url: &Url) -> bool {
    matches!(url.scheme(), "https" | "http") && !url.as_str().chars().any(|c| c.is_control() || c.is_whitespace())
}

fn start(program: &Program, url: &Url, environment: &[(String, String)]) -> std::io::Result<Started> {
    if !is_page(url) {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "the address is not a page"));
    }
    program.start(url, environment)
}

/// A program that was started.
pub(crate) struct Running {
    started: Started,
    program: Program,
}

impl Running {
    pub(crate) fn program(&self) -> &str {
        self.program.name()
    }

    /// What went wrong, once it has ended badly. A browser that stays in the foreground has not ended.
    pub(crate) fn failure(&mut self) -> Option<String> {
        self.started.failure(&self.program)
    }
}

/// A session by its environment.
struct Session<'a>(&'a [(String, String)]);

impl Session<'_> {
    fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    fn has(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.value(name).is_some())
    }

    fn is_remote(&self) -> bool {
        self.has(&["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"])
    }

    #[cfg(windows)]
    fn programs(&self) -> Result<(Vec<Program>, NoBrowser), NoBrowser> {
        if self.is_remote() {
            return Err(NoBrowser::Remote);
        }
        Ok((vec![Program], NoBrowser::Missing))
    }

    #[cfg(target_os = "macos")]
    fn programs(&self) -> Result<(Vec<Program>, NoBrowser), NoBrowser> {
        if self.is_remote() {
            return Err(NoBrowser::Remote);
        }
        Ok((vec![Program::new(&["/usr/bin/open"])], NoBrowser::Missing))
    }

    /// The person's own list first. A session that came in over SSH, or a Codespace, shows its browser elsewhere, where
    /// `localhost` is another machine.
    #[cfg(not(any(windows, target_os = "macos")))]
    fn programs(&self) -> Result<(Vec<Program>, NoBrowser), NoBrowser> {
        if self.has(&["CODESPACES"]) {
            return Err(NoBrowser::Codespace);
        }
        let mut programs = self.own_list();
        let display = self.has(&["DISPLAY", "WAYLAND_DISPLAY"]);
        if programs.is_empty() && !display && self.is_remote() {
            return Err(NoBrowser::Remote);
        }
        let windows_below = self.has(&["WSL_DISTRO_NAME", "WSL_INTEROP"]);
        if windows_below {
            programs.push(Program::new(&["wslview"]));
            programs.push(Program { any_exit: true, ..Program::new(&["explorer.exe"]) });
        }
        programs.push(Program::new(&["xdg-open"]));
        let reason = if display || windows_below { NoBrowser::Missing } else { NoBrowser::NoDisplay };
        Ok((programs, reason))
    }

    /// `$BROWSER`: programs separated by colons, each with `%s` or with the address behind it.
    #[cfg(not(any(windows, target_os = "macos")))]
    fn own_list(&self) -> Vec<Program> {
        let list = self.value("BROWSER").unwrap_or_default();
        let words = |item: &str| item.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let programs = list.split(':').map(words).filter(|words| !words.is_empty());
        programs.map(Program::of).collect()
    }
}

#[cfg(test)]
#[cfg(not(any(windows, target_os = "macos")))]
mod tests {
    use super::*;

    fn named(environment: &[(&str, &str)]) -> Result<Vec<String>, NoBrowser> {
        let all = environment.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Launcher::of(all).map(|launcher| launcher.programs.iter().map(|p| p.words.join(" ")).collect())
    }

    #[test]
    fn the_persons_own_list_comes_first() {
        let display = ("DISPLAY", ":0");
        assert_eq!(named(&[display]).unwrap(), ["xdg-open"]);
        let own = named(&[display, ("BROWSER", "firefox --new-tab %s::w3m")]).unwrap();
        assert_eq!(own, ["firefox --new-tab %s", "w3m", "xdg-open"]);
        let below = named(&[("WSL_DISTRO_NAME", "Debian")]).unwrap();
        assert_eq!(below[..2], ["wslview", "explorer.exe"]);
    }

    #[test]
    fn sessions_elsewhere_have_no_browser_unless_they_name_one() {
        assert_eq!(named(&[("SSH_TTY", "/dev/pts/1")]), Err(NoBrowser::Remote));
        assert!(named(&[("SSH_TTY", "/dev/pts/1"), ("DISPLAY", "localhost:10.0")]).is_ok());
        assert!(named(&[("SSH_TTY", "/dev/pts/1"), ("BROWSER", "x")]).is_ok());
        assert_eq!(named(&[("CODESPACES", "true"), ("BROWSER", "x")]), Err(NoBrowser::Codespace));
        assert_eq!(named(&[]).unwrap(), ["xdg-open"]);
    }

    #[test]
    fn only_pages_are_opened() {
        for bad in ["file:///etc/passwd", "ftp://x.example", "ms-settings:x", "data:text/html,x"] {
            assert!(!is_page(&Url::parse(bad).unwrap()), "{bad}");
        }
        assert!(is_page(&Url::parse("https://login.example/?a=b%20c&d=%0A").unwrap()));
    }

    fn launcher(list: &str) -> Launcher {
        let environment = [("BROWSER", list), ("PATH", "/usr/bin:/bin"), ("MARK", "here")];
        let mut launcher = Launcher::of(environment.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect()).unwrap();
        launcher.programs.pop();
        launcher
    }

    fn end(running: &mut Running) -> Option<String> {
        while running.started.is_open() {
            if let Some(failure) = running.failure() {
                return Some(failure);
            }
            std::thread::yield_now();
        }
        None
    }

    #[test]
    fn missing_programs_are_passed_over_and_failures_are_seen() {
        let url = Url::parse("https://login.example/").unwrap();
        let mut launcher = launcher("/no/such/program:false:true");
        let mut first = launcher.open(&url, &crate::Silent).unwrap();
        assert!(matches!(launcher.reason(), NoBrowser::NoDisplay));
        assert!(end(&mut first).unwrap().contains('1'));
        assert_eq!(end(&mut launcher.open(&url, &crate::Silent).unwrap()), None);
        assert!(launcher.open(&url, &crate::Silent).is_none());
    }

    #[test]
    fn the_program_gets_the_address_and_the_sessions_environment_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (script, told) = (folder.path().join("open"), folder.path().join("told"));
        std::fs::write(&script, "#!/bin/sh\n{ echo \"$1 $2\"; env; } > \"$MARKED\"\n").unwrap();
        let environment = vec![
            ("BROWSER".to_owned(), format!("sh {} --new=%s x", script.display())),
            ("PATH".to_owned(), "/usr/bin:/bin".to_owned()),
            ("MARKED".to_owned(), told.display().to_string()),
        ];
        let url = Url::parse("https://login.example/?a=$(id)&b=';x").unwrap();
        let mut launcher = Launcher::of(environment).unwrap();
        assert_eq!(end(&mut launcher.open(&url, &crate::Silent).unwrap()), None);
        let told = std::fs::read_to_string(told).unwrap();
        assert!(told.starts_with("--new=https://login.example/?a=$(id)&b=%27;x x\n"), "{told}");
        assert!(!told.contains("CARGO"), "{told}");
    }
}
