//! WebSocket connections (RFC 6455) that stay open while other requests go out: read in the background, looked at as
//! they grow.
//!
//! The opening handshake goes out by the raw client, so that what was sent and what was refused is told like any other
//! exchange; frames are `tungstenite`'s, under our bounds. What comes is bounded in the size of a message, in all
//! bytes and in number. It judges nothing and never reconnects.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::body::Budget;
use super::connect::{self, Io};
use super::raw::{Ask, encode, talk};
use super::{
    ConnectionUse, End, Ended, Exchange, Frame, FrameKind, HeaderLine, Limits, Request, Response, Sent,
    Timing, Wire, WireError,
};

/// Messages that wait to be sent.
const WAITING: usize = 64;
/// How long one message may take to be taken by the peer.
const PUSH: Duration = Duration::from_secs(5);
/// How long a close of ours waits for the peer's (RFC 6455 §7.1.1).
const FAREWELL: Duration = Duration::from_secs(1);

/// What has come on a socket.
#[derive(Debug, Default)]
struct Heard {
    frames: Vec<Frame>,
    bytes: usize,
    ended: Option<Ended>,
}

/// What the reading task is told to do.
#[derive(Debug)]
enum Order {
    Say(Message),
    Close(u16),
}

/// An open WebSocket. Dropping it ends the connection.
#[derive(Debug)]
pub struct Talking {
    wire: Wire,
    /// The opening handshake, without what came later.
    opening: Exchange,
    heard: watch::Receiver<Heard>,
    orders: mpsc::Sender<Order>,
    task: JoinHandle<()>,
}

impl Drop for Talking {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Wire {
    /// Opens a WebSocket with this GET, whose URL is `http` or `https`. Once open it waits until a first frame or a
    /// close came, `settle` at the most: many servers accept first and refuse then. `Err`: what came instead of a
    /// socket, an answer or nothing.
    pub async fn socket(
        &self,
        request: &Request,
        settle: Duration,
    ) -> Result<(Talking, Exchange), Box<Exchange>> {
        let key = STANDARD.encode(rand::random::<[u8; 16]>());
        let mut request = request.clone();
        request.headers.extend(handshake(&key, &request.headers));
        let budget = Budget::new(request.timeout);
        let encoded = encode(&request, self.user_agent());
        let sent = encoded.sent.clone();
        let mut socket = match connect::open(&request.url, self.tls(), &[b"http/1.1"], &budget).await {
            Ok(socket) => socket,
            Err(error) => {
                let error = self.tls().explain(&request.url, error);
                return Err(Box::new(self.shut(sent, Err(error), &budget, None)));
            }
        };
        let ask = Ask {
            bytes: encoded.bytes,
            method: "GET",
            read: &request.read,
            limits: self.limits(),
            budget: &budget,
        };
        let told = talk(socket.io.as_mut(), ask).await;
        let response = told.response.and_then(|response| switched(response, &key));
        let opening = self.shut(sent, response, &budget, told.first_byte);
        if !matches!(&opening.response, Ok(response) if response.status == 101) {
            return Err(Box::new(opening));
        }
        let talking = self.talking(socket.io, told.rest, opening).await;
        talking.settle(settle).await;
        let first = talking.piece(0);
        Ok((talking, first))
    }

    fn shut(
        &self,
        request: Sent,
        response: Result<Response, WireError>,
        budget: &Budget,
        first_byte: Option<Instant>,
    ) -> Exchange {
        let connection = ConnectionUse {
            id: self.next_connection(),
            reused: false,
        };
        self.show(Exchange {
            request,
            response,
            timing: Timing {
                start: budget.start,
                first_byte,
                end: Instant::now(),
            },
            connection: Some(connection),
            marks: Vec::new(),
        })
    }

    async fn talking(&self, io: Box<dyn Io>, rest: Vec<u8>, opening: Exchange) -> Talking {
        let limits = *self.limits();
        let config = WebSocketConfig::default()
            .max_message_size(Some(limits.socket_message_bytes))
            .max_frame_size(Some(limits.socket_message_bytes));
        let stream = WebSocketStream::from_partially_read(io, rest, Role::Client, Some(config)).await;
        let (tell, heard) = watch::channel(Heard::default());
        let (orders, taken) = mpsc::channel(WAITING);
        let task = tokio::spawn(converse(stream, taken, tell, limits));
        Talking {
            wire: self.clone(),
            opening,
            heard,
            orders,
            task,
        }
    }
}

/// What makes a GET an opening handshake, unless it is written already (RFC 6455 §4.1).
fn handshake(key: &str, written: &[HeaderLine]) -> Vec<HeaderLine> {
    let has = |name: &str| {
        written
            .iter()
            .any(|line| super::raw::split(line).0.trim().eq_ignore_ascii_case(name))
    };
    [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", key),
    ]
    .into_iter()
    .filter(|(name, _)| !has(name))
    .map(|(name, value)| HeaderLine::Field(name.to_owned(), value.as_bytes().to_vec()))
    .collect()
}

/// A 101 that switches to something else is no answer at all (RFC 6455 §4.1).
fn switched(response: Response, key: &str) -> Result<Response, WireError> {
    if response.status != 101 {
        return Ok(response);
    }
    let says = |name: &str, word: &str| {
        response.header(name).is_some_and(|value| {
            value
                .split(',')
                .any(|part| part.trim().eq_ignore_ascii_case(word))
        })
    };
    let accepted = response
        .header("sec-websocket-accept")
        .map(|value| value.trim().to_owned());
    let what = match () {
        () if !says("upgrade", "websocket") => "101 without `Upgrade: websocket`",
        () if !says("connection", "upgrade") => "101 without `Connection: Upgrade`",
        () if accepted != Some(derive_accept_key(key.as_bytes())) => {
            "101 whose Sec-WebSocket-Accept is not that of the request"
        }
        () => return Ok(response),
    };
    Err(WireError::Malformed {
        what: what.to_owned(),
    })
}

/// Reads until the end, sends what is ordered.
async fn converse(
    mut stream: WebSocketStream<Box<dyn Io>>,
    mut orders: mpsc::Receiver<Order>,
    tell: watch::Sender<Heard>,
    limits: Limits,
) {
    let end = loop {
        tokio::select! {
            next = stream.next() => match next {
                Some(Ok(Message::Close(frame))) => {
                    // The library has the answering close ready; polling once more sends it.
                    let _ = tokio::time::timeout(FAREWELL, stream.next()).await;
                    break closed(frame);
                }
                Some(Ok(message)) => {
                    if let Err(end) = take(&tell, message, &limits) {
                        break end;
                    }
                }
                Some(Err(error)) => break failed(&error, &limits),
                None => break abrupt("the connection ended without a close frame"),
            },
            order = orders.recv() => {
                // Whoever could order has gone: so does the connection.
                let Some(order) = order else { return };
                let (message, leaving) = match order {
                    Order::Say(message) => (message, None),
                    Order::Close(code) => (farewell(code), Some(code)),
                };
                let pushed = tokio::time::timeout(PUSH, stream.send(message)).await;
                if let Some(code) = leaving {
                    // The peer's close, if it comes; the connection ends either way.
                    let _ = tokio::time::timeout(FAREWELL, stream.next()).await;
                    break End::Left { code };
                }
                match pushed {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => break failed(&error, &limits),
                    Err(_) => break abrupt("a message was not taken in time"),
                }
            }
        }
    };
    tell.send_modify(|heard| {
        heard.ended = Some(Ended {
            how: end,
            at: Instant::now(),
        });
    });
}

fn farewell(code: u16) -> Message {
    Message::Close(Some(CloseFrame {
        code: CloseCode::from(code),
        reason: "".into(),
    }))
}

/// Keeps a message; the end, where that is more than may come.
fn take(tell: &watch::Sender<Heard>, message: Message, limits: &Limits) -> Result<(), End> {
    let (kind, data) = match message {
        Message::Text(text) => (FrameKind::Text, Bytes::from(text)),
        Message::Binary(data) => (FrameKind::Binary, data),
        Message::Ping(data) => (FrameKind::Ping, data),
        Message::Pong(data) => (FrameKind::Pong, data),
        Message::Close(_) | Message::Frame(_) => return Ok(()),
    };
    let mut result = Ok(());
    tell.send_modify(|heard| {
        heard.bytes += data.len();
        if heard.frames.len() >= limits.socket_frames {
            result = Err(End::Unread(format!("more than {} frames", limits.socket_frames)));
        } else if heard.bytes > limits.body_bytes {
            result = Err(End::Unread(format!("more than {} bytes", limits.body_bytes)));
        } else {
            heard.frames.push(Frame {
                kind,
                data,
                at: Instant::now(),
            });
        }
    });
    result
}

/// 1005 stands for a close frame without a code (RFC 6455 §7.1.5).
fn closed(frame: Option<CloseFrame>) -> End {
    match frame {
        Some(frame) => End::Closed {
            code: frame.code.into(),
            reason: frame.reason.to_string(),
        },
        None => End::Closed {
            code: 1005,
            reason: String::new(),
        },
    }
}

/// 1006 stands for an end without a close frame.
fn abrupt(why: &str) -> End {
    End::Closed {
        code: 1006,
        reason: why.to_owned(),
    }
}

fn failed(error: &Error, limits: &Limits) -> End {
    match error {
        Error::Capacity(CapacityError::MessageTooLong { .. }) => End::Unread(format!(
            "a message is larger than {} bytes",
            limits.socket_message_bytes
        )),
        Error::Protocol(what) => abrupt(&format!("not the WebSocket protocol: {what}")),
        other => abrupt(&other.to_string()),
    }
}

impl Talking {
    /// How many frames have come.
    pub fn len(&self) -> usize {
        self.heard.borrow().frames.len()
    }

    /// Whether no frame has come.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How it ended, if it has.
    pub fn ended(&self) -> Option<Ended> {
        self.heard.borrow().ended.clone()
    }

    /// Sends a text; `false` when the socket has ended.
    pub async fn say(&self, text: String) -> bool {
        self.orders.send(Order::Say(Message::text(text))).await.is_ok()
    }

    /// Ends the connection without a close frame.
    pub fn stop(&self) {
        self.task.abort();
    }

    /// Closes it from our side and waits until that is done.
    pub async fn close(&self, code: u16) {
        if self.orders.send(Order::Close(code)).await.is_ok() {
            let mut heard = self.heard.clone();
            let _ =
                tokio::time::timeout(PUSH + FAREWELL, heard.wait_for(|heard| heard.ended.is_some())).await;
        }
    }

    /// Waits for something new beyond the first `seen` frames, or the end.
    pub async fn changed(&self, seen: usize) {
        let mut heard = self.heard.clone();
        // It fails when the task is gone, and then nothing changes any more.
        let _ = heard
            .wait_for(|heard| heard.frames.len() > seen || heard.ended.is_some())
            .await;
    }

    async fn settle(&self, most: Duration) {
        let _ = tokio::time::timeout(most, self.changed(0)).await;
    }

    /// The handshake with what came after the first `seen` frames: their data, a line each, is the body.
    pub fn piece(&self, seen: usize) -> Exchange {
        let mut exchange = self.opening.clone();
        let heard = self.heard.borrow();
        let frames = heard.frames.get(seen..).unwrap_or_default().to_vec();
        let ended = heard.ended.clone();
        drop(heard);
        let last = frames
            .iter()
            .map(|frame| frame.at)
            .chain(ended.as_ref().map(|end| end.at))
            .max();
        exchange.timing.end = last.unwrap_or(exchange.timing.end).max(exchange.timing.end);
        if let Ok(response) = &mut exchange.response {
            response.body = frames
                .iter()
                .map(|frame| frame.data.as_ref())
                .collect::<Vec<_>>()
                .join(&b'\n')
                .into();
            response.frames = frames;
            if let Some(Ended {
                how: End::Closed { code, reason },
                ..
            }) = &ended
            {
                response
                    .notes
                    .push(format!("closed with {code} {reason}").trim_end().to_owned());
            }
            response.ended = ended;
        }
        self.wire.show(exchange)
    }
}
