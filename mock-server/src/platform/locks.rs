//! File locks: who holds one, until when, and what a change has to show. A lock in force refuses every change by
//! others; each lock of a file has a number of its own, so that a holder whose time is over is recognised.

use serde::Serialize;

use super::edits::within;
use super::tree::plain;
use super::{Caller, KeyState, Mode, NodeKind, Platform, Refusal, Role, Workspace, stamp};

/// Seconds a lock is held for when nobody says how long.
const USUAL: i64 = 300;
/// The seconds that may be asked for.
const DURATIONS: std::ops::RangeInclusive<i64> = 60..=3600;

/// The locks of one file.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Latch {
    /// The last one that was not given back; whether it is in force depends on the time and on its holder.
    held: Option<Lock>,
    /// How many there were.
    fence: u64,
}

/// One lock. Its token is not kept: it follows from the file and the number.
#[derive(Debug, Clone, Serialize)]
struct Lock {
    fence: u64,
    user: String,
    credential: String,
    agent_name: String,
    client_info: Option<String>,
    acquired: i64,
    /// Seconds from the last heartbeat.
    duration: i64,
    expires: i64,
}

/// What is asked for with a lock.
#[derive(Debug, Clone, Default)]
pub struct LockWish {
    /// Seconds, 60 to 3600; 300 when not said.
    pub duration: Option<i64>,
    /// What the client says of itself, for others to see.
    pub client_info: Option<String>,
}

/// What a change shows of what it knows; each part only where the caller says it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Guard<'a> {
    /// The version that must still be the newest.
    pub version: Option<&'a str>,
    /// The token of the lock that must still be in force.
    pub lock: Option<&'a str>,
}

/// A lock as its holder sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LockGrant {
    /// What heartbeat and release want to see. Nobody else is told.
    pub lock_token: String,
    /// Greater than that of any earlier lock of the file.
    pub fence: u64,
    /// Seconds until it ends without a heartbeat.
    pub duration: i64,
    /// What everybody may know.
    pub lock_info: LockInfo,
}

/// A lock as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LockInfo {
    /// Whose it is; not told to guests.
    pub holder: Option<Holder>,
    /// When it was taken.
    pub acquired: String,
    /// When it ends without a heartbeat.
    pub expires: String,
    /// What the client said of itself.
    pub client_info: Option<String>,
    /// Only a defect shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock_token: Option<String>,
}

/// Whose a lock is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holder {
    /// The account.
    pub user_id: String,
    /// The credential's id.
    pub credential_id: String,
    /// What the credential calls itself.
    pub agent_name: String,
}

impl Platform {
    /// Takes the lock of a file or note.
    ///
    /// # Errors
    /// 409 `lock_held` while one is in force, whoever holds it; 406 for a folder or a duration out of bounds.
    pub fn acquire_lock(
        &mut self,
        caller: &Caller,
        now: i64,
        (workspace, node): (&str, &str),
        wish: LockWish,
    ) -> Result<LockGrant, Refusal> {
        let id = self.lockable(caller, workspace, node, Mode::Rw)?;
        let duration = wish.duration.unwrap_or(USUAL);
        if !DURATIONS.contains(&duration) {
            return Err(Refusal::validation("duration", "must be 60 to 3600 seconds"));
        }
        let switches = self.switches.locks;
        if let Some(held) = self.in_force(&id, now)
            && !switches.shared
            && !switches.looked_free
        {
            return Err(Refusal::lock_held(409, self.info(caller, workspace, &id, held)));
        }
        let latch = self.locks.entry(id.clone()).or_default();
        let again = latch.held.as_ref().map(|held| &held.credential) == Some(&caller.credential);
        latch.fence += u64::from(!(again && switches.reuses));
        let lock = Lock {
            fence: latch.fence,
            user: caller.user.clone(),
            credential: caller.credential.clone(),
            agent_name: caller.agent_name.clone(),
            client_info: wish.client_info,
            acquired: now,
            duration,
            expires: now + duration,
        };
        latch.held = Some(lock.clone());
        self.note_lock(caller, now, "acquired", workspace, &id);
        Ok(self.grant(caller, workspace, &id, &lock))
    }

    /// Lets a lock begin anew.
    ///
    /// # Errors
    /// 409 for whoever does not hold it, or not with this token; 406 without a token.
    pub fn renew_lock(
        &mut self,
        caller: &Caller,
        now: i64,
        (workspace, node): (&str, &str),
        token: &str,
    ) -> Result<LockGrant, Refusal> {
        let id = self.held_by(caller, now, (workspace, node), token)?;
        let latch = self.locks.get_mut(&id).ok_or_else(Refusal::not_found)?;
        let lock = latch.held.as_mut().ok_or_else(Refusal::not_found)?;
        lock.expires = now + lock.duration;
        let lock = lock.clone();
        Ok(self.grant(caller, workspace, &id, &lock))
    }

    /// Gives a lock back. Errors as for [`Platform::renew_lock`].
    pub fn release_lock(
        &mut self,
        caller: &Caller,
        now: i64,
        (workspace, node): (&str, &str),
        token: &str,
    ) -> Result<(), Refusal> {
        let id = self.held_by(caller, now, (workspace, node), token)?;
        if let Some(latch) = self.locks.get_mut(&id) {
            latch.held = None;
        }
        self.note_lock(caller, now, "released", workspace, &id);
        Ok(())
    }

    /// The lock of a file or note that is in force.
    pub fn lock_status(
        &self,
        caller: &Caller,
        now: i64,
        (workspace, node): (&str, &str),
    ) -> Result<Option<LockInfo>, Refusal> {
        let id = self.lockable(caller, workspace, node, Mode::R)?;
        let held = self.in_force(&id, now);
        Ok(held.map(|held| self.info(caller, workspace, &id, held)))
    }

    /// Whether any file whose id fits has a lock in force.
    pub fn any_locked(&self, now: i64, fits: impl Fn(&str) -> bool) -> bool {
        self.locks
            .keys()
            .any(|id| fits(id) && self.in_force(id, now).is_some())
    }

    /// Whether a change of a node may go on: nobody else holds a lock on it or on anything in it, and the lock that
    /// is shown, if any, is the one in force.
    pub(super) fn unlocked(
        &self,
        caller: &Caller,
        now: i64,
        (workspace, node): (&str, &str),
        shown: Option<&str>,
    ) -> Result<(), Refusal> {
        let place = self.workspace(caller, workspace, Mode::Rw)?;
        let id = plain(node);
        if self.switches.locks.advisory || shown.is_some_and(|shown| self.let_through(&id, shown)) {
            return Ok(());
        }
        let foreign = |inner: &str| {
            let held = self.in_force(inner, now)?;
            (held.credential != caller.credential).then_some(held)
        };
        let inside = self.locks.keys().filter(|inner| within(place, inner, &id));
        for inner in inside {
            if let Some(held) = foreign(inner) {
                return Err(Refusal::lock_held(423, self.info(caller, workspace, inner, held)));
            }
        }
        let current = self
            .in_force(&id, now)
            .map(|held| self.lock_token(&id, held.fence));
        match shown {
            Some(shown) if current.as_deref() != Some(shown) => Err(Refusal::lock_lost()),
            _ => Ok(()),
        }
    }

    /// Whether somebody else's lock was passed over; only where locks are a mere hint.
    pub(super) fn overrides_lock(&self, caller: &Caller, now: i64, node: &str) -> bool {
        self.in_force(node, now)
            .is_some_and(|held| held.credential != caller.credential)
    }

    /// Forgets the locks of a node that is gone for good.
    pub(super) fn forget_locks(&mut self, node: &str) {
        self.locks.remove(node);
    }

    /// The defect `no-fencing`: any lock the file ever had will do.
    fn let_through(&self, node: &str, shown: &str) -> bool {
        let mut fences = 1..=self.locks.get(node).map_or(0, |latch| latch.fence);
        self.switches.locks.unfenced && fences.any(|fence| self.lock_token(node, fence) == shown)
    }

    fn held_by(
        &self,
        caller: &Caller,
        now: i64,
        (workspace, node): (&str, &str),
        token: &str,
    ) -> Result<String, Refusal> {
        let id = self.lockable(caller, workspace, node, Mode::Rw)?;
        if token.is_empty() {
            return Err(Refusal::lock_token_missing());
        }
        let held = self.in_force(&id, now).ok_or_else(Refusal::lock_lost)?;
        let own = held.credential == caller.credential && self.lock_token(&id, held.fence) == token;
        if own || self.switches.locks.anybody_ends {
            return Ok(id);
        }
        if held.credential == caller.credential {
            return Err(Refusal::lock_lost());
        }
        Err(Refusal::lock_held(409, self.info(caller, workspace, &id, held)))
    }

    /// The id of a node that can be locked.
    fn lockable(&self, caller: &Caller, workspace: &str, node: &str, mode: Mode) -> Result<String, Refusal> {
        let place = self.workspace(caller, workspace, mode)?;
        let found = place.storage.node(node).filter(|node| !node.trashed);
        let found = found.ok_or_else(Refusal::not_found)?;
        if found.kind == NodeKind::Folder {
            return Err(Refusal::validation(
                "node_id",
                "is a folder, and only files are locked",
            ));
        }
        Ok(found.id.clone())
    }

    /// A lock ends with its time, and with the credential that took it.
    fn in_force(&self, node: &str, now: i64) -> Option<&Lock> {
        let held = self.locks.get(node)?.held.as_ref()?;
        let switches = self.switches.locks;
        let key = self.keys.get(&held.credential);
        let gone = self.is_disabled(&held.user) || key.is_some_and(|key| key.state(now) != KeyState::Live);
        let in_time = now < held.expires || switches.endless;
        let holds = if gone { switches.orphans } else { in_time };
        holds.then_some(held)
    }

    fn lock_token(&self, node: &str, fence: u64) -> String {
        self.seal(&format!("lock/{node}/{fence}"))
    }

    fn grant(&self, caller: &Caller, workspace: &str, node: &str, lock: &Lock) -> LockGrant {
        LockGrant {
            lock_token: self.lock_token(node, lock.fence),
            fence: lock.fence,
            duration: lock.duration,
            lock_info: self.info(caller, workspace, node, lock),
        }
    }

    fn info(&self, caller: &Caller, workspace: &str, node: &str, lock: &Lock) -> LockInfo {
        let knows = self.workspace_role(&caller.user, workspace) > Some(Role::Guest);
        LockInfo {
            holder: knows.then(|| Holder {
                user_id: lock.user.clone(),
                credential_id: lock.credential.clone(),
                agent_name: lock.agent_name.clone(),
            }),
            acquired: stamp(lock.acquired),
            expires: stamp(lock.expires),
            client_info: lock.client_info.clone(),
            lock_token: self
                .switches
                .locks
                .tells_token
                .then(|| self.lock_token(node, lock.fence)),
        }
    }

    fn note_lock(&mut self, caller: &Caller, now: i64, what: &str, workspace: &str, node: &str) {
        let place = self.workspaces.get(workspace);
        let origin = place.map(Workspace::origin).unwrap_or_default();
        let line = format!("lock {what} [{origin}]");
        let event = format!("workspace_storage_lock_{what}");
        self.note(caller, now, &event, Some(workspace), Some(node), &line);
    }
}
