//! On whose behalf something is followed, and whether that still holds.

use crate::platform::{Caller, Demand, Entity, Mode, Refusal, Scope};
use crate::resource::trail;
use crate::state::{State, View};

/// A credential at the moment it opened something or bought a ticket.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) credential: String,
    /// The access token it was opened with; keys end by their own record.
    token: Option<String>,
    /// What an access token was narrowed to. A key has whatever it has now.
    granted: Option<Vec<Scope>>,
    /// How often the credential had been ended before.
    ends: u64,
    /// Everything of its user instead; only the defect `ticket-full-user` sets this.
    pub(crate) whole: bool,
}

/// Why a claim holds no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    Revoked,
    Expired,
}

impl Over {
    /// The close code of a WebSocket, from the range for applications (RFC 6455 §7.4.2).
    pub(crate) fn code(self) -> u16 {
        match self {
            Self::Revoked => 4401,
            Self::Expired => 4408,
        }
    }

    /// Its reason.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Revoked => "credential_revoked",
            Self::Expired => "credential_expired",
        }
    }

    /// The last event of a stream.
    pub(crate) fn event(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

impl Claim {
    /// That of an admitted caller; with the `jti` of its access token, if it came with one.
    pub(crate) fn of(world: &State, caller: &Caller, token: Option<&str>) -> Self {
        let key = world.platform().keys.get(&caller.credential).is_some();
        Self {
            credential: caller.credential.clone(),
            token: token.filter(|_| !key).map(str::to_owned),
            granted: (!key).then(|| caller.scopes.clone()),
            ends: world.hub.ends(&caller.credential),
            whole: false,
        }
    }

    /// The caller behind it, with the rights of this moment.
    pub(crate) fn caller(&self, world: &State) -> Result<Caller, Over> {
        if world.hub.ends(&self.credential) != self.ends {
            return Err(self.why(world));
        }
        if self.token_end(world).is_some_and(|end| end <= world.clock.now()) {
            return Err(Over::Expired);
        }
        let Some(mut caller) = world.live_caller(&self.credential) else {
            return Err(self.why(world));
        };
        if let Some(granted) = &self.granted {
            caller.scopes.clone_from(granted);
        }
        if self.whole {
            caller.scopes = vec![Scope::all(Entity::User, Mode::Rw)];
        }
        Ok(caller)
    }

    /// Whether it may hear of a workspace or organisation now.
    pub(crate) fn may_follow(world: &State, caller: &Caller, profile: &str) -> Result<(), Refusal> {
        let demand = hearing(world, profile);
        world.platform_for(&world.view()).permit(caller, &demand)
    }

    /// The same where following begins, by something the trail calls `call`; the trail has it, permitted or not.
    pub(crate) fn begin(
        world: &State,
        view: &View,
        caller: &Caller,
        call: &str,
        profile: &str,
    ) -> Result<(), Refusal> {
        let permitted = Self::may_follow(world, caller, profile);
        let target = hearing(world, profile).target;
        trail::looked(world, view, caller, call, (&target, None), permitted.is_ok());
        permitted
    }

    /// When it ends by itself, in Unix seconds.
    pub(crate) fn end(&self, world: &State) -> Option<i64> {
        let key = world
            .platform()
            .keys
            .get(&self.credential)
            .and_then(|key| key.expires);
        key.or_else(|| self.token_end(world))
    }

    fn token_end(&self, world: &State) -> Option<i64> {
        let token = self.token.as_deref()?;
        world.oauth().access(token).map(|access| access.expires)
    }

    fn why(&self, world: &State) -> Over {
        let now = world.clock.now();
        let platform = world.platform();
        match platform.keys.get(&self.credential) {
            Some(key) if key.revoked.is_none() && key.expires.is_some_and(|end| end <= now) => Over::Expired,
            _ => Over::Revoked,
        }
    }
}

/// What hearing of a workspace or organisation takes.
fn hearing(world: &State, profile: &str) -> Demand {
    if world.platform().is_org(profile) {
        Demand::org(profile, Mode::R)
    } else {
        Demand::workspace(profile, Mode::R)
    }
}
