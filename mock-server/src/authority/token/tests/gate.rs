//! Access tokens at the endpoints, over sockets.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{Bench, Sign, SigningKey, config, forged};
use crate::world::World;
use jsonwebtoken::Algorithm;

const RIGHTS: &str = "workspace:*:rw";

struct Open {
    world: World,
    bench: Bench,
}

impl Open {
    async fn new(defects: &[&str], scope: &str) -> Self {
        let config = config(defects, &["no-server-session"]);
        let world = World::start(config).await.unwrap();
        let bench = Bench::of(std::sync::Arc::clone(world.state()), scope);
        Self { world, bench }
    }

    /// Status and text of the answer to a request with this token.
    async fn ask(&self, method: &str, path: &str, token: &str, body: &str) -> (u16, String) {
        let address = self.world.urls().origin.replace("http://", "");
        let mut socket = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: mock\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        socket.read_to_string(&mut text).await.unwrap();
        (text[9..12].parse().unwrap(), text)
    }

    async fn who(&self, path: &str, token: &str) -> (u16, String) {
        let body = call("auth", &json!({ "action": "status" }));
        self.ask("POST", path, token, &body).await
    }

    fn finance(&self) -> String {
        self.world
            .fixtures()
            .workspace("acme", "finance")
            .unwrap()
            .id
            .clone()
    }

    async fn list(&self, token: &str) -> (u16, String) {
        let arguments =
            json!({ "action": "list", "profile_type": "workspace", "profile_id": self.finance() });
        self.ask("POST", "/mcp/oauth", token, &call("storage", &arguments))
            .await
    }
}

fn call(tool: &str, arguments: &Value) -> String {
    let params = json!({ "name": tool, "arguments": arguments });
    json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params }).to_string()
}

#[tokio::test]
async fn a_token_opens_what_it_is_for_and_acts_for_its_person() {
    let open = Open::new(&[], RIGHTS).await;
    let canary = {
        let platform = open.bench.0.platform();
        platform.user_named("alice").unwrap().canary.clone()
    };
    let (endpoint, sibling) = (
        open.bench.token(&["/mcp/oauth"]),
        open.bench.token(&["/mcp/tools"]),
    );
    let (rest, in_band) = (open.bench.token(&[""]), open.bench.token(&["/mcp"]));
    for (path, token, status) in [
        ("/mcp/oauth", &endpoint, 200),
        ("/mcp/tools", &sibling, 200),
        ("/mcp/oauth", &sibling, 401),
        ("/mcp/tools", &endpoint, 401),
        ("/mcp/oauth", &rest, 401),
        ("/mcp/key", &endpoint, 401),
        ("/messages", &sibling, 401),
    ] {
        let (given, text) = open.who(path, token).await;
        assert_eq!(given, status, "{path} {text}");
        assert_eq!(text.contains(&canary), status == 200, "{path} {text}");
        assert_eq!(
            text.contains("error=\"invalid_token\""),
            status == 401,
            "{path} {text}"
        );
    }
    let (_, told) = open.who("/mcp", &in_band).await;
    assert!(told.contains(&canary), "{told}");
    let (_, told) = open.who("/mcp", &endpoint).await;
    assert!(
        told.contains("Session expired") && !told.contains(&canary),
        "{told}"
    );
    for (token, status) in [(&rest, 200), (&endpoint, 200), (&sibling, 401)] {
        let (given, text) = open.ask("GET", "/current/orgs/list/", token, "").await;
        assert_eq!(given, status, "{text}");
    }
    assert!(open.bench.0.oauth().access_of_text(&endpoint).unwrap().used);
}

#[tokio::test]
async fn scopes_and_role_both_have_to_permit() {
    let open = Open::new(&[], "workspace:*:r").await;
    let token = open.bench.token(&["/mcp/oauth"]);
    assert_eq!(open.list(&token).await.0, 200);
    let arguments =
        json!({ "action": "create-folder", "profile_id": open.finance(), "node_id": "root", "name": "x" });
    let (status, text) = open
        .ask("POST", "/mcp/oauth", &token, &call("storage_manage", &arguments))
        .await;
    let needed = format!("scope=\"workspace:{}:rw\", resource_metadata=", open.finance());
    assert!(status == 403 && text.contains(&needed), "{text}");
    // A guest of the other workspace: the right is there, the role is not.
    let open = Open::new(&[], RIGHTS).await;
    let token = open.bench.token(&["/mcp/oauth"]);
    let support = open
        .world
        .fixtures()
        .workspace("acme", "support")
        .unwrap()
        .id
        .clone();
    for (place, status) in [(open.finance(), 200), (support, 403)] {
        let arguments =
            json!({ "action": "create-folder", "profile_id": place, "node_id": "root", "name": "x" });
        let (given, text) = open
            .ask("POST", "/mcp/oauth", &token, &call("storage_manage", &arguments))
            .await;
        assert_eq!(given, status, "{text}");
    }
}

#[tokio::test]
async fn a_right_to_write_permits_to_read_but_with_a_defect() {
    for (defects, status) in [(&[][..], 200), (&["no-scope-hierarchy"][..], 403)] {
        let open = Open::new(defects, RIGHTS).await;
        let token = open.bench.token(&["/mcp/oauth"]);
        let (given, text) = open.list(&token).await;
        assert_eq!(given, status, "{text}");
    }
}

#[tokio::test]
async fn a_closed_account_has_no_live_tokens_but_with_a_defect() {
    for (defects, status) in [(&[][..], 401), (&["jwt-until-exp"][..], 200)] {
        let open = Open::new(defects, RIGHTS).await;
        let token = open.bench.token(&["/mcp/oauth"]);
        assert_eq!(open.who("/mcp/oauth", &token).await.0, 200);
        let alice = super::alice(&open.bench.0);
        open.bench.0.platform().disable(&alice);
        let (given, text) = open.who("/mcp/oauth", &token).await;
        assert_eq!(given, status, "{text}");
    }
}

#[tokio::test]
async fn an_address_in_the_header_is_asked_by_a_defect_alone() {
    let own = SigningKey::generate(Algorithm::ES256).unwrap();
    for (defects, status) in [(&[][..], 401), (&["jku-trusted"][..], 200)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let jku = format!("http://{}/keys", listener.local_addr().unwrap());
        let set = json!({ "keys": [own.jwk] }).to_string();
        let peer = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut head = [0; 1024];
            let read = socket.read(&mut head).await.unwrap();
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{set}", set.len());
            socket.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&head[..read]).into_owned()
        });
        let open = Open::new(defects, RIGHTS).await;
        let live = open.bench.token(&["/mcp/oauth"]);
        let header = json!({ "jku": jku, "kid": own.kid });
        let token = forged(&live, &header, &json!({}), &Sign::Key(&own));
        let (given, text) = open.who("/mcp/oauth", &token).await;
        assert_eq!(given, status, "{text}");
        assert_eq!(peer.is_finished(), status == 200);
        if status == 200 {
            assert!(peer.await.unwrap().starts_with("GET /keys HTTP/1.1\r\n"));
        }
    }
}

#[tokio::test]
async fn a_session_goes_on_with_the_next_token_of_its_grant_and_ends_with_the_grant() {
    let config = config(&[], &[]);
    let world = World::start(config).await.unwrap();
    let bench = Bench::of(std::sync::Arc::clone(world.state()), RIGHTS);
    bench
        .0
        .sessions()
        .open("session-1".to_owned(), super::SID, "2025-11-25");
    world.control().advance(std::time::Duration::from_secs(4000));
    assert_eq!(bench.0.sessions().len(), 1);
    assert!(bench.0.live_caller(super::SID).is_some());
    bench.0.oauth().end_family(super::SID, bench.0.clock.now());
    world.control().advance(std::time::Duration::from_secs(1));
    assert_eq!(bench.0.sessions().len(), 0);
    assert!(bench.0.live_caller(super::SID).is_none());
}

#[tokio::test]
async fn rounds_are_not_worked_off_but_by_a_defect() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let header =
        json!({ "alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2s": "c2FsdA", "p2c": 2_000_000_000_u32 });
    let token = format!("{}.a.b.c.d", URL_SAFE_NO_PAD.encode(header.to_string()));
    for (defects, slow) in [(&[][..], false), (&["pbes-unbounded"][..], true)] {
        let open = Open::new(defects, RIGHTS).await;
        let start = std::time::Instant::now();
        assert_eq!(open.who("/mcp/oauth", &token).await.0, 401);
        assert_eq!(start.elapsed().as_secs() >= 2, slow, "{defects:?}");
    }
}
