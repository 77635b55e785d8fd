//! The WebSocket at `/api/websocket/`: opened by a ticket, told of what happens, spoken on (RFC 6455).

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use http::Method;
use http::header::{CONNECTION, ORIGIN, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::claim::Over;
use super::follow::{Follower, Heard, opener};
use super::inbound;
use crate::defect::{strm, wstk};
use crate::platform::Caller;
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;

/// Longest message read; a longer one closes with 1009.
const LONGEST: usize = 64 << 10;
/// How long a peer may take to take a message.
const PUSH: Duration = Duration::from_secs(5);
/// How long a close waits for the peer's.
const FAREWELL: Duration = Duration::from_secs(1);
/// Where a message is too large (RFC 6455 §7.4.1).
const TOO_LARGE: (u16, &str) = (1009, "message_too_large");

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// One open socket.
struct Talk {
    follower: Follower,
    /// Rights of the opening; only the defect `auth-at-open-only` keeps them.
    opened_as: Option<Caller>,
}

/// GET `/api/websocket/?TICKET`. Everything that can be refused is refused before the 101.
pub(crate) fn open(exchange: &mut Exchange<'_>) -> Answer {
    exchange.call("socket");
    if foreign(exchange) {
        exchange.stop("header", "foreign origin");
        return answer::failure(403, 10_023, "The origin is not allowed.", None);
    }
    let key = match handshake(exchange) {
        Ok(key) => key,
        Err(answer) => return *answer,
    };
    let defects = exchange.view.defects.clone();
    let opened = opener(exchange, false).and_then(|opener| {
        let opened_as = defects
            .has(strm::AUTH_AT_OPEN_ONLY)
            .then(|| opener.caller.clone());
        let mut follower = Follower::new(exchange, opener, None)?;
        follower.blind.to_end |= defects.has(strm::CHECK_ON_INBOUND_FRAME);
        Ok(Talk { follower, opened_as })
    });
    let talk = match opened {
        Ok(talk) => Some(talk),
        Err(_) if defects.has(wstk::ACCEPT_THEN_CLOSE) => None,
        Err(answer) => return *answer,
    };
    let Some(upgrade) = exchange.head.extensions.remove::<OnUpgrade>() else {
        return not_a_handshake("This connection cannot become a WebSocket.");
    };
    let leaked = leaked(exchange);
    exchange.connection.afterwards(Box::pin(async move {
        let Ok(io) = upgrade.await else { return };
        let config = WebSocketConfig::default()
            .max_message_size(Some(LONGEST))
            .max_frame_size(Some(LONGEST));
        let socket = WebSocketStream::from_raw_socket(TokioIo::new(io), Role::Server, Some(config)).await;
        match talk {
            Some(talk) => talk.hold(socket).await,
            None => late_refusal(socket, leaked).await,
        }
    }));
    let answer = answer::empty(101);
    let answer = answer::with(answer, "connection", "Upgrade");
    let answer = answer::with(answer, "upgrade", "websocket");
    answer::with(answer, "sec-websocket-accept", &derive_accept_key(key.as_bytes()))
}

/// An Origin that is not this server's own, exactly (RFC 6455 §10.2). None is no browser's.
fn foreign(exchange: &Exchange<'_>) -> bool {
    let defects = &exchange.view.defects;
    let own = exchange.world.origin();
    let mut lines = exchange.head.headers.get_all(ORIGIN).iter();
    let Some(first) = lines.next() else { return false };
    if defects.has(wstk::ORIGIN_IGNORED) {
        return false;
    }
    let text = first.to_str().unwrap_or_default();
    if defects.has(wstk::ORIGIN_SUFFIX) && text.contains(own) {
        return false;
    }
    text != own || lines.next().is_some()
}

/// The key of a proper opening handshake (RFC 6455 §4.2.1).
fn handshake(exchange: &mut Exchange<'_>) -> Result<String, Box<Answer>> {
    let headers = &exchange.head.headers;
    let says = |name, word: &str| {
        headers.get_all(name).iter().any(|value| {
            let text = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
            text.split(',').any(|part| part.trim() == word)
        })
    };
    let upgrades = says(UPGRADE, "websocket") && says(CONNECTION, "upgrade");
    let version = says(SEC_WEBSOCKET_VERSION, "13");
    let key = headers.get(SEC_WEBSOCKET_KEY).and_then(|key| key.to_str().ok());
    let key = key
        .filter(|key| key.trim().len() == 24)
        .map(|key| key.trim().to_owned());
    let get = exchange.head.method == Method::GET;
    if get
        && upgrades
        && version
        && let Some(key) = key
    {
        return Ok(key);
    }
    exchange.stop("protocol", "no handshake");
    Err(Box::new(not_a_handshake(
        "This address takes the opening handshake of a WebSocket.",
    )))
}

fn not_a_handshake(text: &str) -> Answer {
    let answer = answer::failure(426, 10_022, text, None);
    let answer = answer::with(answer, "upgrade", "websocket");
    answer::with(answer, "sec-websocket-version", "13")
}

/// What the defect `accept-then-close` tells before it refuses.
fn leaked(exchange: &Exchange<'_>) -> Value {
    let place = exchange.world.fixtures.workspace("acme", "finance");
    greeting(place.map_or("", |place| place.id.as_str()))
}

fn greeting(profile: &str) -> Value {
    json!({ "response": "activity", "activity": [], "profile_id": profile })
}

async fn late_refusal(mut socket: Socket, leaked: Value) {
    if push(&mut socket, &leaked).await {
        close(socket, (Over::Revoked.code(), "bad_ticket")).await;
    }
}

impl Talk {
    async fn hold(mut self, mut socket: Socket) {
        let first = self.follower.profiles.first().map(|profile| greeting(profile));
        if let Some(first) = first
            && !push(&mut socket, &first).await
        {
            return;
        }
        loop {
            tokio::select! {
                heard = self.follower.next() => match heard {
                    Heard::Said(said) => {
                        for one in said {
                            if !push(&mut socket, &one.message()).await {
                                return;
                            }
                        }
                    }
                    Heard::Quiet => {
                        let ping = socket.send(Message::Ping(Vec::new().into()));
                        if !matches!(tokio::time::timeout(PUSH, ping).await, Ok(Ok(()))) {
                            return;
                        }
                    }
                    Heard::Over(over) => return close(socket, (over.code(), over.reason())).await,
                },
                said = socket.next() => match said {
                    Some(Ok(Message::Text(text))) => {
                        match inbound::answer(&mut self.follower, &text, self.opened_as.as_ref()) {
                            Ok(answer) => {
                                if !push(&mut socket, &answer).await {
                                    return;
                                }
                            }
                            Err(over) => return close(socket, (over.code(), over.reason())).await,
                        }
                    }
                    Some(Ok(Message::Close(_))) | None => {
                        // The library has the answering close ready; polling once more sends it.
                        let _ = tokio::time::timeout(FAREWELL, socket.next()).await;
                        return;
                    }
                    Some(Ok(_)) => {}
                    Some(Err(Error::Capacity(_))) => return close(socket, TOO_LARGE).await,
                    Some(Err(_)) => return,
                },
            }
        }
    }
}

/// Sends a message; `false` when nobody takes it.
async fn push(socket: &mut Socket, message: &Value) -> bool {
    let sent = tokio::time::timeout(PUSH, socket.send(Message::text(message.to_string()))).await;
    matches!(sent, Ok(Ok(())))
}

async fn close(mut socket: Socket, (code, reason): (u16, &str)) {
    let frame = CloseFrame {
        code: CloseCode::from(code),
        reason: reason.to_owned().into(),
    };
    let farewell = async {
        socket.close(Some(frame)).await?;
        while let Some(Ok(_)) = socket.next().await {}
        Ok::<(), Error>(())
    };
    // Whether the peer answers does not matter.
    let _ = tokio::time::timeout(FAREWELL, farewell).await;
}
