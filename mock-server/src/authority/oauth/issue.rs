//! Tokens for a grant: made by `authority::token`, remembered here.

use super::grant::AccessToken;
use super::scopes::{Identity, Scopes};
use crate::authority::token::{self, GrantView, Issued};
use crate::state::{State, View};

/// A new access token of a grant, for these scopes and resources.
pub(super) fn access_token(
    world: &State,
    view: &View,
    sid: &str,
    scopes: &Scopes,
    resources: &[String],
) -> Issued {
    let issued = with_grant(world, sid, scopes, resources, |grant, _| {
        token::issue(world, view, grant)
    });
    let now = world.clock.now();
    world.oauth().admit_access(
        &issued.text,
        AccessToken {
            jti: issued.jti.clone(),
            sid: sid.to_owned(),
            scopes: scopes.clone(),
            resources: resources.to_vec(),
            issued: now,
            expires: now + issued.expires_in,
            revoked: None,
            used: false,
        },
    );
    issued
}

/// An ID token, where `openid` was granted and there is a person (OpenID Connect Core §3.1.3.3).
pub(super) fn id_token(world: &State, view: &View, sid: &str, scopes: &Scopes) -> Option<String> {
    if !scopes.has(Identity::OpenId) {
        return None;
    }
    with_grant(world, sid, scopes, &[], |grant, person| {
        let (nonce, authenticated) = person?;
        token::id_token(world, view, grant, nonce.as_deref(), authenticated)
    })
}

/// Nonce and time of the sign-in, where there is a person.
type Person = Option<(Option<String>, i64)>;

fn with_grant<T>(
    world: &State,
    sid: &str,
    scopes: &Scopes,
    resources: &[String],
    make: impl FnOnce(&GrantView<'_>, Person) -> T,
) -> T {
    let (user, client, person) = {
        let store = world.oauth();
        let family = store.family(sid);
        let person = family
            .filter(|family| family.user.is_some())
            .map(|family| (family.nonce.clone(), family.auth_time));
        (
            family.and_then(|family| family.user.clone()),
            family.map(|family| family.client.clone()).unwrap_or_default(),
            person,
        )
    };
    let words: Vec<String> = scopes.words().iter().map(ToString::to_string).collect();
    // RFC 9068 §2.2: a client that acts for itself is its own subject.
    let grant = GrantView {
        subject: user.as_deref().unwrap_or(&client),
        client: &client,
        scopes: &words,
        resources,
        sid,
        now: world.clock.now(),
    };
    make(&grant, person)
}
