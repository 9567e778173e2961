use crate::json::{Text, Unit};
use std::fmt::Write as _;

/// Text for XML, with what XML cannot hold, and what would be taken for that, as `_xHHHH_`.
pub(super) fn escape(text: Text<'_>, out: &mut String) {
    if !text.escaped && !text.raw.bytes().any(|byte| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'_' | 0xef | ..b' ')) {
        return out.push_str(text.raw);
    }
    let mut units = text.units().peekable();
    while let Some(unit) = units.next() {
        let _ = match unit {
            Unit::Half(unit) => write!(out, "_x{unit:04X}_"),
            Unit::Char('_') if matches!(units.peek(), Some(Unit::Char('x' | 'X'))) => write!(out, "_x005F_"),
            Unit::Char(c @ (..' ' | '\u{fffe}' | '\u{ffff}')) => write!(out, "_x{:04X}_", u32::from(c)),
            Unit::Char('&') => write!(out, "&amp;"),
            Unit::Char('<') => write!(out, "&lt;"),
            Unit::Char('>') => write!(out, "&gt;"),
            Unit::Char('"') => write!(out, "&quot;"),
            Unit::Char(c) => out.write_char(c),
        };
    }
}

/// Two's complement, the least byte first: what `BigInteger` is made of.
pub(super) fn little_endian(digits: &str) -> Vec<u8> {
    let negative = digits.starts_with('-');
    let mut bytes: Vec<u8> = vec![0];
    for digit in digits.bytes().filter(u8::is_ascii_digit) {
        let mut carry = u16::from(digit - b'0');
        for byte in &mut bytes {
            let value = u16::from(*byte) * 10 + carry;
            *byte = value as u8;
            carry = value >> 8;
        }
        if carry > 0 {
            bytes.push(carry as u8);
        }
    }
    // Room for the sign.
    bytes.push(0);
    if negative {
        negate(&mut bytes);
    }
    bytes
}

fn negate(bytes: &mut [u8]) {
    let mut carry = true;
    for byte in bytes {
        (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
    }
}
