//! The OAuth authorization server: clients, authorization requests, consent, codes, grants and their tokens.
//!
//! Uses `platform` for people and rights, `token` for what an access token looks like, and the world's clock for
//! every lifetime. [`Store`] holds all state and decides nothing about HTTP; the endpoints read a request, ask the
//! store, and answer as RFC 6749 and its companions say. Must never show a secret, a code or a token to anybody but
//! the client it is for.

mod agree;
mod assertion;
mod authenticate;
mod authorize;
mod bounds;
mod browser;
mod callback;
pub(crate) mod client;
mod connect;
pub(crate) mod consent;
mod document;
pub(crate) mod endpoint;
mod error;
mod fetch;
pub(crate) mod fixtures;
mod form;
pub(crate) mod grant;
mod info;
mod introspect;
mod issue;
mod own;
mod page;
mod params;
mod pkce;
mod redeem;
mod redirect;
mod register;
pub(crate) mod request;
mod resources;
mod revoke;
pub(crate) mod rotation;
pub(crate) mod scopes;
mod sessions;
pub(crate) mod standing;
pub(crate) mod store;
mod throttle;
mod token_endpoint;

pub(crate) use fixtures::OAuthFixtures;
pub(crate) use store::Store;
