//! Callers behind grants of the authorization server, as API keys have them: rights of the grant, roles of its person.

use super::oauth::Store;
use super::oauth::scopes::Scopes;
use crate::platform::{Caller, Platform};

/// The account that clients act with where they act for themselves.
const SERVICE: &str = "service";

/// The caller behind a grant with these rights. A token is named by its grant, so that a session goes on when the token
/// is renewed.
pub(crate) fn acting(
    platform: &Platform,
    (sid, client): (&str, &str),
    user: Option<&str>,
    scopes: &Scopes,
) -> Option<Caller> {
    let user = match user {
        Some(id) => platform.user(id),
        None => platform.user_named(SERVICE),
    };
    let user = user?;
    Some(Caller {
        credential: sid.to_owned(),
        user: user.id.clone(),
        agent_name: client.to_owned(),
        canary: user.canary.clone(),
        scopes: scopes.rights(),
    })
}

/// The caller behind a grant with all its rights.
pub(crate) fn caller(platform: &Platform, store: &Store, sid: &str) -> Option<Caller> {
    let family = store.family(sid)?;
    let named = (sid, family.client.as_str());
    acting(platform, named, family.user.as_deref(), &family.scopes)
}

/// Grants that are over, or whose person is.
pub(crate) fn dead(platform: &Platform, store: &Store) -> Vec<String> {
    let over = store.families().filter(|family| {
        let closed = family
            .user
            .as_ref()
            .is_some_and(|user| platform.is_disabled(user));
        closed || !store.alive(&family.sid, "")
    });
    over.map(|family| family.sid.clone()).collect()
}
