//! The revisions of the specification that are spoken here.

/// A revision of the MCP specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Revision {
    /// 2024-11-05, whose transport over HTTP is HTTP+SSE alone.
    V2024_11_05,
    /// 2025-03-26.
    V2025_03_26,
    /// 2025-06-18.
    V2025_06_18,
    /// 2025-11-25.
    V2025_11_25,
    /// 2026-07-28.
    V2026_07_28,
}

/// A family of revisions with one envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Era {
    /// `initialize` first; with Streamable HTTP also `Mcp-Session-Id`, GET streams, DELETE.
    Session,
    /// Everything in every request; POST only.
    Stateless,
}

/// How messages travel over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// A GET opens the stream on which all answers come; its first event says where to POST ("HTTP with SSE").
    HttpSse,
    /// One endpoint; each POST is answered by itself ("Streamable HTTP").
    Streamable,
}

impl Revision {
    /// Oldest first.
    pub const ALL: [Self; 5] = [
        Self::V2024_11_05,
        Self::V2025_03_26,
        Self::V2025_06_18,
        Self::V2025_11_25,
        Self::V2026_07_28,
    ];

    /// As written in `protocolVersion`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2024_11_05 => "2024-11-05",
            Self::V2025_03_26 => "2025-03-26",
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
            Self::V2026_07_28 => "2026-07-28",
        }
    }

    /// From `protocolVersion`; exactly as written there.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == text)
    }

    /// The newest one.
    pub fn latest() -> Self {
        Self::V2026_07_28
    }

    /// The newest one with sessions: what `initialize` asks for.
    pub fn latest_with_sessions() -> Self {
        Self::V2025_11_25
    }

    /// Its envelope.
    pub fn era(self) -> Era {
        match self {
            Self::V2024_11_05 | Self::V2025_03_26 | Self::V2025_06_18 | Self::V2025_11_25 => Era::Session,
            Self::V2026_07_28 => Era::Stateless,
        }
    }

    /// Its transport over HTTP.
    pub fn transport(self) -> Transport {
        if self == Self::V2024_11_05 {
            Transport::HttpSse
        } else {
            Transport::Streamable
        }
    }

    /// Whether messages travel over HTTP+SSE.
    pub fn is_http_sse(self) -> bool {
        self.transport() == Transport::HttpSse
    }

    /// Whether every request stands alone.
    pub fn is_stateless(self) -> bool {
        self.era() == Era::Stateless
    }

    /// Whether requests after `initialize` carry `MCP-Protocol-Version` (a MUST since 2025-06-18, "Transports").
    pub fn names_itself_in_header(self) -> bool {
        self >= Self::V2025_06_18
    }

    /// Whether JSON-RPC batches exist (only in 2025-03-26).
    pub fn has_batches(self) -> bool {
        self == Self::V2025_03_26
    }
}

impl std::fmt::Display for Revision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Revision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.map(Self::as_str).join(", ");
        Self::parse(text).ok_or_else(|| format!("unknown revision \"{text}\" (known: {known})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_read() {
        for revision in Revision::ALL {
            assert_eq!(revision.as_str().parse(), Ok(revision));
        }
        assert_eq!(Revision::ALL.last(), Some(&Revision::latest()));
        assert_eq!(Revision::parse("2025-06-18 "), None);
    }
}
