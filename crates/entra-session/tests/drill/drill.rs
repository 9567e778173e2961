//! A process that signs in and out as its standard input says: a line for each operation, its name and then its
//! fields, separated by tabs. Each event is a line of the same form; the last one is a Result or an Error.
//! Arguments: the home folder, the file with the CA to trust, and the address of the session bus if there is one.

use entra_session::{Bag, Command, Event, Kind, Next, Operation};
use std::{
    env,
    io::{self, BufRead, Write},
    time::Duration,
};

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1);
    let mut next = || arguments.next().unwrap_or_default();
    let (home, ca, bus) = (next(), next(), next());
    let local = format!(r"{home}\Local");
    let variables = Bag::default().with("HOME", &home).with("APPDATA", &home).with("LOCALAPPDATA", &local);
    let variables = variables.with("SSL_CERT_FILE", &ca).with("DBUS_SESSION_BUS_ADDRESS", &bus);
    for line in io::stdin().lock().lines() {
        run(&line?, &variables)?;
    }
    Ok(())
}

fn run(line: &str, variables: &Bag) -> io::Result<()> {
    let (name, fields) = line.split_once('\t').unwrap_or((line, ""));
    let fields = fields.split('\t').filter_map(|field| field.split_once('='));
    let input = fields.fold(Bag::default(), |bag, (name, value)| bag.with(name, value));
    let command = match name {
        "connect" => Command::Connect,
        "disconnect" => Command::Disconnect,
        _ => Command::Connection,
    };
    let operation = Operation::begin(command, input);
    loop {
        let mut seen = None;
        let next = operation.next(Duration::from_millis(50), |event| {
            seen = Some(event.clone());
            true
        })?;
        match (next, seen) {
            (Next::Event, Some(event)) if event.kind == Kind::AskVariables => {
                let known = event.fields.all("Name").filter_map(|name| Some((name, variables.get(name)?)));
                let answer = known.fold(Bag::default(), |bag, (name, value)| bag.with(name, value));
                operation.answer(answer).map_err(|_| io::Error::other("not asked"))?;
            }
            (Next::Event, Some(event)) => {
                say(&event)?;
                if event.kind.ends() {
                    return Ok(());
                }
            }
            (Next::Timeout, _) => {}
            (other, _) => return Err(io::Error::other(format!("{other:?}"))),
        }
    }
}

fn say(event: &Event) -> io::Result<()> {
    let mut line = format!("{:?}", event.kind);
    for (name, value) in event.fields.iter() {
        line = format!("{line}\t{name}={}", value.replace(['\n', '\t'], " "));
    }
    writeln!(io::stdout(), "{line}")
}
