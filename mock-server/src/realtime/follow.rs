//! One who follows: hears of what happened where it may, until its claim is over.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::claim::{Claim, Over};
use super::hub::{Said, Slot};
use crate::authority::gate::{self, Denial};
use crate::authority::refusal;
use crate::defect::{DefectSet, strm, wstk};
use crate::platform::Caller;
use crate::resource::mcp::stream::HEARTBEAT;
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;
use crate::state::State;

/// A follower of one or more places.
pub(crate) struct Follower {
    pub(crate) world: Arc<State>,
    pub(crate) claim: Claim,
    pub(crate) profiles: BTreeSet<String>,
    /// The number of the last happening that was heard.
    place: u64,
    moved: watch::Receiver<()>,
    /// Held until the stream ends.
    _slot: Slot,
    /// What a defect does not look at while it follows.
    pub(crate) blind: Blind,
}

/// What defects do not look at.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Blind {
    /// Whether the claim still holds.
    pub(crate) to_end: bool,
    /// Not even before something is told.
    pub(crate) deaf: bool,
    /// Whether the time is over.
    to_expiry: bool,
}

/// What there is to tell.
pub(crate) enum Heard {
    Said(Vec<Said>),
    /// Nothing for a while.
    Quiet,
    Over(Over),
}

/// Who opens, and for which place.
pub(crate) struct Opener {
    pub(crate) claim: Claim,
    pub(crate) caller: Caller,
    pub(crate) profile: String,
}

/// Who opens: by a ticket in the query, else, where that is allowed, by a credential and `profile_id`.
pub(crate) fn opener(exchange: &mut Exchange<'_>, by_credential: bool) -> Result<Opener, Box<Answer>> {
    let query = exchange.head.uri.query().unwrap_or_default().to_owned();
    if let Some(text) = super::ticket::presented(&query) {
        return by_ticket(exchange, &text);
    }
    if !by_credential {
        exchange.stop("credential", "no ticket");
        return Err(Box::new(refusal::deny(exchange, Denial::NoCredential)));
    }
    let caller = gate::admit(exchange).map_err(|denial| Box::new(refusal::deny(exchange, denial)))?;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let profile = pairs
        .find(|(name, _)| name == "profile_id")
        .map(|(_, value)| value.into_owned());
    let Some(profile) = profile else {
        exchange.stop("object", "arguments");
        let text = "profile_id is missing";
        return Err(Box::new(answer::failure(406, 10_022, text, None)));
    };
    let claim = Claim::of(exchange.world, &caller, exchange.token.as_deref());
    permitted(exchange, claim, caller, profile)
}

fn by_ticket(exchange: &mut Exchange<'_>, text: &str) -> Result<Opener, Box<Answer>> {
    let (world, defects) = (exchange.world, Arc::clone(&exchange.view.defects));
    let again = defects.has(wstk::TICKET_REUSABLE) || exchange.ticket_seen;
    let redeemed = world.tickets().redeem(text, world.clock.now(), again);
    let ticket = match redeemed {
        Ok(ticket) => ticket,
        Err(_) if defects.has(wstk::LEGACY_TOKEN_PARAM) => return by_bare_token(exchange, text),
        Err(why) => {
            exchange.stop("credential", why.reason());
            return Err(Box::new(refusal::deny(exchange, Denial::Unknown)));
        }
    };
    let stays = defects.has(wstk::TICKET_OUTLIVES_TOKEN);
    let caller = match ticket.claim.caller(world) {
        Ok(caller) => caller,
        Err(_) if stays && let Some(caller) = world.caller_of(&ticket.claim.credential) => caller,
        Err(_) => {
            exchange.stop("credential", "ticket of a dead credential");
            return Err(Box::new(refusal::deny(exchange, Denial::Revoked)));
        }
    };
    exchange.credential = Some(caller.credential.clone());
    permitted(exchange, ticket.claim, caller, ticket.profile)
}

/// Takes an API key for a ticket; only the defect `legacy-token-param` does.
fn by_bare_token(exchange: &mut Exchange<'_>, text: &str) -> Result<Opener, Box<Answer>> {
    let world = exchange.world;
    let found = world.platform().keys.lookup(text).map(|key| key.id.clone());
    let workspace = world
        .fixtures
        .workspace("acme", "finance")
        .map(|place| place.id.clone());
    let caller = found.and_then(|id| world.live_caller(&id));
    if let (Some(caller), Some(profile)) = (caller, workspace) {
        let claim = Claim::of(world, &caller, None);
        return permitted(exchange, claim, caller, profile);
    }
    exchange.stop("credential", "unknown ticket");
    Err(Box::new(refusal::deny(exchange, Denial::Unknown)))
}

fn permitted(
    exchange: &mut Exchange<'_>,
    claim: Claim,
    caller: Caller,
    profile: String,
) -> Result<Opener, Box<Answer>> {
    match Claim::begin(
        exchange.world,
        &exchange.view,
        &caller,
        "activity stream",
        &profile,
    ) {
        Ok(()) => Ok(Opener {
            claim,
            caller,
            profile,
        }),
        Err(refused) => {
            exchange.stop("scope", refused.reason.unwrap_or("refused"));
            Err(Box::new(refusal::insufficient(exchange, &caller, &refused)))
        }
    }
}

impl Follower {
    /// Follows from now on, or from this number; the answer where its credential has too many streams already.
    pub(crate) fn new(
        exchange: &mut Exchange<'_>,
        opener: Opener,
        from: Option<u64>,
    ) -> Result<Self, Box<Answer>> {
        let world = Arc::clone(exchange.world);
        let defects = &exchange.view.defects;
        let slot = world
            .hub
            .slot(&opener.claim.credential, defects.has(strm::SLOT_LEAK));
        let Some(slot) = slot else {
            exchange.stop("bucket", "too many streams");
            let text = format!("A credential has at most {} streams.", exchange.world.hub.most);
            let answer = answer::failure(429, 10_368, &text, None);
            return Err(Box::new(answer::with(answer, "retry-after", "5")));
        };
        Ok(Self {
            place: from.unwrap_or_else(|| world.hub.last()),
            moved: world.hub.watch(),
            claim: opener.claim,
            profiles: BTreeSet::from([opener.profile]),
            _slot: slot,
            blind: Blind::of(defects),
            world,
        })
    }

    /// Waits for something to tell. Nothing is told once the claim is over. Dropping it in between loses nothing.
    pub(crate) async fn next(&mut self) -> Heard {
        loop {
            self.moved.mark_unchanged();
            let caller = match self.standing() {
                Ok(caller) => caller,
                Err(over) => return Heard::Over(over),
            };
            let said = self.news(caller.as_ref());
            if !said.is_empty() {
                return Heard::Said(said);
            }
            match tokio::time::timeout(self.patience(), self.moved.changed()).await {
                Err(_) if self.is_due() => {}
                Err(_) => return Heard::Quiet,
                Ok(Err(_)) => return Heard::Over(Over::Revoked),
                Ok(Ok(())) => {}
            }
        }
    }

    /// The caller, or that it is over. Nobody, where a defect does not look.
    fn standing(&self) -> Result<Option<Caller>, Over> {
        match self.claim.caller(&self.world) {
            Ok(caller) => Ok(Some(caller)),
            Err(Over::Expired) if self.blind.to_expiry => Ok(self.world.caller_of(&self.claim.credential)),
            Err(_) if self.blind.deaf => Ok(self.world.caller_of(&self.claim.credential)),
            Err(_) if self.blind.to_end => Ok(None),
            Err(over) => Err(over),
        }
    }

    fn news(&mut self, caller: Option<&Caller>) -> Vec<Said> {
        let all = self.world.hub.after(self.place);
        if let Some(last) = all.last() {
            self.place = last.number;
        }
        let Some(caller) = caller else {
            return Vec::new();
        };
        let heard = all
            .into_iter()
            .filter(|said| self.profiles.contains(&said.profile));
        heard
            .filter(|said| Claim::may_follow(&self.world, caller, &said.profile).is_ok())
            .collect()
    }

    /// Until the heartbeat, or the end of the credential where that is sooner.
    fn patience(&self) -> Duration {
        let end = self.claim.end(&self.world).filter(|_| !self.blind.to_expiry);
        let left = end.map(|end| end * 1000 - self.world.clock.millis());
        match left.and_then(|left| u64::try_from(left).ok()) {
            Some(left) => HEARTBEAT.min(Duration::from_millis(left)),
            None => HEARTBEAT,
        }
    }

    fn is_due(&self) -> bool {
        let end = self.claim.end(&self.world).filter(|_| !self.blind.to_expiry);
        end.is_some_and(|end| end <= self.world.clock.now())
    }
}

impl Blind {
    fn of(defects: &DefectSet) -> Self {
        let deaf = defects.has(strm::FANOUT_IGNORES_REVOKE);
        Self {
            to_end: deaf,
            deaf,
            to_expiry: defects.has(strm::STREAM_IMMORTAL),
        }
    }
}
