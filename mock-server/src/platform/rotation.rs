//! Replacing a key by another of the same rights: both work for a while, then the old one ends.

use super::{Caller, Demand, KeyView, Mode, Platform, Refusal, Rotation};

/// How long the old key still works, in seconds.
pub(super) const OVERLAP: i64 = 60;

impl Platform {
    /// Makes a key that does what the given one does, and ends that one a minute later (`OVERLAP`). `token` is the value
    /// the authority shaped; it is not kept.
    ///
    /// # Errors
    /// 403 without `user rw`; 404 for a key of another account; 406 for one that no longer works.
    pub fn rotate_key(
        &mut self,
        caller: &Caller,
        now: i64,
        id: &str,
        token: &str,
    ) -> Result<KeyView, Refusal> {
        self.permit(caller, &Demand::account(Mode::Rw))?;
        let old = self.own_key(caller, id)?.clone();
        if old.state(now) != super::KeyState::Live {
            return Err(Refusal::validation("key_id", "is a key that no longer works"));
        }
        let how = self.switches.keys.rotation;
        let (new_id, kept) = (self.next_id("k"), self.switches.keys.readable);
        let mut new = old.clone().of_token(token, kept);
        new.id.clone_from(&new_id);
        new.created = now;
        new.last_used = None;
        if how == Rotation::Widens {
            new.scopes.clone_from(&caller.scopes);
        }
        let view = new.view(now);
        self.keys.admit(new);
        if let Some(record) = self.keys.record_mut(id) {
            let end = match how {
                Rotation::Gap => now,
                _ => now + OVERLAP,
            };
            if how != Rotation::Endless {
                record.expires = Some(record.expires.map_or(end, |own| own.min(end)));
            }
        }
        self.note(
            caller,
            now,
            "user_api_key_rotated",
            None,
            Some(id),
            "api key rotated",
        );
        Ok(view)
    }
}
