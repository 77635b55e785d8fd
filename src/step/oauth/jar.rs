//! Cookies of a flow, as far as a sign-in needs them (RFC 6265 §5): by origin and path, until the flow ends.

use url::Url;

use crate::wire::Response;

/// Most cookies of a jar, and bytes of one.
const MOST: usize = 50;
const LONGEST: usize = 4096;

#[derive(Debug, Clone)]
struct Cookie {
    host: String,
    path: String,
    name: String,
    value: String,
    secure: bool,
}

/// Keeps cookies and gives them back to where they came from.
#[derive(Clone, Default)]
pub(super) struct Jar(Vec<Cookie>);

impl Jar {
    /// Takes the cookies of an answer. A `Domain` is not heeded: what one host set no other gets.
    pub(super) fn keep(&mut self, from: &Url, response: &Response) {
        let Some(host) = from.host_str() else { return };
        for line in response.header_values("set-cookie") {
            let text = String::from_utf8_lossy(line);
            let mut parts = text.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
                continue;
            };
            let mut cookie = Cookie {
                host: host.to_owned(),
                path: default_path(from),
                name: name.trim().to_owned(),
                value: value.trim().to_owned(),
                secure: false,
            };
            let mut over = false;
            for part in parts {
                let (key, value) = part.split_once('=').unwrap_or((part, ""));
                match key.to_ascii_lowercase().as_str() {
                    "path" if value.starts_with('/') => value.clone_into(&mut cookie.path),
                    "secure" => cookie.secure = true,
                    "max-age" => over = value.parse::<i64>().is_ok_and(|left| left <= 0),
                    _ => {}
                }
            }
            self.0.retain(|other| {
                (&other.host, &other.path, &other.name) != (&cookie.host, &cookie.path, &cookie.name)
            });
            if !over && self.0.len() < MOST && cookie.name.len() + cookie.value.len() <= LONGEST {
                self.0.push(cookie);
            }
        }
    }

    /// The `Cookie` line for a request.
    pub(super) fn line(&self, to: &Url) -> Option<String> {
        let fits = |cookie: &&Cookie| {
            let path = to.path();
            let below = path == cookie.path
                || (path.starts_with(&cookie.path)
                    && (cookie.path.ends_with('/') || path[cookie.path.len()..].starts_with('/')));
            let safe = to.scheme() == "https" || crate::oauth::metadata::is_loopback(to);
            to.host_str() == Some(&cookie.host) && below && (safe || !cookie.secure)
        };
        let pairs: Vec<String> = self
            .0
            .iter()
            .filter(fits)
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// The values, which are credentials of a session.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|cookie| cookie.value.as_str())
    }
}

/// Up to the last slash (RFC 6265 §5.1.4).
fn default_path(url: &Url) -> String {
    match url.path().rfind('/') {
        None | Some(0) => "/".to_owned(),
        Some(at) => url.path()[..at].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_go_back_to_where_they_came_from() {
        let url = |text: &str| Url::parse(text).expect("a URL");
        let mut jar = Jar::default();
        let set = |lines: &[&str]| Response {
            headers: lines
                .iter()
                .map(|line| ("Set-Cookie".to_owned(), line.as_bytes().to_vec()))
                .collect(),
            ..Response::default()
        };
        jar.keep(
            &url("https://a.example/connect/x"),
            &set(&[
                "s=1; Path=/; Secure; HttpOnly; SameSite=Lax",
                "t=2",
                "u=3; Path=/other",
                "bad",
            ]),
        );
        assert_eq!(
            jar.line(&url("https://a.example/connect")).as_deref(),
            Some("s=1; t=2")
        );
        assert_eq!(
            jar.line(&url("https://a.example/connected")).as_deref(),
            Some("s=1")
        );
        assert_eq!(jar.line(&url("http://a.example/")), None);
        assert_eq!(jar.line(&url("https://b.example/")), None);
        jar.keep(
            &url("https://a.example/connect/x"),
            &set(&["s=; Path=/; Max-Age=0"]),
        );
        assert_eq!(jar.line(&url("https://a.example/")), None);
    }
}
