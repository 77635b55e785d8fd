//! An endpoint and an authorization server for `hallmark login`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::json;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// An MCP endpoint and its authorization server, which asks nobody.
pub(crate) struct Servers {
    pub(crate) server: MockServer,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Servers {
    pub(crate) async fn new() -> Self {
        Self::with_revocation(200).await
    }

    pub(crate) async fn with_revocation(status: u16) -> Self {
        let server = MockServer::start().await;
        let origin = server.uri();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let respond = move |request: &Request| {
            let path = request.url.path().to_owned();
            let body = String::from_utf8_lossy(&request.body).into_owned();
            log.lock().expect("a list").push(format!("{path} {body}"));
            answer(&origin, &path, request, status)
        };
        Mock::given(any()).respond_with(respond).mount(&server).await;
        Self { server, seen }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("{}/mcp", self.server.uri())
    }

    pub(crate) fn seen(&self, path: &str) -> Vec<String> {
        let seen = self.seen.lock().expect("a list");
        seen.iter()
            .filter(|line| line.starts_with(path))
            .cloned()
            .collect()
    }
}

fn answer(origin: &str, path: &str, request: &Request, revocation: u16) -> ResponseTemplate {
    let json = |body| ResponseTemplate::new(200).set_body_json::<serde_json::Value>(body);
    let query: BTreeMap<String, String> = request.url.query_pairs().into_owned().collect();
    let authorization = request
        .headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    match (path, authorization) {
        ("/mcp", Some("Bearer ACCESS-WRITE")) => json(json!({ "jsonrpc": "2.0", "id": 1, "result": {} })),
        ("/mcp", Some(_)) => ResponseTemplate::new(403)
            .insert_header("WWW-Authenticate", "Bearer error=\"insufficient_scope\", scope=\"write\""),
        ("/mcp", None) => ResponseTemplate::new(401).insert_header(
            "WWW-Authenticate",
            format!("Bearer resource_metadata=\"{origin}/.well-known/oauth-protected-resource/mcp\", scope=\"read\"").as_str(),
        ),
        ("/.well-known/oauth-protected-resource/mcp", _) => {
            json(json!({ "resource": format!("{origin}/mcp"), "authorization_servers": [origin] }))
        }
        ("/.well-known/oauth-authorization-server", _) => json(json!({
            "issuer": origin,
            "authorization_endpoint": format!("{origin}/authorize"),
            "token_endpoint": format!("{origin}/token"),
            "registration_endpoint": format!("{origin}/register"),
            "revocation_endpoint": format!("{origin}/revoke"),
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
        })),
        ("/register", _) => json(json!({ "client_id": "dyn" })),
        ("/authorize", _) => {
            let code = if query["scope"].contains("write") { "write" } else { "read" };
            let to = format!("{}?code={code}&state={}", query["redirect_uri"], query["state"]);
            ResponseTemplate::new(302).insert_header("Location", to.as_str())
        }
        ("/token", _) => {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            let scope = if body.contains("code=write") { "read write" } else { "read" };
            let access = if body.contains("code=write") { "ACCESS-WRITE" } else { "ACCESS-READ" };
            json(json!({ "access_token": access, "token_type": "Bearer", "expires_in": 3600, "refresh_token": "REFRESH-1", "scope": scope }))
        }
        ("/revoke", _) => ResponseTemplate::new(revocation),
        _ => ResponseTemplate::new(404),
    }
}
