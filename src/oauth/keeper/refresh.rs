//! One refresh, under a lease (RFC 6749 §6).

use std::time::Duration;

use tokio::time::{Instant, sleep};
use url::Url;

use super::error::words;
use super::{Inner, KeeperError};
use crate::oauth::client::post::Post;
use crate::oauth::response::{Issued, NoToken, Refusal, token};
use crate::oauth::vault::{Access, Grant, Lease, Pending, State, Tokens, VaultError};
use crate::secret::Secret;

/// Of one request.
const TIMEOUT: Duration = Duration::from_secs(12);
/// For all repetitions; with one request more it is less than the lease.
const BUDGET: Duration = Duration::from_secs(30);
/// Repetitions of what may pass by itself.
const TRIES: u32 = 3;
/// How often a write is tried when a token hangs on it.
const WRITES: u32 = 20;

/// What one request came to.
enum Came {
    Issued(Issued),
    /// Nothing left this machine.
    NotSent(String),
    /// Said no, or said something else.
    No(NoToken),
    /// The answer was lost on the way; whether the server rotated is not known.
    Lost(String),
}

impl Inner {
    /// Reads again (somebody may have been faster), then refreshes.
    pub(super) async fn under(&self, lease: &Lease, refused: Option<&Secret>) -> Result<Access, KeeperError> {
        let (grant, tokens) = self.read(&lease.name).await?;
        if let Some(access) = self.usable(&tokens, refused) {
            return Ok(access);
        }
        self.steps.at("read");
        let Some(presented) = tokens.refresh.clone() else {
            return Err(KeeperError::NoRefreshToken {
                name: lease.name.clone(),
                endpoint: grant.endpoint.clone(),
            });
        };
        let refresh = Refresh {
            inner: self,
            lease,
            grant,
            tokens,
            presented,
            end: Instant::now() + BUDGET,
        };
        refresh.run().await
    }
}

struct Refresh<'a> {
    inner: &'a Inner,
    lease: &'a Lease,
    grant: Grant,
    tokens: Tokens,
    presented: Secret,
    end: Instant,
}

impl Refresh<'_> {
    async fn run(mut self) -> Result<Access, KeeperError> {
        self.wait_as_asked().await?;
        let mut tries = 0;
        loop {
            tries += 1;
            self.note(|pending| pending.sent += 1).await?;
            self.inner.steps.at("noted");
            let came = self.send().await;
            self.inner.steps.at("answered");
            let mut asked = None;
            let (why, pause) = match came {
                Came::Issued(issued) => return self.keep(issued).await,
                Came::No(NoToken::Refused(refusal)) => return Err(self.refused(refusal).await),
                Came::No(no) => {
                    if let NoToken::Limited { pause, .. } = no {
                        asked = pause;
                    }
                    if rotated_nothing(&no) {
                        self.unsent();
                    }
                    (words(&no, &self.grant), pause_after(&no, tries))
                }
                Came::NotSent(why) => {
                    self.unsent();
                    (why, Some(backoff(tries)))
                }
                Came::Lost(why) => (why, Some(backoff(tries))),
            };
            let wait = pause.filter(|pause| tries < TRIES && Instant::now() + *pause < self.end);
            let Some(wait) = wait else {
                return Err(self.failed(why, asked).await);
            };
            sleep(wait).await;
        }
    }

    /// `Retry-After` of an earlier refresh, perhaps of another process.
    async fn wait_as_asked(&self) -> Result<(), KeeperError> {
        let asked = self
            .tokens
            .pending
            .as_ref()
            .and_then(|pending| pending.not_before);
        let left = asked.unwrap_or(0).saturating_sub(self.inner.clock.seconds());
        if left == 0 {
            return Ok(());
        }
        if Instant::now() + Duration::from_secs(left) >= self.end {
            return Err(KeeperError::Wait {
                name: self.lease.name.clone(),
                seconds: left,
            });
        }
        sleep(Duration::from_secs(left)).await;
        Ok(())
    }

    async fn send(&self) -> Came {
        let Ok(endpoint) = Url::parse(&self.grant.token_endpoint) else {
            return Came::NotSent("the stored token endpoint is no URL".to_owned());
        };
        let post = Post {
            endpoint: &endpoint,
            client: &self.grant.client,
            audience: &self.grant.issuer,
            now: self.inner.clock.seconds(),
            timeout: TIMEOUT,
        };
        let mut params = vec![
            ("grant_type", "refresh_token"),
            ("refresh_token", self.presented.expose()),
        ];
        // RFC 8707 §2.2: the same resource as at the beginning.
        params.extend(
            self.grant
                .resource
                .as_deref()
                .map(|resource| ("resource", resource)),
        );
        let exchange = match post.send(&self.inner.wire, &params).await {
            Ok(exchange) => exchange,
            Err(why) => return Came::NotSent(why),
        };
        match exchange.response {
            Ok(response) => match token(&response) {
                Ok(issued) => Came::Issued(issued),
                Err(no) => Came::No(no),
            },
            Err(error) if error.before_sending() => Came::NotSent(error.to_string()),
            Err(error) => Came::Lost(error.to_string()),
        }
    }

    /// Durable before it is handed out.
    async fn keep(mut self, issued: Issued) -> Result<Access, KeeperError> {
        let now = self.inner.clock.seconds();
        let bearer = issued.token_type.eq_ignore_ascii_case("bearer");
        let access = Access {
            token: issued.access_token,
            obtained: now,
            expires: issued.expires_in.map(|life| now.saturating_add(life.as_secs())),
        };
        if let Some(scope) = issued.scope {
            self.grant.scope = scope.split_whitespace().map(str::to_owned).collect();
        }
        self.grant.state = State::Connected(Tokens {
            access: bearer.then(|| access.clone()),
            // RFC 6749 §6: where none comes, the old one stays.
            refresh: Some(issued.refresh_token.unwrap_or(self.presented)),
            refreshes: self.tokens.refreshes + 1,
            pending: None,
            alarm: None,
        });
        let mut tries = 0;
        loop {
            tries += 1;
            match self.inner.vault.commit(self.lease, &self.grant).await {
                Ok(()) if bearer => return Ok(access),
                Ok(()) => {
                    return Err(KeeperError::Refused {
                        name: self.lease.name.clone(),
                        issuer: self.grant.issuer,
                        said: format!("its token is of type `{}`, not Bearer", issued.token_type),
                    });
                }
                Err(error @ VaultError::Fenced { .. }) => return Err(error.into()),
                Err(why) if tries == WRITES => {
                    return Err(KeeperError::NotKept {
                        name: self.lease.name.clone(),
                        why,
                    });
                }
                Err(_) => sleep(Duration::from_millis(250)).await,
            }
        }
    }

    async fn refused(&mut self, refusal: Refusal) -> KeeperError {
        let (name, issuer) = (self.lease.name.clone(), self.grant.issuer.clone());
        let said = words(&NoToken::Refused(refusal.clone()), &self.grant);
        let before = self.pending().sent.saturating_sub(1);
        // A refusal is an answer: this request rotated nothing.
        self.unsent();
        match refusal.error.as_str() {
            "invalid_grant" => {
                let why = format!(
                    "{issuer} does not take its refresh token any more ({said}){}",
                    lost_before(before)
                );
                let at = self.inner.clock.seconds();
                self.grant.state = State::Disconnected { at, why: why.clone() };
                let error = KeeperError::Disconnected {
                    name,
                    endpoint: self.grant.endpoint.clone(),
                    why,
                };
                self.written(error).await
            }
            "invalid_client" => {
                self.tokens.alarm = Some((self.inner.clock.seconds(), said.clone()));
                self.store();
                self.written(KeeperError::ClientRefused { name, issuer, said })
                    .await
            }
            _ => {
                self.store();
                self.written(KeeperError::Refused { name, issuer, said }).await
            }
        }
    }

    async fn failed(&mut self, why: String, asked: Option<Duration>) -> KeeperError {
        let now = self.inner.clock.seconds();
        let sent = self.pending().sent;
        self.pending().not_before = asked.map(|pause| now.saturating_add(pause.as_secs()));
        self.store();
        self.written(KeeperError::Failed {
            name: self.lease.name.clone(),
            why,
            known: unanswered(sent),
        })
        .await
    }

    fn pending(&mut self) -> &mut Pending {
        let now = self.inner.clock.seconds();
        self.tokens.pending.get_or_insert_with(|| Pending {
            since: now,
            ..Pending::default()
        })
    }

    fn unsent(&mut self) {
        let pending = self.pending();
        pending.sent = pending.sent.saturating_sub(1);
    }

    fn store(&mut self) {
        let idle = |pending: &Pending| pending.sent == 0 && pending.not_before.is_none();
        if self.tokens.pending.as_ref().is_some_and(idle) {
            self.tokens.pending = None;
        }
        self.grant.state = State::Connected(self.tokens.clone());
    }

    /// Written down before anything is sent. Where that fails nothing is sent, and nothing is lost.
    async fn note(&mut self, change: impl FnOnce(&mut Pending)) -> Result<(), KeeperError> {
        let pending = self.pending();
        pending.not_before = None;
        change(pending);
        self.store();
        Ok(self.inner.vault.commit(self.lease, &self.grant).await?)
    }

    /// What happened weighs more than that it cannot be written down.
    async fn written(&self, error: KeeperError) -> KeeperError {
        match self.inner.vault.commit(self.lease, &self.grant).await {
            Err(fenced @ VaultError::Fenced { .. }) => fenced.into(),
            Ok(()) | Err(_) => error,
        }
    }
}

/// Whether it may be better in a moment, and when.
fn pause_after(no: &NoToken, tries: u32) -> Option<Duration> {
    match no {
        NoToken::Limited { pause, .. } => Some(pause.unwrap_or_else(|| backoff(tries))),
        NoToken::ServerFailed { .. } | NoToken::Cut { .. } => Some(backoff(tries)),
        // A success that cannot be read may have rotated; the same token is all there is.
        NoToken::NotJson { status, .. } | NoToken::Malformed { status, .. } if *status < 400 => {
            Some(backoff(tries))
        }
        _ => None,
    }
}

/// Answers of a server that did something else than to refresh.
fn rotated_nothing(no: &NoToken) -> bool {
    match no {
        NoToken::Limited { .. } | NoToken::Redirect { .. } | NoToken::ErrorInSuccess(_) => true,
        NoToken::Malformed { status, .. } | NoToken::NotJson { status, .. } => *status >= 400,
        _ => false,
    }
}

fn backoff(tries: u32) -> Duration {
    Duration::from_millis(150 * u64::from(tries.pow(2)) + rand::random_range(0..100))
}

fn lost_before(sent: u32) -> String {
    match sent {
        0 => String::new(),
        times => format!(
            "; {} sent before and brought no token: the server may have rotated it then, and take what followed for the use of a stolen one",
            requests(times)
        ),
    }
}

fn unanswered(sent: u32) -> String {
    match sent {
        0 => String::new(),
        times => format!(
            "; {} sent and brought no token, so the server may have rotated it: one that tolerates a lost answer takes it again",
            requests(times)
        ),
    }
}

fn requests(times: u32) -> String {
    if times == 1 {
        "1 request with it was".to_owned()
    } else {
        format!("{times} requests with it were")
    }
}
