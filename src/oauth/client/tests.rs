//! Whole logins against a server that can be bent.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::*;
use crate::oauth::vault::{AuthMethod, State};
use crate::secret::Secret;
use crate::wire::WireConfig;

mod bent;
mod bound;
mod loopback;
mod machine;

type Bend = Box<dyn Fn(&str, &str, &Request) -> Option<ResponseTemplate> + Send + Sync>;

/// A resource server and an authorization server at one origin. `bend` may answer in their place.
struct Servers {
    server: MockServer,
    seen: Arc<Mutex<Vec<String>>>,
}

fn reply(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

fn metadata(origin: &str) -> Value {
    json!({
        "issuer": origin,
        "authorization_endpoint": format!("{origin}/authorize?tenant=1"),
        "token_endpoint": format!("{origin}/token"),
        "registration_endpoint": format!("{origin}/register"),
        "revocation_endpoint": format!("{origin}/revoke"),
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic"],
        "scopes_supported": ["read", "write", "offline_access"],
        "authorization_response_iss_parameter_supported": true,
    })
}

fn query(request: &Request) -> BTreeMap<String, String> {
    request.url.query_pairs().into_owned().collect()
}

fn callback(request: &Request, answer: &[(&str, &str)]) -> ResponseTemplate {
    let mut to = Url::parse(&query(request)["redirect_uri"]).expect("a URL");
    to.query_pairs_mut().extend_pairs(answer);
    ResponseTemplate::new(302).insert_header("Location", to.as_str())
}

fn straight(origin: &str, request: &Request) -> ResponseTemplate {
    let challenge = format!(
        "Bearer resource_metadata=\"{origin}/.well-known/oauth-protected-resource/mcp\", scope=\"read\""
    );
    match request.url.path() {
        "/mcp" => ResponseTemplate::new(401).insert_header("WWW-Authenticate", challenge.as_str()),
        "/.well-known/oauth-protected-resource/mcp" => reply(
            200,
            &json!({ "resource": format!("{origin}/mcp"), "authorization_servers": [origin], "scopes_supported": ["read", "write"] }),
        ),
        "/.well-known/oauth-authorization-server" => reply(200, &metadata(origin)),
        "/register" => reply(
            201,
            &json!({ "client_id": "dyn", "token_endpoint_auth_method": "none" }),
        ),
        "/authorize" => callback(
            request,
            &[
                ("code", "C"),
                ("state", &query(request)["state"]),
                ("iss", origin),
            ],
        ),
        "/token" => reply(
            200,
            &json!({ "access_token": "A", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "R", "scope": "read" }),
        ),
        _ => ResponseTemplate::new(404),
    }
}

impl Servers {
    async fn new(
        bend: impl Fn(&str, &str, &Request) -> Option<ResponseTemplate> + Send + Sync + 'static,
    ) -> Self {
        let server = MockServer::start().await;
        let origin = server.uri();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, bend): (_, Bend) = (Arc::clone(&seen), Box::new(bend));
        let respond = move |request: &Request| {
            let body = String::from_utf8_lossy(&request.body);
            let path = request.url.path().to_owned();
            let rest = request
                .url
                .query()
                .map_or_else(|| body.into_owned(), str::to_owned);
            log.lock()
                .expect("a list")
                .push(format!("{} {path} {rest}", request.method));
            bend(&origin, &path, request).unwrap_or_else(|| straight(&origin, request))
        };
        Mock::given(any()).respond_with(respond).mount(&server).await;
        Self { server, seen }
    }

    async fn login(&self, wishes: &Wishes) -> Result<Grant, LoginError> {
        let person = Follow {
            wire: wire(),
            redirect_uri: "http://127.0.0.1:1/callback".to_owned(),
        };
        self.granted(wishes, By::Person(&person), None, None).await
    }

    async fn granted(
        &self,
        wishes: &Wishes,
        by: By<'_>,
        challenge: Option<&Challenge>,
        prover: Option<&Prover>,
    ) -> Result<Grant, LoginError> {
        let endpoint = Url::parse(&format!("{}/mcp", self.server.uri())).expect("a URL");
        let login = Login {
            wire: &wire(),
            clock: &Clock::new(|| Duration::from_secs(1000)),
            endpoint: &endpoint,
            wishes,
            challenge,
            by,
            prover,
            progress: &|_| {},
        };
        login.run().await
    }

    /// One line, without what differs from run to run.
    async fn tell(&self) -> String {
        let text = match self.login(&Wishes::default()).await {
            Ok(grant) => format!(
                "in as {} ({}), {:?}, scope {}",
                grant.client.id,
                grant.client.auth.as_str(),
                grant.resource,
                grant.scope.join(" ")
            ),
            Err(error) => error.to_string(),
        };
        self.masked(&text)
    }

    fn masked(&self, text: &str) -> String {
        text.replace(&self.server.uri(), "AS")
            .replace(&self.server.uri().replace(':', "%3A").replace('/', "%2F"), "AS")
    }

    fn seen(&self, path: &str) -> Vec<String> {
        let begin = format!(" {path} ");
        let seen = self.seen.lock().expect("a list");
        seen.iter()
            .filter(|line| line.contains(&begin))
            .map(|line| self.masked(line))
            .collect()
    }
}

fn wire() -> Wire {
    Wire::new(WireConfig {
        no_proxy: true,
        ..WireConfig::default()
    })
    .expect("a wire")
}

#[tokio::test]
async fn a_login_from_the_address_alone() {
    let servers = Servers::new(|_, _, _| None).await;
    let grant = servers.login(&Wishes::default()).await.expect("a grant");
    let tokens = grant.tokens().expect("tokens");
    assert_eq!(tokens.refresh, Some(Secret::new("R")));
    assert_eq!(tokens.access.as_ref().expect("a token").expires, Some(4600));
    let authorize = servers.seen("/authorize").remove(0);
    let sent: BTreeMap<String, String> =
        url::form_urlencoded::parse(authorize.rsplit(' ').next().expect("a query").as_bytes())
            .into_owned()
            .collect();
    assert_eq!(sent["tenant"], "1");
    assert_eq!(sent["resource"], "AS/mcp");
    assert_eq!(sent["scope"], "read offline_access");
    assert_eq!(sent["prompt"], "consent");
    assert_eq!(
        (&*sent["code_challenge_method"], sent["code_challenge"].len()),
        ("S256", 43)
    );
    let token = servers.seen("/token").remove(0);
    assert!(
        token.contains("grant_type=authorization_code&code=C&redirect_uri="),
        "{token}"
    );
    assert!(token.contains("&resource=AS%2Fmcp&client_id=dyn"), "{token}");
    let register = servers.seen("/register").remove(0);
    assert!(register.contains(r#""application_type":"native""#), "{register}");
    assert!(matches!(grant.state, State::Connected(_)));
}

/// What is bent, and what comes of it.
#[tokio::test]
async fn servers_that_say_something_else() {
    let told = futures_util::future::join_all(bent::bent().into_iter().map(|(what, bend)| async move {
        let servers = Servers::new(bend).await;
        format!("{what}: {}", servers.tell().await)
    }))
    .await;
    insta::assert_snapshot!(told.join("\n"), @r#"
    another issuer: the authorization-server metadata (AS/.well-known/oauth-authorization-server): the document is of issuer `https://evil.example`, asked was `AS`
    no S256: the authorization server AS does not list S256 in `code_challenge_methods_supported`: without PKCE nothing keeps a stolen code from being redeemed, so the login ends here
    no PKCE: the authorization server AS does not list S256 in `code_challenge_methods_supported`: without PKCE nothing keeps a stolen code from being redeemed, so the login ends here
    a token endpoint in the clear: the authorization-server metadata (AS/.well-known/oauth-authorization-server): `token_endpoint` is http://as.example/token: neither https nor http on loopback
    a token endpoint by name: `token_endpoint` is http://localhost:1/token: a name is no literal loopback address; write http://127.0.0.1, or --allow-localhost
    no registration: AS registers no clients by itself: register one there and give it by --client-id (and --client-secret-env), or give --client-document
    a page for metadata: the authorization server AS publishes no metadata at its well-known addresses (RFC 8414, OpenID Connect Discovery)
    metadata that fails: the authorization-server metadata (AS/.well-known/oauth-authorization-server) answered HTTP 503
    metadata in a circle: the authorization-server metadata (AS/.well-known/oauth-authorization-server) redirects more than 3 times
    metadata elsewhere in the clear: the authorization-server metadata is http://evil.example/x: neither https nor http on a literal loopback address
    a document of another resource: the protected-resource metadata (AS/.well-known/oauth-protected-resource/mcp): the document is of resource `https://evil.example/mcp`, asked was `AS/mcp`
    a document of the origin: in as dyn (none), Some("AS"), scope read
    no server named: the protected-resource metadata (AS/.well-known/oauth-protected-resource/mcp) names no authorization server
    no document where the challenge says: the protected-resource metadata (AS/.well-known/oauth-protected-resource/mcp) answered HTTP 404
    an open endpoint with a document: in as dyn (none), Some("AS/mcp"), scope read
    an open endpoint without: AS/mcp asks for no credential (HTTP 200, no challenge) and has no protected-resource metadata: there is nothing to log in to
    a redirect of the endpoint: the MCP endpoint (AS/mcp) answered HTTP 307
    a challenge into the clear: `resource_metadata` of the challenge is http://evil.example/x: neither https nor http on a literal loopback address
    2025-03-26 with metadata: in as dyn (none), Some("AS/mcp"), scope read
    2025-03-26 without: in as dyn (none), Some("AS/mcp"), scope read
    OpenID metadata only: in as dyn (none), Some("AS/mcp"), scope read
    a foreign state: what came back is not the answer to this login: its `state` is of another login; nothing was redeemed
    no state: what came back is not the answer to this login: it has no `state`; nothing was redeemed
    another iss: what came back is not the answer to this login: it is from `https://evil.example`, asked was `AS` (RFC 9207); nothing was redeemed
    no iss: what came back is not the answer to this login: it lacks `iss`, which AS says it sends (RFC 9207); nothing was redeemed
    two codes: what came back is not the answer to this login: it has `code` twice; nothing was redeemed
    denied: the authorization server did not grant it: access_denied: no
    a page that asks: the authorization endpoint (AS/authorize) answered HTTP 200
    registration refused: AS did not register a client: invalid_client_metadata (HTTP 400)
    a secret for Basic: in as dyn (client_secret_basic), Some("AS/mcp"), scope read
    a refusal of the code: the token endpoint of AS gave no token: the server refused: invalid_grant (HTTP 400)
    a page for a token: the token endpoint of AS gave no token: HTTP 200 with text/plain: a page, no JSON
    a redirect for a token: the token endpoint of AS gave no token: HTTP 307: a redirect to https://evil.example/token, which is not followed with credentials
    not Bearer: the token of AS is of type `DPoP`, not Bearer
    no refresh token, no scope: in as dyn (none), Some("AS/mcp"), scope read offline_access
    "#);
}

#[tokio::test]
async fn wishes_are_kept() {
    let servers = Servers::new(|_, _, _| None).await;
    let known = Client {
        id: "known".to_owned(),
        secret: Some(Secret::new("s")),
        key: None,
        auth: AuthMethod::ClientSecretPost,
    };
    let wishes = Wishes {
        scopes: Some(vec!["write".to_owned()]),
        client: Some(known),
        ..Wishes::default()
    };
    servers.login(&wishes).await.expect("a grant");
    assert!(servers.seen("/register").is_empty());
    assert!(servers.seen("/authorize")[0].ends_with("scope=write"));
    assert!(servers.seen("/token")[0].ends_with("&client_id=known&client_secret=s"));
}

#[tokio::test]
async fn a_document_is_the_client_id_where_the_server_takes_one() {
    let servers = Servers::new(|origin, path, _| {
        (path == "/.well-known/oauth-authorization-server").then(|| {
            bent::changed(origin, |document| {
                document["client_id_metadata_document_supported"] = json!(true);
            })
        })
    })
    .await;
    let wishes = Wishes {
        document: Some("https://agent.example/client.json".to_owned()),
        ..Wishes::default()
    };
    let grant = servers.login(&wishes).await.expect("a grant");
    assert_eq!(grant.client.id, "https://agent.example/client.json");
    assert!(servers.seen("/register").is_empty());
}

#[tokio::test]
async fn a_grant_is_revoked() {
    let servers = Servers::new(|_, path, _| (path == "/revoke").then(|| ResponseTemplate::new(200))).await;
    let grant = servers.login(&Wishes::default()).await.expect("a grant");
    let clock = Clock::new(|| Duration::from_secs(1000));
    assert_eq!(revoke(&wire(), &clock, &grant).await, Revoked::Yes);
    assert_eq!(
        servers.seen("/revoke"),
        ["POST /revoke token=R&token_type_hint=refresh_token&client_id=dyn"]
    );
    let none = Grant {
        revocation_endpoint: None,
        ..grant
    };
    assert_eq!(revoke(&wire(), &clock, &none).await, Revoked::NoEndpoint);
}
