//! What stays open after the step that opened it: an event stream or a WebSocket, looked at in the same way.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{End, Ended, Exchange, Listening, Talking};

/// An open stream or socket. Dropping it ends the connection.
#[derive(Debug)]
pub struct Live {
    kind: Kind,
    /// We have closed it.
    left: AtomicBool,
}

#[derive(Debug)]
enum Kind {
    Stream(Listening),
    Socket(Box<Talking>),
}

/// How much of a stream or socket had been looked at: events or frames.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen(usize);

impl From<Listening> for Live {
    fn from(stream: Listening) -> Self {
        Self::of(Kind::Stream(stream))
    }
}

impl From<Talking> for Live {
    fn from(socket: Talking) -> Self {
        Self::of(Kind::Socket(Box::new(socket)))
    }
}

impl Live {
    fn of(kind: Kind) -> Self {
        Self {
            kind,
            left: AtomicBool::new(false),
        }
    }

    /// Everything that has come so far.
    pub fn mark(&self) -> Seen {
        Seen(match &self.kind {
            Kind::Stream(stream) => stream.len(),
            Kind::Socket(socket) => socket.len(),
        })
    }

    /// Nothing more will come: it has ended, or we stopped reading or left.
    pub fn is_over(&self) -> bool {
        self.left.load(Ordering::Relaxed)
            || match &self.kind {
                Kind::Stream(stream) => stream.is_over(),
                Kind::Socket(socket) => socket.ended().is_some(),
            }
    }

    /// Waits for something beyond what was seen, or the end; at most this long.
    pub async fn changed(&self, seen: Seen, patience: Duration) {
        let news = async {
            match &self.kind {
                Kind::Stream(stream) => stream.changed(seen.0).await,
                Kind::Socket(socket) => socket.changed(seen.0).await,
            }
        };
        // That nothing came is an answer, too.
        let _ = tokio::time::timeout(patience, news).await;
    }

    /// The opening with what came after `seen`, and how it ended.
    pub fn piece(&self, seen: Seen) -> Exchange {
        let mut exchange = match &self.kind {
            Kind::Stream(stream) => stream.whole_since(seen.0),
            Kind::Socket(socket) => socket.piece(seen.0),
        };
        if let (Ok(response), true) = (&mut exchange.response, self.left.load(Ordering::Relaxed)) {
            let at = exchange.timing.end;
            response.ended.get_or_insert(Ended {
                how: End::Left { code: 0 },
                at,
            });
        }
        exchange
    }

    /// Sends a text. `false`: it has ended, or it is a stream, which says and does not listen.
    pub async fn say(&self, text: String) -> bool {
        match &self.kind {
            Kind::Stream(_) => false,
            Kind::Socket(socket) => socket.say(text).await,
        }
    }

    /// Closes it from our side, a socket with 1000.
    pub async fn leave(&self) {
        match &self.kind {
            Kind::Stream(stream) => stream.stop(),
            Kind::Socket(socket) => socket.close(1000).await,
        }
        self.left.store(true, Ordering::Relaxed);
    }

    /// Drops the connection without a word, whatever state it is in.
    pub fn drop_connection(&self) {
        match &self.kind {
            Kind::Stream(stream) => stream.stop(),
            Kind::Socket(socket) => socket.stop(),
        }
        self.left.store(true, Ordering::Relaxed);
    }
}
