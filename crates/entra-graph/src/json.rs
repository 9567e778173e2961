//! A reader of JSON that builds nothing: one token at a time, with texts and numbers as they stand in the document.
//!
//! serde_json would lose what the output has to tell apart: `1` from `1.0`, integers beyond 64 bits, numbers beyond
//! a double, and halves of surrogate pairs, which services that cut names to a length do send.

use std::{borrow::Cow, ops::Range};

/// Why a text is no JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Conversion from JSON failed with error: {what} at byte {at}")]
pub struct JsonError {
    /// What was found or missed.
    pub what: &'static str,
    /// Bytes from the beginning.
    pub at: usize,
}

/// A piece of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    OpenObject,
    OpenList,
    /// The end of the innermost object or list.
    Close,
    Key(Text<'a>),
    Text(Text<'a>),
    Number(&'a str),
    Bool(bool),
    Null,
}

/// What stands between quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Text<'a> {
    pub(crate) raw: &'a str,
    pub(crate) escaped: bool,
}

/// A character, or half a surrogate pair that stands alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Char(char),
    Half(u16),
}

impl<'a> Text<'a> {
    /// The text; halves of surrogate pairs become U+FFFD.
    pub(crate) fn decoded(self) -> Cow<'a, str> {
        if !self.escaped {
            return self.raw.into();
        }
        let units = self.units().map(|unit| match unit {
            Unit::Char(c) => c,
            Unit::Half(_) => char::REPLACEMENT_CHARACTER,
        });
        units.collect::<String>().into()
    }

    pub(crate) fn units(self) -> Units<'a> {
        Units(self.raw)
    }
}

/// The characters of a text, with its escapes resolved. The reader has checked them.
pub(crate) struct Units<'a>(&'a str);

impl Iterator for Units<'_> {
    type Item = Unit;

    fn next(&mut self) -> Option<Unit> {
        let mut rest = self.0.chars();
        let first = rest.next()?;
        if first != '\\' {
            self.0 = rest.as_str();
            return Some(Unit::Char(first));
        }
        let escape = rest.next()?;
        self.0 = rest.as_str();
        Some(match escape {
            'b' => Unit::Char('\u{8}'),
            'f' => Unit::Char('\u{c}'),
            'n' => Unit::Char('\n'),
            'r' => Unit::Char('\r'),
            't' => Unit::Char('\t'),
            'u' => self.code_unit(),
            other => Unit::Char(other),
        })
    }
}

impl Units<'_> {
    fn code_unit(&mut self) -> Unit {
        let first = self.hex(0);
        self.0 = &self.0[4..];
        let is_high = (0xd800..0xdc00).contains(&first);
        if is_high && self.0.starts_with("\\u") {
            let both = char::decode_utf16([first, self.hex(2)]).next();
            if let Some(Ok(c)) = both {
                self.0 = &self.0[6..];
                return Unit::Char(c);
            }
        }
        char::from_u32(first.into()).map_or(Unit::Half(first), Unit::Char)
    }

    fn hex(&self, at: usize) -> u16 {
        // The reader has seen four hexadecimal digits here.
        self.0.get(at..at + 4).and_then(|hex| u16::from_str_radix(hex, 16).ok()).unwrap_or_default()
    }
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    FirstKey,
    Key,
    FirstItem,
    CommaOrClose,
    End,
}

/// Reads one document.
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
    expect: Expect,
    /// True for an object, false for a list.
    open: Vec<bool>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, expect: Expect::Value, open: Vec::new() }
    }

    /// Objects and lists that are open.
    pub(crate) fn depth(&self) -> usize {
        self.open.len()
    }

    /// The next token; `None` at the end of the document.
    pub(crate) fn next(&mut self) -> Result<Option<Token<'a>>, JsonError> {
        self.skip_blanks();
        let Some(byte) = self.peek() else {
            return if self.expect == Expect::End { Ok(None) } else { Err(self.wrong("unexpected end")) };
        };
        match (self.expect, byte) {
            (Expect::End, _) => Err(self.wrong("text after the end")),
            (Expect::CommaOrClose, b',') => {
                self.comma();
                self.next()
            }
            (Expect::CommaOrClose | Expect::FirstKey, b'}') if self.in_object() => Ok(Some(self.close())),
            (Expect::CommaOrClose | Expect::FirstItem, b']') if !self.in_object() => Ok(Some(self.close())),
            (Expect::FirstKey | Expect::Key, b'"') => self.key().map(Some),
            (Expect::Value | Expect::FirstItem, _) => self.value(byte).map(Some),
            _ => Err(self.wrong("unexpected character")),
        }
    }

    /// Does the innermost list or object end here? If so, it is left; `next` reads on from there.
    pub(crate) fn closes(&mut self) -> Result<bool, JsonError> {
        self.skip_blanks();
        let may_close = matches!(self.expect, Expect::CommaOrClose | Expect::FirstItem | Expect::FirstKey);
        if may_close && matches!(self.peek(), Some(b']' | b'}')) {
            return self.next().map(|_| true);
        }
        if self.expect == Expect::CommaOrClose && self.peek() == Some(b',') {
            self.comma();
        }
        Ok(false)
    }

    /// Goes past the value that comes next, and says where it stands.
    pub(crate) fn skip_value(&mut self) -> Result<Range<usize>, JsonError> {
        self.skip_blanks();
        let (start, depth) = (self.at, self.depth());
        loop {
            if self.next()?.is_none() {
                return Err(self.wrong("unexpected end"));
            }
            if self.depth() <= depth {
                return Ok(start..self.at);
            }
        }
    }

    fn value(&mut self, byte: u8) -> Result<Token<'a>, JsonError> {
        let token = match byte {
            b'{' => return Ok(self.open(true)),
            b'[' => return Ok(self.open(false)),
            b'"' => Token::Text(self.string()?),
            b't' => self.word("true", Token::Bool(true))?,
            b'f' => self.word("false", Token::Bool(false))?,
            b'n' => self.word("null", Token::Null)?,
            _ => Token::Number(self.number()?),
        };
        self.ended();
        Ok(token)
    }

    fn key(&mut self) -> Result<Token<'a>, JsonError> {
        let key = self.string()?;
        self.skip_blanks();
        if self.peek() != Some(b':') {
            return Err(self.wrong("a key without its colon"));
        }
        self.at += 1;
        self.expect = Expect::Value;
        Ok(Token::Key(key))
    }

    fn open(&mut self, is_object: bool) -> Token<'a> {
        self.at += 1;
        self.open.push(is_object);
        self.expect = if is_object { Expect::FirstKey } else { Expect::FirstItem };
        if is_object { Token::OpenObject } else { Token::OpenList }
    }

    fn close(&mut self) -> Token<'a> {
        self.at += 1;
        self.open.pop();
        self.ended();
        Token::Close
    }

    fn comma(&mut self) {
        self.at += 1;
        self.expect = if self.in_object() { Expect::Key } else { Expect::Value };
    }

    fn ended(&mut self) {
        self.expect = if self.open.is_empty() { Expect::End } else { Expect::CommaOrClose };
    }

    fn string(&mut self) -> Result<Text<'a>, JsonError> {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let (mut at, mut escaped) = (start, false);
        loop {
            match bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    at += escape_length(&bytes[at..]).ok_or(JsonError { what: "a bad escape", at })?;
                }
                Some(_) => at += 1,
                None => return Err(JsonError { what: "a text without an end", at: self.at }),
            }
        }
        self.at = at + 1;
        Ok(Text { raw: &self.text[start..at], escaped })
    }

    fn word(&mut self, word: &str, token: Token<'a>) -> Result<Token<'a>, JsonError> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.wrong("unexpected character"));
        }
        self.at += word.len();
        Ok(token)
    }

    fn number(&mut self) -> Result<&'a str, JsonError> {
        let start = self.at;
        let is_part = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
        while self.peek().is_some_and(is_part) {
            self.at += 1;
        }
        let text = &self.text[start..self.at];
        if is_number(text.as_bytes()) { Ok(text) } else { Err(JsonError { what: "unexpected character", at: start }) }
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn in_object(&self) -> bool {
        self.open.last().copied().unwrap_or_default()
    }

    fn wrong(&self, what: &'static str) -> JsonError {
        JsonError { what, at: self.at }
    }
}

fn escape_length(bytes: &[u8]) -> Option<usize> {
    match bytes.get(1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => bytes.get(2..6)?.iter().all(u8::is_ascii_hexdigit).then_some(6),
        _ => None,
    }
}

/// RFC 8259, section 6.
fn is_number(bytes: &[u8]) -> bool {
    let digits = |bytes: &[u8]| bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest[0] == b'0') {
        return false;
    }
    let mut rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = exponent.strip_prefix(b"+").or(exponent.strip_prefix(b"-")).unwrap_or(exponent);
        return digits(exponent) > 0 && digits(exponent) == exponent.len();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests;
