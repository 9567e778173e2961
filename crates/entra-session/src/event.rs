use crate::Bag;

/// What an operation says next.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What kind of event.
    pub kind: Kind,
    /// Its values.
    pub fields: Bag,
    /// Bytes that belong to it.
    pub body: Vec<u8>,
}

/// Kinds of events. The numbers are part of the C door and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    /// A line for those who look for it: `Level` (`Verbose`, `Debug`), `Text`.
    Log = 1,
    /// A warning: `Text`.
    Warning = 2,
    /// Text for the person: `Text`; of a device code also `UserCode`, `VerificationUri`, `ExpiresIn` (seconds).
    Message = 3,
    /// How far it is: `Activity`, `Status`, `Percent`, `SecondsRemaining`, `Completed`.
    Progress = 4,
    /// A page is about to be opened by the library: `Url`.
    Page = 5,
    /// Asks for variables of the session: `Name`s, `Secret`s, or `All`.
    AskVariables = 6,
    /// Asks for a certificate: `Thumbprint`, `Subject` or `Given`; `Chain`.
    AskCertificate = 7,
    /// Asks for a signature: `Key`, `Digest` (base64), `Padding`.
    AskSignature = 8,
    /// Asks for a fresh assertion: `Key`.
    AskAssertion = 9,
    /// The last event: it worked.
    Result = 10,
    /// The last event: it did not.
    Error = 11,
    /// One of several results.
    Output = 12,
    /// Wants the next piece of the body, an empty one at its end: `Restart` where it is the first one again.
    WantBody = 13,
}

impl Kind {
    /// Does the operation wait for an answer to it?
    pub fn asks(self) -> bool {
        matches!(self, Self::AskVariables | Self::AskCertificate | Self::AskSignature | Self::AskAssertion)
    }

    /// Is it the last one?
    pub fn ends(self) -> bool {
        matches!(self, Self::Result | Self::Error)
    }
}

impl Event {
    pub(crate) fn new(kind: Kind, fields: Bag) -> Self {
        Self { kind, fields, body: Vec::new() }
    }
}
