//! The characters the mock can play, and where the `fastio` one departs from the standards.

use serde::Serialize;

/// How the mock answers where standards, articles and the real service differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Behaviour {
    /// What Fast.io's articles promise: 400, 401 and 403 by the book.
    #[default]
    Seed,
    /// What Fast.io's API documents today, deviations included.
    Fastio,
    /// MCP and OAuth 2.1 to the letter, with `Retry-After`.
    Strict,
}

impl Behaviour {
    /// `seed`, `fastio` or `strict`.
    pub fn from_id(id: &str) -> Option<Self> {
        match id {
            "seed" => Some(Self::Seed),
            "fastio" => Some(Self::Fastio),
            "strict" => Some(Self::Strict),
            _ => None,
        }
    }

    /// Its name on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Seed => "seed",
            Self::Fastio => "fastio",
            Self::Strict => "strict",
        }
    }
}

/// One place where `fastio` does something else than `seed` and `strict`.
#[derive(Debug, Clone, Serialize)]
pub struct Deviation {
    /// Stable slug.
    pub id: &'static str,
    /// What it does.
    pub what: &'static str,
    /// Rules that then warn or fail.
    pub rules: &'static [&'static str],
}

/// Every deviation of the `fastio` behaviour.
pub fn deviations() -> &'static [Deviation] {
    &[
        Deviation {
            id: "malformed-401",
            what: "A malformed Authorization header is answered 401 with code 10011 instead of 400.",
            rules: &["RS-05"],
        },
        Deviation {
            id: "in-band-refusal",
            what: "A tool call that lacks a scope is answered with status 200 and isError instead of 403 and a challenge.",
            rules: &["RS-04", "CHAL-11", "SCOPE-01", "SCOPE-02", "SCOPE-07", "SCOPE-09"],
        },
        Deviation {
            id: "membership-401",
            what: "REST answers 401 (10545, 10560) where the credential is fine but not a member or not scoped to the entity.",
            rules: &["CHAL-11"],
        },
        Deviation {
            id: "key-default-account",
            what: "A key that is asked for without scopes may read and write all of its account instead of only reading.",
            rules: &["KEY-04"],
        },
        Deviation {
            id: "key-list-open",
            what: "Every credential may list the keys of its account, one for a single workspace as well.",
            rules: &["SCOPE-09"],
        },
        Deviation {
            id: "locks-advisory",
            what: "A lock refuses no change by others; it leaves an event that it was passed over.",
            rules: &["LOCK-03", "LOCK-05"],
        },
    ]
}
