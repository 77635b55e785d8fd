//! OAuth as resource servers, authorization servers and clients meet it: challenges, metadata documents, PKCE,
//! answers of endpoints, JSON Web Tokens.
//!
//! Pure but for three rooms: `client` has a person consent, `keeper` refreshes, `vault` keeps what came. Nothing here
//! judges. Uses `wire` to send and for the account of an exchange, never `mcp`.

pub mod callback;
pub mod challenge;
pub mod client;
pub mod dpop;
pub mod jose;
pub mod keeper;
pub mod metadata;
pub mod pkce;
pub mod response;
pub mod vault;
