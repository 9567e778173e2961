//! Query options of a collection: `$filter`, `$search`, `$orderby`, `$select`, `$top`, `$count`, and its pages.

use super::bearer::Caller;
use super::data::project;
use super::error::{ok, refuse};
use crate::seen::Seen;
use crate::text::{base64url, from_base64url};
use axum::response::Response;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// A collection to ask.
pub(crate) struct Collection<'a> {
    pub(crate) items: Vec<&'a Value>,
    /// Type for messages, such as `microsoft.graph.user`.
    pub(crate) kind: &'a str,
    /// Name in `@odata.context`.
    pub(crate) set: &'a str,
    /// Properties without `$select`; empty = all.
    pub(crate) defaults: &'a [&'a str],
    pub(crate) page: usize,
    pub(crate) limit: usize,
}

/// Why a query is refused: code and message, with status 400.
pub(crate) struct Wrong(pub(crate) &'static str, pub(crate) String);

const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Collection<'_> {
    pub(crate) fn answer(self, caller: &Caller) -> Response {
        match self.page(caller) {
            Ok(body) => ok(&caller.seen, 200, &body),
            Err(Wrong(code, text)) => refuse(&caller.world, &caller.seen, 400, code, &text),
        }
    }

    fn page(self, caller: &Caller) -> Result<Value, Wrong> {
        let seen = &caller.seen;
        let eventual = seen.header("consistencylevel").is_some_and(|v| v.eq_ignore_ascii_case("eventual"));
        let select = self.select(seen)?;
        let size = self.size(seen)?;
        let mut items = filtered(&self.items, seen, eventual)?;
        if let Some(order) = seen.param("$orderby") {
            sort(&mut items, order);
        }
        let from = offset(seen)?;
        let page: Vec<Value> = items.iter().skip(from).take(size).map(|item| shown(item, &select)).collect();
        let version = if seen.path.starts_with("/beta") { "beta" } else { "v1.0" };
        let mut body = json!({"@odata.context": format!("{}/{version}/$metadata#{}", seen.base(), self.set)});
        if seen.param("$count") == Some("true") && eventual {
            body["@odata.count"] = items.len().into();
        }
        if from + size < items.len() {
            body["@odata.nextLink"] =
                next_link(seen, "$skiptoken", &base64url((from + size).to_string().as_bytes())).into();
        }
        body["value"] = page.into();
        Ok(body)
    }

    fn select<'s>(&'s self, seen: &'s Seen) -> Result<Vec<&'s str>, Wrong> {
        let Some(text) = seen.param("$select") else { return Ok(self.defaults.to_vec()) };
        let names: Vec<&str> = text.split(',').map(str::trim).filter(|n| !n.is_empty()).collect();
        let known = |name: &&str| self.items.first().is_none_or(|item| item.get(*name).is_some());
        match names.iter().find(|n| !known(n)) {
            Some(name) => Err(Wrong(
                "BadRequest",
                format!(
                    "Parsing OData Select and Expand failed: Could not find a property named '{name}' on type '{}'.",
                    self.kind
                ),
            )),
            None => Ok(names),
        }
    }

    fn size(&self, seen: &Seen) -> Result<usize, Wrong> {
        let preferred = seen
            .header("prefer")
            .and_then(|p| p.split_once("odata.maxpagesize="))
            .and_then(|(_, n)| n.split([',', ';']).next()?.trim().parse().ok());
        let Some(top) = seen.param("$top") else { return Ok(preferred.unwrap_or(self.page).min(self.limit)) };
        let size = top.parse::<usize>().unwrap_or(0);
        if (1..=self.limit).contains(&size) {
            return Ok(size);
        }
        Err(Wrong(
            "Request_BadRequest",
            format!("Invalid page size specified: '{top}'. Must be between 1 and {} inclusive.", self.limit),
        ))
    }
}

fn shown(item: &Value, select: &[&str]) -> Value {
    if select.is_empty() { item.clone() } else { project(item, select) }
}

fn offset(seen: &Seen) -> Result<usize, Wrong> {
    let Some(token) = seen.param("$skiptoken") else {
        return Ok(seen.param("$skip").and_then(|n| n.parse().ok()).unwrap_or(0));
    };
    let number = from_base64url(token).and_then(|b| String::from_utf8(b).ok()).and_then(|t| t.parse().ok());
    number.ok_or_else(|| {
        Wrong(
            "Directory_ExpiredPageToken",
            "The specified page token value has expired and can no longer be included in your request.".into(),
        )
    })
}

/// This request's address with a token in place of any earlier one.
pub(crate) fn next_link(seen: &Seen, name: &str, token: &str) -> String {
    let tokens = ["$skiptoken", "$deltatoken", "$skip"];
    let kept = seen.query.iter().filter(|(n, _)| !tokens.iter().any(|t| t.eq_ignore_ascii_case(n)));
    let pairs = kept.map(|(n, v)| format!("{n}={}", utf8_percent_encode(v, PLAIN))).chain([format!("{name}={token}")]);
    format!("{}{}?{}", seen.base(), seen.path, pairs.collect::<Vec<_>>().join("&"))
}

/// The items that `$filter` and `$search` leave.
pub(crate) fn filtered<'a>(items: &[&'a Value], seen: &Seen, eventual: bool) -> Result<Vec<&'a Value>, Wrong> {
    let tests = match seen.param("$filter") {
        Some(text) => parse(text)?,
        None => Vec::new(),
    };
    if !eventual && (tests.iter().any(Test::advanced) || seen.param("$search").is_some()) {
        return Err(Wrong("Request_UnsupportedQuery", "Request with $search query parameter or an advanced filter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'".into()));
    }
    let words = match seen.param("$search") {
        Some(text) => Some(search_words(text)?),
        None => None,
    };
    let keep = |item: &&&Value| {
        tests.iter().all(|t| t.holds(item)) && words.as_ref().is_none_or(|(field, word)| contains(&item[field], word))
    };
    Ok(items.iter().filter(keep).copied().collect())
}

/// `"displayName:word"`.
fn search_words(text: &str) -> Result<(String, String), Wrong> {
    let inner = text.trim().strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    let pair = inner.and_then(|t| t.split_once(':'));
    pair.map(|(f, w)| (f.to_owned(), w.to_owned())).ok_or_else(|| Wrong("BadRequest", "Syntax error: character ':' is not valid; the search clause has to be in double quotes: \"property:text\".".into()))
}

fn contains(value: &Value, word: &str) -> bool {
    value.as_str().is_some_and(|v| v.to_lowercase().contains(&word.to_lowercase()))
}

/// One clause of a filter.
struct Test {
    operator: String,
    field: String,
    value: Value,
}

impl Test {
    fn advanced(&self) -> bool {
        matches!(self.operator.as_str(), "ne" | "endswith" | "contains")
    }

    fn holds(&self, item: &Value) -> bool {
        let found = self.field.split('/').fold(item, |v, name| &v[name]);
        let texts = found.as_str().map(str::to_lowercase).zip(self.value.as_str().map(str::to_lowercase));
        match self.operator.as_str() {
            "eq" => same(found, &self.value),
            "ne" => !same(found, &self.value),
            "ge" => texts.is_some_and(|(a, b)| a >= b),
            "le" => texts.is_some_and(|(a, b)| a <= b),
            "startswith" => texts.is_some_and(|(a, b)| a.starts_with(&b)),
            "endswith" => texts.is_some_and(|(a, b)| a.ends_with(&b)),
            _ => texts.is_some_and(|(a, b)| a.contains(&b)),
        }
    }
}

fn same(found: &Value, wanted: &Value) -> bool {
    match (found.as_str(), wanted.as_str()) {
        (Some(a), Some(b)) => a.to_lowercase() == b.to_lowercase(),
        _ => found == wanted,
    }
}

/// Clauses joined by `and`: `field eq 'x'`, `ne`, `ge`, `le`, `startswith(field,'x')`, `endswith`, `contains`.
fn parse(text: &str) -> Result<Vec<Test>, Wrong> {
    let clauses = split_and(text);
    let tests: Option<Vec<Test>> = clauses.iter().map(|c| clause(c.trim())).collect();
    tests.ok_or_else(|| {
        Wrong(
            "BadRequest",
            "Invalid filter clause: There is an unterminated string literal or a syntax error in the filter.".into(),
        )
    })
}

/// Splits at ` and ` outside of quotes.
fn split_and(text: &str) -> Vec<String> {
    let mut clauses = vec![String::new()];
    let mut quoted = false;
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if !quoted && rest.to_lowercase().starts_with(" and ") {
            clauses.push(String::new());
            rest = &rest[5..];
            continue;
        }
        quoted ^= character == '\'';
        if let Some(last) = clauses.last_mut() {
            last.push(character);
        }
        rest = &rest[character.len_utf8()..];
    }
    clauses
}

fn clause(text: &str) -> Option<Test> {
    for name in ["startswith", "endswith", "contains"] {
        let head = text.get(..name.len()).filter(|h| h.eq_ignore_ascii_case(name));
        if let Some(inner) =
            head.and_then(|_| text[name.len()..].trim().strip_prefix('(')).and_then(|t| t.strip_suffix(')'))
        {
            let (field, value) = inner.split_once(',')?;
            return Some(Test { operator: name.into(), field: field.trim().into(), value: literal(value.trim())? });
        }
    }
    let (field, rest) = text.split_once(' ')?;
    let (operator, value) = rest.trim_start().split_once(' ')?;
    let operator = operator.to_lowercase();
    let known = matches!(operator.as_str(), "eq" | "ne" | "ge" | "le");
    let value = literal(value.trim())?;
    known.then(|| Test { operator, field: field.into(), value })
}

/// A text in single quotes (doubled inside), a boolean, null, a number, or a date without quotes.
fn literal(text: &str) -> Option<Value> {
    if let Some(inner) = text.strip_prefix('\'') {
        let inner = inner.strip_suffix('\'')?;
        let lone = inner.replace("''", "").contains('\'');
        return (!lone).then(|| inner.replace("''", "'").into());
    }
    match text {
        "true" => Some(true.into()),
        "false" => Some(false.into()),
        "null" => Some(Value::Null),
        other => other.parse::<i64>().map(Value::from).ok().or_else(|| other.contains('T').then(|| other.into())),
    }
}

fn sort(items: &mut [&Value], order: &str) {
    let (field, direction) = order.split_once(' ').unwrap_or((order, "asc"));
    items.sort_by_key(|item| item[field].as_str().unwrap_or_default().to_lowercase());
    if direction.trim().eq_ignore_ascii_case("desc") {
        items.reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(filter: &str, item: &Value) -> Option<bool> {
        parse(filter).ok().map(|tests| tests.iter().all(|t| t.holds(item)))
    }

    #[test]
    fn filters() {
        let item = json!({"surname": "O'Brien and Sons", "accountEnabled": true, "a": {"b": "x"}, "at": "2026-11-25T00:00:00Z"});
        for (filter, expected) in [
            ("surname eq 'o''brien AND sons'", Some(true)),
            ("startswith(surname,'O''B') and accountEnabled eq true", Some(true)),
            ("endswith(surname,'x')", Some(false)),
            ("a/b eq 'x'", Some(true)),
            ("at ge 2026-01-01T00:00:00Z", Some(true)),
            ("surname eq 'O'Brien'", None),
            ("surname eq 'open", None),
            ("surname", None),
        ] {
            assert_eq!(holds(filter, &item), expected, "{filter}");
        }
    }
}
