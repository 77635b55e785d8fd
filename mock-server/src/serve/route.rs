//! Paths.

use percent_encoding::percent_decode_str;

/// The MCP endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// `/mcp/oauth`, which takes keys and access tokens.
    Oauth,
    /// `/mcp/tools`.
    Tools,
    /// `/mcp/key`.
    Key,
    /// `/mcp/flat`: keys alone, and one tool for each action.
    Flat,
    /// `/mcp`, where refusals are told inside the conversation.
    InBand,
}

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    Mcp(Endpoint),
    /// `/sse`, where the stream of HTTP+SSE is opened.
    OldStream,
    /// `/messages`, where its client speaks.
    OldMessage,
    /// `/sources/NAME`: what files may be imported from.
    Source(&'a str),
    /// `/api/websocket`, which becomes a WebSocket.
    Socket,
    /// `/api/sse`, the event stream beside MCP.
    Events,
    /// Segments after `/current/`.
    Rest(Vec<&'a str>),
    Unknown,
}

/// Exact match for MCP; REST paths may end with a slash or not.
pub(crate) fn route(path: &str) -> Route<'_> {
    match path {
        "/mcp/oauth" => Route::Mcp(Endpoint::Oauth),
        "/mcp/tools" => Route::Mcp(Endpoint::Tools),
        "/mcp/key" => Route::Mcp(Endpoint::Key),
        "/mcp/flat" => Route::Mcp(Endpoint::Flat),
        "/mcp" => Route::Mcp(Endpoint::InBand),
        "/sse" => Route::OldStream,
        "/messages" => Route::OldMessage,
        "/api/websocket" | "/api/websocket/" => Route::Socket,
        "/api/sse" | "/api/sse/" => Route::Events,
        _ => match (path.strip_prefix("/current/"), path.strip_prefix("/sources/")) {
            (Some(rest), _) => Route::Rest(rest.strip_suffix('/').unwrap_or(rest).split('/').collect()),
            (None, Some(name)) => Route::Source(name),
            (None, None) => Route::Unknown,
        },
    }
}

/// Whether tools are laid out flat at this path.
pub(crate) fn is_flat(path: &str) -> bool {
    route(path) == Route::Mcp(Endpoint::Flat)
}

/// How a router that normalises reads a path: what the gate in front compared was another text.
pub(crate) fn loosely(path: &str) -> Option<Endpoint> {
    let decoded = percent_decode_str(path).decode_utf8_lossy().to_ascii_lowercase();
    let mut segments: Vec<&str> = Vec::new();
    for segment in decoded.split('/') {
        match segment.split(';').next().unwrap_or_default() {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            name => segments.push(name),
        }
    }
    match segments.as_slice() {
        ["mcp", "oauth"] => Some(Endpoint::Oauth),
        ["mcp", "tools"] => Some(Endpoint::Tools),
        ["mcp"] => Some(Endpoint::InBand),
        ["mcp", "key"] | ["sse" | "messages"] => Some(Endpoint::Key),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_exact_and_loose_ones_are_not() {
        assert_eq!(route("/mcp/key"), Route::Mcp(Endpoint::Key));
        assert_eq!(route("/current/orgs/list/"), Route::Rest(vec!["orgs", "list"]));
        assert_eq!(route("/current/orgs/list"), Route::Rest(vec!["orgs", "list"]));
        for path in [
            "/mcp/key/",
            "//mcp/key",
            "/MCP/key",
            "/%6dcp/key",
            "/mcp/key;x",
            "/mcp/../mcp/key",
            "/mcp/./key",
        ] {
            assert_eq!(route(path), Route::Unknown, "{path}");
            assert_eq!(loosely(path), Some(Endpoint::Key), "{path}");
        }
        assert_eq!(loosely("/other"), None);
    }
}
