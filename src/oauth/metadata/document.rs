//! What both kinds of document have in common: an object whose members have types.

use std::net::IpAddr;

use serde_json::{Map, Value};
use url::{Host, Url};

/// Why a document cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// No JSON.
    #[error("the document is no JSON: {0}")]
    NotJson(String),
    /// JSON, but no object.
    #[error("the document is {0}, not a JSON object")]
    NotAnObject(&'static str),
    /// A member that must be there is not.
    #[error("the document has no `{0}`")]
    Missing(&'static str),
    /// A member of another type.
    #[error("`{member}` is not {wanted}")]
    WrongType {
        /// Which.
        member: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
    /// A member that should be an absolute URL.
    #[error("`{member}` is no absolute URL: {why}")]
    NotAUrl {
        /// Which.
        member: &'static str,
        /// The parser's words.
        why: String,
    },
    /// An address to which neither a user nor a secret may be sent.
    #[error("`{member}` is {url}: {why}")]
    Unsafe {
        /// Which.
        member: &'static str,
        /// What stands there.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The document speaks for another issuer than the one asked (RFC 8414 §3.3): it must not be used.
    #[error("the document is of issuer `{found}`, asked was `{asked}`")]
    WrongIssuer {
        /// What it says.
        found: String,
        /// What was asked.
        asked: String,
    },
    /// The document speaks for another resource than the one asked (RFC 9728 §3.3): it must not be used.
    #[error("the document is of resource `{found}`, asked was `{asked}`")]
    WrongResource {
        /// What it says.
        found: String,
        /// What was asked.
        asked: String,
    },
}

/// The object of a document.
pub(super) fn object(body: &[u8]) -> Result<Map<String, Value>, MetadataError> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(Value::Array(_)) => Err(MetadataError::NotAnObject("a list")),
        Ok(_) => Err(MetadataError::NotAnObject("a plain value")),
        Err(error) => Err(MetadataError::NotJson(error.to_string())),
    }
}

pub(super) fn text(all: &Map<String, Value>, member: &'static str) -> Result<Option<String>, MetadataError> {
    match all.get(member) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(MetadataError::WrongType {
            member,
            wanted: "a text",
        }),
    }
}

pub(super) fn required(all: &Map<String, Value>, member: &'static str) -> Result<String, MetadataError> {
    text(all, member)?.ok_or(MetadataError::Missing(member))
}

pub(super) fn texts(
    all: &Map<String, Value>,
    member: &'static str,
) -> Result<Option<Vec<String>>, MetadataError> {
    let wrong = || MetadataError::WrongType {
        member,
        wanted: "a list of texts",
    };
    match all.get(member) {
        None => Ok(None),
        Some(Value::Array(items)) => {
            let texts: Option<Vec<String>> = items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect();
            texts.map(Some).ok_or_else(wrong)
        }
        Some(_) => Err(wrong()),
    }
}

pub(super) fn flag(all: &Map<String, Value>, member: &'static str) -> Result<bool, MetadataError> {
    match all.get(member) {
        None => Ok(false),
        Some(Value::Bool(value)) => Ok(*value),
        Some(_) => Err(MetadataError::WrongType {
            member,
            wanted: "true or false",
        }),
    }
}

/// An endpoint: an absolute https URL, or http on loopback, without credentials or a fragment
/// (RFC 6749 §3.1, §3.2; RFC 8414 §2).
pub(super) fn endpoint(all: &Map<String, Value>, member: &'static str) -> Result<Option<Url>, MetadataError> {
    let Some(written) = text(all, member)? else {
        return Ok(None);
    };
    let url = Url::parse(&written).map_err(|error| MetadataError::NotAUrl {
        member,
        why: error.to_string(),
    })?;
    let why = if !may_carry_secrets(&url) {
        "neither https nor http on loopback"
    } else if url.fragment().is_some() {
        "it has a fragment"
    } else if !url.username().is_empty() || url.password().is_some() {
        "it has a user name or a password in it"
    } else {
        return Ok(Some(url));
    };
    Err(MetadataError::Unsafe {
        member,
        url: shown(&url),
        why,
    })
}

/// Without credentials, query and fragment.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

/// Whether codes, tokens and client secrets may be sent there: https, or http to this machine.
pub fn may_carry_secrets(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => is_loopback(url),
        _ => false,
    }
}

/// Whether it names this machine: a loopback address, or `localhost` and names below it (RFC 6761 §6.3).
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => {
            address.is_loopback() || address.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback())
        }
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
        None => false,
    }
}

/// Whether it names an address inside somebody's network: loopback, private, link-local, unspecified, carrier-grade
/// NAT, unique local. A public server that names one in its metadata asks its reader to look around at home.
pub fn is_private(url: &Url) -> bool {
    let inner = |address: IpAddr| match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(v6) => {
            v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local() || v6.is_unicast_link_local()
        }
    };
    match url.host() {
        Some(Host::Ipv4(v4)) => inner(v4.into()),
        Some(Host::Ipv6(v6)) => match v6.to_ipv4_mapped() {
            Some(v4) => inner(v4.into()),
            None => inner(v6.into()),
        },
        Some(Host::Domain(_)) => is_loopback(url),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_secrets_may_go() {
        for (text, may) in [
            ("https://a.example/token", true),
            ("http://127.0.0.1:8000/token", true),
            ("http://[::1]/token", true),
            ("http://localhost/token", true),
            ("http://LOCALHOST./token", true),
            ("http://a.example/token", false),
            ("http://127.0.0.1.a.example/", false),
            ("http://localhost.a.example/", false),
            ("ftp://127.0.0.1/", false),
        ] {
            assert_eq!(may_carry_secrets(&Url::parse(text).expect(text)), may, "{text}");
        }
    }

    #[test]
    fn what_is_at_home() {
        for (text, private) in [
            ("http://10.0.0.1/", true),
            ("http://169.254.169.254/latest", true),
            ("http://100.64.0.1/", true),
            ("http://[fd00::1]/", true),
            ("http://[::ffff:10.0.0.1]/", true),
            ("http://[fe80::1]/", true),
            ("http://0.0.0.0/", true),
            ("https://a.example/", false),
            ("https://8.8.8.8/", false),
        ] {
            assert_eq!(is_private(&Url::parse(text).expect(text)), private, "{text}");
        }
    }
}
