use super::*;
use proptest::prelude::*;

fn inside(json: &str, form: Form) -> String {
    let xml = clixml(json, form).unwrap();
    xml.strip_prefix(HEAD).and_then(|xml| xml.strip_suffix("</Objs>")).unwrap().into()
}

fn table(json: &str) -> String {
    inside(json, Form::HashTable)
}

fn object(json: &str) -> String {
    inside(json, Form::PsObject)
}

#[test]
fn both_forms() {
    let json = r#"{"a":1,"b":[true,null]}"#;
    assert_eq!(
        table(json),
        r#"<Obj><DCT><En><S N="Key">a</S><I64 N="Value">1</I64></En><En><S N="Key">b</S><Obj N="Value"><TN RefId="0"><T>ConnectEntra.List</T></TN><LST><B>true</B><Nil/></LST></Obj></En></DCT></Obj>"#
    );
    assert_eq!(
        object(json),
        r#"<Obj><MS><I64 N="a">1</I64><Obj N="b"><TN RefId="0"><T>ConnectEntra.List</T></TN><LST><B>true</B><Nil/></LST></Obj></MS></Obj>"#
    );
    assert_eq!(
        table("[[],{}]"),
        r#"<Obj><TN RefId="0"><T>ConnectEntra.List</T></TN><LST><Obj><TNRef RefId="0"/><LST></LST></Obj><Obj><DCT></DCT></Obj></LST></Obj>"#
    );
}

#[test]
fn numbers_have_their_types() {
    for (json, xml) in [
        ("-0", "<I64>0</I64>"),
        ("9223372036854775807", "<I64>9223372036854775807</I64>"),
        ("1.0", "<Db>1.0</Db>"),
        ("1e400", "<Db>INF</Db>"),
        ("-1e400", "<Db>-INF</Db>"),
        ("1e3", "<Db>1e3</Db>"),
        ("9223372036854775808", r#"<Obj><TN RefId="1"><T>ConnectEntra.BigInteger</T></TN><BA>AAAAAAAAAIAA</BA></Obj>"#),
    ] {
        assert_eq!(table(json), xml, "{json}");
    }
    assert_eq!(little_endian("-256"), [0, 0xff, 0xff]);
    assert_eq!(little_endian("255"), [255, 0]);
}

#[test]
fn texts_survive_xml() {
    for (json, xml) in [
        (r#""<&>\"""#, "<S>&lt;&amp;&gt;&quot;</S>"),
        (r#""a\u0000\r\n\tb""#, "<S>a_x0000__x000D__x000A__x0009_b</S>"),
        (r#""_x0041_ _y _X_""#, "<S>_x005F_x0041_ _y _x005F_X_</S>"),
        (r#""\ud83d""#, "<S>_xD83D_</S>"),
        ("\"\u{ffff}\u{ff21}😀\"", "<S>_xFFFF_\u{ff21}😀</S>"),
        ("\" \"", "<S> </S>"),
        (r#""2024-05-06T07:08:09Z""#, "<DT>2024-05-06T07:08:09Z</DT>"),
        (r#""\/Date(0)\/""#, "<DT>1970-01-01T00:00:00.000Z</DT>"),
    ] {
        assert_eq!(table(json), xml, "{json}");
    }
    assert_eq!(object(r#"{"a\"<\n":1}"#), r#"<Obj><MS><I64 N="a&quot;&lt;_x000A_">1</I64></MS></Obj>"#);
    let mut writer = ClixmlWriter::new(Form::PsObject).with_text_dates();
    writer.write(r#""2024-05-06T07:08:09Z""#).unwrap();
    assert!(writer.finish().contains("<S>2024-05-06T07:08:09Z</S>"));
}

#[test]
fn of_two_equal_keys_the_last_counts() {
    let one = r#"<Obj><DCT><En><S N="Key">b</S><I64 N="Value">2</I64></En><En><S N="Key">a</S><I64 N="Value">3</I64></En></DCT></Obj>"#;
    assert_eq!(table(r#"{"a":{"x":[1]},"b":2,"a":3}"#), one);
    assert_eq!(table(r#"{"a":1,"b":1,"a":1,"b":2,"\u0061":3}"#), one);
    assert_eq!(object(r#"{"a":1,"A":2}"#), r#"<Obj><MS><I64 N="A">2</I64></MS></Obj>"#);
    assert_eq!(
        object(r#"{"o":{"a":1,"A":2},"p":3,"O":4}"#),
        r#"<Obj><MS><I64 N="p">3</I64><I64 N="O">4</I64></MS></Obj>"#
    );
}

#[test]
fn keys_that_a_form_cannot_hold_are_told() {
    let refused = |json: &str, form| clixml(json, form).unwrap_err();
    assert_eq!(refused(r#"{"a":1,"A":2}"#, Form::HashTable), ClixmlError::DuplicateKey("A".into()));
    assert_eq!(refused(r#"{"É":1,"é":2}"#, Form::HashTable), ClixmlError::DuplicateKey("é".into()));
    assert_eq!(refused(r#"{"":1}"#, Form::PsObject), ClixmlError::EmptyKey);
    assert_eq!(table(r#"{"":1}"#), r#"<Obj><DCT><En><S N="Key"></S><I64 N="Value">1</I64></En></DCT></Obj>"#);
    assert!(matches!(refused(r#"{"a": 1, "#, Form::HashTable), ClixmlError::Json(_)));
}

#[test]
fn too_deep_is_told() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(clixml(&nested(DEEPEST), Form::HashTable).is_ok());
    assert_eq!(clixml(&nested(DEEPEST + 1), Form::HashTable), Err(ClixmlError::TooDeep(DEEPEST)));
}

#[test]
fn several_documents_share_one_frame() {
    let mut writer = ClixmlWriter::new(Form::PsObject);
    writer.write("[1]").unwrap();
    writer.write("[2]").unwrap();
    let xml = writer.finish();
    assert!(xml.ends_with(r#"<Obj><TNRef RefId="0"/><LST><I64>2</I64></LST></Obj></Objs>"#), "{xml}");
}

proptest! {
    #[test]
    fn any_json_becomes_balanced_xml(json in "[\\[\\]{}:,\"aA0-1.eE\\\\u \\-]{0,24}") {
        for form in [Form::HashTable, Form::PsObject] {
            if let Ok(xml) = clixml(&json, form) {
                for element in ["Obj", "DCT", "MS", "LST", "En", "S", "I64", "Db"] {
                    let opened = xml.matches(&format!("<{element}>")).count() + xml.matches(&format!("<{element} ")).count();
                    prop_assert_eq!(opened, xml.matches(&format!("</{element}>")).count(), "{} in {}", element, xml);
                }
            }
        }
    }

    #[test]
    fn any_text_becomes_characters_that_xml_holds(text in "[_x\u{0}-\u{20}<>&\"\u{fffe}\u{ffff}0-9A-Fé]{0,20}") {
        let xml = table(&serde_json::to_string(&text).unwrap());
        let is_xml = |c| c >= ' ' && c != '\u{fffe}' && c != '\u{ffff}';
        prop_assert!(xml.chars().all(is_xml));
    }
}
