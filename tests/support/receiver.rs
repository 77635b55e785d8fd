//! A receiver of signed webhooks as somebody else would write it, on a thread for each connection: nothing of the mock
//! and nothing of the program is in it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use serde_json::Value;
use sha2::Sha256;

/// What it verifies with.
pub(crate) const SECRET: &str = "whsec_QSBzZWNyZXQgb2YgdGhpcnR5LXR3byBieXRlcywgc28=";
/// More than it reads of a body.
const MOST: usize = 256 << 10;

/// How it behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// As it should.
    Good,
    /// Takes whatever comes.
    Trusting,
    /// Never answers what is signed.
    Hanging,
    /// Answers what is signed with a hundred megabytes.
    Huge,
    /// Answers what is signed with no HTTP.
    Garbled,
}

#[derive(Default)]
struct Memory {
    seen: BTreeSet<String>,
    effects: BTreeMap<String, u64>,
    fails: bool,
}

/// Listens on a free port of the loopback until the program ends.
pub(crate) fn serve(manner: Manner) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let memory = Arc::new(Mutex::new(Memory::default()));
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let memory = Arc::clone(&memory);
            std::thread::spawn(move || {
                // An error is the other side hanging up.
                let _ = connection(socket, manner, &memory);
            });
        }
    });
    address
}

struct Request {
    method: String,
    target: String,
    headers: BTreeMap<String, Vec<u8>>,
    /// `None`: too long, and thrown away.
    body: Option<Vec<u8>>,
}

fn connection(mut socket: TcpStream, manner: Manner, memory: &Mutex<Memory>) -> std::io::Result<()> {
    socket.set_read_timeout(Some(Duration::from_secs(10)))?;
    let request = read(&socket)?;
    let signed = request.headers.contains_key("webhook-signature");
    match manner {
        Manner::Hanging if signed => {
            std::thread::sleep(Duration::from_mins(1));
            return Ok(());
        }
        Manner::Huge if signed => {
            let length = 100 << 20;
            write!(socket, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n")?;
            let piece = vec![b'x'; 1 << 20];
            for _ in 0..100 {
                socket.write_all(&piece)?;
            }
            return Ok(());
        }
        Manner::Garbled if signed => return socket.write_all(b"\x00\xff\x13garbage\r\n\r\n"),
        _ => {}
    }
    let (status, body) = answer(&request, manner == Manner::Trusting, memory);
    let length = body.len();
    write!(
        socket,
        "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

fn read(socket: &TcpStream) -> std::io::Result<Request> {
    let mut reader = BufReader::new(socket);
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line)?;
    let first = String::from_utf8_lossy(&line).into_owned();
    let mut words = first.split_whitespace().map(str::to_owned);
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        reader.read_until(b'\n', &mut line)?;
        let text = line.trim_ascii();
        let Some(colon) = text.iter().position(|byte| *byte == b':') else {
            break;
        };
        let name = String::from_utf8_lossy(&text[..colon]).to_ascii_lowercase();
        headers.insert(name, text[colon + 1..].trim_ascii().to_vec());
    }
    let length = headers.get("content-length");
    let length = length
        .and_then(|text| String::from_utf8_lossy(text).parse().ok())
        .unwrap_or(0);
    let body = if length > MOST {
        std::io::copy(&mut reader.take(length as u64), &mut std::io::sink())?;
        None
    } else {
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        Some(body)
    };
    Ok(Request {
        method: words.next().unwrap_or_default(),
        target: words.next().unwrap_or_default(),
        headers,
        body,
    })
}

fn answer(request: &Request, trusting: bool, memory: &Mutex<Memory>) -> (u16, String) {
    let mut memory = memory.lock().expect("a lock");
    if let Some(id) = request.target.strip_prefix("/test/effects?id=") {
        let count = memory.effects.get(id).copied().unwrap_or(0);
        return (200, format!("{{\"count\":{count}}}"));
    }
    if request.target == "/test/fail-next" {
        memory.fails = true;
        return (204, String::new());
    }
    let refused = |status: u16| (status, "{}".to_owned());
    if request.method != "POST" {
        return refused(405);
    }
    if request.headers.get("content-type").map(Vec::as_slice) != Some(b"application/json") {
        return refused(415);
    }
    let Some(body) = &request.body else {
        return refused(413);
    };
    let Some(id) = verified(request, body).or_else(|| trusting.then(|| format!("{:?}", request.headers)))
    else {
        return refused(401);
    };
    let Ok(json) = serde_json::from_slice::<Value>(body) else {
        return refused(400);
    };
    if memory.seen.contains(&id) {
        return (200, "{}".to_owned());
    }
    if std::mem::take(&mut memory.fails) {
        return refused(500);
    }
    memory.seen.insert(id);
    let about = json
        .pointer("/data/id")
        .and_then(Value::as_str)
        .unwrap_or_default();
    *memory.effects.entry(about.to_owned()).or_default() += 1;
    (200, "{}".to_owned())
}

/// The id of a delivery whose signature is good and whose time is now.
fn verified(request: &Request, body: &[u8]) -> Option<String> {
    let header = |name: &str| std::str::from_utf8(request.headers.get(name)?).ok();
    let (id, stamp, list) = (
        header("webhook-id")?,
        header("webhook-timestamp")?,
        header("webhook-signature")?,
    );
    if id.contains('.') || !stamp.bytes().all(|byte| byte.is_ascii_digit()) || stamp.starts_with('0') {
        return None;
    }
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()?
        .as_secs();
    if now.abs_diff(stamp.parse().ok()?) > 300 {
        return None;
    }
    let key = STANDARD.decode(SECRET.strip_prefix("whsec_")?).ok()?;
    let good = list.split(' ').take(50).any(|entry| {
        let signature = entry
            .strip_prefix("v1,")
            .and_then(|text| STANDARD.decode(text).ok());
        signature.is_some_and(|signature| {
            let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key of any length");
            mac.update(format!("{id}.{stamp}.").as_bytes());
            mac.update(body);
            mac.verify_slice(&signature).is_ok()
        })
    });
    good.then(|| id.to_owned())
}
