//! What a body is: an occurrence, or a control envelope, which has a `type`.

use serde_json::Value;

use super::text;

/// The longest nonce that is given back.
const LONGEST_NONCE: usize = 1024;

pub(super) enum Kind {
    Event(Occurrence),
    Gap,
    Terminated,
    /// With its nonce.
    Verification(String),
    /// Of a later edition.
    Unknown,
}

/// Something that happened.
pub(super) struct Occurrence {
    pub(super) id: String,
    pub(super) timestamp: String,
}

impl Kind {
    /// `None`: nothing that was agreed on.
    pub(super) fn of(body: &[u8]) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let Some(kind) = body.get("type") else {
            return Some(Self::Event(Occurrence {
                id: text(&body, "eventId")?,
                timestamp: text(&body, "timestamp").unwrap_or_default(),
            }));
        };
        Some(match kind.as_str()? {
            "gap" => Self::Gap,
            "terminated" => Self::Terminated,
            "verification" => {
                let nonce = text(&body, "challenge")?;
                (!nonce.is_empty() && nonce.len() <= LONGEST_NONCE).then_some(Self::Verification(nonce))?
            }
            _ => Self::Unknown,
        })
    }
}
