//! The simulator as a program: prints one JSON line when it is ready, ends when its standard input closes or on
//! SIGTERM.

use entra_sim::{Options, Sim};
use std::io::Write as _;
use std::path::PathBuf;
use tokio::io::{AsyncReadExt as _, stdin};

const USAGE: &str = "usage: entra-sim [--dir FOLDER] [--clock SECONDS]";

fn main() {
    let Some(options) = options(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        std::process::exit(2);
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        // Signals are caught before anybody can know that there is something to stop.
        let mut stop = Stop::listen();
        let sim = Sim::start(options);
        println!("{}", sim.ready());
        let _ = std::io::stdout().flush();
        tokio::select! {
            () = end_of_input() => {}
            () = stop.asked() => {}
        }
    });
    // The thread that reads standard input cannot be stopped.
    std::process::exit(0);
}

fn options(mut arguments: impl Iterator<Item = String>) -> Option<Options> {
    let mut options = Options::default();
    while let Some(name) = arguments.next() {
        let value = arguments.next()?;
        match name.as_str() {
            "--dir" => options.dir = Some(PathBuf::from(value)),
            "--clock" => options.clock_offset = value.parse().ok()?,
            _ => return None,
        }
    }
    Some(options)
}

async fn end_of_input() {
    let mut buffer = [0; 256];
    while stdin().read(&mut buffer).await.is_ok_and(|n| n > 0) {}
}

#[cfg(unix)]
struct Stop(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

#[cfg(unix)]
impl Stop {
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let on = |kind| signal(kind).expect("signals can be caught");
        Self(on(SignalKind::terminate()), on(SignalKind::interrupt()))
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Stop;

#[cfg(not(unix))]
impl Stop {
    fn listen() -> Self {
        Self
    }

    async fn asked(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
