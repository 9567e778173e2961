use crate::{
    Address, Graph, GraphError, GraphReply, GraphRequest, RequestBody, Told,
    json::{JsonError, Reader, Token},
    note::Note,
};
use entra_net::Method;
use std::{borrow::Cow, collections::HashSet, ops::Range};

const NEXT_LINK: &str = "@odata.nextLink";

/// What a reply says of the pages that it belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageInfo {
    /// Where each item of `value` stands in the text, in bytes; `None` where there is no list of that name.
    pub items: Option<Vec<Range<usize>>>,
    /// Where the next page is.
    pub next_link: Option<String>,
}

/// Looks through a reply for its items and its next page, without making anything of the rest.
pub fn page_info(json: &str) -> Result<PageInfo, JsonError> {
    let mut reader = Reader::new(json);
    let mut info = PageInfo::default();
    if reader.next()? != Some(Token::OpenObject) {
        return Ok(info);
    }
    while let Some(Token::Key(key)) = reader.next()? {
        match &*key.decoded() {
            NEXT_LINK => info.next_link = text(json, reader.skip_value()?),
            "value" => info.items = items(&mut reader)?,
            _ => {
                reader.skip_value()?;
            }
        }
    }
    // What follows the object is no JSON.
    reader.next()?;
    Ok(info)
}

fn text(json: &str, at: Range<usize>) -> Option<String> {
    let token = Reader::new(&json[at]).next().ok()?;
    match token {
        Some(Token::Text(text)) if !text.raw.is_empty() => Some(text.decoded().into_owned()),
        _ => None,
    }
}

fn items(reader: &mut Reader<'_>) -> Result<Option<Vec<Range<usize>>>, JsonError> {
    let depth = reader.depth();
    if reader.next()? != Some(Token::OpenList) {
        // Something else of that name: an object is gone past, a simple value has been.
        while reader.depth() > depth {
            reader.next()?;
        }
        return Ok(None);
    }
    let mut items = Vec::new();
    while !reader.closes()? {
        items.push(reader.skip_value()?);
    }
    Ok(Some(items))
}

/// One page.
#[derive(Debug)]
pub struct Page {
    /// The reply as it came.
    pub reply: GraphReply,
    /// Its items and its next page, where it is JSON.
    pub info: PageInfo,
    /// How many of its items count: fewer than there are where the cap is reached.
    pub taken: usize,
}

impl Page {
    /// The items that count, each as JSON text; nothing where the reply has no list `value`.
    pub fn items<'a>(&'a self, text: &'a str) -> impl Iterator<Item = &'a str> {
        let items = self.info.items.as_deref().unwrap_or_default();
        items.iter().take(self.taken).map(|at| &text[at.clone()])
    }

    /// The reply's text, which the places of its items belong to.
    pub fn text(&self) -> Cow<'_, str> {
        self.reply.text()
    }
}

/// What is asked for next.
enum Next {
    First(Address),
    /// What a page says, and where that page is.
    Link(String, Address),
}

/// The pages of an answer, one request each, asked for as they are wanted.
pub struct Pages<'a> {
    graph: &'a Graph,
    request: GraphRequest,
    next: Option<Next>,
    seen: HashSet<String>,
    /// Items that may still come.
    left: Option<u64>,
    done: u64,
    truncated: bool,
}

impl<'a> Pages<'a> {
    /// Begins with `request`; `cap` is how many items are wanted at most.
    pub fn new(graph: &'a Graph, request: GraphRequest, cap: Option<u64>) -> Result<Self, GraphError> {
        let first = Address::resolve(&graph.endpoint, &request.uri, request.body.query())?;
        let next = (cap != Some(0)).then_some(Next::First(first));
        Ok(Self { graph, request, next, seen: HashSet::new(), left: cap, done: 0, truncated: false })
    }

    /// Did the cap leave something out?
    pub fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// The next page; `None` when there is no more. Header fields (`ConsistencyLevel`, `Prefer`) go along to each.
    pub async fn next(&mut self, told: Told<'_>) -> Result<Option<Page>, GraphError> {
        let Some(next) = self.next.take() else {
            return Ok(None);
        };
        let address = match next {
            Next::First(address) => address,
            Next::Link(link, page) => Address::next_page(&self.graph.endpoint, &page, &link)?,
        };
        if !self.seen.insert(address.url().to_string()) {
            return Err(GraphError::Reply(
                "The next page is one that has been read before: the service goes round in circles, and reading stops here".into(),
            ));
        }
        let reply = self.graph.open_at(&self.request, &address, told).await?.whole().await?;
        let info = page_info(&reply.text()).unwrap_or_default();
        self.follow(&info, address);
        let taken = self.take(&info);
        told(Note::Progress { done: self.done, total: None });
        Ok(Some(Page { reply, info, taken }))
    }

    /// The next page is a GET without body, whatever the first one was: its address says it all.
    fn follow(&mut self, info: &PageInfo, page: Address) {
        self.next = info.next_link.clone().map(|link| Next::Link(link, page));
        self.request.method = Method::GET;
        self.request.body = RequestBody::Empty;
    }

    fn take(&mut self, info: &PageInfo) -> usize {
        let count = info.items.as_ref().map_or(0, Vec::len);
        let taken = match self.left {
            Some(left) => count.min(usize::try_from(left).unwrap_or(usize::MAX)),
            None => count,
        };
        self.done += taken as u64;
        if let Some(left) = &mut self.left {
            *left -= taken as u64;
            if *left == 0 {
                self.truncated = self.next.take().is_some() || taken < count;
            }
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn items_and_the_next_page_are_found() {
        let json = r#"{"@odata.context":{"value":[9]},"value":[{"a":[1]}, 2 ,"x"],"@odata.nextLink":"https:\/\/x.example\/?a"}"#;
        let info = page_info(json).unwrap();
        let items: Vec<_> = info.items.unwrap().into_iter().map(|at| &json[at]).collect();
        assert_eq!(items, [r#"{"a":[1]}"#, "2", "\"x\""]);
        assert_eq!(info.next_link.as_deref(), Some("https://x.example/?a"));
    }

    #[test]
    fn replies_that_are_no_page_have_none() {
        for json in [
            "[1]",
            "1",
            r#"{"value":{"a":[1]},"b":2}"#,
            r#"{"value":null}"#,
            r#"{"@odata.nextLink":null}"#,
            r#"{"@odata.nextLink":""}"#,
        ] {
            assert_eq!(page_info(json), Ok(PageInfo::default()), "{json}");
        }
        let empty = page_info(r#"{"value":[],"@odata.nextLink":"x"}"#).unwrap();
        assert_eq!((empty.items, empty.next_link.as_deref()), (Some(Vec::new()), Some("x")));
        for json in [r#"{"value":[1,]}"#, r#"{"value":[1"#, "{} x", ""] {
            assert!(page_info(json).is_err(), "{json}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_looked_through_without_a_panic(json in "(\\{\"value\":)?[\\[\\]{}:,\"a0 ]{0,20}") {
            let _ = page_info(&json);
        }
    }
}
