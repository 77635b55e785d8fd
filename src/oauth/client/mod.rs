//! A client without a screen: finds the authorization server from the address of an MCP endpoint, gets a client id,
//! has a person consent, redeems the code.
//!
//! Sends through `wire`; opens no browser and prints nothing: whoever uses it brings a [`Person`] and listens to
//! [`Progress`].

mod address;
mod authenticate;
mod authorize;
mod by;
mod discover;
mod error;
mod fetch;
mod loopback;
mod machine;
mod page;
mod person;
pub mod post;
mod progress;
mod redeem;
mod register;
mod revoke;
mod scopes;
mod server;
#[cfg(test)]
mod tests;

use url::Url;

pub use by::{By, Identity};
pub use error::LoginError;
pub use loopback::Loopback;
pub use person::{Follow, Person, answer_of};
pub use progress::Progress;
pub use revoke::{Revoked, revoke};
pub use scopes::StepUp;

use super::challenge::Challenge;
use super::dpop::Prover;
use super::vault::{Client, Clock, Grant};
use crate::wire::Wire;
use address::Bounds;

/// The revision of MCP whose rules for clients are kept.
const REVISION: &str = "2025-11-25";

/// What is wanted beyond what the endpoint itself says.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// Scopes to ask for; `None`: what the endpoint names.
    pub scopes: Option<Vec<String>>,
    /// A client that is registered already.
    pub client: Option<Client>,
    /// The client of an earlier login. It is used again at the server that knows it, and at no other.
    pub before: Option<Known>,
    /// The https URL of a client id metadata document.
    pub document: Option<String>,
    /// One of several authorization servers.
    pub issuer: Option<String>,
    /// Take the name `localhost` for this machine.
    pub localhost: bool,
}

/// A client, and who knows it: a client id is worth nothing at another server (MCP 2026-07-28, "Authorization Server
/// Binding").
#[derive(Debug, Clone)]
pub struct Known {
    /// The issuer.
    pub issuer: String,
    /// What it registered.
    pub client: Client,
}

/// A login that is about to begin.
pub struct Login<'a> {
    /// The network.
    pub wire: &'a Wire,
    /// The time.
    pub clock: &'a Clock,
    /// The MCP endpoint.
    pub endpoint: &'a Url,
    /// What is wanted.
    pub wishes: &'a Wishes,
    /// The refusal that led here; without one the endpoint is asked for it.
    pub challenge: Option<&'a Challenge>,
    /// Who grants it.
    pub by: By<'a>,
    /// The key the token is to be bound to; without one it is for whoever bears it. It stays with the caller: a grant
    /// does not hold it.
    pub prover: Option<&'a Prover>,
    /// Is told how it goes.
    pub progress: &'a (dyn Fn(Progress) + Send + Sync),
}

impl Login<'_> {
    /// From the endpoint's address to a grant.
    pub async fn run(&self) -> Result<Grant, LoginError> {
        let bounds = Bounds::of(self.endpoint, self.wishes.localhost)?;
        let found = discover::discover(self, &bounds).await?;
        if let Some(prover) = self.prover {
            found.server.takes(prover)?;
        }
        let By::Person(person) = self.by else {
            return machine::grant(self, &bounds, &found).await;
        };
        let place = found.server.authorization()?;
        let scopes = scopes::to_ask_for(self.wishes, &found, true);
        let client = register::client(self, &bounds, &found.server, &scopes, Some(person)).await?;
        let asked = authorize::Asked {
            client: &client,
            resource: &found.resource,
            scopes: &scopes,
            redirect_uri: person.redirect_uri(),
            key: self.prover.map(Prover::thumbprint),
        };
        let sent = authorize::Sent::new(place, asked);
        let callback = person.consent(sent.url(), sent.state()).await?;
        let code = sent.code_of(&callback, &found.server)?;
        self.tell(Progress::Consented);
        let params = [
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("redirect_uri", &sent.redirect_uri),
            ("code_verifier", sent.verifier.expose()),
        ];
        redeem::redeem(self, &found, &client, &params, &scopes).await
    }

    fn tell(&self, progress: Progress) {
        (self.progress)(progress);
    }
}
