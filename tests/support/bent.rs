//! A small MCP server of one era that keeps to the specification, asks for a credential, and bends what a trick says.
//! One request per connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use super::hostile::Hung;
use super::polite::request;

/// The credential it takes.
pub(crate) const TOKEN: &str = "a-token-of-no-value-0123456789";

/// What it speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Era {
    /// 2025-11-25.
    Session,
    /// 2026-07-28.
    Stateless,
}

/// From when on it bends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Since {
    /// The first byte.
    Always,
    /// The first answered call of a tool, which ends a first look.
    TheFirstCall,
}

/// A request as the trick sees it.
pub(crate) struct Asked {
    pub(crate) era: Era,
    /// The JSON-RPC message; null when there is none.
    pub(crate) message: Value,
    /// What a polite server would answer.
    pub(crate) polite: Value,
    /// Requests before this one.
    pub(crate) before: u32,
}

impl Asked {
    pub(crate) fn method(&self) -> &str {
        self.message["method"].as_str().unwrap_or_default()
    }

    pub(crate) fn id(&self) -> &Value {
        &self.message["id"]
    }

    /// The polite answer with another result.
    pub(crate) fn answer(&self, result: &Value) -> String {
        json!({ "jsonrpc": "2.0", "id": self.id(), "result": result }).to_string()
    }
}

/// What comes instead: bytes, and then other bytes again and again until the other side hangs up.
pub(crate) struct Bent {
    pub(crate) first: Vec<u8>,
    pub(crate) then: Option<(Vec<u8>, Duration)>,
}

/// Bends an answer. `None`: be polite this time.
pub(crate) trait Trick: Fn(&Asked) -> Option<Bent> + Send + Sync + 'static {}

impl<F: Fn(&Asked) -> Option<Bent> + Send + Sync + 'static> Trick for F {}

/// Listens on a free port. Ends with the runtime.
pub(crate) async fn serve(era: Era, since: Since, trick: impl Trick) -> SocketAddr {
    let trick = Arc::new(trick);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let (requests, calls) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (requests, calls, trick) = (requests.clone(), calls.clone(), trick.clone());
            tokio::spawn(async move { answer(socket, era, since, &*trick, (&requests, &calls)).await });
        }
    });
    address
}

async fn answer(
    mut socket: TcpStream,
    era: Era,
    since: Since,
    trick: &impl Trick,
    (requests, calls): (&AtomicU32, &AtomicU32),
) -> Hung {
    let (head, body) = request(&mut socket).await?;
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (status, polite) = polite(era, &head, &message);
    let before = requests.fetch_add(1, Ordering::SeqCst);
    let begun = since == Since::Always || calls.load(Ordering::SeqCst) > 0;
    if message["method"] == "tools/call" && status == 200 {
        calls.fetch_add(1, Ordering::SeqCst);
    }
    let asked = Asked {
        era,
        message,
        polite,
        before,
    };
    // A refusal of the credential stays one, whatever the trick: else there would be nothing to find.
    let bent = if begun && status != 401 {
        trick(&asked)
    } else {
        None
    };
    let Some(bent) = bent else {
        let challenge = if status == 401 {
            "WWW-Authenticate: Bearer\r\n"
        } else {
            ""
        };
        let text = if asked.polite.is_null() {
            String::new()
        } else {
            asked.polite.to_string()
        };
        return say(&mut socket, &super::tricks::json(status, challenge, &text)).await;
    };
    socket.write_all(&bent.first).await?;
    if let Some((bytes, pause)) = bent.then {
        loop {
            socket.write_all(&bytes).await?;
            tokio::time::sleep(pause).await;
        }
    }
    say(&mut socket, b"").await
}

/// Says it all, hangs up properly: what is unread would turn the end into a reset.
async fn say(socket: &mut TcpStream, bytes: &[u8]) -> Hung {
    socket.write_all(bytes).await?;
    socket.shutdown().await?;
    tokio::io::copy(socket, &mut tokio::io::sink()).await.map(|_| ())
}

/// Status and body.
fn polite(era: Era, head: &str, message: &Value) -> (u16, Value) {
    let own = format!("authorization: bearer {TOKEN}");
    if !head.lines().any(|line| line.eq_ignore_ascii_case(&own)) {
        return (401, Value::Null);
    }
    if !head.starts_with("POST") {
        return (405, Value::Null);
    }
    let Some(id) = message.get("id") else {
        return (202, Value::Null);
    };
    let error = |status, code| {
        (
            status,
            json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": "no" } }),
        )
    };
    let mut result = match (era, message["method"].as_str().unwrap_or_default()) {
        (Era::Stateless, "server/discover") => json!({
            "supportedVersions": ["2026-07-28"],
            "capabilities": { "tools": {}, "resources": {} },
            "_meta": { "io.modelcontextprotocol/serverInfo": { "name": "two-faced", "version": "1" } },
        }),
        (Era::Session, "initialize") => json!({
            "protocolVersion": "2025-11-25",
            "capabilities": { "tools": {}, "resources": {} },
            "serverInfo": { "name": "two-faced", "version": "1" },
        }),
        (Era::Stateless, "initialize") => return error(400, -32022),
        (Era::Session, "server/discover") => return error(400, -32600),
        (_, "tools/list") => json!({ "tools": [{
            "name": "look", "inputSchema": { "type": "object" }, "annotations": { "readOnlyHint": true },
        }] }),
        (_, "resources/list") => json!({ "resources": [] }),
        (_, "tools/call") if message["params"]["name"] != "look" => {
            let error = json!({ "code": -32602, "message": "no such tool" });
            return (200, json!({ "jsonrpc": "2.0", "id": id, "error": error }));
        }
        (_, "tools/call") => json!({ "content": [{ "type": "text", "text": "nothing much" }] }),
        _ => return error(if era == Era::Stateless { 404 } else { 200 }, -32601),
    };
    if era == Era::Stateless {
        result["resultType"] = json!("complete");
        result["ttlMs"] = json!(0);
        result["cacheScope"] = json!("private");
    }
    (200, json!({ "jsonrpc": "2.0", "id": id, "result": result }))
}
