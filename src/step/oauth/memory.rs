//! Where codes, tokens and clients of a case came from, so that a later step need not say it again.

use std::collections::BTreeMap;

use super::client::Client;

/// What a code or token was obtained with.
#[derive(Clone)]
pub(super) struct Origin {
    /// Whose it is.
    pub client: Client,
    /// The verifier, for a code.
    pub verifier: Option<String>,
    /// The redirect URI that was sent, for a code.
    pub redirect_uri: Option<String>,
    /// What it is for.
    pub resources: Vec<String>,
}

/// By the texts themselves; they are never shown.
#[derive(Default)]
pub(super) struct Memory {
    codes: BTreeMap<String, Origin>,
    tokens: BTreeMap<String, Origin>,
    clients: BTreeMap<String, Client>,
}

/// Most of each kind: a flood of grants must not fill the memory.
const MOST: usize = 20_000;

impl Memory {
    pub(super) fn code(&self, code: &str) -> Option<&Origin> {
        self.codes.get(code)
    }

    pub(super) fn token(&self, token: &str) -> Option<&Origin> {
        self.tokens.get(token)
    }

    /// A client that registered itself in this case, by its id.
    pub(super) fn client(&self, id: &str) -> Option<&Client> {
        self.clients.get(id)
    }

    pub(super) fn keep_code(&mut self, code: &str, origin: Origin) {
        if self.codes.len() < MOST {
            self.codes.insert(code.to_owned(), origin);
        }
    }

    pub(super) fn keep_token(&mut self, token: &str, origin: Origin) {
        if self.tokens.len() < MOST {
            self.tokens.insert(token.to_owned(), origin);
        }
    }

    pub(super) fn keep_client(&mut self, client: Client) {
        if self.clients.len() < MOST {
            self.clients.insert(client.id.clone(), client);
        }
    }
}
