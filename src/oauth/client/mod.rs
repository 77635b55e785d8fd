//! A client without a screen: finds the authorization server from the address of an MCP endpoint, gets a client id,
//! has a person consent, redeems the code.
//!
//! Sends through `wire`; opens no browser and prints nothing: whoever uses it brings a [`Person`] and listens to
//! [`Progress`].

mod address;
mod authenticate;
mod authorize;
mod discover;
mod error;
mod fetch;
mod loopback;
mod page;
mod person;
pub mod post;
mod progress;
mod redeem;
mod register;
mod revoke;
mod scopes;
#[cfg(test)]
mod tests;

use url::Url;

pub use error::LoginError;
pub use loopback::Loopback;
pub use person::{Follow, Person, answer_of};
pub use progress::Progress;
pub use revoke::{Revoked, revoke};
pub use scopes::StepUp;

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
    /// The https URL of a client id metadata document.
    pub document: Option<String>,
    /// One of several authorization servers.
    pub issuer: Option<String>,
    /// Take the name `localhost` for this machine.
    pub localhost: bool,
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
    /// Who consents.
    pub person: &'a dyn Person,
    /// Is told how it goes.
    pub progress: &'a (dyn Fn(Progress) + Send + Sync),
}

impl Login<'_> {
    /// From the endpoint's address to a grant.
    pub async fn run(&self) -> Result<Grant, LoginError> {
        let bounds = Bounds::of(self.endpoint, self.wishes.localhost)?;
        let found = discover::discover(self, &bounds).await?;
        let client = register::client(self, &bounds, &found.server).await?;
        let scopes = scopes::to_ask_for(self.wishes, &found);
        let sent = authorize::Sent::new(&found, &client, &scopes, self.person.redirect_uri());
        let callback = self.person.consent(sent.url(), sent.state()).await?;
        let code = sent.code_of(&callback, &found.server)?;
        self.tell(Progress::Consented);
        redeem::redeem(self, &found, client, &sent, &code, scopes).await
    }

    fn tell(&self, progress: Progress) {
        (self.progress)(progress);
    }
}
