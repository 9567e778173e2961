//! The list of files that may be downloaded, with their hashes.

use crate::Result;

const LIST: &str = include_str!("../pins/downloads.sha256");

/// Versions in the list.
pub(crate) const POWERSHELL: &str = "7.6.6";
pub(crate) const PESTER: &str = "5.9.1";

/// A file of the list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pin {
    /// Where it is published.
    pub(crate) url: &'static str,
    /// Its SHA-256 in hexadecimal digits.
    pub(crate) sha256: &'static str,
}

/// The official archive of PowerShell for a runtime identifier.
pub(crate) fn powershell(rid: &str) -> Result<Pin> {
    let (stem, end) = if rid.starts_with("win-") { ("PowerShell", "zip") } else { ("powershell", "tar.gz") };
    find(&format!("/{stem}-{POWERSHELL}-{rid}.{end}"))
        .ok_or_else(|| format!("PowerShell {POWERSHELL} is not published for {rid}").into())
}

/// The package of Pester.
pub(crate) fn pester() -> Result<Pin> {
    find(&format!("/Pester/{PESTER}")).ok_or_else(|| format!("Pester {PESTER} is not in the list of downloads").into())
}

fn find(end: &str) -> Option<Pin> {
    list().find(|pin| pin.url.ends_with(end))
}

fn list() -> impl Iterator<Item = Pin> {
    let rows = LIST.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|line| line.split_once("  ")).map(|(sha256, url)| Pin { url, sha256 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_a_hash_and_an_https_address() {
        assert_eq!(list().count(), LIST.lines().filter(|line| !line.starts_with('#')).count());
        for pin in list() {
            assert!(pin.url.starts_with("https://"), "{}", pin.url);
            assert_eq!(pin.sha256.len(), 64, "{}", pin.url);
            assert!(pin.sha256.bytes().all(|digit| digit.is_ascii_hexdigit()), "{}", pin.url);
        }
    }

    #[test]
    fn powershell_is_there_for_each_system_that_microsoft_builds() {
        for rid in ["linux-x64", "linux-arm64", "linux-musl-x64", "osx-x64", "osx-arm64", "win-x64", "win-arm64"] {
            assert!(powershell(rid).unwrap().url.contains(rid));
        }
        assert_eq!(
            powershell("linux-s390x").unwrap_err().to_string(),
            "PowerShell 7.6.6 is not published for linux-s390x"
        );
        assert!(pester().unwrap().url.contains("Pester"));
    }
}
