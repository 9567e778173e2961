//! Which texts are dates, and how CLIXML writes them: the rules of Newtonsoft's reader, which both the original and
//! `ConvertFrom-Json` of PowerShell 7 follow.

const MILLISECONDS_A_DAY: i64 = 86_400_000;
/// `DateTime` begins with the year 1 and ends with 9999, in milliseconds from 1970.
const DATE_RANGE: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_300_799_999;

/// A date as `XmlConvert` reads it: with `Z`, with an offset, or with neither. `None` for what stays text.
pub(crate) fn date(text: &str) -> Option<String> {
    match text.as_bytes() {
        [b'0'..=b'9', ..] if (19..=33).contains(&text.len()) => iso(text),
        [b'/', ..] => asp_net(text),
        _ => None,
    }
}

struct Parts {
    year: i64,
    month: i64,
    day: i64,
}

/// `yyyy-MM-ddTHH:mm:ss`, up to seven digits of a second, and `Z`, an offset or nothing.
fn iso(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    if !is_shape(bytes) {
        return None;
    }
    let number = |at: usize, length: usize| text.get(at..at + length)?.parse::<i64>().ok();
    let parts = Parts { year: number(0, 4)?, month: number(5, 2)?, day: number(8, 2)? };
    let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
    let (fraction, zone) = split_fraction(&text[19..])?;
    let zone = zone_text(zone)?;
    let is_midnight = hour == 24 && minute == 0 && second == 0 && fraction.bytes().all(|b| b == b'0' || b == b'.');
    if !parts.is_day() || minute > 59 || second > 59 || (hour > 23 && !is_midnight) {
        return None;
    }
    if is_midnight {
        let days = parts.days() + 1;
        let at = days * MILLISECONDS_A_DAY;
        return DATE_RANGE.contains(&at).then(|| format!("{}T00:00:00{zone}", civil(days)));
    }
    Some(format!("{}{fraction}{zone}", &text[..19]))
}

fn is_shape(bytes: &[u8]) -> bool {
    let is_digit = |at: usize| bytes[at].is_ascii_digit();
    bytes[4] == b'-'
        && bytes[7] == b'-'
        && bytes[10] == b'T'
        && bytes[13] == b':'
        && bytes[16] == b':'
        && [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18].into_iter().all(is_digit)
}

fn split_fraction(rest: &str) -> Option<(&str, &str)> {
    let Some(after) = rest.strip_prefix('.') else {
        return Some(("", rest));
    };
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    (1..=7).contains(&digits).then(|| rest.split_at(digits + 1))
}

fn zone_text(zone: &str) -> Option<String> {
    let digits = |text: &str| (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.to_owned());
    match zone {
        "" => return Some(String::new()),
        "Z" | "z" => return Some("Z".into()),
        _ => (),
    }
    let sign = zone.get(..1).filter(|sign| matches!(*sign, "+" | "-"))?;
    let hours = digits(zone.get(1..3)?)?;
    let rest = &zone[3..];
    let minutes = if rest.is_empty() { "00".into() } else { digits(rest.strip_prefix(':').unwrap_or(rest))? };
    // XmlConvert takes no offset beyond fourteen hours, and no place on earth has one.
    let is_offset = hours.as_str() <= "14" && minutes.as_str() < "60";
    is_offset.then(|| format!("{sign}{hours}:{minutes}"))
}

/// `/Date(1715000000000)/`: milliseconds from 1970, Utc; with an offset after them, which only says "Local".
fn asp_net(text: &str) -> Option<String> {
    let inner = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let sign = inner.char_indices().skip(1).find(|(_, c)| matches!(c, '+' | '-'));
    let (number, zone) = sign.map_or((inner, ""), |(at, _)| inner.split_at(at));
    let milliseconds: i64 = number.parse().ok().filter(|at| DATE_RANGE.contains(at))?;
    if zone.is_empty() {
        return Some(format!("{}Z", instant(milliseconds)));
    }
    zone_text(zone)?;
    Some(format!("{}+00:00", instant(milliseconds)))
}

fn instant(milliseconds: i64) -> String {
    let days = milliseconds.div_euclid(MILLISECONDS_A_DAY);
    let rest = milliseconds.rem_euclid(MILLISECONDS_A_DAY);
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
    format!("{}T{hour:02}:{minute:02}:{second:02}.{:03}", civil(days), rest % 1000)
}

impl Parts {
    fn is_day(&self) -> bool {
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let length = match self.month {
            2 => 28 + i64::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        self.year > 0 && (1..=length).contains(&self.day)
    }

    /// Days from 1970-01-01, counted in years that begin in March, so that the leap day is their last.
    fn days(&self) -> i64 {
        let year = if self.month > 2 { self.year } else { self.year - 1 };
        let month = (self.month + 9) % 12;
        let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let of_year = (153 * month + 2) / 5 + self.day - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }
}

/// The inverse: `yyyy-MM-dd` of a day from 1970-01-01.
fn civil(days: i64) -> String {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}-{month:02}-{day:02}", year + era * 400 + carry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_keep_their_kind() {
        for (text, written) in [
            ("2024-05-06T07:08:09", "2024-05-06T07:08:09"),
            ("2024-05-06T07:08:09Z", "2024-05-06T07:08:09Z"),
            ("2024-05-06T07:08:09z", "2024-05-06T07:08:09Z"),
            ("2024-05-06T07:08:09.1234567Z", "2024-05-06T07:08:09.1234567Z"),
            ("2024-05-06T07:08:09+02:00", "2024-05-06T07:08:09+02:00"),
            ("2024-05-06T07:08:09-0230", "2024-05-06T07:08:09-02:30"),
            ("2024-05-06T07:08:09.5+02", "2024-05-06T07:08:09.5+02:00"),
            ("2024-02-28T24:00:00Z", "2024-02-29T00:00:00Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
            ("/Date(1715000000000)/", "2024-05-06T12:53:20.000Z"),
            ("/Date(-1)/", "1969-12-31T23:59:59.999Z"),
            ("/Date(1715000000000+0200)/", "2024-05-06T12:53:20.000+00:00"),
        ] {
            assert_eq!(date(text).as_deref(), Some(written), "{text}");
        }
    }

    #[test]
    fn other_texts_stay_texts() {
        for text in [
            "2024-05-06",
            "07:08:09",
            "PT1H",
            "2024-05-06T07:08Z",
            "2024-05-06 07:08:09Z",
            "2024-13-01T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "2024-05-06T07:08:60Z",
            "2024-05-06T24:00:01Z",
            "2024-05-06T07:08:09.Z",
            "2024-05-06T07:08:09.12345678Z",
            "2024-05-06T07:08:09Zx",
            "2024-05-06T07:08:09+2",
            "2024-05-06T07:08:09+",
            "9999-12-31T24:00:00Z",
            "2024-05-06t07:08:09Z",
            "/Date(x)/",
            "/Date()/",
            "/Date(1)",
            "/Date(999999999999999999)/",
            "é024-05-06T07:08:09Z",
            "2024-05-06T07:08:09+é0",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn days_and_dates_are_inverse(days in -719_162i64..=2_932_896) {
            let text = civil(days);
            let number = |at: usize, length: usize| text[at..at + length].parse::<i64>().unwrap();
            let parts = Parts { year: number(0, 4), month: number(5, 2), day: number(8, 2) };
            prop_assert!(parts.is_day());
            prop_assert_eq!(parts.days(), days);
        }

        #[test]
        fn any_text_is_judged_without_a_panic(text in "(/Date\\(|[0-9]{4}-)?[0-9T:.Zé+/()-]{0,32}") {
            let _ = date(&text);
        }
    }
}
