//! What came of a consent: a code, a grant ("family"), and the tokens that descend from it.

use serde::Serialize;

use super::request::Challenge;
use super::scopes::Scopes;

/// A code ends after so many seconds (RFC 6749 §4.1.2 allows 600).
pub(crate) const CODE_LIFE: i64 = 300;
/// A refresh token that is not used ends after so many seconds.
pub(crate) const IDLE_LIFE: i64 = 30 * 86_400;
/// A grant ends after so many seconds, however often it is used.
pub(crate) const ABSOLUTE_LIFE: i64 = 90 * 86_400;

/// An authorization code. Kept after it was redeemed, so that a second try is recognised.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) client: String,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) nonce: Option<String>,
    pub(crate) user: String,
    pub(crate) scopes: Scopes,
    pub(crate) resources: Vec<String>,
    pub(crate) agent_name: Option<String>,
    /// Unix seconds.
    pub(crate) issued: i64,
    /// Unix seconds at which the person signed in.
    pub(crate) auth_time: i64,
    /// The family it was redeemed for.
    pub(crate) spent: Option<String>,
}

/// One grant: everything that descends from one consent, or from one client's own request. `sid` names it in tokens.
#[derive(Clone, Serialize)]
pub(crate) struct Family {
    pub(crate) sid: String,
    /// The account it acts for; `None` where a client acts for itself.
    pub(crate) user: Option<String>,
    pub(crate) client: String,
    /// What was granted; narrowed by whoever owns the session, never widened.
    pub(crate) scopes: Scopes,
    pub(crate) resources: Vec<String>,
    pub(crate) device_name: Option<String>,
    pub(crate) agent_name: Option<String>,
    /// Unix seconds.
    pub(crate) created: i64,
    /// Unix seconds at which the person signed in.
    pub(crate) auth_time: i64,
    /// Unix seconds of the last token request or use.
    pub(crate) last_used: i64,
    /// Unix seconds of its end.
    pub(crate) ended: Option<i64>,
    /// Its access tokens outlive it; only defects set this.
    pub(crate) access_survives: bool,
    #[serde(skip)]
    pub(crate) nonce: Option<String>,
}

/// A refresh token, kept after it was spent so that reuse is recognised (RFC 9700 §4.14.2).
#[derive(Clone)]
pub(crate) struct RefreshToken {
    pub(crate) sid: String,
    /// What its access tokens may hold at most.
    pub(crate) scopes: Scopes,
    /// Unix seconds.
    pub(crate) issued: i64,
    /// Unix seconds at which it was rotated.
    pub(crate) spent: Option<i64>,
    /// What it was rotated into.
    pub(crate) successor: Option<String>,
    /// The access token that went out with it.
    pub(crate) access: String,
    /// How often it was answered again within a grace window.
    pub(crate) repeats: u32,
}

/// An access token as the server that issued it remembers it.
#[derive(Clone, Serialize)]
pub(crate) struct AccessToken {
    pub(crate) jti: String,
    pub(crate) sid: String,
    pub(crate) scopes: Scopes,
    /// Its audience.
    pub(crate) resources: Vec<String>,
    /// Unix seconds.
    pub(crate) issued: i64,
    /// Unix seconds; at that second it is over.
    pub(crate) expires: i64,
    /// Unix seconds of its revocation.
    pub(crate) revoked: Option<i64>,
    /// A resource has seen it.
    pub(crate) used: bool,
}
