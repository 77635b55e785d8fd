//! The `oauth` step: documents, registration, grants with all that leads to them, pages, revocation, introspection.
//!
//! A callback is read from the redirect, and no redirect URI is ever called. What a server may make this program do is
//! bounded: so many redirects, forms and bytes, only https or loopback for whatever carries a credential, and no
//! private address where the target is a public one.

mod accounts;
mod authority;
mod client;
mod consent;
mod discover;
mod flow;
mod form;
mod grant;
mod jar;
mod memory;
mod outcome;
mod parameters;
mod principal;
mod register;
mod state;
mod token;
mod visit;

pub use accounts::{Accounts, Login, Vault};
pub use authority::{Authority, capabilities, look_up};
pub(super) use client::overrule;
pub(super) use parameters::members as members_of;
pub use principal::Refreshed;
pub(super) use principal::{prepare, refresh, refs_in, refs_of, token_of};
pub(super) use state::State;

use super::send::Sender;
use super::{Fill, Problem};
use crate::expect::{Outcome, Single, Trace};
use crate::scenario::model::{OAuthAct, OAuthStep, Step};
use crate::wire::Exchange;

/// Carries out the step.
pub(super) async fn perform(step: &Step, oauth: &OAuthStep, fill: Fill<'_>) -> Result<Single, Problem> {
    match &oauth.act {
        OAuthAct::Discover { what, of } => discover::perform(step, what, of.as_ref(), fill).await,
        OAuthAct::Register(metadata) => register::perform(step, metadata, oauth, fill).await,
        OAuthAct::Grant(grant) => grant::perform(step, oauth, grant, fill).await,
        OAuthAct::Visit(url) => visit::perform(step, url, fill).await,
        OAuthAct::Revoke { token, hint } => {
            token::perform(step, oauth, (token, hint.as_ref()), false, fill).await
        }
        OAuthAct::Introspect { token, hint } => {
            token::perform(step, oauth, (token, hint.as_ref()), true, fill).await
        }
    }
}

/// Where the server publishes its keys.
pub(super) async fn jwks_uri(fill: Fill<'_>) -> Result<url::Url, Problem> {
    authority::of_case(fill).await?.endpoint("jwks_uri")
}

/// Another case is not to use what an act on this principal may have ended.
pub(super) fn forget(principal: &str, fill: Fill<'_>) {
    fill.world.parts.accounts.forget(principal);
}

/// Evidence of exchanges of which the last is judged.
fn evidence(
    mut exchanges: Vec<Exchange>,
    trace: Trace,
    outcome: impl FnOnce(&Exchange) -> Outcome,
    who: &str,
    fill: Fill<'_>,
) -> Result<Single, Problem> {
    let last = exchanges
        .pop()
        .ok_or_else(|| Problem::Unusable("nothing was sent".to_owned()))?;
    let outcome = outcome(&last);
    let sender = Sender {
        name: who.to_owned(),
        authorization: None,
        able: None,
    };
    let mut single = super::send::evidence(last, exchanges, None, &sender, fill);
    single.outcome = outcome;
    single.trace = trace;
    Ok(single)
}
