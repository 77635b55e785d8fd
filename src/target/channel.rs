//! Event streams and WebSockets that stay open, by name.

use std::collections::{BTreeMap, BTreeSet};

use super::probe::{Effect, HttpCall};
use crate::scenario::model::{Data, Spanned};

/// A stream or socket.
#[derive(Debug, Clone)]
pub struct Channel {
    /// As scenarios name it, and where.
    pub name: Spanned<String>,
    /// The request that opens it.
    pub call: HttpCall,
    /// The probe whose output `ticket` travels in place of the credential, as `${with.ticket}`.
    pub ticket: Option<Spanned<String>>,
    /// Inputs with their defaults.
    pub with: BTreeMap<String, Data>,
    /// Every input the call and `first` read.
    pub inputs: BTreeSet<String>,
    /// Sent by us as soon as a socket is open; may carry the ticket.
    pub first: Option<Data>,
    /// What can be said on a socket, by name.
    pub messages: BTreeMap<String, Message>,
}

/// Something that can be said on a socket.
#[derive(Debug, Clone)]
pub struct Message {
    /// As scenarios name it, and where.
    pub name: Spanned<String>,
    /// A text, or anything else as JSON.
    pub data: Data,
    /// What it does to the system.
    pub effect: Effect,
    /// Inputs with their defaults.
    pub with: BTreeMap<String, Data>,
    /// Every input it reads.
    pub inputs: BTreeSet<String>,
}

/// The inputs something of the target file takes.
#[derive(Debug, Clone, Copy)]
pub struct Takes<'t> {
    /// `probe`, `stream`, `message`.
    pub what: &'static str,
    /// Its name.
    pub name: &'t str,
    /// The key it stands under: `probes`.
    pub key: &'static str,
    /// Defaults.
    pub with: &'t BTreeMap<String, Data>,
    /// All of them.
    pub inputs: &'t BTreeSet<String>,
}

impl Message {
    /// Its inputs.
    pub fn takes(&self) -> Takes<'_> {
        Takes {
            what: "message",
            name: &self.name.value,
            key: "sockets.NAME.messages",
            with: &self.with,
            inputs: &self.inputs,
        }
    }
}
