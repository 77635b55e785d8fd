//! Where there is no MCP endpoint: are the receivers of webhooks there?

use std::time::Instant;

use bytes::Bytes;

use super::visit::{LOOK, Visit};
use super::{Discovered, NoServer};
use crate::mcp::Revision;
use crate::target::{MAIN, Resolved, ResolvedReceiver};
use crate::wire::{HeaderLine, Read, Request, Wire};

/// Sends each an empty object that nobody signed: whoever answers at all is there.
pub(super) async fn look(wire: &Wire, target: &Resolved) -> Result<Discovered, NoServer> {
    let visit = Visit {
        wire,
        target,
        who: None,
        until: Instant::now() + LOOK,
    };
    let mut found = Discovered {
        revisions: vec![Revision::latest()],
        ..Discovered::default()
    };
    let receivers = target.webhooks.iter().flat_map(|webhooks| &webhooks.receivers);
    for (name, receiver) in receivers {
        found.facts.push(visit.receiver(name, receiver).await?);
    }
    if target.target.is_a("webhook-receiver") {
        found.untested = untested(target);
    }
    Ok(found)
}

impl Visit<'_> {
    async fn receiver(&self, name: &str, receiver: &ResolvedReceiver) -> Result<String, NoServer> {
        let media = HeaderLine::Field("Content-Type".to_owned(), b"application/json".to_vec());
        let request = Request {
            method: "POST".to_owned(),
            url: receiver.url.clone(),
            target: None,
            headers: [media].into_iter().chain(self.own_headers()).collect(),
            body: Bytes::from_static(b"{}"),
            timeout: self.patience(),
            redirects: 0,
            read: Read::Whole,
        };
        match &self.wire.send(&request).await.response {
            Ok(response) => Ok(format!(
                "webhook receiver{} at {}: an unsigned POST got HTTP {}",
                if name == MAIN {
                    String::new()
                } else {
                    format!(" {name}")
                },
                receiver.url.path(),
                response.status
            )),
            Err(error) => Err(NoServer::of_wire(receiver.url.to_string(), error)),
        }
    }
}

/// What stays untested for want of a line in the target file.
fn untested(target: &Resolved) -> Vec<(String, String)> {
    let declared = &target.target;
    let receivers = target
        .webhooks
        .iter()
        .flat_map(|webhooks| webhooks.receivers.values());
    let wanted = [
        (
            receivers.into_iter().all(|receiver| receiver.secret.is_none()),
            "everything that needs a good signature",
            "webhooks: { receiver: { secret: \"${env.NAME}\" } }",
        ),
        (
            !declared.probes.contains_key("effects") || !declared.has("receiver-effect"),
            "whether a delivery had an effect, and how often",
            "probes: { effects: { http: { url: …, query: { id: \"${with.id}\" } }, gives: { effects: … } } } and declares: [receiver-effect]",
        ),
    ];
    wanted
        .into_iter()
        .filter(|(missing, ..)| *missing)
        .map(|(_, what, line)| (what.to_owned(), line.to_owned()))
        .collect()
}
