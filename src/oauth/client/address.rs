//! Where a client may go. A metadata document is written by a stranger: it must not send tokens in the clear, and not
//! make this machine look around in its own network.

use url::{Host, Url};

use super::LoginError;
use crate::oauth::metadata::is_private;

/// What addresses are taken, seen from the MCP endpoint.
#[derive(Debug, Clone)]
pub(super) struct Bounds {
    /// The endpoint is itself in a private network, or on this machine.
    private: bool,
    /// The name `localhost` is taken for this machine.
    localhost: bool,
}

impl Bounds {
    /// Those of an endpoint; refused where it is itself no address to send a token to.
    pub(super) fn of(endpoint: &Url, localhost: bool) -> Result<Self, LoginError> {
        let bounds = Self {
            private: is_private(endpoint),
            localhost,
        };
        bounds.check("the MCP endpoint", endpoint)?;
        Ok(bounds)
    }

    /// https, or http on a literal address of this machine: names can be made to lead elsewhere (RFC 8252 §8.3).
    pub(super) fn check(&self, what: &'static str, url: &Url) -> Result<(), LoginError> {
        let refuse = |why| {
            Err(LoginError::Address {
                what,
                url: bare(url),
                why,
            })
        };
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("it has a user name or a password in it");
        }
        if url.fragment().is_some() {
            return refuse("it has a fragment");
        }
        match (url.scheme(), url.host()) {
            ("https", Some(_)) => {}
            ("http", Some(Host::Ipv4(address))) if address.is_loopback() => {}
            ("http", Some(Host::Ipv6(address))) if address.is_loopback() => {}
            ("http", Some(Host::Domain("localhost"))) if self.localhost => {}
            ("http", Some(Host::Domain("localhost"))) => {
                return refuse(
                    "a name is no literal loopback address; write http://127.0.0.1, or --allow-localhost",
                );
            }
            _ => return refuse("neither https nor http on a literal loopback address"),
        }
        if is_private(url) && !self.private {
            return refuse("a public server points into a private network");
        }
        Ok(())
    }

    /// The same of a text.
    pub(super) fn parse(&self, what: &'static str, text: &str) -> Result<Url, LoginError> {
        let Ok(url) = Url::parse(text) else {
            return Err(LoginError::NotAUrl {
                what,
                text: text.chars().take(200).collect(),
            });
        };
        self.check(what, &url)?;
        Ok(url)
    }
}

/// Without what may be secret.
pub(super) fn bare(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_client_goes() {
        let url = |text: &str| Url::parse(text).expect("a URL");
        let public = Bounds::of(&url("https://a.example/mcp"), false).expect("bounds");
        let local = Bounds::of(&url("http://127.0.0.1:8000/mcp"), false).expect("bounds");
        for (text, from_outside, from_here) in [
            ("https://b.example/token", true, true),
            ("http://b.example/token", false, false),
            ("http://127.0.0.1:9/token", false, true),
            ("http://[::1]:9/token", false, true),
            ("http://localhost:9/token", false, false),
            ("http://127.0.0.1.b.example/token", false, false),
            ("http://10.0.0.1/token", false, false),
            ("https://10.0.0.1/token", false, true),
            ("https://169.254.169.254/latest", false, true),
            ("https://u:p@b.example/token", false, false),
            ("https://b.example/token#x", false, false),
            ("file:///etc/passwd", false, false),
        ] {
            let url = url(text);
            assert_eq!(
                public.check("it", &url).is_ok(),
                from_outside,
                "{text} from outside"
            );
            assert_eq!(local.check("it", &url).is_ok(), from_here, "{text} from here");
        }
        assert!(Bounds::of(&url("http://localhost:8000/mcp"), false).is_err());
        assert!(Bounds::of(&url("http://localhost:8000/mcp"), true).is_ok());
    }
}
