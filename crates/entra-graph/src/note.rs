use entra_net::Waiting;
use std::time::Duration;

/// Something worth a line while a request is under way. None of them holds a bearer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// About to send.
    Sending {
        /// GET, POST …
        method: String,
        /// Where to.
        url: String,
        /// Bytes of the body, where they are known.
        bytes: Option<u64>,
    },
    /// The head of a request or of an answer, for those who look for what went wrong: without a bearer, cookies and
    /// queries of other addresses. Only where [`crate::Graph::heads`] asks for it.
    Head(String),
    /// A pause before another try.
    Waiting {
        /// How long, which try comes next, and why.
        pause: Waiting,
        /// What is left for further pauses; `None` where there is no limit.
        left: Option<Duration>,
    },
    /// The service did not accept the token and is asked again with another.
    Challenged {
        /// Did it ask for claims?
        claims: bool,
    },
    /// The service sent the request on.
    Redirected {
        /// Where to, without a query that may hold a key of its own.
        to: String,
        /// Does the bearer go along?
        with_bearer: bool,
    },
    /// How far a long transfer is.
    Progress {
        /// Bytes or parts done.
        done: u64,
        /// Of how many, where that is known.
        total: Option<u64>,
    },
}

/// Who is told.
pub type Told<'a> = &'a mut (dyn FnMut(Note) + Send);
