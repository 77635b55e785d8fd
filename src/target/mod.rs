//! The project file `hallmark.yaml`: endpoints, principals, probes, capabilities, promises; and the baseline file.
//!
//! May use `scenario` (YAML nodes, diagnostics, templates), `rules` (profiles) and `secret`. Must never open a
//! connection, read the environment by itself, or show the value of a variable.

pub mod access;
mod adhoc;
pub mod baseline;
mod channel;
mod decode;
mod init;
mod keys;
mod model;
mod oauth;
mod probe;
mod resolve;
mod resolved;
#[cfg(test)]
mod tests;
mod value;
mod webhooks;

pub use adhoc::{AdhocProblem, adhoc};
pub use channel::{Channel, Message, Takes};
pub use decode::decode;
pub use init::init_files;
pub use keys::{BASELINE_ENTRY, CAPABILITIES, PROMISES, PromiseShape, TARGET_FILE};
pub use model::{ControlDoor, Credential, NOBODY, Params, Permission, Principal, Target, Timeouts, Tls};
pub use oauth::{
    Consent, OAuth, OAuthClient, OAuthCredential, OAuthUser, Page, ResolvedClient, ResolvedCredential,
    ResolvedOAuth, ResolvedUser, value as oauth_value,
};
pub use probe::{Area, Call, Effect, Hook, HttpCall, HttpContent, Probe, Verb};
pub use resolve::resolve_env;
pub use resolved::{
    Resolved, ResolvedControl, ResolvedPlace, ResolvedPrincipal, ResolvedTls, Unresolved, Why,
};
pub use value::value;
pub use webhooks::{
    MAIN, OWN, OwnScheme, ROLES, Receiver, ResolvedReceiver, ResolvedSubscription, ResolvedWebhooks, Webhooks,
};
