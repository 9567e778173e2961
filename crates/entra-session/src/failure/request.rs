//! Failures of requests to Graph. Ids, categories and kinds of exceptions are the original's, and all of them end the
//! command.

use super::{Category, Exception, Failure, argument, sign_in};
use crate::{Bag, commands};
use entra_graph::{AddressError, ClixmlError, GraphError, Head, HeaderError, Refusal};
use std::{io, path::Path};

/// The id of whatever the original does not expect.
const UNEXPECTED: &str = "NotSpecified";

fn unexpected(exception: Exception, message: impl Into<String>) -> Failure {
    Failure::new(UNEXPECTED, Category::InvalidOperation, exception, message)
}

fn http(message: impl Into<String>) -> Failure {
    Failure::new("InvokeGraphHttpResponseException", Category::InvalidOperation, Exception::HttpRequest, message)
}

pub(crate) fn not_signed_in() -> Failure {
    let message = "Authentication needed. Please call Connect-MgGraph.";
    Failure::new("AuthenticationError", Category::AuthenticationError, Exception::Authentication, message)
        .hint("Connect-Entra signs this session in.")
}

/// Whatever a request came to.
pub(crate) fn request(error: &GraphError) -> Failure {
    let words = error.to_string();
    match error {
        GraphError::Address(error) => address(error),
        GraphError::Header(HeaderError::ContentType) => argument("InvokeGraphContentTypeException", words),
        GraphError::Header(_) => unexpected(Exception::Format, words),
        GraphError::Body(_) => unexpected(Exception::Argument, words),
        GraphError::Batch(_) => argument("InvalidBatch", words),
        GraphError::Bearer(error) => match error.downcast_ref() {
            Some(error) => Failure { terminating: true, ..sign_in("Getting a token for the request: the", error) },
            None => unexpected(Exception::Authentication, words),
        },
        GraphError::Transport(error) => transport(error),
        GraphError::Refused(refusal) => refused(http(words), refusal),
        GraphError::Spent(refusal) => {
            refused(http(words), refusal).hint("Send a file with -InputFilePath, or a stream that can seek.")
        }
        GraphError::TooManyRetries { last, .. } => refused(unexpected(Exception::HttpRequest, words), last)
            .hint("Set-EntraRequestContext -MaxRetry allows more tries; fewer requests at a time need none."),
        GraphError::TooManyRedirects { .. } | GraphError::Redirect { .. } => unexpected(Exception::HttpRequest, words),
        _ => unexpected(Exception::InvalidOperation, words),
    }
}

fn address(error: &AddressError) -> Failure {
    let words = error.to_string();
    match error {
        AddressError::Empty => argument("InvokeGraphRequestInvalidHost", words),
        AddressError::NotHttps => unexpected(Exception::Argument, words)
            .hint("A token is never sent unencrypted: write https, or an address without a host such as v1.0/me."),
        AddressError::ForeignPage(_) => {
            Failure::new("ForeignNextPage", Category::SecurityError, Exception::InvalidOperation, words)
        }
        _ => unexpected(Exception::Argument, words),
    }
}

fn transport(error: &entra_net::Error) -> Failure {
    let known = super::net("", error);
    let message = format!("An error occurred while sending the request: {error}.");
    Failure { hint: known.hint, ..http(message) }
}

/// The answer goes along: what scripts read from the exception is made of it.
fn refused(failure: Failure, refusal: &Refusal) -> Failure {
    let own = |value: &Option<String>| value.clone().unwrap_or_default();
    let mut details = vec![
        ("StatusCode", refusal.status().to_string()),
        ("Code", own(&refusal.code)),
        ("ErrorMessage", own(&refusal.message)),
        ("InnerCode", own(&refusal.inner_code)),
        ("RequestId", own(&refusal.request_id)),
        ("ClientRequestId", own(&refusal.client_request_id)),
        ("Date", own(&refusal.date)),
        ("RetryAfter", refusal.retry_after.map(|span| span.as_secs().to_string()).unwrap_or_default()),
        ("Details", refusal.details()),
        ("Length", refusal.reply.body.len().to_string()),
    ];
    let reply = commands::message(Bag::default(), &refusal.reply.head.shown());
    details.extend(reply.into_pairs().filter_map(|(name, value)| Some((reply_field(&name)?, value))));
    Failure { details, body: refusal.reply.body.to_vec(), ..failure }
}

fn reply_field(name: &str) -> Option<&'static str> {
    ["Version", "Reason", "RequestMethod", "RequestUri", "HeaderName", "HeaderValue"].into_iter().find(|f| *f == name)
}

/// An answer that is neither JSON nor text, and no file for it. Its sentence is the original's.
pub(crate) fn content_type(head: &Head) -> Failure {
    let kind = head.kind().name();
    let message = match head.header("content-disposition") {
        Some(disposition) => format!(
            "Request returned Non-Json response of {kind} with Content-Disposition {disposition}, Please specify '-OutputFilePath' or '-InferOutputFileName' "
        ),
        None => format!("Request returned Non-Json response of {kind}, Please specify '-OutputFilePath'"),
    };
    argument("InvokeGraphContentTypeException", message)
}

/// JSON that does not become objects.
pub(crate) fn clixml(error: &ClixmlError) -> Failure {
    let id = match error {
        ClixmlError::DuplicateKey(_) => "InvokeGraphRequestDuplicateKeysInJsonString",
        ClixmlError::EmptyKey => "InvokeGraphRequestEmptyKeyInJsonString",
        ClixmlError::Json(error) => {
            return unexpected(Exception::Argument, format!("Conversion from JSON failed with error: {error}"));
        }
        other => return unexpected(Exception::InvalidOperation, other.to_string()),
    };
    Failure::new(id, Category::InvalidOperation, Exception::InvalidOperation, error.to_string())
}

/// The name of a file was to be the answer's own, and the answer has none. Reported, as the original does, under the id
/// that the original gives it.
pub(crate) fn no_file_name() -> Failure {
    let message = "Could not Infer File Name. Content Disposition Header is Not Present";
    argument("InvokeGraphRequestKeysWithDifferentCasingInJsonString", message)
        .reported()
        .hint("Name the file: -OutputFilePath.")
}

pub(crate) fn file(what: &str, path: &Path, error: &io::Error) -> Failure {
    let exception = match error.kind() {
        io::ErrorKind::NotFound => Exception::DirectoryNotFound,
        _ => Exception::InvalidOperation,
    };
    unexpected(exception, format!("{what} '{}' cannot be used: {error}.", path.display()))
}

pub(crate) fn batch_part(why: &str) -> Failure {
    argument("InvalidBatch", format!("A request of the batch is not one: {why}."))
        .hint("Each is a table with url and, where needed, method, id, headers, body and dependsOn.")
}

pub(crate) fn one_token_only() -> Failure {
    let message = "This connection has the token that was passed in -AccessToken, and cannot get one for another resource or other scopes.";
    argument("OneTokenOnly", message).hint("Connect as a person or an app to get tokens for other resources.")
}

pub(crate) fn bad_resource(resource: &str) -> Failure {
    argument("InvalidResource", format!("'{resource}' is neither an address nor an application's id."))
        .hint("A resource is written https://vault.azure.net, api://name or as a GUID.")
}
