use super::client_assertion;
use crate::{Bag, Failure, failure, host::HostLink};

/// What the original checks before anything is sent, in its order.
pub(super) fn parameters(input: &Bag, host: &HostLink) -> Result<(), Failure> {
    match input.get("ParameterSet") {
        Some("AppCertificateParameterSet") => certificate(input, host)?,
        Some("AccessTokenParameterSet") if !host.holds_secret("AccessToken") => {
            return Err(failure::must_specify("AccessTokenMissing", "AccessToken"));
        }
        _ => {}
    }
    client_timeout(input)
}

fn certificate(input: &Bag, host: &HostLink) -> Result<(), Failure> {
    input.filled("ClientId").ok_or_else(|| failure::must_specify("ClientIdMissing", "ClientId"))?;
    let named = ["CertificateSubjectName", "CertificateThumbprint", "CertificatePath"]
        .iter()
        .any(|name| input.filled(name).is_some());
    if !named && !input.flag("Certificate") && !client_assertion::is_given(input, host) {
        let what = "CertificateThumbprint or CertificateSubjectName or Certificate";
        return Err(failure::must_specify("CertificateMissing", what));
    }
    if input.filled("CertificateThumbprint").is_some() && thumbprint(input).is_none_or(|text| text.len() != 40) {
        return Err(failure::thumbprint_length());
    }
    input.filled("TenantId").ok_or_else(|| failure::must_specify("TenantIdMissing", "TenantId"))?;
    Ok(())
}

fn client_timeout(input: &Bag) -> Result<(), Failure> {
    let Some(text) = input.get("ClientTimeout") else { return Ok(()) };
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds.is_finite() => Ok(()),
        _ => Err(failure::client_timeout(text)),
    }
}

/// The thumbprint without what comes along when it is copied: blanks, and the invisible mark that Windows' dialog puts
/// before it.
pub(super) fn thumbprint(input: &Bag) -> Option<String> {
    let text = input.filled("CertificateThumbprint")?;
    Some(text.chars().filter(|c| !c.is_whitespace() && !is_invisible(*c)).collect())
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}')
        || c.is_control()
}
