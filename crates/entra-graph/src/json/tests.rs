use super::*;
use proptest::prelude::*;
use serde_json::Value;

fn tokens(text: &str) -> Result<Vec<Token<'_>>, JsonError> {
    let mut reader = Reader::new(text);
    let mut tokens = Vec::new();
    while let Some(token) = reader.next()? {
        tokens.push(token);
    }
    Ok(tokens)
}

fn only_text(text: &str) -> Vec<Unit> {
    match tokens(text).unwrap()[0] {
        Token::Text(text) => text.units().collect(),
        other => panic!("{other:?} is no text"),
    }
}

/// Builds the tree that serde_json would.
fn tree(reader: &mut Reader<'_>, token: Token<'_>) -> Value {
    match token {
        Token::OpenObject => {
            let mut map = serde_json::Map::new();
            while let Some(Token::Key(key)) = reader.next().unwrap() {
                let token = reader.next().unwrap().unwrap();
                map.insert(key.decoded().into_owned(), tree(reader, token));
            }
            Value::Object(map)
        }
        Token::OpenList => {
            let mut items = Vec::new();
            loop {
                match reader.next().unwrap().unwrap() {
                    Token::Close => return Value::Array(items),
                    token => items.push(tree(reader, token)),
                }
            }
        }
        Token::Text(text) => text.decoded().into(),
        Token::Number(text) => serde_json::from_str(text).unwrap(),
        Token::Bool(value) => value.into(),
        Token::Null | Token::Close | Token::Key(_) => Value::Null,
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let key = prop_oneof!["[a-c]{0,2}", ".*"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..6).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

#[test]
fn escapes_and_halves_of_pairs() {
    assert_eq!(only_text(r#""\u0041\ud83d\ude00""#), [Unit::Char('A'), Unit::Char('😀')]);
    assert_eq!(only_text(r#""\ud83d\u0041""#), [Unit::Half(0xd83d), Unit::Char('A')]);
    assert_eq!(only_text(r#""\ude00\/\"""#), [Unit::Half(0xde00), Unit::Char('/'), Unit::Char('"')]);
    assert_eq!(only_text("\"\\t\t\""), [Unit::Char('\t'), Unit::Char('\t')]);
}

#[test]
fn numbers_stay_as_they_are_written() {
    for good in ["0", "-0", "1.0", "1e400", "-12.5E-3", "123456789012345678901234567890"] {
        assert_eq!(tokens(good).unwrap(), [Token::Number(good)]);
    }
    for bad in ["01", "-", "1.", ".5", "1e", "+1", "1e+", "0x10", "1-2", "NaN"] {
        assert!(tokens(bad).is_err(), "{bad}");
    }
}

#[test]
fn what_is_no_json_is_refused_where_it_breaks() {
    let error = tokens(r#"{"a": 1, "#).unwrap_err();
    assert_eq!((error.what, error.at), ("unexpected end", 9));
    for bad in [
        "",
        " ",
        "[1,]",
        "{\"a\"}",
        "{,}",
        "[}",
        "{]",
        "1 2",
        "\"a",
        "\"\\x\"",
        "\"\\u12\"",
        "tru",
        "[1 2]",
        "{\"a\":1,}",
    ] {
        assert!(tokens(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_value_can_be_stepped_over() {
    let text = r#"[ {"a":[1,{"b":2}]} , 3]"#;
    let mut reader = Reader::new(text);
    reader.next().unwrap();
    assert_eq!(&text[reader.skip_value().unwrap()], r#"{"a":[1,{"b":2}]}"#);
}

proptest! {
    #[test]
    fn it_reads_what_serde_json_writes(value in value(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let mut reader = Reader::new(&text);
        let first = reader.next().unwrap().unwrap();
        prop_assert_eq!(tree(&mut reader, first), value);
        prop_assert_eq!(reader.next(), Ok(None));
    }

    #[test]
    fn it_takes_and_refuses_what_serde_json_does(text in "[\\[\\]{}:,\"a0-1.eE\\\\u \\-tnl]{0,12}") {
        // Numbers beyond a double are read here and not there.
        prop_assume!(!text.contains(['e', 'E']));
        prop_assert_eq!(tokens(&text).is_ok(), serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok());
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in ".*") {
        let _ = tokens(&text);
    }
}
