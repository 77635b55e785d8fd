//! The part of the control that concerns the authorization server: consent, clients, people, keys, lost answers.

use super::{Control, NoSuchCredential};
use crate::authority::oauth::consent::{self, Decision};
use crate::authority::oauth::scopes::Scopes;
use crate::authority::outage::Outage;
use crate::authority::token;
use crate::identity::FixtureIdentity;
use crate::platform::Scope;

/// What a person answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConsentDecision {
    /// Grants what was asked for, or the part of it that is named.
    Approve,
    /// Grants nothing.
    Deny,
}

/// Why a consent could not be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsentProblem {
    /// The world has no such person.
    #[error("nobody who can sign in is called `{0}`")]
    Nobody(String),
    /// There is no such request, or it was answered, or it waited too long.
    #[error("the authorization request is unknown, answered or over")]
    Over,
    /// A word of the scopes is no scope.
    #[error("`{0}` is not a list of scopes")]
    Scope(String),
}

impl Control {
    /// Answers an authorization request as this person would on the page, without the page: gives where the browser
    /// would be sent then, which is the client's redirect URI with a code or an error.
    ///
    /// `request` is an `auth_request_id`, or a URL that has one in its query. `user` is a name or an account id.
    pub fn consent(
        &self,
        request: &str,
        user: &str,
        decision: ConsentDecision,
        scopes: Option<&[String]>,
    ) -> Result<String, ConsentProblem> {
        let user = self
            .person(user)
            .ok_or_else(|| ConsentProblem::Nobody(user.to_owned()))?;
        let scopes = scopes.map(|scopes| {
            let text = scopes.join(" ");
            Scopes::parse(&text).map_err(|_| ConsentProblem::Scope(text))
        });
        let decision = Decision {
            user,
            approve: decision == ConsentDecision::Approve,
            scopes: scopes.transpose()?,
            auth_time: self.now(),
        };
        let view = self.state.view();
        consent::decide(&self.state, &view, &request_id(request), &decision).ok_or(ConsentProblem::Over)
    }

    /// Ends a client's secret now, by name of the fixture or by id.
    pub fn expire_client(&self, client: &str) -> Result<(), NoSuchCredential> {
        let fixtures = &self.state.fixtures.oauth.clients;
        let id = fixtures.get(client).map_or(client, |found| &found.id);
        let now = self.now();
        match self.state.oauth().client_mut(id) {
            Some(found) => {
                found.secret_expires = Some(now);
                Ok(())
            }
            None => Err(NoSuchCredential(client.to_owned())),
        }
    }

    /// Replaces `signing-key`, the key of new tokens; tokens of the one before still verify. Of an identity
    /// (`load-0001`): its API key, whose value before is nobody's from then on; gives the new one.
    pub fn rotate(&self, what: &str) -> Result<Option<String>, NoSuchCredential> {
        if what == "signing-key" {
            token::rotate(&self.state);
            return Ok(None);
        }
        let identity = self.identity(what);
        let identity = identity.ok_or_else(|| NoSuchCredential(what.to_owned()))?;
        let key = self.state.new_token(&self.state.view());
        let id = &identity.inner.key_id;
        if !self.state.platform().keys.replace_token(id, &key) {
            return Err(NoSuchCredential(what.to_owned()));
        }
        self.state.ledger().keys.push((key.clone(), id.clone()));
        Ok(Some(key))
    }

    /// Replaces the hosts (`host:port`, on this computer) that may be asked by http for metadata documents of clients.
    pub fn documents(&self, hosts: &[String]) {
        self.state.oauth().set_document_hosts(hosts.iter().cloned());
    }

    /// Lets the next answer of an endpoint (`token`, `revoke`, `register`, …) be lost: it does its work, and the
    /// connection ends without a byte.
    pub fn lose_next_response(&self, endpoint: &str) {
        self.state.oauth().lose_next(endpoint);
    }

    /// Lets the third party that a person signed in at, by name or id, end those sign-ins.
    pub fn sign_out(&self, user: &str) -> Result<(), NoSuchCredential> {
        let id = self
            .person(user)
            .ok_or_else(|| NoSuchCredential(user.to_owned()))?;
        self.state.oauth().sign_out(&id);
        self.ended(true, user)
    }

    /// Keeps resources from asking whether a token stands, in this way; `None` mends it.
    pub fn set_outage(&self, outage: Option<Outage>) {
        self.state.set_outage(outage);
    }

    /// Gives the login of an identity other rights than it has.
    pub(super) fn narrow(&self, identity: &FixtureIdentity, scopes: &[Scope]) {
        if let Some(family) = self.state.oauth().family_mut(&identity.inner.sid) {
            family.scopes = Scopes::of_rights(scopes.iter().cloned());
        }
    }

    /// Ends every grant of a person, by name or id. `false` when there is no such person.
    pub(super) fn end_grants(&self, user: &str) -> bool {
        let Some(user) = self.person(user) else {
            return false;
        };
        let now = self.now();
        self.state.oauth().end_all_of(&user, now);
        true
    }

    /// The account of somebody who can sign in, by name or id.
    pub(super) fn person(&self, user: &str) -> Option<String> {
        if let Some(identity) = self.identity(user) {
            return Some(identity.inner.user.clone());
        }
        let users = &self.state.fixtures.oauth.users;
        let named = users.get(user).map(|found| found.id.clone());
        named.or_else(|| {
            users
                .values()
                .find(|found| found.id == user)
                .map(|found| found.id.clone())
        })
    }
}

/// The id in the query of a login URL, or the text itself.
fn request_id(text: &str) -> String {
    let url = url::Url::parse(text).ok();
    let found = url.and_then(|url| {
        let mut pairs = url.query_pairs();
        pairs
            .find(|(name, _)| name == "auth_request_id")
            .map(|(_, id)| id.into_owned())
    });
    found.unwrap_or_else(|| text.to_owned())
}
