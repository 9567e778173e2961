use super::{
    answer::{self, Wanted},
    teller::Teller,
};
use crate::{Bag, Event, Failure, failure, host::HostLink};
use entra_auth::Host;
use entra_graph::{Graph, GraphRequest, Page, Pages};

/// All items of all pages, an output for each page as it comes. An answer that is no list is given as it is.
pub(super) async fn run(
    graph: &Graph,
    request: GraphRequest,
    input: &Bag,
    host: &HostLink,
    teller: &mut Teller,
) -> Result<Event, Failure> {
    let wanted = Wanted::of(input)?;
    let cap = input.get("First").map(|text| text.parse().map_err(|_| failure::number("First", text))).transpose()?;
    let mut pages = Pages::new(graph, request, cap).map_err(|error| failure::request(&error))?;
    let mut last = None;
    loop {
        let page = pages.next(&mut |note| teller.tell(note)).await.map_err(|error| failure::request(&error))?;
        let Some(page) = page else { break };
        teller.received(&page.reply);
        if page.info.items.is_none() {
            return answer::event(&page.reply, input);
        }
        give(&page, wanted, host).await?;
        last = Some(page.reply.head);
    }
    if pages.is_truncated() {
        host.warn(format!(
            "The result was truncated after {} items: there are more. Leave -First out to get all of them.",
            cap.unwrap_or_default()
        ));
    }
    let fields = Bag::default().with("Content", "Outputs").with("Length", "0");
    let fields = match last {
        Some(head) => answer::message(fields.with("StatusCode", head.status.to_string()), &head),
        None => fields,
    };
    Ok(Event::new(crate::Kind::Result, fields))
}

async fn give(page: &Page, wanted: Wanted, host: &HostLink) -> Result<(), Failure> {
    // An output without items would arrive as one $null.
    if page.taken == 0 {
        return Ok(());
    }
    let text = page.text();
    let items = page.items(&text);
    match wanted {
        Wanted::Objects(form) => {
            let body = answer::objects(items, form)?;
            put(host, "Clixml", body).await;
        }
        _ => {
            for item in items {
                put(host, "Text", item.as_bytes().to_vec()).await;
            }
        }
    }
    Ok(())
}

/// One of several results.
pub(super) async fn put(host: &HostLink, content: &str, body: Vec<u8>) {
    host.output(Bag::default().with("Content", content).with("Length", body.len().to_string()), body).await;
}
