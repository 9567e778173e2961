//! A host for tests: it drives operations through the C door, as a C program would, and answers what is asked.

use connect_entra::{
    ENTRA_BUFFER_TOO_SMALL, ENTRA_CANCELLED, ENTRA_END, ENTRA_EVENT_ASK_CERTIFICATE, ENTRA_EVENT_ASK_SIGNATURE,
    ENTRA_EVENT_ASK_VARIABLES, ENTRA_EVENT_ERROR, ENTRA_EVENT_RESULT, ENTRA_OK, ENTRA_TIMEOUT, entra_connect_begin,
    entra_context_begin, entra_disconnect_begin, entra_environment_begin, entra_op_answer, entra_op_cancel,
    entra_op_free, entra_op_next, entra_op_secret, entra_settings_begin,
};
use std::collections::HashMap;

/// A door that begins an operation.
pub type Begin = unsafe extern "C" fn(*const u8, u64, *mut u64) -> i32;

/// Named values, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// The last value of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rfind(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All values of that name.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }

    /// As it crosses the door.
    pub fn bag(&self) -> Vec<u8> {
        self.0.iter().flat_map(|(name, value)| format!("{name}={value}\0").into_bytes()).collect()
    }

    fn read(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let entries = text.split_terminator('\0').filter_map(|entry| entry.split_once('='));
        Self(entries.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Fields {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }
}

/// How an operation ended.
#[derive(Debug)]
pub enum End {
    /// A result.
    Result(Fields),
    /// An error.
    Error(Fields),
    /// Cancelled.
    Cancelled,
}

impl End {
    /// The result's fields.
    ///
    /// # Panics
    /// Where the operation failed: a test has to hear of it.
    #[track_caller]
    #[expect(clippy::panic, reason = "a test ends here")]
    pub fn result(self) -> Fields {
        match self {
            Self::Result(fields) => fields,
            other => panic!("no result but {other:?}"),
        }
    }

    /// The error's fields.
    ///
    /// # Panics
    /// Where the operation did not fail.
    #[track_caller]
    #[expect(clippy::panic, reason = "a test ends here")]
    pub fn error(self) -> Fields {
        match self {
            Self::Error(fields) => fields,
            other => panic!("no error but {other:?}"),
        }
    }
}

/// Answers a question: the event's kind and fields; secrets are handed over under their names.
pub type Answer<'a> = dyn Fn(u32, &Fields) -> Fields + 'a;

/// A session that has these variables, and nothing else.
#[derive(Clone, Debug, Default)]
pub struct Host {
    /// Variables of the session.
    pub variables: HashMap<String, String>,
    /// The runspace's current connection.
    pub connection: Option<String>,
    /// The environment that is meant by `Sim`. An environment that is added re-points the process's connections of that
    /// name, and tests share a process.
    pub sim: Option<String>,
}

impl Host {
    /// A session that trusts this CA and has a home of its own.
    pub fn new(ca: &std::path::Path, home: &std::path::Path) -> Self {
        let mut host = Self::default();
        host.set("SSL_CERT_FILE", &ca.display().to_string());
        host.set("HOME", &home.display().to_string());
        host.set("APPDATA", &home.display().to_string());
        host
    }

    /// Sets a variable.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.into(), value.into());
    }

    /// Connects, and remembers the connection as a runspace does.
    pub fn connect<const N: usize>(&mut self, fields: [(&str, &str); N], secrets: &[(&str, &str)]) -> End {
        let end = self.run(entra_connect_begin, fields, secrets, &|_, _| Fields::default());
        if let End::Result(result) = &end {
            self.connection = result.get("Connection").map(str::to_owned);
        }
        end
    }

    /// Shows the context; nothing where there is no connection.
    pub fn context(&self) -> Fields {
        self.run(entra_context_begin, [("Action", "Get")], &[], &|_, _| Fields::default()).result()
    }

    /// Signs out.
    pub fn disconnect(&self) -> End {
        self.run(entra_disconnect_begin, [], &[], &|_, _| Fields::default())
    }

    /// Adds an environment.
    pub fn add_environment(&self, name: &str, login: &str, graph: &str) -> End {
        let fields = [("Action", "Add"), ("Name", name), ("AzureADEndpoint", login), ("GraphEndpoint", graph)];
        self.run(entra_environment_begin, fields, &[], &|_, _| Fields::default())
    }

    /// The limits of requests.
    pub fn settings<const N: usize>(&self, fields: [(&str, &str); N]) -> End {
        self.run(entra_settings_begin, fields, &[], &|_, _| Fields::default())
    }

    /// Runs one operation to its end. `answer` is asked for what is not a variable.
    pub fn run<const N: usize>(
        &self,
        begin: Begin,
        fields: [(&str, &str); N],
        secrets: &[(&str, &str)],
        answer: &Answer<'_>,
    ) -> End {
        let operation = Running::begin(begin, &self.fields(fields));
        for (name, value) in secrets {
            operation.secret(name, value);
        }
        loop {
            match operation.next() {
                Next::Event(ENTRA_EVENT_RESULT, fields) => return End::Result(fields),
                Next::Event(ENTRA_EVENT_ERROR, fields) => return End::Error(fields),
                Next::Event(ENTRA_EVENT_ASK_VARIABLES, asked) => operation.answer(&self.variables(&operation, &asked)),
                Next::Event(kind @ (ENTRA_EVENT_ASK_CERTIFICATE | ENTRA_EVENT_ASK_SIGNATURE), asked) => {
                    operation.answer(&answer(kind, &asked));
                }
                Next::Event(..) | Next::Timeout => {}
                Next::Over => return End::Cancelled,
            }
        }
    }

    /// What an operation of this session is given.
    pub fn fields<const N: usize>(&self, pairs: [(&str, &str); N]) -> Fields {
        let mut fields = Fields::from(pairs);
        for (name, value) in &mut fields.0 {
            if let Some(sim) = self.sim.as_ref().filter(|_| name == "Environment" && value == "Sim") {
                value.clone_from(sim);
            }
        }
        fields.0.extend(self.connection.iter().map(|connection| ("Connection".to_owned(), connection.clone())));
        fields
    }

    /// The session's answer to a question for variables.
    pub fn variables(&self, operation: &Running, asked: &Fields) -> Fields {
        for name in asked.all("Secret") {
            if let Some(value) = self.variables.get(name) {
                operation.secret(name, value);
            }
        }
        let known = |name: &str| self.variables.get(name).map(|value| (name.to_owned(), value.clone()));
        Fields(asked.all("Name").into_iter().filter_map(known).collect())
    }
}

/// An operation that is held; freed when dropped.
#[derive(Debug)]
pub struct Running(u64);

/// What came next.
#[derive(Debug)]
pub enum Next {
    /// An event.
    Event(u32, Fields),
    /// Nothing yet.
    Timeout,
    /// It is over.
    Over,
}

impl Running {
    /// Begins.
    ///
    /// # Panics
    /// Where the door refuses.
    pub fn begin(begin: Begin, fields: &Fields) -> Self {
        let (bag, mut handle) = (fields.bag(), 0);
        // SAFETY: the bag and the handle live through the call.
        let status = unsafe { begin(bag.as_ptr(), bag.len() as u64, &raw mut handle) };
        assert_eq!(status, ENTRA_OK);
        Self(handle)
    }

    /// The handle.
    pub fn handle(&self) -> u64 {
        self.0
    }

    /// Hands a secret over.
    ///
    /// # Panics
    /// Where the door refuses.
    pub fn secret(&self, name: &str, value: &str) {
        let (name_len, len) = (name.len() as u64, value.len() as u64);
        // SAFETY: both texts live through the call.
        let status = unsafe { entra_op_secret(self.0, name.as_ptr(), name_len, value.as_ptr().cast(), len, 1) };
        assert_eq!(status, ENTRA_OK);
    }

    /// Waits for the next event.
    ///
    /// # Panics
    /// Where the door refuses.
    #[expect(clippy::panic, reason = "a test ends here")]
    pub fn next(&self) -> Next {
        let mut buffer = vec![0; 256];
        loop {
            let (mut kind, mut len) = (0, 0);
            let (buf, cap) = (buffer.as_mut_ptr(), buffer.len() as u64);
            // SAFETY: the buffer and both outputs live through the call.
            match unsafe { entra_op_next(self.0, 50, &raw mut kind, buf, cap, &raw mut len) } {
                ENTRA_OK => return Next::Event(kind, Fields::read(&buffer[..len as usize])),
                ENTRA_BUFFER_TOO_SMALL => buffer.resize(len as usize, 0),
                ENTRA_TIMEOUT => return Next::Timeout,
                ENTRA_END | ENTRA_CANCELLED => return Next::Over,
                status => panic!("entra_op_next answered {status}"),
            }
        }
    }

    /// Answers.
    ///
    /// # Panics
    /// Where the door refuses.
    pub fn answer(&self, fields: &Fields) {
        let bag = fields.bag();
        // SAFETY: the bag lives through the call.
        assert_eq!(unsafe { entra_op_answer(self.0, bag.as_ptr(), bag.len() as u64) }, ENTRA_OK);
    }

    /// Cancels.
    pub fn cancel(&self) -> i32 {
        entra_op_cancel(self.0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        entra_op_free(self.0);
    }
}
