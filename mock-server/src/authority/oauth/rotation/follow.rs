//! What follows a refresh: its scopes, and the refresh token that is told.

use super::super::Store;
use super::super::error::OAuthError;
use super::super::grant::{Family, RefreshToken};
use super::super::params::Params;
use super::super::scopes::Scopes;
use super::fate::Fate;
use crate::defect::{DefectSet, rfsh, tok};

/// Scopes of a refresh.
pub(super) struct Given {
    /// Of the access token.
    pub(super) access: Scopes,
    /// What the answer says of them.
    pub(super) told: Scopes,
    /// Of the refresh token that follows.
    pub(super) kept: Scopes,
}

/// A refresh token that was presented and found good.
pub(super) struct Presented<'a> {
    pub(super) text: &'a str,
    pub(super) token: &'a RefreshToken,
    pub(super) family: &'a Family,
    pub(super) fate: Fate,
}

/// Less may be asked for, never more, and only this access token gets less (RFC 6749 §6).
pub(super) fn scopes(
    params: &Params,
    token: &RefreshToken,
    family: &Family,
    defects: &DefectSet,
) -> Result<Given, OAuthError> {
    let whole = token.scopes.within(&family.scopes);
    let own = token.scopes.clone();
    let Some(text) = params.get("scope") else {
        let none = params.raw("scope") == Some("") && defects.has(tok::SCOPE_EMPTY_NONE);
        let access = if none { Scopes::default() } else { whole };
        return Ok(Given {
            told: access.clone(),
            access,
            kept: own,
        });
    };
    let wrong = OAuthError::of("invalid_scope", "the scope is unknown or more than was granted");
    let asked = Scopes::parse(text).map_err(|_| wrong.clone())?;
    if !whole.cover(&asked) && !defects.has(rfsh::REFRESH_WIDEN) {
        return Err(wrong);
    }
    let follows = defects.any(&[rfsh::RT_NARROWED, rfsh::REFRESH_WIDEN]);
    Ok(Given {
        access: if defects.has(rfsh::NARROW_IGNORED) {
            whole
        } else {
            asked.clone()
        },
        kept: if follows { asked.clone() } else { own },
        told: asked,
    })
}

/// The family of the refresh token that is told, and its text.
pub(super) fn next(
    store: &mut Store,
    presented: &Presented<'_>,
    scopes: Scopes,
    defects: &DefectSet,
    now: i64,
) -> (String, String) {
    match presented.fate {
        Fate::Keep => keep(store, presented, now),
        Fate::Repeat => repeat(store, presented, defects, now),
        _ => replace(store, presented, scopes, defects, now),
    }
}

/// Idle time counts from the last use.
fn keep(store: &mut Store, presented: &Presented<'_>, now: i64) -> (String, String) {
    if let Some(kept) = store.refresh_mut(presented.text) {
        kept.issued = now;
    }
    (presented.token.sid.clone(), presented.text.to_owned())
}

fn repeat(store: &mut Store, presented: &Presented<'_>, defects: &DefectSet, now: i64) -> (String, String) {
    if let Some(kept) = store.refresh_mut(presented.text) {
        kept.repeats += 1;
        if defects.has(rfsh::GRACE_SLIDING) {
            kept.spent = Some(now);
        }
    }
    let successor = presented.token.successor.as_deref().unwrap_or(presented.text);
    (presented.token.sid.clone(), successor.to_owned())
}

fn replace(
    store: &mut Store,
    presented: &Presented<'_>,
    scopes: Scopes,
    defects: &DefectSet,
    now: i64,
) -> (String, String) {
    let mut sid = presented.token.sid.clone();
    if presented.fate == Fate::Fork {
        sid = store.id();
        store.admit_family(Family {
            sid: sid.clone(),
            ..presented.family.clone()
        });
    }
    let fresh = store.secret();
    store.admit_refresh(
        &fresh,
        RefreshToken {
            sid: sid.clone(),
            scopes,
            issued: now,
            spent: None,
            successor: None,
            access: String::new(),
            repeats: 0,
        },
    );
    let lost = presented.token.successor.as_deref();
    if let Some(lost) = lost.and_then(|lost| store.refresh_mut(lost))
        && presented.fate == Fate::Rotate
        && !defects.has(rfsh::OLD_RT_ALIVE)
    {
        // Its answer was lost: what it held must not live beside what is told now.
        lost.spent.get_or_insert(now);
    }
    if let Some(old) = store.refresh_mut(presented.text) {
        old.spent.get_or_insert(now);
        old.successor = Some(fresh.clone());
    }
    (sid, fresh)
}
