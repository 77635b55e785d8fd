//! A listener on 127.0.0.1 with fixed answers, for documents that a server under test is to fetch, and for finding out
//! whether it fetches them. Bounded: so many connections, requests, bytes and seconds, then silence.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::{Exchange, Response, Sent, Timing};

/// Connections at once.
const MOST_AT_ONCE: usize = 32;
/// Requests that are remembered.
const MOST_REMEMBERED: usize = 1_000;
/// Bytes of a head, of a body.
const LARGEST_HEAD: usize = 64 << 10;
const LARGEST_BODY: usize = 1 << 20;
/// For reading one request.
const PATIENCE: Duration = Duration::from_secs(10);
/// The first byte of a TLS record that holds a handshake (RFC 8446 §5.1).
const HANDSHAKE: u8 = 22;
/// How often another clock is looked at.
const GLANCE: Duration = Duration::from_millis(5);
/// The longest that an answer is held back.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// What a path answers.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Header lines.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
    /// How long whoever asks waits for it.
    pub after: Duration,
}

/// What answers a request before the answers in turn do; `None` leaves it to them.
pub type Answering = Arc<dyn Fn(&Sent) -> Option<Answer> + Send + Sync>;

/// How much time has passed since a moment, where that is not what this computer's clock says.
pub type Passed = Arc<dyn Fn(Instant) -> Duration + Send + Sync>;

/// Listens until it is dropped.
pub struct Listener {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    passed: Option<Passed>,
    routes: Mutex<BTreeMap<String, Turns>>,
    first: Mutex<Option<Answering>>,
    heard: Mutex<Vec<Exchange>>,
}

/// The answers of a path, and how many requests it has had.
#[derive(Debug, Default)]
struct Turns {
    answers: Vec<Answer>,
    had: usize,
}

impl Shared {
    fn answer(&self, path: &str, sent: &Sent) -> Answer {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let own = first.and_then(|first| first(sent));
        own.or_else(|| {
            let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
            routes.get_mut(path).and_then(Turns::next)
        })
        .unwrap_or(Answer {
            status: 404,
            ..Answer::default()
        })
    }
}

impl Turns {
    /// One after the other, the last for ever.
    fn next(&mut self) -> Option<Answer> {
        let last = self.answers.len().checked_sub(1)?;
        let answer = self.answers.get(self.had.min(last)).cloned();
        self.had += 1;
        answer
    }
}

impl Listener {
    /// On a free port of 127.0.0.1; every path is 404 until there are routes.
    pub async fn bind() -> std::io::Result<Self> {
        Self::bind_to(0, None).await
    }

    /// The same on a port that is chosen (0 is any free one), and with a clock for answers that are held back.
    pub async fn bind_to(port: u16, passed: Option<Passed>) -> std::io::Result<Self> {
        let socket = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port)).await?;
        let address = socket.local_addr()?;
        let shared = Arc::new(Shared {
            passed,
            ..Shared::default()
        });
        let task = tokio::spawn(accept(socket, address, shared.clone()));
        Ok(Self {
            address,
            shared,
            task,
        })
    }

    /// `127.0.0.1:PORT`.
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on these paths answer this.
    pub fn route(&self, routes: BTreeMap<String, Answer>) {
        self.route_in_turn(
            routes
                .into_iter()
                .map(|(path, answer)| (path, vec![answer]))
                .collect(),
        );
    }

    /// The same with several answers for a path: one request gets one, and the last repeats.
    pub fn route_in_turn(&self, routes: BTreeMap<String, Vec<Answer>>) {
        let routes = routes
            .into_iter()
            .map(|(path, answers)| (path, Turns { answers, had: 0 }))
            .collect();
        *self.shared.routes.lock().unwrap_or_else(PoisonError::into_inner) = routes;
    }

    /// From now on this sees every request before the routes do.
    pub fn answer_first(&self, first: Answering) {
        *self.shared.first.lock().unwrap_or_else(PoisonError::into_inner) = Some(first);
    }

    /// The requests so far, in order, with what they got.
    pub fn heard(&self) -> Vec<Exchange> {
        self.shared
            .heard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listener")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(socket: TcpListener, address: SocketAddr, shared: Arc<Shared>) {
    let places = Arc::new(Semaphore::new(MOST_AT_ONCE));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = socket.accept().await else {
            return;
        };
        let shared = shared.clone();
        tokio::spawn(async move {
            let _ = tokio::time::timeout(PATIENCE + LONGEST_WAIT, one(stream, address, &shared)).await;
            drop(place);
        });
    }
}

/// One request on one connection, then the end of it.
async fn one(mut stream: TcpStream, address: SocketAddr, shared: &Shared) -> std::io::Result<()> {
    let start = Instant::now();
    let Ok(sent) = tokio::time::timeout(PATIENCE, read(&mut stream, address)).await else {
        return Ok(());
    };
    let Some(sent) = sent? else {
        return Ok(());
    };
    let path = sent.line.split(' ').nth(1).unwrap_or("/");
    let path = path.split(['?', '#']).next().unwrap_or("/").to_owned();
    let answer = shared.answer(&path, &sent);
    let mut head = format!("HTTP/1.1 {} Answer\r\n", answer.status);
    for (name, value) in &answer.headers {
        let _ = write!(head, "{name}: {}\r\n", value.replace(['\r', '\n'], " "));
    }
    let _ = write!(
        head,
        "Content-Length: {}\r\nConnection: close\r\n\r\n",
        answer.body.len()
    );
    let bodiless = sent.method == "HEAD";
    let exchange = Exchange {
        request: sent,
        response: Ok(Response {
            version: "HTTP/1.1".to_owned(),
            status: answer.status,
            headers: answer
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), value.clone().into_bytes()))
                .collect(),
            body: answer.body.clone(),
            ..Response::default()
        }),
        timing: Timing {
            start,
            first_byte: None,
            end: Instant::now(),
        },
        connection: None,
        marks: Vec::new(),
    };
    {
        let mut heard = shared.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.len() < MOST_REMEMBERED {
            heard.push(exchange);
        }
    }
    held(start, answer.after, shared.passed.as_ref()).await;
    stream.write_all(head.as_bytes()).await?;
    if !bodiless {
        stream.write_all(&answer.body).await?;
    }
    stream.shutdown().await
}

/// Until that much time has passed, by the clock that counts.
async fn held(start: Instant, after: Duration, passed: Option<&Passed>) {
    let Some(passed) = passed else {
        tokio::time::sleep(after.min(LONGEST_WAIT)).await;
        return;
    };
    while passed(start) < after && start.elapsed() < LONGEST_WAIT {
        tokio::time::sleep(GLANCE).await;
    }
}

/// Reads a request; `None` where it is none.
async fn read(stream: &mut TcpStream, address: SocketAddr) -> std::io::Result<Option<Sent>> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if bytes.len() > LARGEST_HEAD || stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
        // Whoever begins TLS here has come, and never says more: nobody answers.
        if bytes[0] == HANDSHAKE {
            return Ok(Some(knocked(address)));
        }
    };
    let mut lines = [httparse::EMPTY_HEADER; 100];
    let mut request = httparse::Request::new(&mut lines);
    if !matches!(request.parse(&bytes[..end]), Ok(httparse::Status::Complete(_))) {
        return Ok(None);
    }
    let method = request.method.unwrap_or_default().to_owned();
    let path = request.path.unwrap_or("/").to_owned();
    let headers: Vec<(String, Vec<u8>)> = request
        .headers
        .iter()
        .map(|line| (line.name.to_owned(), line.value.to_vec()))
        .collect();
    let length = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| std::str::from_utf8(value).ok()?.trim().parse::<usize>().ok())
        .unwrap_or(0)
        .min(LARGEST_BODY);
    let mut body = bytes.split_off(end);
    while body.len() < length {
        if stream.read_buf(&mut body).await? == 0 {
            break;
        }
    }
    body.truncate(length);
    Ok(Some(Sent {
        url: format!("http://{address}{path}"),
        line: format!("{method} {path} HTTP/1.1"),
        method,
        headers,
        body: body.into(),
    }))
}

/// Somebody who wanted to speak TLS.
fn knocked(address: SocketAddr) -> Sent {
    Sent {
        url: format!("https://{address}/"),
        line: "TLS / -".to_owned(),
        method: "TLS".to_owned(),
        headers: Vec::new(),
        body: Bytes::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(listener: &Listener, request: &str) -> String {
        let mut stream = TcpStream::connect(listener.authority())
            .await
            .expect("a connection");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        answer
    }

    #[tokio::test]
    async fn answers_its_routes_and_remembers_who_asked() {
        let listener = Listener::bind().await.expect("a port");
        let answer = Answer {
            status: 200,
            headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
            body: Bytes::from_static(b"{}"),
            after: Duration::ZERO,
        };
        listener.route(BTreeMap::from([("/a".to_owned(), answer)]));
        let got = ask(&listener, "GET /a?x=1 HTTP/1.1\r\nHost: h\r\n\r\n").await;
        assert!(
            got.starts_with("HTTP/1.1 200 ") && got.ends_with("\r\n\r\n{}"),
            "{got}"
        );
        let got = ask(
            &listener,
            "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc",
        )
        .await;
        assert!(got.starts_with("HTTP/1.1 404 "), "{got}");
        assert_eq!(ask(&listener, "no HTTP\r\n\r\n").await, "");
        assert!(
            ask(&listener, "\u{16}\u{3}\u{1}")
                .await
                .starts_with("HTTP/1.1 404 ")
        );
        let heard = listener.heard();
        let lines: Vec<&str> = heard.iter().map(|one| one.request.line.as_str()).collect();
        assert_eq!(lines, ["GET /a?x=1 HTTP/1.1", "POST /b HTTP/1.1", "TLS / -"]);
        assert_eq!(&heard[1].request.body[..], b"abc");
    }
}
