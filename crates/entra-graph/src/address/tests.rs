use super::*;
use proptest::prelude::*;

fn graph() -> Endpoint {
    Endpoint::new("https://graph.microsoft.com").unwrap()
}

fn resolved(text: &str) -> Address {
    Address::resolve(&graph(), text, &[]).unwrap()
}

fn refused(text: &str) -> AddressError {
    Address::resolve(&graph(), text, &[]).unwrap_err()
}

/// Path and query of an address that stays on the own Graph.
fn own(text: &str) -> String {
    let address = resolved(text);
    assert!(address.is_own(), "{text} is ours");
    let url = address.url().as_str();
    url.strip_prefix("https://graph.microsoft.com").unwrap().into()
}

#[test]
fn relative_and_absolute_forms_are_the_same_request() {
    for text in [
        "v1.0/me",
        "/v1.0/me",
        " v1.0/me ",
        "https://graph.microsoft.com/v1.0/me",
        "HTTPS://Graph.Microsoft.com:443/v1.0/me",
    ] {
        assert_eq!(own(text), "/v1.0/me", "{text}");
    }
    assert_eq!(own("me"), "/me");
    assert_eq!(own("?a=1"), "/?a=1");
}

#[test]
fn a_relative_address_never_names_a_host() {
    for (text, path) in [
        ("//v1.0/echo", "/v1.0/echo"),
        ("//elsewhere.example/v1.0/me", "/elsewhere.example/v1.0/me"),
        ("///elsewhere.example/me", "/elsewhere.example/me"),
        (r"\\elsewhere.example\v1.0\me", "/elsewhere.example/v1.0/me"),
        (r"/\elsewhere.example/me", "/elsewhere.example/me"),
        ("@elsewhere.example/me", "/@elsewhere.example/me"),
        (":8443/me", "/:8443/me"),
        (".elsewhere.example/me", "/.elsewhere.example/me"),
        ("elsewhere.example:443/me", "/elsewhere.example:443/me"),
    ] {
        assert_eq!(own(text), path, "{text}");
    }
}

#[test]
fn a_doubled_slash_in_an_absolute_address_stays_a_path() {
    assert_eq!(own("https://graph.microsoft.com//elsewhere.example/v1.0/me"), "//elsewhere.example/v1.0/me");
    assert_eq!(own("https://graph.microsoft.com//v1.0/me"), "//v1.0/me");
    assert_eq!(own(r"https://graph.microsoft.com\\elsewhere.example\me"), "//elsewhere.example/me");
    assert_eq!(own(r"https://graph.microsoft.com\@elsewhere.example/me"), "/@elsewhere.example/me");
    assert_eq!(own("v1.0//echo"), "/v1.0//echo");
}

#[test]
fn other_hosts_are_foreign_however_close_they_look() {
    for text in [
        "https://elsewhere.example/v1.0/me",
        "https://graph.microsoft.us/v1.0/me",
        "https://graph.microsoft.com.elsewhere.example/v1.0/me",
        "https://graph.microsoft.com.:443/v1.0/me",
        "https://graph.microsoft.com:8443/v1.0/me",
        "https://graph.microsoft.com:80/v1.0/me",
        "https://xgraph.microsoft.com/v1.0/me",
        "https://graph-microsoft.com/v1.0/me",
        "https:////elsewhere.example/v1.0/me",
    ] {
        assert!(!resolved(text).is_own(), "{text}");
    }
}

#[test]
fn user_information_is_refused() {
    for text in [
        "https://graph.microsoft.com@elsewhere.example/v1.0/me",
        "https://graph.microsoft.com:x@elsewhere.example/v1.0/me",
        "https://me@graph.microsoft.com/v1.0/me",
        "https://@graph.microsoft.com/v1.0/me",
        "https://:@graph.microsoft.com/v1.0/me",
    ] {
        assert_eq!(refused(text), AddressError::UserInfo, "{text}");
    }
    assert_eq!(own("v1.0/users/a@b.example"), "/v1.0/users/a@b.example");
}

#[test]
fn only_https_is_supported() {
    for text in [
        "http://graph.microsoft.com/v1.0/me",
        "HTTP://graph.microsoft.com/v1.0/me",
        "ftp://graph.microsoft.com/x",
        "file:///etc/passwd",
        "http:graph.microsoft.com",
    ] {
        assert_eq!(refused(text), AddressError::NotHttps, "{text}");
    }
    assert_eq!(refused(" "), AddressError::Empty);
    assert_eq!(refused(""), AddressError::Empty);
    assert_eq!(refused("v1.0/me\r\nX: 1"), AddressError::ControlCharacter);
    for text in ["https:graph.microsoft.com/me", "https:/graph.microsoft.com/me", "https://", "https://[x/me"] {
        assert!(matches!(refused(text), AddressError::Invalid(_)), "{text}");
    }
    assert!(Endpoint::new("http://graph.example").is_err());
}

#[test]
fn what_the_caller_encoded_is_not_encoded_again() {
    for (text, sent) in [
        ("v1.0/echo/a%2Fb%20c", "/v1.0/echo/a%2Fb%20c"),
        ("v1.0/echo/Zoë Smith", "/v1.0/echo/Zo%C3%AB%20Smith"),
        ("v1.0/echo/o'brien@x.com", "/v1.0/echo/o'brien@x.com"),
        ("v1.0/echo/a_x.com%23EXT%23@p.example", "/v1.0/echo/a_x.com%23EXT%23@p.example"),
        ("v1.0/echo/a#b", "/v1.0/echo/a"),
        ("v1.0/echo?$filter=a%20eq%20%27b%2Bc%27&x=%C3%A9", "/v1.0/echo?$filter=a%20eq%20%27b%2Bc%27&x=%C3%A9"),
        ("v1.0/echo?a=1+2&b=x=y&c", "/v1.0/echo?a=1+2&b=x=y&c"),
        ("v1.0/echo?a=50%&b=%zz", "/v1.0/echo?a=50%25&b=%25zz"),
        ("v1.0/echo?a=😀|^", "/v1.0/echo?a=%F0%9F%98%80%7C%5E"),
        ("v1.0/echo?$filter=startswith(a,'J')", "/v1.0/echo?$filter=startswith(a,%27J%27)"),
        ("v1.0/users/../echo", "/v1.0/echo"),
        ("v1.0/me/drive/root:/a.txt:/content", "/v1.0/me/drive/root:/a.txt:/content"),
    ] {
        assert_eq!(own(text), sent, "{text}");
    }
}

#[test]
fn bare_odata_options_get_their_prefix_with_the_case_kept() {
    for (text, sent) in [
        ("v1.0/echo?select=id&top=5", "/v1.0/echo?$select=id&$top=5"),
        ("beta/echo?select=id", "/beta/echo?$select=id"),
        ("v1.0/echo?topic=1&Select=id&x=select&$select=a", "/v1.0/echo?topic=1&$Select=id&x=select&$select=a"),
        ("v1.0/echo?filter=a eq 1&search=\"z\"", "/v1.0/echo?$filter=a%20eq%201&$search=%22z%22"),
        ("other/echo?top=5", "/other/echo?top=5"),
    ] {
        assert_eq!(own(text), sent, "{text}");
    }
    let foreign = resolved("https://elsewhere.example/v1.0/x?top=5");
    assert_eq!(foreign.url().query(), Some("top=5"));
}

#[test]
fn a_table_is_added_to_the_query_that_is_there() {
    let pairs = [("a".into(), "x y".into()), ("b".into(), "é&".into())];
    let address = Address::resolve(&graph(), "v1.0/echo?$select=id", &pairs).unwrap();
    assert_eq!(address.url().query(), Some("$select=id&a=x+y&b=%C3%A9%26"));
    let pairs = [("$top".into(), "5".into()), ("top".into(), "5".into())];
    let address = Address::resolve(&graph(), "v1.0/echo", &pairs).unwrap();
    assert_eq!(address.url().query(), Some("%24top=5&$top=5"));
}

#[test]
fn the_next_page_is_taken_as_it_is_and_never_elsewhere() {
    let first = Address::resolve(&graph(), "v1.0/users/1/memberOf?top=1", &[]).unwrap();
    let link = "https://graph.microsoft.com/v1.0/users?$skiptoken=X%27y&top=2";
    let page = Address::next_page(&graph(), &first, link).unwrap();
    assert_eq!(page.url().as_str(), link);
    for text in ["https://elsewhere.example/v1.0/users", "https://graph.microsoft.com:444/x"] {
        let error = Address::next_page(&graph(), &first, text).unwrap_err();
        assert!(matches!(error, AddressError::ForeignPage(_)), "{text}");
    }
    let doubled = "https://graph.microsoft.com//elsewhere.example/v1.0/users";
    let page = Address::next_page(&graph(), &first, doubled).unwrap();
    assert_eq!(page.url().host_str(), Some("graph.microsoft.com"));
}

#[test]
fn a_relative_next_page_begins_where_the_page_is_that_names_it() {
    let first = Address::resolve(&graph(), "v1.0/users/1/memberOf?$top=1", &[]).unwrap();
    for (link, expected) in [
        ("memberOf?$skiptoken=1", "v1.0/users/1/memberOf?$skiptoken=1"),
        (" memberOf?$filter=a%20b", "v1.0/users/1/memberOf?$filter=a%20b"),
        ("?$skiptoken=1", "v1.0/users/1/memberOf?$skiptoken=1"),
        ("../2?x", "v1.0/users/2?x"),
        ("../../../../../x", "x"),
        ("/v1.0/users?x", "v1.0/users?x"),
        ("//elsewhere.example/x", "elsewhere.example/x"),
        ("\\\\elsewhere.example/x", "elsewhere.example/x"),
        ("x/https://elsewhere.example", "v1.0/users/1/x/https://elsewhere.example"),
    ] {
        let page = Address::next_page(&graph(), &first, link).unwrap();
        assert_eq!(page.url().as_str(), format!("https://graph.microsoft.com/{expected}"), "{link}");
        assert!(page.is_own(), "{link}");
    }
    assert_eq!(Address::next_page(&graph(), &first, " "), Err(AddressError::Empty));
}

#[test]
fn an_endpoint_with_a_port_owns_that_port_alone() {
    let endpoint = Endpoint::new("https://localhost:8443/").unwrap();
    let at = |text: &str| Address::resolve(&endpoint, text, &[]).unwrap();
    assert!(at("v1.0/me").is_own());
    assert_eq!(at("v1.0/me").url().as_str(), "https://localhost:8443/v1.0/me");
    assert!(!at("https://localhost/v1.0/me").is_own());
    assert!(at("beta/me").is_beta());
    assert!(!at("v1.0/me").is_beta());
}

/// Pieces out of which addresses that mislead are made.
fn tricky() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("https://"),
        Just("https:"),
        Just("http://"),
        Just("/"),
        Just("//"),
        Just("\\"),
        Just("@"),
        Just(":"),
        Just("443"),
        Just("graph.microsoft.com"),
        Just("elsewhere.example"),
        Just("."),
        Just("?"),
        Just("#"),
        Just("%2f"),
        Just("%40"),
        Just("v1.0"),
        Just("me"),
        Just("[::1]"),
        Just("\t"),
        Just("\u{ff0f}"),
        Just("xn--"),
        Just("..")
    ];
    prop::collection::vec(piece, 1..10).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn own_means_the_same_scheme_host_and_port(text in prop_oneof![tricky(), ".*"]) {
        let Ok(address) = Address::resolve(&graph(), &text, &[]) else { return Ok(()) };
        let url = address.url();
        let same = url.scheme() == "https"
            && url.host_str() == Some("graph.microsoft.com")
            && url.port_or_known_default() == Some(443)
            && url.username().is_empty()
            && url.password().is_none();
        prop_assert_eq!(address.is_own(), same);
        // What is sent is read again by the client: it has to read the same host.
        let again = Url::parse(url.as_str()).unwrap();
        prop_assert_eq!(again.host_str(), url.host_str());
        prop_assert!(url.scheme() == "https");
    }

    #[test]
    fn a_text_without_a_scheme_stays_at_home(text in "[/\\\\@:.?#a-z0-9%\u{ff0f} ]{1,40}") {
        prop_assume!(scheme(text.trim()).is_none());
        if let Ok(address) = Address::resolve(&graph(), &text, &[]) {
            prop_assert!(address.is_own());
        }
    }

    #[test]
    fn encoding_twice_is_encoding_once(text in ".*") {
        let once = encode(&text);
        prop_assert_eq!(encode(&once), once);
    }
}
