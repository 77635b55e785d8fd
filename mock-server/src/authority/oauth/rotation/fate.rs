//! What becomes of a refresh token: by the standard, by the variant that is on, by defects.

use super::super::Store;
use super::super::client::Client;
use super::super::grant::RefreshToken;
use super::GRACE;
use crate::defect::rfsh;
use crate::state::View;
use crate::variant;

/// How often the variant `rotation-grace` answers a rotated token again.
const REPEATS: u32 = 5;

/// What becomes of a refresh token that is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// A new one takes its place.
    Rotate,
    /// It stays.
    Keep,
    /// Its successor is told again.
    Repeat,
    /// A new one in a family of its own; only defects do that.
    Fork,
    /// It was used too often to be answered again.
    Refuse,
    /// Somebody has a copy: the family ends.
    Reuse,
}

/// Judges a token of this client. `looked`: it was fresh when somebody looked before.
pub(super) fn fate(
    store: &Store,
    view: &View,
    client: &Client,
    token: &RefreshToken,
    looked: bool,
    now: i64,
) -> Fate {
    let (defects, variants) = (&view.defects, &view.variants);
    let Some(spent) = token.spent else {
        let confidential = client.is_confidential();
        let kept = confidential && variants.has(variant::ROTATION_CONFIDENTIAL_NONE);
        return if kept || (!confidential && defects.has(rfsh::STATIC_RT)) {
            Fate::Keep
        } else {
            Fate::Rotate
        };
    };
    if looked {
        return Fate::Fork;
    }
    if defects.has(rfsh::OLD_RT_ALIVE) {
        return Fate::Rotate;
    }
    let grace =
        variants.has(variant::ROTATION_GRACE) || defects.any(&[rfsh::GRACE_ORPHAN, rfsh::GRACE_SLIDING]);
    if grace && now < spent + GRACE {
        return match () {
            () if defects.has(rfsh::GRACE_ORPHAN) => Fate::Fork,
            () if token.repeats >= REPEATS && !defects.has(rfsh::GRACE_SLIDING) => Fate::Refuse,
            () => Fate::Repeat,
        };
    }
    let recovers = variants.has(variant::ROTATION_LOST_RESPONSE) && !defects.has(rfsh::LOST_RESPONSE_LOCKOUT);
    if recovers && unused(store, token) {
        return Fate::Rotate;
    }
    Fate::Reuse
}

/// Whether neither the successor nor the access token that came with it was ever used: the answer was lost.
fn unused(store: &Store, token: &RefreshToken) -> bool {
    let successor = token.successor.as_deref().and_then(|text| store.refresh(text));
    successor.is_some_and(|successor| {
        let used = store.access(&successor.access).is_some_and(|access| access.used);
        successor.spent.is_none() && !used
    })
}
