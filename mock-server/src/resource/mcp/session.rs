//! Sessions of the session era: made by `initialize`, ended by DELETE, bound to one credential.

use std::collections::BTreeMap;

use serde::Serialize;
use tokio::sync::watch;

/// Revisions of the session era, oldest first.
pub(crate) const REVISIONS: [&str; 3] = ["2025-03-26", "2025-06-18", "2025-11-25"];

/// Sessions kept per world; beyond that the oldest ones end.
const CAPACITY: usize = 10_000;

/// One session.
#[derive(Debug, Serialize)]
pub(crate) struct Session {
    /// Id of the credential that opened it.
    pub(crate) credential: String,
    /// Negotiated revision.
    pub(crate) revision: &'static str,
    /// Running number, to find the oldest.
    opened: u64,
    /// Ends the session's streams when it is dropped.
    #[serde(skip)]
    alive: watch::Sender<()>,
}

/// All sessions of a world.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Sessions {
    open: BTreeMap<String, Session>,
    opened: u64,
}

impl Sessions {
    pub(crate) fn open(&mut self, id: String, credential: &str, revision: &'static str) {
        self.opened += 1;
        if self.open.len() >= CAPACITY {
            let oldest = self
                .open
                .iter()
                .min_by_key(|(_, session)| session.opened)
                .map(|(id, _)| id.clone());
            oldest.map(|id| self.open.remove(&id));
        }
        let session = Session {
            credential: credential.to_owned(),
            revision,
            opened: self.opened,
            alive: watch::Sender::new(()),
        };
        self.open.insert(id, session);
    }

    /// The session of this id, if it belongs to the credential. A foreign one is as unknown as none.
    pub(crate) fn of(&self, id: &str, credential: &str) -> Option<&Session> {
        self.open
            .get(id)
            .filter(|session| session.credential == credential)
    }

    /// Whose session it is.
    pub(crate) fn owner(&self, id: &str) -> Option<&str> {
        self.open.get(id).map(|session| session.credential.as_str())
    }

    pub(crate) fn end(&mut self, id: &str, credential: &str) -> bool {
        self.of(id, credential).is_some() && self.open.remove(id).is_some()
    }

    /// Ends every session of a credential, and with them their streams.
    pub(crate) fn end_all_of(&mut self, credential: &str) {
        self.open.retain(|_, session| session.credential != credential);
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }
}

impl Session {
    /// Resolves (with an error) when the session ends.
    pub(crate) fn watch(&self) -> watch::Receiver<()> {
        self.alive.subscribe()
    }
}
