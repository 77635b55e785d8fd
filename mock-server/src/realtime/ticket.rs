//! Connection tickets: short-lived, for one connection, bound to a credential and a place.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::AUTHORIZATION;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::claim::Claim;
use crate::defect::wstk;
use crate::platform::{Caller, Refusal};
use crate::serve::exchange::Exchange;

/// Seconds a ticket lives.
pub(crate) const LIFE: i64 = 60;
const DAY: i64 = 24 * 3600;
/// Tickets kept per world; beyond that those that end first go.
const CAPACITY: usize = 10_000;

/// What a ticket stands for.
#[derive(Debug, Clone)]
pub(crate) struct Ticket {
    pub(crate) claim: Claim,
    /// The workspace or organisation it is for.
    pub(crate) profile: String,
    expires: i64,
    used: bool,
}

/// The tickets of a world, by the hash of their text.
#[derive(Debug, Default)]
pub(crate) struct Tickets {
    issued: BTreeMap<[u8; 32], Ticket>,
}

/// Why a ticket opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoTicket {
    Unknown,
    Used,
    Expired,
}

impl NoTicket {
    /// For the journal.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Unknown => "unknown ticket",
            Self::Used => "used ticket",
            Self::Expired => "expired ticket",
        }
    }
}

impl Tickets {
    fn admit(&mut self, text: &str, ticket: Ticket, now: i64) {
        if self.issued.len() >= CAPACITY {
            self.issued.retain(|_, old| old.expires > now && !old.used);
        }
        if self.issued.len() >= CAPACITY {
            let first = self
                .issued
                .iter()
                .min_by_key(|(_, old)| old.expires)
                .map(|(hash, _)| *hash);
            first.map(|hash| self.issued.remove(&hash));
        }
        self.issued.insert(hash(text), ticket);
    }

    /// A ticket that could be used now.
    pub(crate) fn look(&self, text: &str, now: i64, again: bool) -> Result<&Ticket, NoTicket> {
        let ticket = self.issued.get(&hash(text)).ok_or(NoTicket::Unknown)?;
        match () {
            () if ticket.used && !again => Err(NoTicket::Used),
            () if ticket.expires <= now => Err(NoTicket::Expired),
            () => Ok(ticket),
        }
    }

    /// Takes a ticket; nobody takes it after that, unless `again`.
    pub(crate) fn redeem(&mut self, text: &str, now: i64, again: bool) -> Result<Ticket, NoTicket> {
        self.look(text, now, again)?;
        let ticket = self.issued.get_mut(&hash(text)).ok_or(NoTicket::Unknown)?;
        ticket.used = true;
        Ok(ticket.clone())
    }
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// `GET /current/websocket/auth/{id}`.
pub(crate) fn issue(exchange: &Exchange<'_>, caller: &Caller, profile: &str) -> Result<Value, Refusal> {
    Claim::begin(exchange.world, &exchange.view, caller, "websocket auth", profile)?;
    let (world, defects) = (exchange.world, &exchange.view.defects);
    let now = world.clock.now();
    let life = if defects.has(wstk::TICKET_DAY) { DAY } else { LIFE };
    let text = text(exchange, now);
    let mut claim = Claim::of(world, caller, exchange.token.as_deref());
    claim.whole = defects.has(wstk::TICKET_FULL_USER);
    let ticket = Ticket {
        claim,
        profile: profile.to_owned(),
        expires: now + life,
        used: false,
    };
    world.tickets().admit(&text, ticket, now);
    Ok(json!({ "token": text, "expires_in": LIFE }))
}

/// 256 bits in base64url, unless a defect makes something telling of it.
fn text(exchange: &Exchange<'_>, now: i64) -> String {
    let random = exchange.world.mint().opaque();
    if !exchange.view.defects.has(wstk::TICKET_IS_JWT_WITH_TOKEN) {
        return random;
    }
    let bearer = exchange.head.headers.get(AUTHORIZATION);
    let bearer = bearer.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = bearer.rsplit(' ').next().unwrap_or_default();
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let claims = json!({ "iat": now, "token": token }).to_string();
    format!("{header}.{}.{random}", URL_SAFE_NO_PAD.encode(claims))
}

/// The ticket in a query: the whole of it, or its member `token`.
pub(crate) fn presented(query: &str) -> Option<String> {
    if !query.contains('=') {
        return (!query.is_empty()).then(|| query.to_owned());
    }
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs
        .find(|(name, _)| name == "token")
        .map(|(_, value)| value.into_owned())
}
