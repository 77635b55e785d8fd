//! Whether a token still stands. Asked at each request, so that what was revoked stops at once.

use super::Store;
use super::grant::Family;
use super::scopes::Scopes;
use crate::defect::{DefectSet, intr, resource, revk};

/// How it is with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Live,
    /// Its time, or its grant's, is over.
    Expired,
    /// It, or its grant, was ended.
    Revoked,
    /// There is no such grant.
    Unknown,
}

/// Seconds for which the defect `revoke-cache-60s` remembers that a token was good.
const CACHED: i64 = 60;

impl Store {
    /// How it is with a token that was presented at a resource.
    pub(crate) fn standing_at_resource(
        &mut self,
        defects: &DefectSet,
        sid: &str,
        jti: &str,
        now: i64,
    ) -> Standing {
        let standing = self.standing(sid, jti, now);
        if standing != Standing::Revoked {
            return standing;
        }
        let unasked = self.is_signed_out(sid) && defects.has(resource::THIRD_PARTY_UNASKED);
        let overlooked = unasked
            || defects.has(intr::RS_OWN_RULES)
            || (defects.has(revk::REVOKE_CACHE_60S) && self.ended_within(sid, jti, now - CACHED))
            // The first look finds it dead, so that it takes several to notice.
            || (defects.has(revk::ONE_NODE_STALE) && self.turn().is_multiple_of(4));
        if overlooked { Standing::Live } else { standing }
    }

    /// Whether the token and its grant still stood at that time.
    fn ended_within(&self, sid: &str, jti: &str, since: i64) -> bool {
        let grant = self.family(sid).and_then(|family| family.ended);
        let token = self.access(jti).and_then(|token| token.revoked);
        [grant, token].into_iter().flatten().all(|end| end > since)
    }

    /// Whether neither the token nor its grant was ended. A `jti` that was not issued here is alive with its grant: its
    /// signature has to speak for it.
    pub(crate) fn alive(&self, sid: &str, jti: &str) -> bool {
        let revoked = self.access(jti).is_some_and(|token| token.revoked.is_some());
        self.family(sid)
            .is_some_and(|family| !revoked && (family.ended.is_none() || family.access_survives))
    }

    /// How it is with a token at that time.
    pub(crate) fn standing(&self, sid: &str, jti: &str, now: i64) -> Standing {
        if self.family(sid).is_none() {
            return Standing::Unknown;
        }
        if !self.alive(sid, jti) || self.is_signed_out(sid) {
            return Standing::Revoked;
        }
        match self.access(jti) {
            Some(token) if token.expires <= now => Standing::Expired,
            _ => Standing::Live,
        }
    }

    /// What a token may touch now: what it was issued with, as far as its grant still reaches.
    pub(crate) fn reach(&self, sid: &str, issued: &Scopes) -> Scopes {
        let narrowed = self
            .family(sid)
            .map(|family: &Family| issued.within(&family.scopes));
        narrowed.unwrap_or_default()
    }
}
