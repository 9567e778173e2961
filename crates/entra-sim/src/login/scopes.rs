//! Delegated scopes: what is asked for, and what people have agreed to.

use super::error::Refusal;
use super::token::known_resource;
use crate::seen::Seen;
use crate::world::World;

const OIDC: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// A scope parameter taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) resource: String,
    /// Short names of the resource's permissions.
    pub(crate) names: Vec<String>,
    pub(crate) oidc: Vec<String>,
    /// `.default`: whatever was agreed to.
    pub(crate) all: bool,
    /// Asked with whole addresses: the answer has them too.
    pub(crate) full: bool,
}

impl Asked {
    pub(crate) fn parse(world: &World, seen: &Seen, text: &str) -> Result<Self, Refusal> {
        let mut asked = Self { resource: String::new(), names: Vec::new(), oidc: Vec::new(), all: false, full: false };
        for scope in text.split_whitespace() {
            asked.take(world, seen, scope)?;
        }
        if asked.all && !asked.names.is_empty() {
            return Err(invalid(text));
        }
        if asked.resource.is_empty() {
            asked.resource = own_graph(world, seen);
        }
        Ok(asked)
    }

    fn take(&mut self, world: &World, seen: &Seen, scope: &str) -> Result<(), Refusal> {
        if OIDC.contains(&scope.to_lowercase().as_str()) {
            self.oidc.push(scope.to_lowercase());
            return Ok(());
        }
        let (resource, name) = match scope.rsplit_once('/') {
            Some((resource, name)) => (known_resource(world, resource)?, name),
            None => (own_graph(world, seen), scope),
        };
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c)) {
            return Err(invalid(scope));
        }
        self.full |= scope.contains('/');
        if self.resource.is_empty() {
            self.resource = resource;
        } else if self.resource != resource && !(world.is_graph(&self.resource) && world.is_graph(&resource)) {
            let text =
                "Provided value for the input parameter scope is not valid because it contains more than one resource.";
            return Err(Refusal::new(400, "invalid_request", 28000, text));
        }
        if name == ".default" {
            self.all = true;
        } else {
            self.names.push(name.to_owned());
        }
        Ok(())
    }

    pub(crate) fn wants(&self, oidc: &str) -> bool {
        self.oidc.iter().any(|o| o == oidc)
    }

    /// The `scope` of the answer for these granted names.
    pub(crate) fn answer(&self, granted: &[String]) -> String {
        let shown = |name: &String| {
            if self.full { format!("{}/{name}", self.resource.trim_end_matches('/')) } else { name.clone() }
        };
        let own = granted.iter().map(shown);
        own.chain(self.oidc.iter().filter(|o| *o != "offline_access").cloned()).collect::<Vec<_>>().join(" ")
    }
}

fn invalid(scope: &str) -> Refusal {
    let text =
        format!("The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid.");
    Refusal::new(400, "invalid_scope", 70011, text)
}

/// The Graph that bare names mean here.
fn own_graph(world: &World, seen: &Seen) -> String {
    if seen.host.contains("microsoftonline.com") {
        "https://graph.microsoft.com".into()
    } else {
        world.places.graph.clone()
    }
}

/// Permissions that only an administrator may agree to.
pub(crate) fn needs_admin(name: &str) -> bool {
    name.ends_with(".ReadWrite.All") || name.starts_with("RoleManagement.")
}
