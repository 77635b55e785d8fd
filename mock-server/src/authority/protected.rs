//! What is protected here, as resource identifiers (RFC 8707 §2, RFC 9728 §1.2), and which paths belong to it.

use crate::state::State;

/// One protected resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Protected {
    /// The REST interface; its identifier is the origin.
    Rest,
    /// `/mcp/oauth`, which takes keys and tokens.
    Oauth,
    /// `/mcp/tools`, the sibling with an audience of its own.
    Tools,
    /// `/mcp`, where refusals are told inside the conversation.
    InBand,
    /// `/mcp/key` and `/mcp/flat`, where no access token is taken.
    Key,
}

/// Resources that a token can be for, in the order of documents that list them.
pub(crate) const WITH_TOKENS: [Protected; 4] = [
    Protected::Rest,
    Protected::Oauth,
    Protected::Tools,
    Protected::InBand,
];

impl Protected {
    /// Its path; empty for the origin.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Rest => "",
            Self::Oauth => "/mcp/oauth",
            Self::Tools => "/mcp/tools",
            Self::InBand => "/mcp",
            Self::Key => "/mcp/key",
        }
    }

    /// Its identifier. None ends with a slash (MCP, canonical server URI).
    pub(crate) fn identifier(self, world: &State) -> String {
        format!("{}{}", world.origin(), self.path())
    }

    /// The resource that a request to this path is for.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        match path {
            "/mcp/oauth" => Some(Self::Oauth),
            "/mcp/tools" => Some(Self::Tools),
            "/mcp" => Some(Self::InBand),
            "/mcp/key" | "/mcp/flat" => Some(Self::Key),
            _ => path.starts_with("/current/").then_some(Self::Rest),
        }
    }

    /// Resources whose tokens are taken at this path. HTTP+SSE is another transport of `/mcp/oauth`, no resource of its
    /// own: its revision has no authorization.
    pub(crate) fn taken_at(path: &str) -> &'static [Protected] {
        match path {
            "/sse" | "/messages" => Self::Oauth.audiences(),
            _ => Self::of_path(path).map_or(&[], Self::audiences),
        }
    }

    /// Resources whose tokens are taken here: the REST interface takes those of the MCP endpoint too, which calls it.
    pub(crate) fn audiences(self) -> &'static [Protected] {
        match self {
            Self::Rest => &[Self::Rest, Self::Oauth],
            Self::Oauth => &[Self::Oauth],
            Self::Tools => &[Self::Tools],
            Self::InBand => &[Self::InBand],
            Self::Key => &[],
        }
    }

    /// The resource of this identifier. Scheme and host compare without regard to case (RFC 3986 §6.2.2.1); a
    /// relative reference and one with a fragment name nothing (RFC 8707 §2).
    pub(crate) fn named(world: &State, text: &str) -> Option<Self> {
        let canonical = canonical(text)?;
        let mut all = WITH_TOKENS.into_iter();
        all.find(|resource| resource.identifier(world) == canonical)
    }
}

/// An absolute identifier with scheme and host in lower case; one slash that is the whole path is left out.
pub(crate) fn canonical(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if authority.is_empty() || path.contains('#') {
        return None;
    }
    let path = if path == "/" { "" } else { path };
    Some(format!(
        "{}://{}{path}",
        scheme.to_ascii_lowercase(),
        authority.to_ascii_lowercase()
    ))
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn scheme_and_host_have_no_case_and_paths_have() {
        let table = [
            (
                "HTTP://LocalHost:1/mcp/oauth",
                Some("http://localhost:1/mcp/oauth"),
            ),
            ("http://h/MCP", Some("http://h/MCP")),
            ("http://h/", Some("http://h")),
            ("http://h/mcp/", Some("http://h/mcp/")),
            ("/mcp/oauth", None),
            ("http://h/mcp#part", None),
            ("http:///mcp", None),
        ];
        for (text, expected) in table {
            assert_eq!(canonical(text).as_deref(), expected, "{text}");
        }
    }
}
