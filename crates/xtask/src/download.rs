//! One file from the network, kept only if its hash is the pinned one.

use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use ring::digest;
use ureq::tls::{RootCerts, TlsConfig};

use crate::Result;
use crate::pins::Pin;

/// PowerShell's archives have about 75 MB.
const LARGEST: u64 = 256 << 20;
const CONNECT: Duration = Duration::from_secs(20);
const WHOLE: Duration = Duration::from_secs(15 * 60);
/// How often the progress line is renewed.
const PROGRESS: Duration = Duration::from_secs(2);

/// Gets `pin` into `file`, by way of a temporary file beside it: `file` is there whole and right, or not at all.
pub(crate) fn get(pin: &Pin, file: &Path) -> Result {
    let folder = file.parent().ok_or("a download needs a folder")?;
    std::fs::create_dir_all(folder)?;
    println!("   downloading {}", pin.url);
    let mut part = tempfile::NamedTempFile::new_in(folder)?;
    let mut body = open(pin.url)?;
    let hash = copy(&mut body, part.as_file_mut()).map_err(|error| format!("{}: {error}", pin.url))?;
    if hash != pin.sha256 {
        return Err(format!("{} has the SHA-256 {hash}, expected {}; it was thrown away", pin.url, pin.sha256).into());
    }
    part.persist(file)?;
    Ok(())
}

fn open(url: &str) -> Result<impl Read> {
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let config = ureq::Agent::config_builder()
        .tls_config(tls)
        .timeout_connect(Some(CONNECT))
        .timeout_global(Some(WHOLE))
        .build();
    let reply = ureq::Agent::new_with_config(config).get(url).call().map_err(|error| format!("{url}: {error}"))?;
    Ok(reply.into_body().into_with_config().limit(LARGEST).reader())
}

/// Copies and hashes; the result is the hash.
fn copy(from: &mut impl Read, to: &mut impl Write) -> Result<String> {
    let mut hash = digest::Context::new(&digest::SHA256);
    let mut buffer = vec![0; 1 << 16];
    let mut progress = Progress { bytes: 0, shown: Instant::now() };
    loop {
        let count = from.read(&mut buffer)?;
        let Some(chunk) = buffer.get(..count).filter(|chunk| !chunk.is_empty()) else {
            break;
        };
        hash.update(chunk);
        to.write_all(chunk)?;
        progress.add(count as u64);
    }
    to.flush()?;
    Ok(hash.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}

struct Progress {
    bytes: u64,
    shown: Instant,
}

impl Progress {
    fn add(&mut self, bytes: u64) {
        self.bytes += bytes;
        if self.shown.elapsed() >= PROGRESS {
            println!("   {} MB", self.bytes >> 20);
            self.shown = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::net::TcpListener;

    use super::*;

    const BODY: &str = "a pinned file";
    const HASH: &str = "50a565e4f4c63d8ab90d4cd2eecffa42fa9d83a28a79128ae3af1bf26c8bcc4b";

    /// Answers one request with `reply`, on a port of its own.
    fn server(reply: String) -> &'static str {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/file", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(&stream).lines();
            while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
            (&stream).write_all(reply.as_bytes()).unwrap();
        });
        address.leak()
    }

    fn ok(announced: usize) -> String {
        format!("HTTP/1.1 200 OK\r\nContent-Length: {announced}\r\nConnection: close\r\n\r\n{BODY}")
    }

    fn get_into_new_folder(reply: String, sha256: &'static str) -> (tempfile::TempDir, Result) {
        let folder = tempfile::tempdir().unwrap();
        let result = get(&Pin { url: server(reply), sha256 }, &folder.path().join("file"));
        (folder, result)
    }

    fn left_behind(folder: &tempfile::TempDir) -> usize {
        std::fs::read_dir(folder.path()).unwrap().count()
    }

    #[test]
    fn the_right_file_is_kept() {
        let (folder, result) = get_into_new_folder(ok(BODY.len()), HASH);
        result.unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join("file")).unwrap(), BODY);
        assert_eq!(left_behind(&folder), 1);
    }

    #[test]
    fn a_file_with_another_hash_is_thrown_away() {
        let (folder, result) = get_into_new_folder(ok(BODY.len()), "00");
        let message = result.unwrap_err().to_string();
        assert!(message.contains(HASH) && message.contains("expected 00"), "{message}");
        assert_eq!(left_behind(&folder), 0);
    }

    #[test]
    fn a_file_that_ends_early_is_thrown_away() {
        let (folder, result) = get_into_new_folder(ok(BODY.len() + 1), HASH);
        assert!(result.is_err());
        assert_eq!(left_behind(&folder), 0);
    }

    #[test]
    fn a_refusal_names_the_address_and_the_status() {
        let reply = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned();
        let (folder, result) = get_into_new_folder(reply, HASH);
        let message = result.unwrap_err().to_string();
        assert!(message.contains("/file") && message.contains("404"), "{message}");
        assert_eq!(left_behind(&folder), 0);
    }
}
