//! Connections of those who ask: request after request, each directed, carried out and told of.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::body::{Framing, Lines, Pipe, framing, header};
use super::pass::{self, Passage};
use super::{Came, Course, Director, Finish, Part, Shared, reply_of, written};
use crate::wire::{ConnectionUse, Exchange, Response, Sent, Timing, WireError};

/// Connections at once. Others wait in the system's queue.
const MOST_AT_ONCE: usize = 512;

pub(super) async fn accept(socket: TcpListener, shared: Arc<Shared>) {
    let places = Arc::new(Semaphore::new(MOST_AT_ONCE));
    // They end with this task.
    let mut conversations = JoinSet::new();
    loop {
        let Ok(place) = places.clone().acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = socket.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        while conversations.try_join_next().is_some() {}
        let shared = shared.clone();
        conversations.spawn(async move {
            let _ = converse(Pipe::new(stream), &shared).await;
            drop(place);
        });
    }
}

/// Whether a connection goes on after a reply.
pub(super) enum Next {
    Keep(Pipe),
    End,
}

async fn converse(mut pipe: Pipe, shared: &Arc<Shared>) -> io::Result<()> {
    let id = shared.connections.fetch_add(1, Ordering::Relaxed);
    let mut reused = false;
    loop {
        if !pipe.first_byte().await? {
            return Ok(());
        }
        let at = Instant::now();
        let Some((sent, keep)) = read(&mut pipe, shared).await? else {
            return Ok(());
        };
        let came = Came {
            ticket: shared.ticket(),
            sent,
            at,
            connection: ConnectionUse { id, reused },
        };
        reused = true;
        match one(pipe, came, shared).await? {
            Next::Keep(kept) if keep => pipe = kept,
            _ => return Ok(()),
        }
    }
}

/// A request with its body, and whether the connection may be kept after it.
async fn read(pipe: &mut Pipe, shared: &Shared) -> io::Result<Option<(Sent, bool)>> {
    let Some(head) = pipe.head().await? else {
        return Ok(None);
    };
    let mut lines = [httparse::EMPTY_HEADER; 200];
    let mut request = httparse::Request::new(&mut lines);
    if !matches!(request.parse(&head), Ok(httparse::Status::Complete(_))) {
        pipe.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            .await?;
        return Ok(None);
    }
    let method = request.method.unwrap_or_default().to_owned();
    let target = request.path.unwrap_or("/").to_owned();
    let old = request.version == Some(0);
    let headers: Lines = request
        .headers
        .iter()
        .map(|line| (line.name.to_owned(), line.value.to_vec()))
        .collect();
    let framing = framing(&headers, false);
    if framing != Framing::None
        && header(&headers, "expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
    {
        pipe.write(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
    }
    let body = pipe.body(framing).await?;
    let ends =
        header(&headers, "connection").is_some_and(|value| value.to_ascii_lowercase().contains("close"));
    let url = if target.starts_with('/') {
        format!("http://{}{target}", shared.address)
    } else {
        target.clone()
    };
    let sent = Sent {
        url,
        line: format!("{method} {target} HTTP/1.1"),
        method,
        headers,
        body: body.into(),
    };
    Ok(Some((sent, !ends && !old)))
}

/// Carries out what is directed.
async fn one(mut pipe: Pipe, came: Came, shared: &Arc<Shared>) -> io::Result<Next> {
    let director = shared.director();
    let part = match &director {
        Some(director) => director.direct(&came).await,
        None => Part::default(),
    };
    let teller = Teller { came, director };
    let Part {
        course,
        alter,
        between,
        delay,
        finish,
        afterwards,
    } = part;
    let whole = alter.is_some() || finish != Finish::Whole;
    let reply = match course {
        Course::Drop => {
            teller.dropped("before any answer");
            return Ok(Next::End);
        }
        Course::Answer(answer) => reply_of(&answer),
        Course::Pass => {
            let Some(upstream) = shared.upstream() else {
                return told(
                    pipe,
                    &teller,
                    Response {
                        status: 404,
                        ..Response::default()
                    },
                )
                .await;
            };
            match pass::ask(upstream, &teller.came.sent).await {
                Ok(Passage::Whole(reply)) => *reply,
                Ok(Passage::Open(mut open)) if whole => match open.whole().await {
                    Ok(reply) => reply,
                    Err(_) => return told(pipe, &teller, bad_gateway()).await,
                },
                Ok(Passage::Open(open)) => {
                    if let Some(between) = between {
                        between.await;
                    }
                    tokio::time::sleep(delay).await;
                    let next = open.stream(pipe, &teller).await;
                    if let Some(afterwards) = afterwards {
                        afterwards.await;
                    }
                    return next;
                }
                Err(_) => return told(pipe, &teller, bad_gateway()).await,
            }
        }
    };
    let reply = match &alter {
        Some(alter) => alter(reply),
        None => reply,
    };
    if let Some(between) = between {
        between.await;
    }
    tokio::time::sleep(delay).await;
    let next = match finish {
        Finish::Whole => told(pipe, &teller, reply).await,
        Finish::Nothing => {
            teller.dropped("before any answer");
            Ok(Next::End)
        }
        Finish::Half => {
            let (head, body) = written(&reply, false);
            teller.dropped("inside the body");
            pipe.write(&head).await?;
            pipe.write(&body[..body.len() / 2]).await?;
            Ok(Next::End)
        }
    };
    if let Some(afterwards) = afterwards {
        afterwards.await;
    }
    next
}

fn bad_gateway() -> Response {
    Response {
        status: 502,
        ..Response::default()
    }
}

/// Tells of a whole reply and writes it. In this order: whoever asked may act on its last byte before anything else
/// happens here.
async fn told(mut pipe: Pipe, teller: &Teller, reply: Response) -> io::Result<Next> {
    let (head, body) = written(&reply, teller.came.sent.method == "HEAD");
    teller.replied(reply, Instant::now());
    pipe.write(&head).await?;
    pipe.write(&body).await?;
    Ok(Next::Keep(pipe))
}

/// Tells whoever directs what became of a request.
pub(super) struct Teller {
    pub(super) came: Came,
    director: Option<Arc<dyn Director>>,
}

impl Teller {
    /// The reply was out at that moment.
    pub(super) fn replied(&self, reply: Response, end: Instant) {
        self.tell(Ok(reply), end);
    }

    pub(super) fn dropped(&self, when: &'static str) {
        self.tell(Err(WireError::Closed { when }), Instant::now());
    }

    fn tell(&self, response: Result<Response, WireError>, end: Instant) {
        let Some(director) = &self.director else { return };
        director.heard(
            self.came.ticket,
            Exchange {
                request: self.came.sent.clone(),
                response,
                timing: Timing {
                    start: self.came.at,
                    first_byte: None,
                    end,
                },
                connection: Some(self.came.connection),
                marks: Vec::new(),
            },
        );
    }
}

/// The rest of both connections, whatever they speak now.
pub(super) async fn bridge(client: Pipe, server: Pipe) -> io::Result<()> {
    let ((mut client, early_client), (mut server, early_server)) = (client.into_parts(), server.into_parts());
    tokio::io::AsyncWriteExt::write_all(&mut server, &early_client).await?;
    tokio::io::AsyncWriteExt::write_all(&mut client, &early_server).await?;
    let _: (u64, u64) =
        tokio::io::copy_bidirectional::<TcpStream, TcpStream>(&mut client, &mut server).await?;
    Ok(())
}
