//! Redirect URIs: which may be registered, and which one of a client's a request names.

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::client::Client;
use crate::defect::{DefectSet, rdir};

/// Whether a URI may be registered: https, a loopback address by http (RFC 8252 §7.3), or a scheme of the
/// application's own with a dot in it (RFC 8252 §7.1). No fragment (RFC 6749 §3.1.2), no wildcard, no userinfo.
pub(crate) fn registrable(uri: &str) -> bool {
    let odd =
        |c: char| c.is_ascii_control() || c.is_whitespace() || matches!(c, '*' | '#' | '\\') || !c.is_ascii();
    if uri.contains(odd) {
        return false;
    }
    let Ok(url) = Url::parse(uri) else {
        return false;
    };
    let named = url.username().is_empty() && url.password().is_none();
    match url.scheme() {
        "https" => named && url.has_host(),
        "http" => named && is_loopback(&url),
        scheme => scheme.contains('.'),
    }
}

/// Whether its host is this computer: 127.0.0.1, `[::1]` or localhost.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether a URI is the registered one: character by character (RFC 9700 §2.1), but any port of a loopback address
/// (RFC 8252 §7.3). `localhost` is a name and has no such freedom.
pub(crate) fn same(registered: &str, given: &str) -> bool {
    registered == given || differs_in_port_only(registered, given)
}

/// Whether a URI is one of the client's.
pub(super) fn is_registered(client: &Client, given: &str, defects: &DefectSet) -> bool {
    client.redirect_uris.iter().any(|registered| {
        if defects.has(rdir::LOOPBACK_PORT_EXACT) {
            return registered == given;
        }
        same(registered, given) || loosely_same(registered, given, defects)
    })
}

/// What defects take for the same.
fn loosely_same(registered: &str, given: &str, defects: &DefectSet) -> bool {
    let (Ok(known), Ok(asked)) = (Url::parse(registered), Url::parse(given)) else {
        return false;
    };
    let same_host = known.host_str() == asked.host_str();
    match () {
        () if defects.has(rdir::PREFIX_MATCH) => given.starts_with(registered),
        () if defects.has(rdir::HOST_ONLY) => same_host,
        () if defects.has(rdir::NORMALISE_FIRST) => normalised(registered) == normalised(given),
        () if defects.has(rdir::LOOPBACK_ANY_PATH) => {
            is_loopback(&known) && same_host && known.scheme() == asked.scheme()
        }
        () => false,
    }
}

/// Decoded, with the host in lower case and without dot segments, default port and slash at the end.
fn normalised(uri: &str) -> Option<String> {
    let decoded = percent_decode_str(uri).decode_utf8_lossy().into_owned();
    let url = Url::parse(&decoded).ok()?;
    let host = url.host_str()?.to_owned();
    let path = url.path().trim_end_matches('/').to_ascii_lowercase();
    Some(format!(
        "{}://{host}{:?}{path}?{:?}",
        url.scheme(),
        url.port(),
        url.query()
    ))
}

fn differs_in_port_only(registered: &str, given: &str) -> bool {
    match (loopback_parts(registered), loopback_parts(given)) {
        (Some(known), Some(asked)) => known == asked,
        _ => false,
    }
}

/// Host and what follows the port, of a loopback address.
fn loopback_parts(uri: &str) -> Option<(&'static str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let host = ["127.0.0.1", "[::1]"]
        .into_iter()
        .find(|host| rest.starts_with(host))?;
    let rest = &rest[host.len()..];
    let Some(after) = rest.strip_prefix(':') else {
        return (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest));
    };
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    let (port, tail) = after.split_at(digits);
    let possible = port.parse::<u16>().is_ok_and(|port| port > 0);
    (possible && (tail.is_empty() || tail.starts_with(['/', '?']))).then_some((host, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_registered() {
        for (uri, allowed) in [
            ("https://app.example.com/callback", true),
            ("https://app.example.com/callback?tenant=1", true),
            ("http://127.0.0.1/callback", true),
            ("http://[::1]:3000/callback", true),
            ("http://localhost:19836/callback", true),
            ("com.example.app:/callback", true),
            ("http://app.example.com/callback", false),
            ("http://127.0.0.1.evil.example/callback", false),
            ("http://localhost.evil.example/", false),
            ("https://user@app.example.com/callback", false),
            ("https://*.example.com/callback", false),
            ("https://app.example.com/callback#x", false),
            ("javascript:alert(1)", false),
            ("data:text/html,x", false),
            ("myapp:/callback", false),
            ("/callback", false),
            ("", false),
        ] {
            assert_eq!(registrable(uri), allowed, "{uri}");
        }
    }

    #[test]
    fn only_the_port_of_a_loopback_address_is_free() {
        let registered = "http://127.0.0.1/callback";
        for (given, matches) in [
            ("http://127.0.0.1/callback", true),
            ("http://127.0.0.1:1/callback", true),
            ("http://127.0.0.1:65535/callback", true),
            ("http://127.0.0.1:0/callback", false),
            ("http://127.0.0.1:65536/callback", false),
            ("http://127.0.0.1:x/callback", false),
            ("http://127.0.0.1:80@evil.example/callback", false),
            ("http://127.0.0.1:80/callback/", false),
            ("http://127.0.0.1:80/callback?x=1", false),
            ("http://127.0.0.1.evil.example/callback", false),
            ("http://[::1]:80/callback", false),
            ("http://localhost/callback", false),
            ("https://127.0.0.1/callback", false),
        ] {
            assert_eq!(same(registered, given), matches, "{given}");
        }
        assert!(same("http://[::1]/cb", "http://[::1]:80/cb"));
        assert!(!same(
            "http://localhost:19836/callback",
            "http://localhost:19837/callback"
        ));
        let web = "https://app.example.com/callback";
        assert!(same(web, web));
        for given in [
            "https://app.example.com/callback/",
            "https://app.example.com/callback/..%2fevil",
            "https://APP.example.com/callback",
            "https://app.example.com:443/callback",
        ] {
            assert!(!same(web, given), "{given}");
        }
    }
}
