//! JSON as CLIXML, so that PowerShell's own compiled reader (`PSSerializer`) makes the objects: a walk in script costs
//! ten times as much. One pass, no tree.
//!
//! Two types of ours tell the reader what CLIXML has no element for. The module's `types.ps1xml` gives them a
//! `TargetTypeForDeserialization`: [`LIST_TYPE`] becomes `object[]` and [`BIG_TYPE`] `BigInteger`, as the original and
//! `ConvertFrom-Json` have them.

mod keys;
mod text;

use crate::{
    dates,
    json::{JsonError, Reader, Text, Token},
};
use base64::prelude::{BASE64_STANDARD, Engine};
use keys::{Key, Keys};
use std::{fmt::Write as _, sync::Arc};
use text::{escape, little_endian};

/// Lists; the types file names it `Deserialized.ConnectEntra.List`.
pub const LIST_TYPE: &str = "ConnectEntra.List";
/// Integers beyond 64 bits, as little-endian bytes; the types file names it `Deserialized.ConnectEntra.BigInteger`.
pub const BIG_TYPE: &str = "ConnectEntra.BigInteger";
/// `PSSerializer` reads no deeper.
const DEEPEST: usize = 48;
/// Longer integers are no integers but noise, and converting them takes its square.
const LONGEST_INTEGER: usize = 4096;
const HEAD: &str = r#"<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">"#;

/// What objects become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `Hashtable` whose keys are not case-sensitive.
    HashTable,
    /// `PSCustomObject`.
    PsObject,
}

/// Why a text does not become CLIXML.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClixmlError {
    /// It is no JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// Keys that differ in case alone, for a table.
    #[error(
        "Cannot convert the JSON string because a dictionary that was converted from the string contains the duplicated key '{0}'."
    )]
    DuplicateKey(String),
    /// A key without a name, for an object.
    #[error(
        "The provided JSON includes a property whose name is an empty string, this is only supported using the -OutputType HashTable switch."
    )]
    EmptyKey,
    /// More levels than PowerShell's reader takes.
    #[error(
        "The JSON is nested more than {0} levels deep, which PowerShell's reader of objects does not take: use -OutputType Json"
    )]
    TooDeep(usize),
}

/// One document as CLIXML.
pub fn clixml(json: &str, form: Form) -> Result<String, ClixmlError> {
    let mut writer = ClixmlWriter::new(form);
    writer.write(json)?;
    Ok(writer.finish())
}

/// Several documents as one CLIXML: the items of a page.
pub struct ClixmlWriter {
    form: Form,
    /// May texts become dates?
    dates: bool,
    out: String,
    keys: Keys,
    types: [bool; 2],
    frames: Vec<Frame>,
}

/// An object or list that is open.
#[derive(Default)]
struct Frame {
    is_object: bool,
    /// Keys of the object and where their entries begin.
    entries: Vec<Entry>,
    key: Option<Arc<Key>>,
}

struct Entry {
    key: Arc<Key>,
    folded: u32,
    start: usize,
    end: usize,
}

impl ClixmlWriter {
    /// Writes nothing yet.
    pub fn new(form: Form) -> Self {
        let (keys, frames) = (Keys::default(), Vec::new());
        Self { form, dates: true, out: HEAD.into(), keys, types: [false; 2], frames }
    }

    /// Dates stay texts.
    #[must_use]
    pub fn with_text_dates(mut self) -> Self {
        self.dates = false;
        self
    }

    /// Adds one document. After an error the writer is of no more use.
    pub fn write(&mut self, json: &str) -> Result<(), ClixmlError> {
        self.out.reserve(json.len() * 2);
        let mut reader = Reader::new(json);
        while let Some(token) = reader.next()? {
            if reader.depth() > DEEPEST {
                return Err(ClixmlError::TooDeep(DEEPEST));
            }
            self.token(token)?;
        }
        Ok(())
    }

    /// The whole.
    pub fn finish(mut self) -> String {
        self.out.push_str("</Objs>");
        self.out
    }

    fn token(&mut self, token: Token<'_>) -> Result<(), ClixmlError> {
        match token {
            Token::Key(text) => return self.key(text),
            Token::OpenObject => self.open(true),
            Token::OpenList => self.open(false),
            Token::Close => self.close(),
            Token::Text(text) => self.text(text),
            Token::Number(text) => self.number(text),
            Token::Bool(value) => self.simple("B", if value { "true" } else { "false" }),
            Token::Null => self.null(),
        }
        Ok(())
    }

    fn key(&mut self, text: Text<'_>) -> Result<(), ClixmlError> {
        let key = self.keys.get(text);
        let is_table = self.form == Form::HashTable;
        if key.name.is_empty() && !is_table {
            return Err(ClixmlError::EmptyKey);
        }
        if let Some(frame) = self.frames.last_mut() {
            let earlier = frame.entries.iter().position(|entry| entry.folded == key.folded);
            if let Some(earlier) = earlier {
                // The last of two equal keys counts: what the earlier one wrote is taken out again.
                if is_table && frame.entries[earlier].key.name != key.name {
                    return Err(ClixmlError::DuplicateKey(key.name.clone()));
                }
                let gone = frame.remove(earlier);
                self.out.drain(gone);
            }
            frame.entries.push(Entry { key: key.clone(), folded: key.folded, start: self.out.len(), end: 0 });
            frame.key = Some(key.clone());
        }
        if is_table {
            let _ = write!(self.out, r#"<En><S N="Key">{}</S>"#, key.xml);
        }
        Ok(())
    }

    fn open(&mut self, is_object: bool) {
        self.begin("Obj");
        self.out.push('>');
        if is_object {
            self.out.push_str(if self.form == Form::HashTable { "<DCT>" } else { "<MS>" });
        } else {
            self.type_name(0, LIST_TYPE);
            self.out.push_str("<LST>");
        }
        self.frames.push(Frame { is_object, ..Frame::default() });
    }

    fn close(&mut self) {
        let is_object = self.frames.pop().is_some_and(|frame| frame.is_object);
        let end = match (is_object, self.form) {
            (false, _) => "</LST></Obj>",
            (true, Form::HashTable) => "</DCT></Obj>",
            (true, Form::PsObject) => "</MS></Obj>",
        };
        self.out.push_str(end);
        self.ended();
    }

    fn text(&mut self, text: Text<'_>) {
        if self.dates
            && let Some(date) = dates::date(&text.decoded())
        {
            return self.simple("DT", &date);
        }
        self.begin("S");
        self.out.push('>');
        escape(text, &mut self.out);
        self.out.push_str("</S>");
        self.ended();
    }

    fn number(&mut self, text: &str) {
        let is_integer = !text.contains(['.', 'e', 'E']);
        match text.parse::<i64>() {
            Ok(0) => self.simple("I64", "0"),
            Ok(_) => self.simple("I64", text),
            Err(_) if is_integer && text.len() <= LONGEST_INTEGER => self.big(text),
            Err(_) => self.double(text),
        }
    }

    fn double(&mut self, text: &str) {
        match text.parse::<f64>() {
            // Windows PowerShell's reader takes no number beyond a double, but its name.
            Ok(f64::INFINITY) => self.simple("Db", "INF"),
            Ok(f64::NEG_INFINITY) => self.simple("Db", "-INF"),
            _ => self.simple("Db", text),
        }
    }

    fn big(&mut self, digits: &str) {
        self.begin("Obj");
        self.out.push('>');
        self.type_name(1, BIG_TYPE);
        let _ = write!(self.out, "<BA>{}</BA></Obj>", BASE64_STANDARD.encode(little_endian(digits)));
        self.ended();
    }

    fn null(&mut self) {
        self.begin("Nil");
        self.out.push_str("/>");
        self.ended();
    }

    fn simple(&mut self, element: &str, content: &str) {
        self.begin(element);
        let _ = write!(self.out, ">{content}</{element}>");
        self.ended();
    }

    /// The element's begin, with its name where it is a value of an object.
    fn begin(&mut self, element: &str) {
        self.out.push('<');
        self.out.push_str(element);
        let key = self.frames.last_mut().and_then(|frame| frame.key.take());
        match (key, self.form) {
            (None, _) => (),
            (Some(_), Form::HashTable) => self.out.push_str(r#" N="Value""#),
            (Some(key), Form::PsObject) => {
                let _ = write!(self.out, r#" N="{}""#, key.xml);
            }
        }
    }

    /// A value has been written: its entry, if it is one, ends here.
    fn ended(&mut self) {
        let Some(frame) = self.frames.last_mut().filter(|frame| frame.is_object) else {
            return;
        };
        if self.form == Form::HashTable {
            self.out.push_str("</En>");
        }
        if let Some(entry) = frame.entries.last_mut() {
            entry.end = self.out.len();
        }
    }

    fn type_name(&mut self, id: usize, name: &str) {
        let _ = if std::mem::replace(&mut self.types[id], true) {
            write!(self.out, r#"<TNRef RefId="{id}"/>"#)
        } else {
            write!(self.out, r#"<TN RefId="{id}"><T>{name}</T></TN>"#)
        };
    }
}

impl Frame {
    /// Takes an entry out and moves those after it; tells what is to be removed.
    fn remove(&mut self, at: usize) -> std::ops::Range<usize> {
        let gone = self.entries.remove(at);
        let length = gone.end - gone.start;
        for later in &mut self.entries[at..] {
            later.start -= length;
            later.end -= length;
        }
        gone.start..gone.end
    }
}

#[cfg(test)]
mod tests;
