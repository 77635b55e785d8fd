//! The answer of the authorization endpoint to the client: the redirect URI with parameters (RFC 6749 §4.1.2).
//!
//! Whoever drives a flow reads it from the `Location` header. Nobody listens at a redirect URI, and it is never called.

use url::Url;

/// Where its parameters stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `?code=…`.
    Query,
    /// `#code=…`.
    Fragment,
}

impl Place {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Place::Query => "query",
            Place::Fragment => "fragment",
        }
    }
}

/// A callback. Its values are credentials: no `Debug` shows them.
#[derive(Clone, PartialEq, Eq)]
pub struct Callback {
    /// The redirect URI as it was called, without what was added to it.
    pub to: String,
    /// Query parameters, then those of the fragment, in order, decoded.
    pub params: Vec<(String, String)>,
    /// Where the answer stands: in the fragment where that has any parameter, else in the query.
    pub place: Place,
    /// It is the redirect URI that was sent, not only one on the same host.
    pub exact: bool,
}

impl std::fmt::Debug for Callback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.params.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Callback")
            .field("to", &self.to)
            .field("params", &names)
            .field("place", &self.place)
            .field("exact", &self.exact)
            .finish()
    }
}

impl Callback {
    /// The same where several redirect URIs were sent: the one that was called exactly, else the first on its host.
    pub fn read_any(location: &str, base: &Url, sent: &[&str]) -> Option<Self> {
        let mut read: Vec<Self> = sent
            .iter()
            .filter_map(|sent| Self::read(location, base, sent))
            .collect();
        let exact = read.iter().position(|back| back.exact);
        (!read.is_empty()).then(|| read.swap_remove(exact.unwrap_or(0)))
    }

    /// Reads a `Location`. `None` where it is neither the redirect URI that was sent nor one on its host.
    ///
    /// `base` is the URL whose answer it is; `sent` the redirect URI as it was sent.
    pub fn read(location: &str, base: &Url, sent: &str) -> Option<Self> {
        let called = base.join(location).ok()?;
        let wanted = Url::parse(sent).ok()?;
        let exact = is_called(&called, &wanted);
        if !exact && (!same_host(&called, &wanted) || is_own(&called, base)) {
            return None;
        }
        let own: Vec<(String, String)> = wanted.query_pairs().into_owned().collect();
        let mut params: Vec<(String, String)> = called.query_pairs().into_owned().collect();
        if exact {
            // What the redirect URI had before is not part of the answer.
            for one in &own {
                if let Some(at) = params.iter().position(|other| other == one) {
                    params.remove(at);
                }
            }
        }
        let fragment: Vec<(String, String)> =
            url::form_urlencoded::parse(called.fragment().unwrap_or_default().as_bytes())
                .into_owned()
                .filter(|(name, _)| !name.is_empty())
                .collect();
        let place = if fragment.is_empty() {
            Place::Query
        } else {
            Place::Fragment
        };
        params.extend(fragment);
        let mut to = called;
        to.set_query(None);
        to.set_fragment(None);
        Some(Self {
            to: to.to_string(),
            params,
            place,
            exact,
        })
    }

    /// The first value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.params.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The refusal, where it is one (RFC 6749 §4.1.2.1).
    pub fn error(&self) -> Option<&str> {
        self.get("error")
    }
}

/// A page of the server itself: on loopback everything has one host.
fn is_own(called: &Url, base: &Url) -> bool {
    let answers = |name: &str| ["code", "error", "state", "access_token", "id_token"].contains(&name);
    called.origin() == base.origin()
        || (super::metadata::is_loopback(called)
            && super::metadata::is_loopback(base)
            && called.fragment().is_none()
            && !called.query_pairs().any(|(name, _)| answers(&name)))
}

fn same_host(a: &Url, b: &Url) -> bool {
    match (a.host_str(), b.host_str()) {
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(b) && a.len() == b.len(),
        // `com.example.app:/callback`: a scheme of an app has no host.
        (None, None) => a.scheme() == b.scheme(),
        _ => false,
    }
}

/// The URI that was sent, with parameters added.
fn is_called(called: &Url, wanted: &Url) -> bool {
    let bare = |url: &Url| {
        let mut url = url.clone();
        url.set_query(None);
        url.set_fragment(None);
        url
    };
    let own: Vec<_> = wanted.query_pairs().collect();
    let has = |one: &(_, _)| called.query_pairs().any(|other| other == *one);
    bare(called) == bare(wanted) && own.iter().all(has)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(location: &str, sent: &str) -> Option<Callback> {
        let base = Url::parse("https://as.example/authorize").expect("a URL");
        Callback::read(location, &base, sent)
    }

    #[test]
    fn parameters_of_query_and_fragment() {
        let sent = "https://app.example/cb?tenant=1";
        let back = read("https://app.example/cb?tenant=1&code=a%2Bb&state=s", sent).expect("a callback");
        assert_eq!((back.get("code"), back.get("state")), (Some("a+b"), Some("s")));
        assert_eq!(
            (back.get("tenant"), back.place, back.exact),
            (None, Place::Query, true)
        );
        let back = read("https://app.example/cb?tenant=1#error=access_denied", sent).expect("a callback");
        assert_eq!(
            (back.error(), back.place),
            (Some("access_denied"), Place::Fragment)
        );
        assert!(!format!("{back:?}").contains("access_denied"));
    }

    #[test]
    fn another_place_on_the_host_is_a_callback_that_is_not_exact() {
        let sent = "http://127.0.0.1:4711/callback";
        for (location, exact) in [
            ("http://127.0.0.1:4711/callback?code=x", Some(true)),
            ("http://127.0.0.1:4712/callback?code=x", Some(false)),
            ("http://127.0.0.1:4711/callback/x?code=x", Some(false)),
            ("http://localhost:4711/callback?code=x", None),
            ("/login", None),
            (
                "https://as.example/login?next=http://127.0.0.1:4711/callback",
                None,
            ),
        ] {
            assert_eq!(read(location, sent).map(|back| back.exact), exact, "{location}");
        }
        let app = read("com.example.app:/cb?code=x", "com.example.app:/cb").expect("a callback");
        assert!(app.exact);
    }
}
