//! OAuth of a client: challenges, metadata, registration, the browser's part of a login, the token endpoint. What comes
//! out is a [`Login`]; keeping it is for `access`.

mod authorize;
mod browser;
mod callback;
mod challenge;
mod flow;
mod identifier;
mod metadata;
mod pkce;
mod register;
mod scope;
mod server;
mod token;

pub(crate) use challenge::{Challenge, bearer};
pub(crate) use flow::{Flow, Registered};
pub(crate) use identifier::covers;
pub(crate) use metadata::resource_servers;
pub(crate) use scope::words;
pub(crate) use token::{Login, TokenFault, lifetime, now, refresh};
