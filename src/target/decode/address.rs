//! URLs of a target file.

use url::{Host, Url};

use super::reference::{self, Place};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::model::Template;
use crate::scenario::yaml::Node;

/// An `https` URL, or `http` on loopback (elsewhere with a warning). One with references is checked when they are known.
pub(super) fn endpoint(node: &Node, diagnostics: &mut Diagnostics) -> Option<Template> {
    let template = reference::text(node, Place::Fact, diagnostics)?;
    let Some(text) = template.as_literal() else {
        return Some(template);
    };
    let url = read(text, node, diagnostics)?;
    if url.scheme() == "http" && !is_loopback(&url) {
        diagnostics
            .warning(
                "plain-http",
                &node.at,
                "credentials would travel in the clear to this host",
            )
            .help(format!("https://{}", text.trim_start_matches("http://")));
    }
    Some(template)
}

/// The plain origin beside an https endpoint.
pub(super) fn plain(node: &Node, diagnostics: &mut Diagnostics) -> Option<Template> {
    let template = reference::text(node, Place::Fact, diagnostics)?;
    let Some(text) = template.as_literal() else {
        return Some(template);
    };
    let url = read(text, node, diagnostics)?;
    if url.scheme() != "http" {
        diagnostics
            .error(
                "bad-url",
                &node.at,
                "`plain` is the http:// origin beside the https one",
            )
            .help(format!("plain: http://{}", text.trim_start_matches("https://")));
        return None;
    }
    Some(template)
}

fn read(text: &str, node: &Node, diagnostics: &mut Diagnostics) -> Option<Url> {
    match parse(text) {
        Ok(url) => Some(url),
        Err(reason) => {
            if reason == USERINFO {
                diagnostics.conceal(&node.at);
            }
            let found = diagnostics.error("bad-url", &node.at, format!("this is not a usable URL: {reason}"));
            if !text.contains("://") {
                found.help(format!(
                    "write the scheme too: `https://{}`",
                    text.trim_start_matches('/')
                ));
            }
            None
        }
    }
}

const USERINFO: &str = "it holds a user name or password; credentials belong to principals";

/// An absolute http(s) URL with a host, no user information and no fragment. The error never repeats the text.
pub(in crate::target) fn parse(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("its scheme is {}, not http or https", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(USERINFO.to_owned());
    }
    if url.fragment().is_some() {
        return Err("it has a fragment, which is never sent".to_owned());
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
