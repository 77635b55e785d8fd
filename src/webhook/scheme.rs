//! What a signature scheme is made of.

use std::time::Duration;

/// The schemes that are known by name.
pub const KNOWN: &[&str] = &[
    "standard-webhooks",
    "github",
    "stripe",
    "fastio",
    "fastio-hex",
    EVENTS,
];
/// Deliveries of the MCP extension Events.
const EVENTS: &str = "mcp-events";

/// How deliveries are signed: headers, the signed bytes, and how a signature is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheme {
    /// For reports.
    pub name: String,
    /// Header names.
    pub headers: Names,
    /// What is signed, one part after the other.
    pub signed: Vec<Part>,
    /// Label of a signature → what makes it. The first is what is signed with where nothing else is said. An empty label:
    /// the signature stands alone.
    pub versions: Vec<(String, Digest)>,
    /// Between label and signature.
    pub joint: String,
    /// Between entries of the signature header.
    pub between: String,
    /// Label of the timestamp, where it is an entry of the signature header.
    pub timestamp_label: Option<String>,
    /// How a signature is written.
    pub encoding: Encoding,
    /// How a secret is written.
    pub secret: SecretForm,
    /// How far the timestamp may be from now, either way; `None` where there is none.
    pub tolerance: Option<Duration>,
}

/// Names of headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The delivery's or message's id.
    pub id: Option<String>,
    /// Seconds since 1970.
    pub timestamp: Option<String>,
    /// The signature, or several.
    pub signature: String,
}

/// A part of what is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The id as sent.
    Id,
    /// The timestamp as sent.
    Timestamp,
    /// The body's bytes.
    Body,
    /// As written.
    Text(String),
}

/// What makes a signature of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digest {
    /// HMAC-SHA1; only to recognise what is old.
    HmacSha1,
    /// HMAC-SHA256.
    HmacSha256,
    /// HMAC-SHA512.
    HmacSha512,
    /// Ed25519, with a private and a public key.
    Ed25519,
}

/// How a signature is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// RFC 4648 §4, with padding.
    Base64,
    /// Lower-case hexadecimal; upper case is read, too.
    Hex,
}

/// How a secret is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretForm {
    /// Its bytes are the key.
    Text,
    /// Base64 of the key, after `whsec_` where that is there.
    Base64,
    /// Hexadecimal of the key.
    Hex,
}

impl Digest {
    /// By the word of a target file.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "hmac-sha1" => Self::HmacSha1,
            "hmac-sha256" => Self::HmacSha256,
            "hmac-sha512" => Self::HmacSha512,
            "ed25519" => Self::Ed25519,
            _ => return None,
        })
    }
}

impl Encoding {
    /// By the word of a target file.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "base64" => Self::Base64,
            "hex" => Self::Hex,
            _ => return None,
        })
    }
}

impl SecretForm {
    /// By the word of a target file.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "text" => Self::Text,
            "base64" => Self::Base64,
            "hex" => Self::Hex,
            _ => return None,
        })
    }
}

const FIVE_MINUTES: Duration = Duration::from_mins(5);

impl Scheme {
    /// A scheme by its name, or by the short name `standard`.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "standard-webhooks" | "standard" => standard(),
            EVENTS => Self {
                name: EVENTS.to_owned(),
                ..standard()
            },
            "github" => github(),
            "stripe" => in_one_header("stripe", "Stripe-Signature", Encoding::Hex),
            "fastio" => in_one_header("fastio", "Fastio-Signature", Encoding::Base64),
            "fastio-hex" => fastio_hex(),
            _ => return None,
        })
    }

    /// The header that names the subscription a delivery is of. It is not signed: each subscription has a secret of its
    /// own (SEP-3415).
    pub fn subscription_header(&self) -> Option<&'static str> {
        (self.name == EVENTS).then_some("X-MCP-Subscription-Id")
    }

    /// Reads what is signed: `{id}`, `{timestamp}`, `{body}` and text between them. `None` for another brace.
    pub fn parts(written: &str) -> Option<Vec<Part>> {
        let mut parts = Vec::new();
        let mut rest = written;
        while let Some(at) = rest.find(['{', '}']) {
            if at > 0 {
                parts.push(Part::Text(rest[..at].to_owned()));
            }
            let end = rest[at..].find('}')? + at + 1;
            parts.push(match &rest[at..end] {
                "{id}" => Part::Id,
                "{timestamp}" => Part::Timestamp,
                "{body}" => Part::Body,
                _ => return None,
            });
            rest = &rest[end..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Some(parts)
    }

    /// What makes the signatures under a label.
    pub fn digest(&self, label: &str) -> Option<Digest> {
        let found = self.versions.iter().find(|(known, _)| known == label);
        found.map(|(_, digest)| *digest)
    }

    /// The label that is signed under where nothing else is said.
    pub fn first_label(&self) -> &str {
        self.versions.first().map_or("", |(label, _)| label)
    }
}

/// Why a text cannot say what is signed.
pub fn bad_signed(written: &str) -> Option<&'static str> {
    match Scheme::parts(written) {
        None => Some("in braces there can be id, timestamp or body"),
        Some(parts) if !parts.contains(&Part::Body) => Some("the body is not signed"),
        Some(_) => None,
    }
}

/// Standard Webhooks 1.0.0.
fn standard() -> Scheme {
    Scheme {
        name: "standard-webhooks".to_owned(),
        headers: Names {
            id: Some("webhook-id".to_owned()),
            timestamp: Some("webhook-timestamp".to_owned()),
            signature: "webhook-signature".to_owned(),
        },
        signed: vec![
            Part::Id,
            Part::Text(".".to_owned()),
            Part::Timestamp,
            Part::Text(".".to_owned()),
            Part::Body,
        ],
        versions: vec![
            ("v1".to_owned(), Digest::HmacSha256),
            ("v1a".to_owned(), Digest::Ed25519),
        ],
        joint: ",".to_owned(),
        between: " ".to_owned(),
        timestamp_label: None,
        encoding: Encoding::Base64,
        secret: SecretForm::Base64,
        tolerance: Some(FIVE_MINUTES),
    }
}

/// GitHub: the body alone is signed; the id is not.
fn github() -> Scheme {
    Scheme {
        name: "github".to_owned(),
        headers: Names {
            id: Some("X-GitHub-Delivery".to_owned()),
            timestamp: None,
            signature: "X-Hub-Signature-256".to_owned(),
        },
        signed: vec![Part::Body],
        versions: vec![("sha256".to_owned(), Digest::HmacSha256)],
        joint: "=".to_owned(),
        between: ",".to_owned(),
        timestamp_label: None,
        encoding: Encoding::Hex,
        secret: SecretForm::Text,
        tolerance: None,
    }
}

/// `t=…,v1=…` over `t.body`: Stripe, and the first recipe of Fast.io.
fn in_one_header(name: &str, header: &str, encoding: Encoding) -> Scheme {
    Scheme {
        name: name.to_owned(),
        headers: Names {
            id: None,
            timestamp: None,
            signature: header.to_owned(),
        },
        signed: vec![Part::Timestamp, Part::Text(".".to_owned()), Part::Body],
        versions: vec![("v1".to_owned(), Digest::HmacSha256)],
        joint: "=".to_owned(),
        between: ",".to_owned(),
        timestamp_label: Some("t".to_owned()),
        encoding,
        secret: SecretForm::Text,
        tolerance: Some(FIVE_MINUTES),
    }
}

/// The second recipe of Fast.io. The name of its timestamp header is not published; this is ours.
fn fastio_hex() -> Scheme {
    Scheme {
        headers: Names {
            id: None,
            timestamp: Some("X-Fastio-Timestamp".to_owned()),
            signature: "X-Fastio-Signature".to_owned(),
        },
        versions: vec![("sha256".to_owned(), Digest::HmacSha256)],
        timestamp_label: None,
        ..in_one_header("fastio-hex", "", Encoding::Hex)
    }
}
