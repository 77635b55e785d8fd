//! `webhooks:`: how deliveries are signed, how a sender reaches us, and the receiver under test.

use crate::scenario::table::{Key, Shape, Table};

pub(in crate::target) const DIGESTS: &[&str] = &["hmac-sha1", "hmac-sha256", "hmac-sha512", "ed25519"];
pub(in crate::target) const ENCODINGS: &[&str] = &["base64", "hex"];
pub(in crate::target) const SECRET_FORMS: &[&str] = &["text", "base64", "hex"];
/// The schemes that need no description; those of the room `webhook`.
pub(in crate::target) const SCHEMES: &[&str] = &[
    "standard-webhooks",
    "standard",
    "github",
    "stripe",
    "fastio",
    "fastio-hex",
    "mcp-events",
];

pub(in crate::target) static WEBHOOKS: Table = Table {
    name: "webhook setting",
    doc: "Signed webhooks: what the system sends, and the endpoint that receives them.",
    keys: &[
        Key::new(
            "scheme",
            Shape::Text,
            "What deliveries of the system are signed with; standard-webhooks when absent.",
        ),
        Key::new(
            "also",
            Shape::Map(&Shape::Text),
            "Other schemes it can sign with: scheme → the probe that subscribes with it.",
        ),
        Key::new(
            "schemes",
            Shape::Map(&Shape::Table(&SCHEME)),
            "Schemes of your own by name.",
        ),
        Key::new(
            "listen",
            Shape::Count(1),
            "The port on 127.0.0.1 where inboxes listen, one case at a time; a free one when absent.",
        ),
        Key::new(
            "url",
            Shape::Text,
            "How the system reaches that port, such as the public address of a tunnel; its path is kept. http://127.0.0.1:PORT when absent.",
        ),
        Key::new(
            "receiver",
            Shape::Table(&RECEIVER),
            "The endpoint under test that receives deliveries.",
        ),
        Key::new(
            "receivers",
            Shape::Map(&Shape::Table(&RECEIVER)),
            "Other endpoints by name, such as one for deliveries of another scheme.",
        ),
    ],
    rest: None,
};

pub(in crate::target) static RECEIVER: Table = Table {
    name: "webhook receiver",
    doc: "An endpoint that receives signed deliveries. The probe `effects` shows what they did.",
    keys: &[
        Key::required("url", Shape::Text, "Where deliveries are sent."),
        Key::new("secret", Shape::Text, "What it verifies with, as ${env.NAME}."),
        Key::new(
            "unconfigured",
            Shape::Text,
            "The URL of the same endpoint, deployed without its secret.",
        ),
        Key::new(
            "signing-key",
            Shape::Text,
            "The Ed25519 private key (`whsk_…`) whose public half it knows, as ${env.NAME}.",
        ),
        Key::new("scheme", Shape::Text, "standard-webhooks when absent."),
        Key::new(
            "payload",
            Shape::Any,
            "The body of a genuine delivery, sent as JSON; it may read ${with.event}, ${with.id} and ${with.timestamp}.",
        ),
        Key::new(
            "subscriptions",
            Shape::Table(&SUBSCRIPTIONS),
            "With the scheme mcp-events, in place of `secret`: the subscriptions that the endpoint holds.",
        ),
    ],
    rest: None,
};

pub(in crate::target) static SUBSCRIPTIONS: Table = Table {
    name: "list of subscriptions",
    doc: "What an endpoint of MCP Events knows its deliveries by.",
    keys: &[
        Key::required(
            "own",
            Shape::Table(&SUBSCRIPTION),
            "The one that deliveries are of where nothing else is said.",
        ),
        Key::new(
            "other",
            Shape::Table(&SUBSCRIPTION),
            "Another one, so that the two can be mixed up.",
        ),
        Key::new(
            "new",
            Shape::Table(&OFFERED_SUBSCRIPTION),
            "A secret that the endpoint waits to learn the id for, as between `events/subscribe` and its answer.",
        ),
    ],
    rest: None,
};

pub(in crate::target) static SUBSCRIPTION: Table = Table {
    name: "subscription",
    doc: "What a delivery of a subscription holds.",
    keys: &[
        Key::required("id", Shape::Text, "What `X-MCP-Subscription-Id` holds."),
        Key::required(
            "secret",
            Shape::Text,
            "What its deliveries are signed with (`whsec_…`), as ${env.NAME}.",
        ),
    ],
    rest: None,
};

pub(in crate::target) static OFFERED_SUBSCRIPTION: Table = Table {
    name: "offered secret",
    doc: "A subscription whose id is not known yet.",
    keys: &[Key::required(
        "secret",
        Shape::Text,
        "What its deliveries are signed with (`whsec_…`), as ${env.NAME}.",
    )],
    rest: None,
};

pub(in crate::target) static SCHEME: Table = Table {
    name: "signature scheme",
    doc: "How deliveries are signed.",
    keys: &[
        Key::required("headers", Shape::Table(&HEADERS), "Names of the headers."),
        Key::new(
            "signed",
            Shape::Text,
            "The signed bytes, with {id}, {timestamp} and {body}; `{body}` when absent.",
        ),
        Key::new("digest", Shape::Word(DIGESTS), "hmac-sha256 when absent."),
        Key::new(
            "encoding",
            Shape::Word(ENCODINGS),
            "How the signature is written; hex when absent.",
        ),
        Key::new(
            "secret",
            Shape::Word(SECRET_FORMS),
            "How the secret is written; text when absent. A prefix `whsec_` is taken off base64.",
        ),
        Key::new(
            "label",
            Shape::Text,
            "What stands in front of a signature, such as `sha256` or `v1`; nothing when absent.",
        ),
        Key::new(
            "joint",
            Shape::Text,
            "Between label and signature; `=` when absent.",
        ),
        Key::new(
            "between",
            Shape::Text,
            "Between several entries of the header; `,` when absent.",
        ),
        Key::new(
            "timestamp-label",
            Shape::Text,
            "The label of the timestamp, where it is an entry of the signature header, such as `t`.",
        ),
        Key::new(
            "tolerance",
            Shape::Duration,
            "How far the timestamp may be from now; 5m when absent and there is one.",
        ),
    ],
    rest: None,
};

pub(in crate::target) static HEADERS: Table = Table {
    name: "headers of a scheme",
    doc: "Names of the headers of a delivery.",
    keys: &[
        Key::required("signature", Shape::Text, "The signature."),
        Key::new("timestamp", Shape::Text, "The seconds since 1970."),
        Key::new("id", Shape::Text, "The id of the message."),
    ],
    rest: None,
};
