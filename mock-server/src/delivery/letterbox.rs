//! Where a delivery goes and how it is signed, and sending one there once.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::address;
use super::post::{Reply, post};
use super::sign::{Letter, headers};
use crate::defect::{Defect, evs, whs};
use crate::platform::Subscription;
use crate::state::{State, View};
use crate::variant;

/// How long a receiver may take, in seconds of the world's clock.
const PATIENCE: i64 = 20;
/// How often the world's clock is looked at meanwhile.
const GLANCE: Duration = Duration::from_millis(10);
/// An answer that is on its way when the clock is moved is not late.
const GRACE: Duration = Duration::from_millis(600);
/// The largest body of an answer that is looked at.
const LARGEST: usize = 4 << 10;
/// The scheme that signs with an asymmetric key.
const ASYMMETRIC: &str = "standard-webhooks-ed25519";

/// The end of a subscription where deliveries come in.
#[derive(Debug, Clone)]
pub(crate) struct Letterbox {
    url: String,
    scheme: &'static str,
    secrets: Vec<String>,
    /// `X-MCP-Subscription-Id`; with it, it is one of MCP Events.
    mark: Option<String>,
    /// That header is left out.
    unmarked: bool,
    /// Deliveries an hour.
    pub(super) cap: Option<usize>,
}

/// Defects of an attempt, by what it is for.
struct Bent {
    internal: Defect,
    /// Where an address leads with that one.
    leads: fn(&str) -> Option<SocketAddr>,
    /// Addresses are looked at before the first delivery and never again.
    once: Defect,
    redirected: Defect,
}

impl Letterbox {
    /// That of a webhook of the platform.
    pub(super) fn webhook(subscription: &Subscription, now: i64) -> Self {
        Self {
            url: subscription.target_url.clone(),
            scheme: subscription.scheme,
            secrets: subscription.secrets(now).into_iter().map(str::to_owned).collect(),
            mark: None,
            unmarked: false,
            cap: subscription.rate_limit_per_hour,
        }
    }

    /// That of a subscription of MCP Events.
    pub(crate) fn events(url: &str, secrets: Vec<String>, id: &str) -> Self {
        Self {
            url: url.to_owned(),
            scheme: "standard-webhooks",
            secrets,
            mark: Some(id.to_owned()),
            unmarked: false,
            cap: None,
        }
    }

    /// The same without the id of its subscription; only the defect `ev-drop-sub-header` asks for it.
    pub(super) fn unmarked(mut self) -> Self {
        self.unmarked = true;
        self
    }

    fn bent(&self) -> Bent {
        match self.mark {
            None => Bent {
                internal: whs::SSRF_WEBHOOK,
                leads: address::socket,
                once: whs::REBIND_TOCTOU,
                redirected: whs::FOLLOW_REDIRECT,
            },
            Some(_) => Bent {
                internal: evs::V4_MAPPED,
                leads: address::mapped,
                once: evs::SSRF_SUBSCRIBE_ONLY,
                redirected: evs::FOLLOW_REDIRECT,
            },
        }
    }

    /// Signs a letter and sends it once. The answer's body is read where somebody asks for it.
    pub(super) async fn send(
        &self,
        state: &Arc<State>,
        view: &View,
        letter: &Letter<'_>,
        read: bool,
    ) -> io::Result<Reply> {
        let (defects, bent) = (&view.defects, self.bent());
        let hosts = state.platform().webhooks.hosts.clone();
        let permitted = address::permitted(&self.url, &hosts);
        let to = match permitted {
            None if defects.has(bent.internal) => (bent.leads)(&self.url),
            // Who asks for the answer is about to subscribe.
            None if defects.has(bent.once) && !read => address::socket(&self.url),
            permitted => permitted,
        };
        let to = to.ok_or_else(|| io::Error::other("nothing is delivered there"))?;
        let secrets: Vec<&str> = self.secrets.iter().map(String::as_str).collect();
        let asymmetric = self.mark.is_some() && !read && defects.has(evs::V1A_ONLY);
        let scheme = if asymmetric { ASYMMETRIC } else { self.scheme };
        let mut lines = headers(scheme, &secrets, letter, defects);
        if self.mark.is_some() && view.variants.has(variant::EVENTS_V1A) {
            countersign(&mut lines, headers(ASYMMETRIC, &secrets, letter, defects));
        }
        let mark = self.mark.iter().filter(|_| !self.unmarked);
        lines.extend(mark.map(|id| ("X-MCP-Subscription-Id", id.clone())));
        let impatient = self.mark.is_none() && defects.has(whs::TIMEOUT_1S);
        let patience = if impatient { 1 } else { PATIENCE };
        let most = if read { LARGEST } else { 0 };
        let sent = post(to, &self.url, &lines, letter.body, most);
        let reply = in_time(state, patience, sent).await?;
        if defects.has(bent.redirected)
            && reply.status / 100 == 3
            && let Some(location) = &reply.location
            && let Some(to) = address::socket(location)
        {
            return in_time(state, patience, post(to, location, &lines, letter.body, most)).await;
        }
        Ok(reply)
    }
}

/// Sends a question that is no delivery, and reads what comes back.
pub(crate) async fn ask(
    state: &Arc<State>,
    view: &View,
    letterbox: &Letterbox,
    id: &str,
    body: &[u8],
) -> io::Result<Reply> {
    let timestamp = super::attempt::timestamp(state.clock.now(), None, &view.defects);
    let letter = Letter {
        id,
        timestamp: &timestamp,
        body,
    };
    letterbox.send(state, view, &letter, true).await
}

/// The word for what went wrong on the way; what it was in particular is nobody's business.
pub(crate) fn reason(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::TimedOut => "timeout",
        _ => "connection_refused",
    }
}

/// Puts the signatures of a second scheme behind those of the first.
fn countersign(lines: &mut [(&'static str, String)], others: Vec<(&'static str, String)>) {
    let find = |(name, _): &(&'static str, String)| *name == "webhook-signature";
    if let (Some(line), Some((_, more))) = (
        lines.iter_mut().find(|line| find(line)),
        others.into_iter().find(find),
    ) {
        line.1 = format!("{} {more}", line.1);
    }
}

/// At most so many seconds of the world's clock.
async fn in_time(
    state: &State,
    seconds: i64,
    sending: impl Future<Output = io::Result<Reply>>,
) -> io::Result<Reply> {
    let (end, begun) = (state.clock.millis() + seconds * 1_000, Instant::now());
    let over = async {
        while state.clock.millis() < end || begun.elapsed() < GRACE {
            tokio::time::sleep(GLANCE).await;
        }
    };
    tokio::select! {
        said = sending => said,
        () = over => Err(io::ErrorKind::TimedOut.into()),
    }
}
