//! The other side of a relay: asks the server, and brings its reply back whole or piece by piece.

use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;
use tokio::net::TcpStream;

use super::body::{Body, Framing, KEPT, Lines, Pipe, framing};
use super::serve::{Next, Teller, bridge};
use crate::wire::{Cut, Response, Sent};

/// A reply of the server.
pub(super) enum Passage {
    /// One without a body.
    Whole(Box<Response>),
    /// One whose body is still to come.
    Open(Box<Open>),
}

/// A reply on its way.
pub(super) struct Open {
    pipe: Pipe,
    reply: Response,
    framing: Framing,
}

/// Asks on a connection of its own. Header lines go as they came, but for those about the connection.
pub(super) async fn ask(server: SocketAddr, sent: &Sent) -> io::Result<Passage> {
    let stream = TcpStream::connect(server).await?;
    let _ = stream.set_nodelay(true);
    let mut pipe = Pipe::new(stream);
    pipe.write(&request(sent)).await?;
    loop {
        let Some(head) = pipe.head().await? else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        let reply = reply(&head)?;
        if reply.status == 101 {
            return Ok(open(pipe, reply, Framing::UntilClose));
        }
        if reply.status < 200 {
            continue;
        }
        let bodiless = sent.method == "HEAD" || matches!(reply.status, 204 | 304);
        let framing = if bodiless {
            Framing::None
        } else {
            framing(&reply.headers, true)
        };
        return Ok(match framing {
            Framing::None => Passage::Whole(Box::new(reply)),
            framing => open(pipe, reply, framing),
        });
    }
}

fn open(pipe: Pipe, reply: Response, framing: Framing) -> Passage {
    Passage::Open(Box::new(Open { pipe, reply, framing }))
}

fn request(sent: &Sent) -> Vec<u8> {
    let mut bytes = format!("{}\r\n", sent.line).into_bytes();
    let upgrades = sent
        .headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("upgrade"));
    for (name, value) in &sent.headers {
        let own = ["connection", "content-length", "transfer-encoding", "expect"];
        if own.iter().any(|one| name.eq_ignore_ascii_case(one))
            && !(upgrades && name.eq_ignore_ascii_case("connection"))
        {
            continue;
        }
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    }
    if !upgrades {
        bytes.extend_from_slice(b"Connection: close\r\n");
    }
    if !sent.body.is_empty() || !matches!(sent.method.as_str(), "GET" | "HEAD" | "DELETE" | "OPTIONS") {
        bytes.extend_from_slice(format!("Content-Length: {}\r\n", sent.body.len()).as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&sent.body);
    bytes
}

fn reply(head: &[u8]) -> io::Result<Response> {
    let mut lines = [httparse::EMPTY_HEADER; 200];
    let mut response = httparse::Response::new(&mut lines);
    if !matches!(response.parse(head), Ok(httparse::Status::Complete(_))) {
        return Err(io::Error::other("the server's reply is not HTTP"));
    }
    let headers: Lines = response
        .headers
        .iter()
        .map(|line| (line.name.to_owned(), line.value.to_vec()))
        .collect();
    Ok(Response {
        version: "HTTP/1.1".to_owned(),
        status: response.code.unwrap_or_default(),
        reason: response.reason.unwrap_or_default().to_owned(),
        headers,
        ..Response::default()
    })
}

impl Open {
    /// Reads the rest.
    pub(super) async fn whole(&mut self) -> io::Result<Response> {
        let body = self.pipe.body(self.framing).await?;
        Ok(Response {
            body: body.into(),
            ..self.reply.clone()
        })
    }

    /// Passes it on as it comes. What is told of it is bounded.
    pub(super) async fn stream(self, mut client: Pipe, teller: &Teller) -> io::Result<Next> {
        let Open {
            mut pipe,
            mut reply,
            framing,
        } = self;
        let switched = reply.status == 101;
        let length = match framing {
            Framing::Length(length) => Some(length),
            _ => None,
        };
        let mut end = Instant::now();
        teller.replied(reply.clone(), end);
        client.write(&head(&reply, switched, length)).await?;
        if switched {
            bridge(client, pipe).await?;
            return Ok(Next::End);
        }
        let mut body = Body::new(framing);
        let mut kept = Vec::new();
        let result = loop {
            match pipe.piece(&mut body).await {
                Ok(Some(piece)) => {
                    let room = KEPT.saturating_sub(kept.len());
                    kept.extend_from_slice(&piece[..piece.len().min(room)]);
                    if room < piece.len() {
                        reply.cut = Some(Cut::Size(KEPT as u64));
                    }
                    // Before it is written: whoever asked may act on it at once.
                    end = Instant::now();
                    reply.body = Bytes::copy_from_slice(&kept);
                    teller.replied(reply.clone(), end);
                    if let Err(error) = written(&mut client, &piece, length.is_none()).await {
                        break Err(error);
                    }
                }
                Ok(None) => break Ok(()),
                Err(error) => {
                    reply.cut = Some(Cut::Short);
                    break Err(error);
                }
            }
        };
        if result.is_ok() && length.is_none() {
            client.write(b"0\r\n\r\n").await?;
        }
        if reply.cut.is_some() {
            teller.replied(reply, end);
        }
        result.map(|()| Next::Keep(client))
    }
}

async fn written(client: &mut Pipe, piece: &[u8], chunked: bool) -> io::Result<()> {
    if !chunked {
        return client.write(piece).await;
    }
    let mut bytes = format!("{:x}\r\n", piece.len()).into_bytes();
    bytes.extend_from_slice(piece);
    bytes.extend_from_slice(b"\r\n");
    client.write(&bytes).await
}

/// The head as it is passed on: framed anew, but for a change of protocol.
fn head(reply: &Response, switched: bool, length: Option<u64>) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", reply.status, reply.reason).into_bytes();
    for (name, value) in &reply.headers {
        let own = ["content-length", "transfer-encoding", "connection", "keep-alive"];
        if !switched && own.iter().any(|one| name.eq_ignore_ascii_case(one)) {
            continue;
        }
        head.extend_from_slice(name.as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value);
        head.extend_from_slice(b"\r\n");
    }
    match length {
        _ if switched => {}
        Some(length) => head.extend_from_slice(format!("Content-Length: {length}\r\n").as_bytes()),
        None => head.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
    }
    head.extend_from_slice(b"\r\n");
    head
}
