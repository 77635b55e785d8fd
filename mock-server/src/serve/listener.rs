//! Accepting connections on loopback and serving HTTP/1.1 and h2c on each.

use std::future::Future;
use std::io;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::defect::DefectSet;
use crate::serve::answer::Answer;
use crate::serve::front;
use crate::serve::socket::Socket;

/// Longest head read: over a megabyte, so that a megabyte of Authorization is answered and not cut off.
const LONGEST_HEAD: usize = 2 << 20;
const HEAD_TIMEOUT: Duration = Duration::from_secs(20);
const FIRST_DYNAMIC: u16 = 0xC000;
const TRIES: u8 = 100;

static NEXT_CONNECTION: AtomicU64 = AtomicU64::new(0);

/// What one connection remembers: nothing of its client, unless a defect makes it.
#[derive(Debug, Default)]
pub(crate) struct Connection {
    /// The port it came in at.
    pub(crate) port: u16,
    /// Tells it from others, for the defect `limit-by-connection`.
    pub(crate) number: u64,
    /// Name of the first identity seen, for the defect `conn-auth-cache`.
    pub(crate) identity: Mutex<Option<String>>,
    /// Tools were listed here, for the defect `list-per-connection`.
    pub(crate) listed: AtomicBool,
    /// What goes on here once it speaks another protocol.
    after: After,
}

/// Shows nothing of the conversation.
#[derive(Default)]
struct After(Mutex<Option<Afterwards>>);

impl std::fmt::Debug for After {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("After")
    }
}

/// A conversation after HTTP; it ends with the connection's task.
pub(crate) type Afterwards = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Connection {
    /// Says what goes on after an answer of 101.
    pub(crate) fn afterwards(&self, conversation: Afterwards) {
        *self.after.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(conversation);
    }
}

/// The service ends the connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("connection ended on purpose")]
pub(crate) struct Hangup;

/// A running listener. Dropping it ends it and every connection it accepted.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) port: u16,
    closing: Arc<AtomicBool>,
    task: Option<JoinHandle<()>>,
}

/// What a listener needs of its service.
pub(crate) trait Service: Clone + Send + Sync + 'static {
    /// Answers one request of one connection.
    fn answer(
        &self,
        connection: Arc<Connection>,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Answer, Hangup>> + Send;

    /// Whether connections end after one answer.
    fn keep_alive(&self) -> bool {
        true
    }

    /// Defects that work on bytes.
    fn front(&self) -> Arc<DefectSet>;
}

impl Listener {
    /// Binds a loopback port (0 picks one) and starts to serve it.
    pub(crate) async fn start(port: u16, service: impl Service) -> io::Result<Self> {
        Self::start_at(Ipv4Addr::LOCALHOST, port, service).await
    }

    /// The same at an address of the caller's.
    pub(crate) async fn start_at(address: Ipv4Addr, port: u16, service: impl Service) -> io::Result<Self> {
        Self::serve(bound(address, port).await?, service)
    }

    /// A loopback port (0 picks one) that nothing answers at yet.
    pub(crate) async fn bind(port: u16) -> io::Result<TcpListener> {
        bound(Ipv4Addr::LOCALHOST, port).await
    }

    /// Starts to serve a bound port.
    pub(crate) fn serve(listener: TcpListener, service: impl Service) -> io::Result<Self> {
        let port = listener.local_addr()?.port();
        let closing = Arc::new(AtomicBool::new(false));
        let task = tokio::spawn(accept(listener, service, Arc::clone(&closing)));
        Ok(Self {
            port,
            closing,
            task: Some(task),
        })
    }

    /// Ends it and waits until its port is free.
    pub(crate) async fn stop(mut self) {
        self.closing.store(true, Ordering::Relaxed);
        if let Some(task) = self.task.take() {
            task.abort();
            // A cancelled task is the expected end.
            let _ = task.await;
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Relaxed);
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// A free port is looked for one after the other, from somewhere in the dynamic range (RFC 6335 §6). The kernel's own
/// search is slow where thousands are in TIME_WAIT; and a port that comes back at once may meet a connection that
/// somebody kept to the server before.
async fn bound(address: Ipv4Addr, port: u16) -> io::Result<TcpListener> {
    static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| AtomicU16::new(rand::random()));
    if port != 0 {
        return TcpListener::bind((address, port)).await;
    }
    for _ in 0..TRIES {
        let port = NEXT.fetch_add(1, Ordering::Relaxed) | FIRST_DYNAMIC;
        if let Ok(listener) = TcpListener::bind((address, port)).await {
            return Ok(listener);
        }
    }
    TcpListener::bind((address, 0)).await
}

async fn accept(listener: TcpListener, service: impl Service, closing: Arc<AtomicBool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, service.clone(), Arc::clone(&closing)));
                }
                // Out of descriptors and the like: the listener is fine, the next accept may be too.
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(mut stream: TcpStream, service: impl Service, closing: Arc<AtomicBool>) {
    // Small answers must not wait for the peer's acknowledgement.
    let _ = stream.set_nodelay(true);
    let defects = service.front();
    let ahead = if defects.any(&front::DEFECTS) {
        match front::read_first_head(&mut stream, &defects).await {
            Ok(ahead) => ahead,
            Err(_) => return,
        }
    } else {
        Bytes::new()
    };
    let port = stream.local_addr().map_or(0, |address| address.port());
    let io = TokioIo::new(Socket::new(stream, ahead, closing));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(LONGEST_HEAD)
        .keep_alive(service.keep_alive());
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(256 << 10);
    let state = Arc::new(Connection {
        port,
        number: NEXT_CONNECTION.fetch_add(1, Ordering::Relaxed),
        ..Connection::default()
    });
    let connection = Arc::clone(&state);
    let answer = service_fn(move |request| {
        let (service, state) = (service.clone(), Arc::clone(&state));
        async move { service.answer(state, request).await }
    });
    // A peer that breaks the protocol or leaves ends its own connection; there is nobody to tell.
    let _ = builder.serve_connection_with_upgrades(io, answer).await;
    let after = connection
        .after
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    if let Some(conversation) = after {
        conversation.await;
    }
}
