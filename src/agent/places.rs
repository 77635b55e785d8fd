//! Where a request goes, by its path: the endpoints of a world.

use serde_json::{Map, Value as Json};
use url::Url;

/// Paths of a world.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    exact: Vec<(String, &'static str)>,
}

/// Endpoints that the metadata of an authorization server names, and what plans call them.
const NAMED: &[(&str, &str)] = &[
    ("authorization_endpoint", "authorize"),
    ("token_endpoint", "token"),
    ("registration_endpoint", "registration"),
    ("revocation_endpoint", "revoke"),
];

/// Where protected-resource metadata lies (RFC 9728 §3.1).
const RESOURCE_METADATA: &str = "/.well-known/oauth-protected-resource";
/// Where that of an authorization server does (RFC 8414 §3.1, OpenID Connect Discovery §4), perhaps after a path.
const SERVER_METADATA: &[&str] = &[
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
];

impl Places {
    /// From what the authorization server says of itself.
    pub(super) fn of(metadata: &Map<String, Json>) -> Self {
        let exact = NAMED.iter().filter_map(|(member, place)| {
            let url = Url::parse(metadata.get(*member)?.as_str()?).ok()?;
            Some((url.path().to_owned(), *place))
        });
        Self {
            exact: exact.collect(),
        }
    }

    /// A word of the language for a path.
    pub(super) fn of_path(&self, path: &str) -> &'static str {
        if let Some((_, place)) = self.exact.iter().find(|(known, _)| known == path) {
            return place;
        }
        if path.contains(RESOURCE_METADATA) {
            return "resource-metadata";
        }
        if SERVER_METADATA.iter().any(|known| path.contains(known)) {
            return "server-metadata";
        }
        if path == "/mcp" || path.starts_with("/mcp/") || path == "/sse" {
            return "resource";
        }
        if path == "/current" || path.starts_with("/current/") {
            return "rest";
        }
        "other"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_places() {
        let metadata = serde_json::json!({ "token_endpoint": "http://127.0.0.1:1/oauth/token/" });
        let places = Places::of(metadata.as_object().unwrap());
        let table = [
            ("/oauth/token/", "token"),
            ("/mcp/oauth", "resource"),
            (
                "/.well-known/oauth-protected-resource/mcp/oauth",
                "resource-metadata",
            ),
            ("/.well-known/oauth-authorization-server", "server-metadata"),
            ("/current/user/", "rest"),
            ("/favicon.ico", "other"),
        ];
        for (path, place) in table {
            assert_eq!(places.of_path(path), place, "{path}");
        }
    }
}
