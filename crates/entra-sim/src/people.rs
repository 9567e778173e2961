//! People who can sign in. All have the same password.

use crate::ids;

#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) login: &'static str,
    pub(crate) given: &'static str,
    pub(crate) family: &'static str,
    pub(crate) object: &'static str,
    pub(crate) home: &'static str,
    /// A tenant in which they are a guest, and their object id there.
    pub(crate) guest: Option<(&'static str, &'static str)>,
    pub(crate) admin: bool,
    pub(crate) disabled: bool,
}

const PEOPLE: [Person; 6] = [
    Person { admin: true, ..person(ids::ADELE, "Adele", "Vance", ids::ADELE_OBJECT, ids::TENANT) },
    Person {
        guest: Some((ids::OTHER_TENANT, "0e50a000-0000-4000-8000-0000000000b2")),
        ..person(ids::BJOERN, "Björn", "Müller-Østby", "0e50a000-0000-4000-8000-000000000002", ids::TENANT)
    },
    person(ids::CHEN, "小明", "陳", "0e50a000-0000-4000-8000-000000000003", ids::OTHER_TENANT),
    Person { disabled: true, ..person(ids::DORA, "Dora", "Gone", "0e50a000-0000-4000-8000-000000000004", ids::TENANT) },
    person(ids::PAT, "Pat", "Private", "00000000-0000-0000-aaaa-000000000005", ids::CONSUMERS),
    person(ids::ZOE, "Zoë", "山田", "00000000-0000-0000-aaaa-000000000006", ids::CONSUMERS),
];

const fn person(
    login: &'static str,
    given: &'static str,
    family: &'static str,
    object: &'static str,
    home: &'static str,
) -> Person {
    Person { login, given, family, object, home, guest: None, admin: false, disabled: false }
}

/// A person by sign-in name, case ignored.
pub(crate) fn find(login: &str) -> Option<Person> {
    PEOPLE.iter().find(|p| p.login.eq_ignore_ascii_case(login.trim())).cloned()
}

/// All people, with the object id that they have in this tenant.
pub(crate) fn members(tenant: &str) -> Vec<(Person, &'static str)> {
    PEOPLE.iter().filter_map(|p| Some((p.clone(), p.object_in(tenant)?))).collect()
}

impl Person {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.given, self.family)
    }

    pub(crate) fn personal(&self) -> bool {
        self.home == ids::CONSUMERS
    }

    /// Their object id in a tenant; `None` where they are neither member nor guest.
    pub(crate) fn object_in(&self, tenant: &str) -> Option<&'static str> {
        if self.home == tenant {
            return Some(self.object);
        }
        self.guest.filter(|(t, _)| *t == tenant).map(|(_, object)| object)
    }

    /// Their user principal name in a tenant.
    pub(crate) fn upn_in(&self, tenant: &str) -> String {
        if self.home == tenant {
            return self.login.to_owned();
        }
        format!("{}#EXT#@{}", self.login.replace('@', "_"), ids::OTHER_TENANT_DOMAIN)
    }
}
