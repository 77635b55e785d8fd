//! Where deliveries may go. A real service takes https to public addresses and refuses private ones; this one has the
//! rule the other way round so that nothing leaves the machine: loopback is refused too, but for the hosts of a list.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

/// The socket an address leads to, if it may be delivered to. Names are not looked up but for `localhost`.
pub(crate) fn permitted(written: &str, hosts: &BTreeSet<String>) -> Option<SocketAddr> {
    let socket = socket(written)?;
    hosts.contains(&socket.to_string()).then_some(socket)
}

/// The socket that a v4-mapped IPv6 address leads to, whatever the scheme; only the defect `ev-v4mapped` asks. Nobody
/// speaks TLS here.
pub(super) fn mapped(written: &str) -> Option<SocketAddr> {
    let plain = written.replacen("https:", "http:", 1);
    written.contains("[::ffff:").then(|| socket(&plain)).flatten()
}

/// The socket on this computer that an address leads to, permitted or not.
pub(crate) fn socket(written: &str) -> Option<SocketAddr> {
    let url = Url::parse(written).ok()?;
    let plain = url.scheme() == "http" && url.username().is_empty() && url.password().is_none();
    let address = match url.host().filter(|_| plain)? {
        Host::Ipv4(address) => IpAddr::V4(address),
        Host::Ipv6(address) => address.to_ipv4_mapped().map_or(IpAddr::V6(address), IpAddr::V4),
        Host::Domain("localhost") => IpAddr::from([127, 0, 0, 1]),
        Host::Domain(_) => return None,
    };
    // The address of "this host" reaches loopback on common systems.
    let address = if address.is_unspecified() {
        IpAddr::from([127, 0, 0, 1])
    } else {
        address
    };
    let local = address.is_loopback();
    local.then(|| SocketAddr::new(address, url.port_or_known_default().unwrap_or(80)))
}
