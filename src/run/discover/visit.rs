//! One look at a server: whose credential is shown, how long it may take, and how a message is sent.

use std::time::{Duration, Instant};

use serde_json::Value as Json;
use url::Url;

use crate::mcp::{self, ClientInfo, Mirrored, Session};
use crate::step::Link;
use crate::target::Resolved;
use crate::wire::{Exchange, HeaderLine, Read, Request, Wire};

/// Longest wait for one answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// Longest first look as a whole.
pub(super) const LOOK: Duration = Duration::from_mins(1);

/// An open session and, over HTTP+SSE, its stream.
pub(super) struct Open {
    pub(super) session: Session,
    pub(super) link: Option<Link>,
}

impl Open {
    pub(super) fn plain(session: Session) -> Self {
        Self { session, link: None }
    }
}

pub(super) struct Visit<'a> {
    pub(super) wire: &'a Wire,
    pub(super) target: &'a Resolved,
    /// Whose credential is shown.
    pub(super) who: Option<&'a str>,
    /// The end of the whole look: what has not come by then is not waited for.
    pub(super) until: Instant,
}

impl Visit<'_> {
    pub(super) fn url(&self) -> String {
        self.target.mcp.to_string()
    }

    /// RFC 9728: the path form, then the root form.
    pub(super) async fn metadata(&self) -> String {
        let path = self.target.mcp.path().trim_end_matches('/');
        for suffix in [path, ""] {
            let mut url: Url = self.target.mcp.clone();
            url.set_query(None);
            url.set_path(&format!("/.well-known/oauth-protected-resource{suffix}"));
            let request = Request {
                method: "GET".to_owned(),
                url: url.clone(),
                target: None,
                headers: Vec::new(),
                body: bytes::Bytes::new(),
                timeout: self.patience(),
                redirects: 0,
                read: Read::Whole,
            };
            if let Ok(response) = self.wire.send(&request).await.response {
                let is_json = serde_json::from_slice::<Json>(&response.body)
                    .is_ok_and(|json| json.get("resource").is_some());
                if response.status == 200 && is_json {
                    return format!("protected resource metadata at {}", url.path());
                }
            }
        }
        "no protected resource metadata at its well-known places (RFC 9728 §3.1)".to_owned()
    }

    /// The answer to a message; over HTTP+SSE what the stream says to it, unless the POST was refused.
    pub(super) async fn post(&self, body: &Json, open: Option<&Open>, read: Read) -> Exchange {
        let session = open.map(|open| &open.session);
        let stateless = session
            .map(|session| session.revision)
            .filter(|revision| revision.is_stateless());
        let mut body = body.clone();
        let mut derived = mcp::headers_for(session.filter(|_| stateless.is_none()));
        if let Some(revision) = stateless {
            derived.extend(mcp::mirrored(&body, revision, &Mirrored::new()));
            mcp::with_meta(&mut body, revision, &ClientInfo::default(), None);
        }
        let mut headers: Vec<HeaderLine> = derived
            .into_iter()
            .map(|(name, value)| HeaderLine::Field(name, value.into_bytes()))
            .collect();
        headers.extend(self.own_headers());
        let link = open.and_then(|open| open.link.as_ref());
        let request = Request {
            method: "POST".to_owned(),
            url: link.map_or(&self.target.mcp, |link| &link.post).clone(),
            target: None,
            headers,
            body: body.to_string().into(),
            timeout: self.patience(),
            redirects: 0,
            read,
        };
        let Some(link) = link else {
            return self.wire.send(&request).await;
        };
        let id = body.get("id").cloned().unwrap_or_default();
        let mark = link.mark(&id);
        let posted = self.wire.send(&request).await;
        let taken = matches!(&posted.response, Ok(response) if (200..300).contains(&response.status));
        if !taken || id.is_null() {
            return posted;
        }
        link.hear(mark, &id, self.patience(), None).await
    }

    /// For one exchange.
    pub(super) fn patience(&self) -> Duration {
        let left = self.until.saturating_duration_since(Instant::now());
        self.target.target.timeouts.exchange.unwrap_or(PATIENCE).min(left)
    }

    pub(super) async fn end(&self, open: &Open) {
        let session = &open.session;
        if let Some(mut request) = mcp::end_request(&self.target.mcp, session, Duration::from_secs(2)) {
            request.headers.extend(self.own_headers());
            let _ = self.wire.send(&request).await;
        }
    }

    /// The credential, and what the target wants on every request.
    pub(super) fn own_headers(&self) -> Vec<HeaderLine> {
        let first = self.who.and_then(|name| self.target.principal(name));
        let token = first.and_then(|principal| principal.bearer.as_ref());
        let credential = token.map(|token| {
            HeaderLine::Field(
                "Authorization".to_owned(),
                format!("Bearer {}", token.expose()).into_bytes(),
            )
        });
        let standing = self
            .target
            .headers
            .iter()
            .map(|(name, value)| HeaderLine::Field(name.clone(), value.expose().as_bytes().to_vec()));
        credential.into_iter().chain(standing).collect()
    }
}
