//! HTTP/1.1 (RFC 9112) with as little between the call and the socket as a verified answer allows: prepared bytes go
//! out, the answer is taken apart where it was read, and one buffer serves all calls of a connection.

mod call;
mod chunks;
mod deadline;
mod events;
mod head;
mod stream;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout_at;
use tokio_rustls::TlsConnector;

use super::{Answered, Opened, Request, Transport, Trouble, Watch};
use crate::load::meter::Class;
use deadline::Alarm;
use stream::Stream;

/// Bounds on what is read of one answer, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Status line and header fields together, and what frames chunks.
    pub head: usize,
    /// Body.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: 64 << 10,
            body: 16 << 20,
        }
    }
}

/// TLS to a name.
#[derive(Clone)]
pub struct Secured {
    /// Whom to trust. It should offer `http/1.1` alone by ALPN.
    pub config: Arc<ClientConfig>,
    /// Whose certificate is expected.
    pub name: ServerName<'static>,
}

impl std::fmt::Debug for Secured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secured")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Own HTTP/1.1 over TCP or TLS.
#[derive(Debug, Clone)]
pub struct Fast {
    addresses: Vec<SocketAddr>,
    secured: Option<Secured>,
    limits: Limits,
}

impl Fast {
    /// To the first of `addresses` that answers.
    pub fn new(addresses: Vec<SocketAddr>, secured: Option<Secured>, limits: Limits) -> Self {
        Self {
            addresses,
            secured,
            limits,
        }
    }

    async fn dial(&self, deadline: Instant) -> Result<TcpStream, Trouble> {
        let mut trouble = Trouble::new(Class::Refused, "the name has no address");
        for address in &self.addresses {
            match timeout_at(deadline.into(), TcpStream::connect(address)).await {
                Ok(Ok(tcp)) => {
                    // Small requests, answers awaited: waiting to fill a segment would only falsify the times.
                    let _ = tcp.set_nodelay(true);
                    return Ok(tcp);
                }
                Ok(Err(error)) => trouble = Trouble::new(Class::Refused, error.to_string()),
                Err(_) => return Err(Trouble::new(Class::Timeout, "no connection in time")),
            }
        }
        Err(trouble)
    }

    async fn secure(secured: &Secured, tcp: TcpStream, deadline: Instant) -> Result<Stream, Trouble> {
        let connector = TlsConnector::from(Arc::clone(&secured.config));
        let handshake = connector.connect(secured.name.clone(), tcp);
        match timeout_at(deadline.into(), handshake).await {
            Ok(Ok(tls)) => match tls.get_ref().1.alpn_protocol() {
                None | Some(b"http/1.1") => Ok(Stream::Tls(Box::new(tls))),
                Some(_) => Err(Trouble::unfit("the peer chose another version of HTTP")),
            },
            Ok(Err(error)) => Err(Trouble::new(Class::Tls, error.to_string())),
            Err(_) => Err(Trouble::new(Class::Timeout, "no TLS handshake in time")),
        }
    }
}

/// One connection, its buffers and its alarm. What is in the buffers is secret: `Debug` shows none of it.
pub struct FastConnection {
    stream: Stream,
    limits: Limits,
    /// The answer as it was read; the body is then decoded in it.
    buffer: Vec<u8>,
    out: Vec<u8>,
    alarm: Alarm,
}

impl std::fmt::Debug for FastConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FastConnection").finish_non_exhaustive()
    }
}

/// What a connection keeps between calls, at most.
const KEPT: usize = 64 << 10;

impl FastConnection {
    fn new(stream: Stream, limits: Limits) -> Self {
        Self {
            stream,
            limits,
            buffer: Vec::with_capacity(4 << 10),
            out: Vec::new(),
            alarm: Alarm::default(),
        }
    }

    fn shrink(&mut self) {
        self.buffer.clear();
        if self.buffer.capacity() > KEPT {
            self.buffer.shrink_to(4 << 10);
        }
    }
}

impl Transport for Fast {
    type Connection = FastConnection;

    async fn open(&self, deadline: Instant) -> Result<Opened<FastConnection>, Trouble> {
        let begin = Instant::now();
        let tcp = self.dial(deadline).await?;
        let connect = begin.elapsed();
        let (stream, tls): (Stream, Option<Duration>) = match &self.secured {
            None => (Stream::Plain(tcp), None),
            Some(secured) => {
                let begin = Instant::now();
                let stream = Self::secure(secured, tcp, deadline).await?;
                (stream, Some(begin.elapsed()))
            }
        };
        Ok(Opened {
            connection: FastConnection::new(stream, self.limits),
            connect,
            tls,
        })
    }

    async fn call(
        &self,
        connection: &mut FastConnection,
        request: &Request<'_>,
        watch: &dyn Watch,
    ) -> Answered {
        let answered = call::call(connection, request, watch).await;
        connection.shrink();
        answered
    }

    async fn spoiled(&self, connection: &mut FastConnection) {
        // Anything at all: the end, an error, or bytes that nobody asked for.
        connection.stream.heard(&mut connection.buffer).await;
    }
}
