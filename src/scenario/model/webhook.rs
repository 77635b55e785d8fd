//! The kind `webhook`: an inbox, what came to it, and a delivery of ours.

use super::kinds::Time;
use super::place::Spanned;
use super::template::{Data, Template};

/// `webhook:`.
#[derive(Debug, Clone)]
pub enum WebhookStep {
    /// An inbox for deliveries of this scheme, open until the case ends.
    Listen {
        /// Its name.
        scheme: Template,
        /// One answer per delivery; the last repeats.
        answers: Vec<InboxAnswer>,
        /// What a verification of MCP Events gets; where nothing is said, what any delivery gets.
        challenge: Option<ChallengeAnswer>,
    },
    /// What came to an inbox so far, as a series.
    From {
        /// The step that opened it.
        inbox: Spanned<String>,
        /// What signatures are checked with: a key or several.
        secret: Option<Data>,
        /// Those of MCP Events that are of this sort, by a word of `INBOX_SORTS`.
        only: Option<Spanned<String>>,
    },
    /// A delivery to the receiver under test.
    Send(Box<Sending>),
}

/// What an inbox answers.
#[derive(Debug, Clone, Default)]
pub struct InboxAnswer {
    /// 204 where nothing is said.
    pub status: Option<Template>,
    /// Header lines.
    pub headers: Vec<(Spanned<String>, Data)>,
    /// How long the sender waits for it.
    pub after: Option<Time>,
}

/// How an inbox answers the challenge of MCP Events.
#[derive(Debug, Clone)]
pub struct ChallengeAnswer {
    /// What it sends back of the challenge, by a word of `ECHOES`.
    pub echo: Template,
    /// 200 where nothing is said.
    pub status: Option<Template>,
    /// Header lines.
    pub headers: Vec<(Spanned<String>, Data)>,
    /// The body, in place of what `echo` makes.
    pub body: Option<Template>,
}

/// A delivery of ours.
#[derive(Debug, Clone)]
pub struct Sending {
    /// What happened.
    pub event: Template,
    /// Of the message; a fresh one where nothing is said.
    pub id: Option<Template>,
    /// Of what happened; the message's where nothing is said.
    pub event_id: Option<Template>,
    /// The role of the subscription that it is of, where the scheme has subscriptions.
    pub subscription: Option<Template>,
    /// Seconds since 1970; now where nothing is said.
    pub timestamp: Option<Template>,
    /// The body; the target's payload where nothing is said.
    pub content: Option<DeliveryContent>,
    /// Bytes of the body: blanks follow it.
    pub size: Option<Template>,
    /// Another scheme than the receiver's.
    pub scheme: Option<Template>,
    /// Another receiver by name, or an address.
    pub to: Option<Template>,
    /// Header names in another case: `upper` or `title`.
    pub names: Option<Template>,
    /// How it is signed: `none`, an entry or a list of them.
    pub sign: Option<Data>,
}

/// A body.
#[derive(Debug, Clone)]
pub enum DeliveryContent {
    /// As written.
    Body(Template),
    /// Each character is that byte.
    Bytes(Template),
    /// Written as JSON.
    Json(Data),
}
