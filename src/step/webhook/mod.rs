//! The `webhook` step: an inbox that senders deliver to, what came to it, and deliveries to a receiver under test.
//!
//! An inbox listens on 127.0.0.1 and nowhere else; how a sender from outside gets there is the target's business.

mod challenge;
mod inbox;
mod keys;
mod send;

pub(super) use inbox::Inboxes;
pub use inbox::{delivered, pause};

use super::{Fill, Problem};
use crate::expect::Single;
use crate::scenario::model::{Step, WebhookStep};
use crate::target::OwnScheme;
use crate::webhook::{Digest, Encoding, Names, Scheme, SecretForm};

/// Carries out the step.
pub(super) async fn perform(step: &Step, hook: &WebhookStep, fill: Fill<'_>) -> Result<Single, Problem> {
    match hook {
        WebhookStep::Listen {
            scheme,
            answers,
            challenge,
        } => inbox::listen(step, scheme, (answers, challenge.as_ref()), fill).await,
        WebhookStep::Send(sending) => send::perform(step, sending, fill).await,
        WebhookStep::From { .. } => Err(Problem::Unusable("an inbox is looked at as a series".to_owned())),
    }
}

/// A scheme by name: one that everybody knows, or one that the target describes.
fn scheme(name: &str, fill: Fill<'_>) -> Result<Scheme, Problem> {
    if let Some(scheme) = Scheme::named(name) {
        return Ok(scheme);
    }
    let webhooks = fill.world.target().target.webhooks.as_ref();
    let own = webhooks.and_then(|webhooks| webhooks.schemes.iter().find(|own| own.name.value == name));
    own.and_then(described).ok_or_else(|| Problem::Undeclared {
        what: format!("the scheme `{name}`"),
        unlock: format!("webhooks: {{ schemes: {{ {name}: {{ headers: {{ signature: X-Signature }} }} }} }}"),
    })
}

/// The words were looked at when the file was read.
fn described(own: &OwnScheme) -> Option<Scheme> {
    Some(Scheme {
        name: own.name.value.clone(),
        headers: Names {
            id: own.id.clone(),
            timestamp: own.timestamp.clone(),
            signature: own.signature.clone(),
        },
        signed: Scheme::parts(&own.signed)?,
        versions: vec![(own.label.clone(), Digest::parse(&own.digest)?)],
        joint: own.joint.clone(),
        between: own.between.clone(),
        timestamp_label: own.timestamp_label.clone(),
        encoding: Encoding::parse(&own.encoding)?,
        secret: SecretForm::parse(&own.secret)?,
        tolerance: own.tolerance,
    })
}
