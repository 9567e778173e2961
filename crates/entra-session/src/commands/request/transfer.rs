//! Files: what comes goes to a file as it comes, and what is large goes up in pieces.

use super::{answer, landing::Landing, teller::Teller};
use crate::{Bag, Event, Failure, failure, runtime};
use entra_graph::{ATTACHMENT_PIECE, FILE_PIECE, Graph, GraphRequest, Head};
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

/// An input file and an address that makes an upload session: the file goes through the session.
pub(super) fn is_upload(input: &Bag) -> bool {
    let path = input.get("Uri").unwrap_or_default().split(['?', '#']).next().unwrap_or_default();
    let last = path.trim_end_matches('/').rsplit(['/', '.']).next().unwrap_or_default();
    input.has("InputFilePath") && last.eq_ignore_ascii_case("createUploadSession")
}

pub(super) async fn upload(
    graph: &Graph,
    request: GraphRequest,
    input: &Bag,
    teller: &mut Teller,
) -> Result<Event, Failure> {
    let path = PathBuf::from(input.get("InputFilePath").unwrap_or_default());
    let open = move || File::open(&path).map_err(|error| failure::file("The input file", &path, &error));
    let mut file = runtime::beside(open).await?;
    let is_attachment = request.uri.split('/').any(|segment| segment.eq_ignore_ascii_case("attachments"));
    let piece = if is_attachment { ATTACHMENT_PIECE } else { FILE_PIECE };
    let sent = entra_graph::upload(graph, &request, &mut file, piece, &mut |note| teller.tell(note)).await;
    let reply = sent.map_err(|error| failure::request(&error))?;
    teller.received(&reply);
    answer::event(&reply, input)
}

/// To a file. It takes its name when all of it is there: a failed request leaves none behind and keeps an old one.
pub(super) async fn download(
    graph: &Graph,
    request: GraphRequest,
    input: &Bag,
    teller: &mut Teller,
) -> Result<Event, Failure> {
    let target = Target::of(input).await?;
    if input.flag("PassThru") {
        let reply = graph.send(&request, &mut |note| teller.tell(note)).await;
        let reply = reply.map_err(|error| failure::request(&error))?;
        teller.received(&reply);
        let landing = target.landing(&reply.head)?;
        landing.write(&reply.body)?;
        landing.keep()?;
        return answer::event(&reply, input);
    }
    let mut landing = None;
    let mut refused = None;
    let create = |head: &Head| match target.landing(head) {
        Ok(made) => {
            let writer = made.writer();
            landing = Some(made);
            writer
        }
        Err(failure) => {
            refused = Some(failure);
            Err(io::Error::other("the file was not made"))
        }
    };
    let head = entra_graph::download(graph, &request, create, &mut |note| teller.tell(note)).await;
    if let Some(failure) = refused {
        return Err(failure);
    }
    let head = head.map_err(|error| failure::request(&error))?;
    if let Some(landing) = landing {
        landing.keep()?;
    }
    let fields = if input.flag("WantHeaders") { answer::message(Bag::default(), &head) } else { Bag::default() };
    Ok(answer::result(fields, &head, "File", Vec::new()))
}

/// Where the file is to be.
enum Target<'a> {
    Path(&'a str),
    /// Open already: a pipe makes whoever opens it wait for its reader.
    Open(Landing),
    /// In this folder, under the name that the answer gives.
    Folder(&'a str),
}

impl<'a> Target<'a> {
    async fn of(input: &'a Bag) -> Result<Self, Failure> {
        let Some(path) = input.get("OutputFilePath") else {
            return Ok(Self::Folder(input.get("Folder").unwrap_or_default()));
        };
        let owned = PathBuf::from(path);
        let open = runtime::beside(move || Landing::on_what_is_no_file(owned)).await?;
        Ok(open.map_or(Self::Path(path), Self::Open))
    }

    fn landing(self, head: &Head) -> Result<Landing, Failure> {
        match self {
            Self::Path(path) => Landing::new(path.into()),
            Self::Open(landing) => Ok(landing),
            Self::Folder(folder) => {
                let name = head.file_name().ok_or_else(failure::no_file_name)?;
                Landing::new(Path::new(folder).join(name))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_for_an_upload_session_goes_through_it() {
        let input = |uri: &str| Bag::default().with("Uri", uri).with("InputFilePath", "x");
        assert!(is_upload(&input("v1.0/me/drive/root:/a.bin:/createUploadSession")));
        assert!(is_upload(&input("v1.0/me/drive/items/1/microsoft.graph.createUploadSession?x=1")));
        assert!(!is_upload(&input("v1.0/me/drive/root:/a.bin:/content")));
        assert!(!is_upload(&Bag::default().with("Uri", "v1.0/x/createUploadSession")));
    }
}
