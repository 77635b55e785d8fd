//! A small HTTP/1.1 client that sends exactly what it is given and shows exactly what came back.

use std::time::Duration;

use hallmark_mock::{Defect, Variant, World, WorldConfig};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);

/// One answer.
#[derive(Debug, Default, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Status, headers and body as text, to look for needles in.
    pub(crate) fn text(&self) -> String {
        let headers: Vec<String> = self
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\n"))
            .collect();
        format!("{}\n{}\n{}", self.status, headers.concat(), self.body)
    }
}

/// A world with these defects and variants, all doors open.
pub(crate) async fn world(defects: &[&str], variants: &[&str]) -> World {
    let config = WorldConfig {
        seed: 7,
        defects: defects.iter().map(|id| Defect::from_id(id).expect(id)).collect(),
        variants: variants
            .iter()
            .map(|id| Variant::from_id(id).expect(id))
            .collect(),
        plain_door: true,
        control_door: true,
        ..WorldConfig::default()
    };
    World::start(config).await.unwrap()
}

/// Id of a defect, what a healthy world shows of it, what one with the defect shows.
pub(crate) type Row = (&'static str, &'static str, &'static str);

/// Each row is as it says, in a fresh healthy world and in one with its defect.
pub(crate) async fn each_differs(rows: &[Row], shown: impl AsyncFn(&str, &World) -> String) {
    for (id, healthy, broken) in rows {
        assert_eq!(shown(id, &world(&[], &[]).await).await, *healthy, "{id} healthy");
        assert_eq!(shown(id, &world(&[id], &[]).await).await, *broken, "{id} broken");
    }
}

pub(crate) fn token(world: &World, name: &str) -> String {
    world.fixtures().credential(name).expect(name).token.clone()
}

pub(crate) async fn connect(origin: &str) -> TcpStream {
    TcpStream::connect(origin.trim_start_matches("http://"))
        .await
        .unwrap()
}

/// Sends bytes on a fresh connection and reads until the peer closes or the answer is whole.
pub(crate) async fn raw(origin: &str, bytes: &[u8]) -> Reply {
    let mut stream = connect(origin).await;
    // A peer may answer and close before it has read everything; what it said still counts.
    let _ = stream.write_all(bytes).await;
    read_reply(&mut stream).await
}

/// Reads one answer: by length, by chunks, or a first piece of an event stream.
pub(crate) async fn read_reply(stream: &mut TcpStream) -> Reply {
    let mut read = Vec::new();
    loop {
        if let Some(reply) = whole(&read) {
            return reply;
        }
        let more = timeout(PATIENCE, stream.read_buf(&mut read)).await;
        let Ok(more) = more else {
            panic!("no answer in time; so far {:?}", String::from_utf8_lossy(&read))
        };
        if more.expect("the connection holds until the answer is whole") == 0 {
            return at_end(&read);
        }
    }
}

fn head(read: &[u8]) -> Option<(Reply, &[u8])> {
    let end = read.windows(4).position(|window| window == b"\r\n\r\n")?;
    let text = String::from_utf8_lossy(&read[..end]).into_owned();
    let mut lines = text.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines.filter_map(|line| line.split_once(": ").or_else(|| line.split_once(':')));
    let headers = headers
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    Some((
        Reply {
            status,
            headers,
            body: String::new(),
        },
        &read[end + 4..],
    ))
}

fn whole(read: &[u8]) -> Option<Reply> {
    let (mut reply, body) = head(read)?;
    if let Some(length) = reply
        .header("content-length")
        .and_then(|length| length.parse::<usize>().ok())
    {
        reply.body = String::from_utf8_lossy(body.get(..length)?).into_owned();
        return Some(reply);
    }
    if reply.status == 204 || reply.status == 304 {
        return Some(reply);
    }
    let chunked = reply.header("transfer-encoding") == Some("chunked");
    if !chunked {
        return None;
    }
    let (text, ended) = unchunk(body);
    let standing = reply.header("content-type") == Some("text/event-stream") && text.contains("\n\n");
    reply.body = text;
    (ended || standing).then_some(reply)
}

fn at_end(read: &[u8]) -> Reply {
    match head(read) {
        Some((mut reply, body)) => {
            reply.body = String::from_utf8_lossy(body).into_owned();
            reply
        }
        None => Reply::default(),
    }
}

fn unchunk(mut rest: &[u8]) -> (String, bool) {
    let mut text = Vec::new();
    while let Some(line) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(String::from_utf8_lossy(&rest[..line]).trim(), 16).unwrap_or(0);
        if size == 0 {
            return (String::from_utf8_lossy(&text).into_owned(), true);
        }
        let Some(chunk) = rest.get(line + 2..line + 2 + size) else {
            break;
        };
        text.extend_from_slice(chunk);
        rest = rest.get(line + 4 + size..).unwrap_or_default();
    }
    (String::from_utf8_lossy(&text).into_owned(), false)
}

/// Request bytes: request line, `Host`, the given verbatim lines, and length and type where there is a body.
pub(crate) fn request(method: &str, target: &str, lines: &[&[u8]], body: &str) -> Vec<u8> {
    let mut bytes = format!("{method} {target} HTTP/1.1\r\nHost: mock\r\n").into_bytes();
    for line in lines {
        bytes.extend_from_slice(line);
        bytes.extend_from_slice(b"\r\n");
    }
    if !body.is_empty() {
        bytes.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
        if !lines
            .iter()
            .any(|line| line.to_ascii_lowercase().starts_with(b"content-type"))
        {
            bytes.extend_from_slice(b"Content-Type: application/json\r\n");
        }
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body.as_bytes());
    bytes
}

pub(crate) fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

/// A request to the REST interface by one of the credentials of the fixture, or by nobody. `body` is a JSON object, a
/// form, or nothing.
pub(crate) async fn rest(
    world: &World,
    credential: Option<&str>,
    method: &str,
    path: &str,
    body: &str,
) -> Reply {
    let key = credential.map(|name| bearer(&token(world, name)));
    let mut lines: Vec<&[u8]> = key.iter().map(String::as_bytes).collect();
    if body.starts_with('{') {
        lines.push(b"Content-Type: application/json");
    }
    let bytes = request(method, &format!("/current{path}"), &lines, body);
    raw(&world.urls().origin, &bytes).await
}

/// Sends text lines with a body to the MCP endpoint that takes keys alone.
pub(crate) async fn mcp(world: &World, method: &str, lines: &[&str], body: &str) -> Reply {
    mcp_at(world, "/mcp/key", method, lines, body).await
}

/// The same at one of the other endpoints.
pub(crate) async fn mcp_at(world: &World, path: &str, method: &str, lines: &[&str], body: &str) -> Reply {
    let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    raw(&world.urls().origin, &request(method, path, &lines, body)).await
}

pub(crate) fn rpc(method: &str, params: &Value) -> String {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string()
}

pub(crate) fn initialize(revision: &str) -> String {
    let client = json!({ "name": "test", "version": "1" });
    rpc(
        "initialize",
        &json!({ "protocolVersion": revision, "capabilities": {}, "clientInfo": client }),
    )
}

pub(crate) fn call(tool: &str, arguments: &Value) -> String {
    rpc("tools/call", &json!({ "name": tool, "arguments": arguments }))
}

/// `auth status`, which shows who is asking.
pub(crate) fn who() -> String {
    call("auth", &json!({ "action": "status" }))
}

/// A write into the reader's workspace.
pub(crate) fn write(world: &World, name: &str) -> String {
    let workspace = &world.fixtures().workspace("acme", "finance").unwrap().id;
    call(
        "storage_manage",
        &json!({ "action": "create-folder", "profile_type": "workspace", "profile_id": workspace, "node_id": "root", "name": name }),
    )
}

/// Opens a session and returns its id.
pub(crate) async fn session(world: &World, name: &str, revision: &str) -> String {
    let reply = mcp(
        world,
        "POST",
        &[&bearer(&token(world, name))],
        &initialize(revision),
    )
    .await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.header("mcp-session-id").unwrap().to_owned()
}

/// Metadata of a request of 2026-07-28.
pub(crate) fn meta(capabilities: &Value) -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": capabilities,
    })
}

/// The body of a request of 2026-07-28.
pub(crate) fn modern_rpc(method: &str, mut params: Value) -> String {
    params["_meta"] = meta(&json!({}));
    rpc(method, &params)
}

/// The headers that go with a body of 2026-07-28.
pub(crate) fn modern_lines(body: &str) -> Vec<String> {
    let message: Value = serde_json::from_str(body).unwrap();
    let (method, params) = (message["method"].as_str().unwrap(), &message["params"]);
    let mut lines = vec![
        "MCP-Protocol-Version: 2026-07-28".to_owned(),
        format!("Mcp-Method: {method}"),
    ];
    if let Some(name) = params["name"].as_str().or(params["uri"].as_str()) {
        lines.push(format!("Mcp-Name: {name}"));
    }
    for (argument, header) in [
        ("profile_id", "Profile"),
        ("workspace_id", "Workspace"),
        ("page_size", "Page-Size"),
    ] {
        if let (Some(value), "tools/call") = (params["arguments"].get(argument), method) {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            lines.push(format!("Mcp-Param-{header}: {text}"));
        }
    }
    lines
}

/// Sends a request of 2026-07-28 with all its headers.
pub(crate) async fn modern(world: &World, credential: &str, method: &str, params: Value) -> Reply {
    let body = modern_rpc(method, params);
    let mut lines = modern_lines(&body);
    lines.push(bearer(&token(world, credential)));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    mcp(world, "POST", &lines, &body).await
}

/// Asks for a file that somebody must agree to show.
pub(crate) async fn unseal(
    world: &World,
    name: &str,
    uri: &str,
    capabilities: &Value,
    more: &Value,
) -> Reply {
    let (workspace, node) = uri.strip_prefix("storage://").unwrap().split_once('/').unwrap();
    let arguments = json!({ "action": "unseal", "profile_id": workspace, "node_id": node });
    let mut params = json!({ "name": "storage", "arguments": arguments, "_meta": meta(capabilities) });
    for (key, value) in more.as_object().unwrap() {
        params[key] = value.clone();
    }
    let body = rpc("tools/call", &params);
    let mut lines = modern_lines(&body);
    lines.push(bearer(&token(world, name)));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    mcp(world, "POST", &lines, &body).await
}

/// A stream that stays open.
pub(crate) struct Stream {
    socket: TcpStream,
    read: Vec<u8>,
}

impl Stream {
    pub(crate) async fn open(world: &World, method: &str, target: &str, lines: &[&str], body: &str) -> Self {
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        let mut socket = connect(&world.urls().origin).await;
        socket
            .write_all(&request(method, target, &lines, body))
            .await
            .unwrap();
        Self {
            socket,
            read: Vec::new(),
        }
    }

    /// Head and everything said so far.
    pub(crate) fn so_far(&self) -> (Reply, bool) {
        let Some((mut reply, body)) = head(&self.read) else {
            return (Reply::default(), false);
        };
        let (text, ended) = unchunk(body);
        reply.body = text;
        (reply, ended)
    }

    /// Reads on until the text is there.
    pub(crate) async fn until(&mut self, needle: &str) -> Reply {
        loop {
            let (reply, ended) = self.so_far();
            if reply.body.contains(needle) {
                return reply;
            }
            assert!(!ended, "the stream ended without {needle}: {reply:?}");
            let more = timeout(PATIENCE, self.socket.read_buf(&mut self.read)).await;
            let more = more.unwrap_or_else(|_| panic!("{needle} does not come; so far {reply:?}"));
            assert_ne!(
                more.unwrap(),
                0,
                "the connection ended without {needle}: {reply:?}"
            );
        }
    }

    /// Reads on until the stream ends.
    pub(crate) async fn end(&mut self) -> Reply {
        loop {
            let (reply, ended) = self.so_far();
            if ended {
                return reply;
            }
            let more = timeout(PATIENCE, self.socket.read_buf(&mut self.read)).await;
            let more = more.unwrap_or_else(|_| panic!("no end comes; so far {reply:?}"));
            assert_ne!(more.unwrap(), 0, "the connection ended without an end: {reply:?}");
        }
    }
}

/// The id of a file or note that this credential may read, with its workspace and address.
pub(crate) async fn a_resource(world: &World, credential: &str) -> String {
    let reply = modern(world, credential, "resources/list", json!({})).await;
    reply.json()["result"]["resources"][0]["uri"]
        .as_str()
        .unwrap()
        .to_owned()
}
