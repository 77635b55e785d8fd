//! `webhook`: inboxes and deliveries.

use super::shapes::{ANY, TEXT};
use crate::scenario::table::{Key, Shape, Table};

/// `webhook`.
pub(crate) static WEBHOOK: Table = Table {
    name: "webhook",
    doc: "`listen` opens an inbox on 127.0.0.1 until the case ends, `from` looks at what came to it, `send` delivers to the receiver under test.",
    rest: None,
    keys: &[
        Key::new(
            "listen",
            Shape::Text,
            "The scheme of the deliveries: `standard`, `github`, `stripe`, `fastio`, `fastio-hex`, `mcp-events` or one of the target's. The address is `${ID.url}`.",
        ),
        Key::new(
            "answer",
            Shape::OneOrMany(&ANSWER_SHAPE),
            "With `listen`: one answer per delivery, the last repeats; 204 when absent.",
        ),
        Key::new(
            "challenge",
            Shape::Either(&[Shape::Text, Shape::Table(&CHALLENGE_ANSWER)]),
            "With `listen`: what the challenge of MCP Events is answered, by the word of `echo`; as any other delivery when absent.",
        ),
        Key::new(
            "from",
            Shape::Text,
            "The step that opened the inbox: the deliveries so far, as a series. With `until`, waits for it as long as `timeout` says; with `for`, waits that long.",
        ),
        Key::new(
            "secret",
            Shape::OneOrMany(&TEXT),
            "With `from`: what signatures are checked with; a `whpk_` key for those of Ed25519. Several: `signers` names them by place.",
        ),
        Key::new(
            "only",
            Shape::Word(INBOX_SORTS),
            "With `from`: only deliveries of MCP Events of this sort: `event`, `verification`, `gap` or `terminated`.",
        ),
        Key::new("send", Shape::Text, "What happened: the event of the delivery."),
        Key::new("id", Shape::Text, "Id of the message; a fresh one when absent."),
        Key::new(
            "event-id",
            Shape::Text,
            "Id of what happened, `${with.id}` of the payload; that of the message when absent.",
        ),
        Key::new(
            "subscription",
            Shape::Text,
            "Of an endpoint of MCP Events: `own`, `other` or `new`, whose id and secret are used; `own` when absent.",
        ),
        Key::new(
            "timestamp",
            Shape::Text,
            "Seconds since 1970, sent as written; now when absent.",
        ),
        Key::new(
            "body",
            Shape::Text,
            "Sent as written, instead of the target's payload.",
        ),
        Key::new(
            "bytes",
            Shape::Text,
            "The same; each character U+0000–U+00FF is that byte.",
        ),
        Key::new(
            "json",
            Shape::Any,
            "Sent as JSON, instead of the target's payload.",
        ),
        Key::new(
            "size",
            Shape::Text,
            "Bytes of the body: blanks, which mean nothing in JSON, follow it up to that many.",
        ),
        Key::new("scheme", Shape::Text, "Another scheme than the receiver's."),
        Key::new(
            "to",
            Shape::Text,
            "Another receiver of the target by name, or an address.",
        ),
        Key::new(
            "names",
            Shape::Text,
            "Header names in another case: `upper` or `title`.",
        ),
        Key::new(
            "sign",
            Shape::Either(&[Shape::Text, Shape::OneOrMany(&SIGNATURE_SHAPE)]),
            "`none`, or what is different about the signature; a list makes several.",
        ),
    ],
};

static ANSWER_SHAPE: Shape = Shape::Either(&[Shape::Text, Shape::Table(&INBOX_ANSWER)]);
static SIGNATURE_SHAPE: Shape = Shape::Table(&SIGNATURE);

/// An answer of an inbox.
pub(crate) static INBOX_ANSWER: Table = Table {
    name: "answer of an inbox",
    doc: "What a delivery is answered.",
    rest: None,
    keys: &[
        Key::new("status", Shape::Text, "204 when absent."),
        Key::new("headers", Shape::Map(&ANY), "Header lines."),
        Key::new("after", Shape::Duration, "How long the sender waits for it."),
    ],
};

/// What an inbox sends back of a challenge: all of it, its first half, more than it, an earlier one, all of it in a
/// header or as plain text, nothing.
pub(crate) const ECHOES: &[&str] = &["whole", "half", "longer", "earlier", "header", "text", "nothing"];
/// What a delivery of MCP Events can be.
pub(crate) const INBOX_SORTS: &[&str] = &["event", "verification", "gap", "terminated"];

/// An answer to the challenge of MCP Events.
pub(crate) static CHALLENGE_ANSWER: Table = Table {
    name: "answer to a challenge",
    doc: "What the challenge of MCP Events is answered.",
    rest: None,
    keys: &[
        Key::new(
            "echo",
            Shape::Text,
            "What is sent back of it: `whole` (default), `half`, `longer`, `earlier` (the first that came to this inbox), `header` (whole, in a header alone), `text` (whole, not as JSON), `nothing`.",
        ),
        Key::new("status", Shape::Text, "200 when absent."),
        Key::new("headers", Shape::Map(&ANY), "Header lines."),
        Key::new("body", Shape::Text, "The body instead, as written."),
    ],
};

/// An entry of `sign`.
pub(crate) static SIGNATURE: Table = Table {
    name: "webhook signature",
    doc: "One signature: made with the receiver's secret over what is sent, but for what stands here.",
    rest: None,
    keys: &[
        Key::new(
            "key",
            Shape::Text,
            "`wrong` (a key nobody trusts), `empty`, `literal` (the secret's text, undecoded), `public` (the text of the public key), `signing` (the receiver's Ed25519 key), or the secret itself.",
        ),
        Key::new(
            "subscription",
            Shape::Text,
            "With the secret of this subscription, whatever the header names.",
        ),
        Key::new("version", Shape::Text, "The label; by itself that of the key."),
        Key::new(
            "over-id",
            Shape::Text,
            "This id is signed instead of the one that is sent.",
        ),
        Key::new("over-timestamp", Shape::Text, "This timestamp is signed."),
        Key::new("over", Shape::Text, "This body is signed."),
        Key::new(
            "over-bytes",
            Shape::Text,
            "The same; each character U+0000–U+00FF is that byte.",
        ),
        Key::new(
            "value",
            Shape::Text,
            "Stands where the signature would, as written.",
        ),
        Key::new(
            "keeps",
            Shape::Text,
            "So many bytes of the signature stay right; those after them are turned over.",
        ),
        Key::new("times", Shape::Text, "So many of it."),
    ],
};
