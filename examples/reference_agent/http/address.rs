//! Which addresses may be asked for what.

use std::net::IpAddr;

use url::{Host, Url};

use crate::habits::{self, on};

/// Scheme, host and port are equal (RFC 6454 §5).
pub(crate) fn same_origin(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme() && a.host() == b.host() && a.port_or_known_default() == b.port_or_known_default()
}

/// The host is this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// A token goes over TLS, or does not leave the machine (RFC 6750 §5.3).
pub(crate) fn may_carry_token(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => is_loopback(url) || on(habits::HTTP_OK),
        _ => false,
    }
}

/// Whether an address that a peer named may be asked at all. `from` is the server that this client was pointed at: an
/// address of this machine is one to ask only for a client of a server on this machine (RFC 9728 §7.7).
pub(crate) fn may_fetch(url: &Url, from: &Url) -> Result<(), String> {
    if on(habits::SSRF_METADATA) {
        return Ok(());
    }
    let refuse = |why: &str| {
        Err(format!(
            "{} is not fetched: {why}",
            url.origin().ascii_serialization()
        ))
    };
    if !matches!(url.scheme(), "https" | "http") {
        return refuse("it is neither https nor http");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("there is a user name in it");
    }
    let local = is_loopback(url);
    if url.scheme() == "http" && !local {
        return refuse("it is not https");
    }
    if local && !is_loopback(from) {
        return refuse("it is an address of this machine");
    }
    if !local && internal(url) {
        return refuse("it is an address of an inner network");
    }
    Ok(())
}

fn internal(url: &Url) -> bool {
    let ip = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
        Some(Host::Ipv6(ip)) => ip.to_canonical(),
        _ => return false,
    };
    match ip {
        IpAddr::V4(ip) => {
            ip.is_private()
                || ip.is_link_local()
                || ip.is_unspecified()
                || ip.is_broadcast()
                || (ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64)
        }
        IpAddr::V6(ip) => ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}
