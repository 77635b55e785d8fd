//! What carries the calls of a run, tried once before it is relied on.

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use url::Url;

use super::{NotBegun, blocking};
use crate::load::engine::{Calls, preflight};
use crate::load::transport::{Fast, Full, Limits, Secured};
use crate::wire::Wire;

/// What carries the calls.
pub(super) enum Carrier {
    Fast(Fast),
    Full(Full),
}

/// The fast one where it can be, else the full one; and the words that say which one measured.
pub(super) async fn carrier(
    url: &Url,
    wire: &Wire,
    calls: &Arc<Calls>,
    full: Option<&str>,
) -> Result<(Carrier, String), NotBegun> {
    let why = match full {
        Some(why) => why.to_owned(),
        None => match fast(url, wire) {
            Ok(fast) => {
                let (trial, calls) = (fast.clone(), Arc::clone(calls));
                match blocking(move || preflight(&trial, &calls)).await? {
                    Ok(()) => {
                        let over = if url.scheme() == "https" { "TLS" } else { "TCP" };
                        return Ok((Carrier::Fast(fast), format!("fast: own HTTP/1.1 over {over}")));
                    }
                    Err(not) => not.to_string(),
                }
            }
            Err(why) => why,
        },
    };
    let full = Full::new(wire.clone(), url.clone());
    let (trial, calls) = (full.clone(), Arc::clone(calls));
    blocking(move || preflight(&trial, &calls)).await??;
    Ok((Carrier::Full(full), format!("full: reqwest, because {why}")))
}

/// The fast transport to a URL, where it can speak to it at all.
fn fast(url: &Url, wire: &Wire) -> Result<Fast, String> {
    let host = url.host_str().ok_or("the URL has no host")?;
    let port = url.port_or_known_default().ok_or("the URL has no port")?;
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let addresses: Vec<SocketAddr> = (bare, port)
        .to_socket_addrs()
        .map_err(|error| format!("{host} has no address: {error}"))?
        .collect();
    let secured = match url.scheme() {
        "http" => None,
        "https" => Some(Secured {
            config: Arc::new(wire.http1_tls()),
            name: ServerName::try_from(bare.to_owned()).map_err(|error| error.to_string())?,
        }),
        other => return Err(format!("it speaks no {other}")),
    };
    Ok(Fast::new(addresses, secured, Limits::default()))
}
