//! Opens one socket: name, TCP, TLS. Every failure says which of the three it was.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout_at;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::body::Budget;
use super::failure::{self, authority};
use super::{WireError, tls::Tls};

/// A byte stream, with or without TLS.
pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// An open socket.
pub(super) struct Socket {
    pub(super) io: Box<dyn Io>,
    /// Protocol chosen by ALPN.
    pub(super) alpn: Option<Vec<u8>>,
}

/// Opens a socket to the origin of `url`.
pub(super) async fn open(url: &Url, tls: &Tls, alpn: &[&[u8]], budget: &Budget) -> Result<Socket, WireError> {
    let deadline = budget.deadline();
    let addresses = timeout_at(deadline, resolve(url))
        .await
        .map_err(|_| budget.timeout("resolving the name"))??;
    let tcp = timeout_at(deadline, dial(url, &addresses))
        .await
        .map_err(|_| budget.timeout("connecting"))??;
    if url.scheme() != "https" {
        return Ok(Socket {
            io: Box::new(tcp),
            alpn: None,
        });
    }
    timeout_at(deadline, secure(url, tcp, tls, alpn))
        .await
        .map_err(|_| budget.timeout("TLS handshake"))?
}

async fn resolve(url: &Url) -> Result<Vec<SocketAddr>, WireError> {
    let port = url.port_or_known_default().unwrap_or(80);
    let name = match url.host() {
        Some(Host::Ipv4(ip)) => return Ok(vec![SocketAddr::from((ip, port))]),
        Some(Host::Ipv6(ip)) => return Ok(vec![SocketAddr::from((ip, port))]),
        Some(Host::Domain(name)) => name,
        None => {
            return Err(WireError::Unsendable {
                why: format!("{url} names no host"),
            });
        }
    };
    let found = tokio::net::lookup_host((name, port))
        .await
        .map_err(|e| failure::lookup(&e, name.to_owned()))?;
    Ok(found.collect())
}

async fn dial(url: &Url, addresses: &[SocketAddr]) -> Result<TcpStream, WireError> {
    let mut why = "the name has no address".to_owned();
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(tcp) => {
                // Small requests, answers awaited: waiting to fill a segment would only falsify the times.
                let _ = tcp.set_nodelay(true);
                return Ok(tcp);
            }
            Err(error) => why = failure::io_words(&error),
        }
    }
    Err(WireError::Connect {
        to: authority(url),
        why,
    })
}

async fn secure(url: &Url, tcp: TcpStream, tls: &Tls, alpn: &[&[u8]]) -> Result<Socket, WireError> {
    let host = url.host_str().unwrap_or("").trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(host).map_err(|e| WireError::Tls {
        to: authority(url),
        why: e.to_string(),
    })?;
    let connector = TlsConnector::from(Arc::new(tls.offering(alpn)));
    let io = connector
        .connect(name, tcp)
        .await
        .map_err(|e| failure::handshake(&e, authority(url)))?;
    let alpn = io.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
    Ok(Socket {
        io: Box::new(io),
        alpn,
    })
}
