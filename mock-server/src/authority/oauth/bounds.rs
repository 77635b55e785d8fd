//! How much the authorization server remembers: enough for hours of use, and never more, so that no load makes it grow
//! without end. What is forgotten is counted.

use std::collections::{BTreeMap, VecDeque};

use super::Store;
use super::client::Hashed;

/// Grants, refresh tokens and access tokens kept.
const MOST: usize = 65_536;
/// Clients that registered themselves.
const CLIENTS: usize = 16_384;
/// So many of the oldest are looked at for one that may go.
const LOOKED_AT: usize = 8;

/// In which order things came.
#[derive(Default)]
pub(super) struct Order {
    families: VecDeque<String>,
    refresh: VecDeque<Hashed>,
    /// Text and `jti`.
    access: VecDeque<(Hashed, String)>,
    clients: VecDeque<String>,
    /// The `jti` of the newest access token of each grant.
    newest: BTreeMap<String, String>,
    forgotten: u64,
}

impl Store {
    /// Grants, tokens and clients that were forgotten to make room.
    pub(crate) fn forgotten(&self) -> u64 {
        self.order.forgotten
    }

    /// Another grant came, which may be forgotten one day.
    pub(super) fn bound_families(&mut self, sid: &str) {
        self.order.families.push_back(sid.to_owned());
        if self.order.families.len() > MOST
            && let Some(oldest) = self.order.families.pop_front()
        {
            self.order.newest.remove(&oldest);
            self.order.forgotten += u64::from(self.families.remove(&oldest).is_some());
            self.signed_out.remove(&oldest);
        }
    }

    /// Another refresh token came. Only what was replaced, or has no grant, is forgotten.
    pub(super) fn bound_refresh(&mut self, token: Hashed) {
        self.order.refresh.push_back(token);
        for _ in 0..LOOKED_AT {
            if self.order.refresh.len() <= MOST {
                return;
            }
            let Some(oldest) = self.order.refresh.pop_front() else {
                return;
            };
            let lives = self
                .refresh
                .get(&oldest)
                .is_some_and(|token| token.spent.is_none() && self.families.contains_key(&token.sid));
            if lives {
                self.order.refresh.push_back(oldest);
            } else {
                self.order.forgotten += u64::from(self.refresh.remove(&oldest).is_some());
            }
        }
    }

    /// Another access token came. The newest of a grant is not forgotten while there is the grant.
    pub(super) fn bound_access(&mut self, text: Hashed, jti: &str, sid: &str) {
        self.order.newest.insert(sid.to_owned(), jti.to_owned());
        self.order.access.push_back((text, jti.to_owned()));
        for _ in 0..LOOKED_AT {
            if self.order.access.len() <= MOST {
                return;
            }
            let Some((text, jti)) = self.order.access.pop_front() else {
                return;
            };
            let newest = self.access.get(&jti).is_some_and(|token| {
                let newest = self.order.newest.get(&token.sid) == Some(&jti);
                newest && self.families.contains_key(&token.sid)
            });
            if newest {
                self.order.access.push_back((text, jti));
            } else {
                self.texts.remove(&text);
                self.order.forgotten += u64::from(self.access.remove(&jti).is_some());
            }
        }
    }

    /// Another client registered itself.
    pub(super) fn bound_clients(&mut self, id: &str) {
        self.order.clients.push_back(id.to_owned());
        if self.order.clients.len() > CLIENTS
            && let Some(oldest) = self.order.clients.pop_front()
        {
            self.order.forgotten += u64::from(self.clients.remove(&oldest).is_some());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::grant::{AccessToken, Family, RefreshToken};
    use super::super::scopes::Scopes;
    use super::*;

    fn family(sid: &str) -> Family {
        Family {
            sid: sid.to_owned(),
            user: None,
            client: "client".to_owned(),
            scopes: Scopes::default(),
            resources: Vec::new(),
            device_name: None,
            agent_name: None,
            created: 0,
            auth_time: 0,
            last_used: 0,
            ended: None,
            access_survives: false,
            nonce: None,
        }
    }

    fn refresh(sid: &str, spent: Option<i64>) -> RefreshToken {
        RefreshToken {
            sid: sid.to_owned(),
            scopes: Scopes::default(),
            issued: 0,
            spent,
            successor: None,
            access: String::new(),
            repeats: 0,
        }
    }

    fn access(sid: &str, jti: &str) -> AccessToken {
        AccessToken {
            jti: jti.to_owned(),
            sid: sid.to_owned(),
            scopes: Scopes::default(),
            resources: Vec::new(),
            issued: 0,
            expires: 3600,
            revoked: None,
            used: false,
        }
    }

    #[test]
    fn what_is_remembered_has_an_end_and_what_is_in_use_stays() {
        let mut store = Store::new(0);
        store.admit_lasting(family("identity"));
        store.admit_refresh("in-use", refresh("identity", None));
        store.admit_access("newest", access("identity", "newest"));
        store.admit_family(family("oldest"));
        for number in 0..MOST + LOOKED_AT {
            let name = number.to_string();
            store.admit_family(family(&name));
            store.admit_refresh(&name, refresh("identity", Some(0)));
            store.admit_access(&name, access("nobody", &name));
        }
        assert_eq!(store.families.len(), MOST + 1);
        assert!(store.refresh.len() <= MOST + 1 && store.access.len() <= MOST + 1);
        assert_eq!(store.access.len(), store.texts.len());
        assert!(store.family("identity").is_some() && store.family("oldest").is_none());
        assert!(store.refresh("in-use").is_some() && store.refresh("0").is_none());
        assert!(store.access("newest").is_some() && store.access("0").is_none());
        assert!(store.forgotten() >= 3 * (LOOKED_AT as u64));
    }
}
