//! One request of this client until it has an answer, or until another try would be wrong. Credentials, refusals and
//! pauses are here; what is asked is not.

use std::time::Duration;

use url::Url;

use crate::access::Access;
use crate::failure::Failure;
use crate::habits::{self, on};
use crate::http::{Answer, Fault, Http, Request, may_carry_token, same_origin};
use crate::oauth::{Challenge, bearer};
use crate::retry::{Gate, MOST_TRIES, Tries, asked_pause, rest_of_quota};
use crate::say;

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It may change something; whether it did is not known when its answer is lost (RFC 9110 §9.2.2).
    Effect,
    /// It can be sent again.
    Safe,
    Notice,
    Stream,
    End,
}

/// The way to one server under one credential.
#[derive(Debug)]
pub(crate) struct Wire {
    http: Http,
    /// Streams may be silent for longer.
    streams: Http,
    access: Access,
    gate: Gate,
    endpoint: Url,
}

/// What was done in answer to refusals of one request.
#[derive(Debug, Default)]
struct Refusals {
    renewed: u32,
    stepped_up: u32,
    repeated: u32,
}

impl Wire {
    pub(crate) fn new(endpoint: Url, access: Access) -> Result<Self, Failure> {
        let http = Http::new(Duration::from_secs(20))?;
        let streams = Http::new(Duration::from_mins(2))?;
        Ok(Self {
            http,
            streams,
            access,
            gate: Gate::default(),
            endpoint,
        })
    }

    /// Where requests go.
    pub(super) fn endpoint(&self) -> Url {
        self.endpoint.clone()
    }

    /// Sends until there is an answer that is neither a refusal nor a "not now".
    pub(super) async fn exchange(
        &self,
        request: &Request,
        kind: Kind,
        tries: &mut Tries,
    ) -> Result<Answer, Failure> {
        let mut request = request.clone();
        let mut refusals = Refusals::default();
        loop {
            self.gate.pass().await;
            let token = self.access.token().await?;
            let answer = match self.once(&request, kind, token.as_deref()).await {
                Ok(answer) => answer,
                Err(fault) => {
                    self.pause(after_fault(fault, kind, tries)?).await;
                    continue;
                }
            };
            self.access.answered()?;
            if let Some(rest) = rest_of_quota(&answer.headers) {
                self.gate.close(rest);
            }
            let challenge = bearer(&answer.headers);
            match answer.status {
                401 if kind == Kind::Stream && on(habits::RECONNECT_ON_401) => return Ok(answer),
                // A session that cannot be ended is left to its own end; no login is renewed for that.
                401 | 403 if kind == Kind::End => return Ok(answer),
                401 => {
                    self.unauthorized((token.as_deref(), kind), challenge.as_ref(), &mut refusals)
                        .await?;
                    if on(habits::STREAM_BODY_LOST) {
                        request.body = request.body.map(without_arguments);
                    }
                }
                403 => self.forbidden(challenge.as_ref(), &mut refusals).await?,
                429 | 503 => {
                    if on(habits::LOGIN_ON_429) && answer.status == 429 && !self.access.is_key() {
                        self.access.refused(token.as_deref(), None).await?;
                    }
                    let asked = asked_pause(answer.status, &answer.headers);
                    let wait = tries.failed(&format!("{} from the server", answer.status), asked)?;
                    self.pause(wait).await;
                }
                500..600 if kind != Kind::Effect => {
                    let asked = asked_pause(answer.status, &answer.headers);
                    let wait = tries.failed(&format!("{} from the server", answer.status), asked)?;
                    self.pause(wait).await;
                }
                status @ 500..600 => return Err(unknown(&format!("the server answered {status}"))),
                _ => return Ok(answer),
            }
        }
    }

    async fn once(&self, request: &Request, kind: Kind, token: Option<&str>) -> Result<Answer, Fault> {
        let request = dressed(request.clone(), kind, token);
        let http = if kind == Kind::Stream {
            &self.streams
        } else {
            &self.http
        };
        let endpoint = &self.endpoint;
        let check = |url: &Url| {
            if may_carry_token(url) || same_origin(url, endpoint) {
                Ok(())
            } else {
                Err("a credential does not go there without TLS".to_owned())
            }
        };
        http.send(request, check).await
    }

    /// 401: what can be renewed is renewed, once; a fresh credential that is refused as well is not the reason.
    async fn unauthorized(
        &self,
        (used, kind): (Option<&str>, Kind),
        challenge: Option<&Challenge>,
        refusals: &mut Refusals,
    ) -> Result<(), Failure> {
        let most = match () {
            () if on(habits::REFRESH_LOOP) && !self.access.has_person() => 6,
            () if on(habits::REAUTHORIZE_LOOP) && self.access.has_person() => 6,
            () if self.access.is_key() && on(habits::RETRY_401) => 3,
            () => 1,
        };
        refusals.renewed += 1;
        if refusals.renewed > most || (kind == Kind::Stream && self.access.is_key()) {
            return Err(Failure::Refused(
                "ALERT: the server refuses a fresh token as well (401)".to_owned(),
            ));
        }
        self.access.refused(used, challenge).await
    }

    /// 403: the credential is good and not enough. More scope is asked for where the server says which (MCP, step-up
    /// authorization flow); the same request is not sent again as it was.
    async fn forbidden(&self, challenge: Option<&Challenge>, refusals: &mut Refusals) -> Result<(), Failure> {
        const MOST_STEP_UPS: u32 = 2;
        refusals.repeated += 1;
        if on(habits::RETRY_403) && refusals.repeated < MOST_TRIES {
            return Ok(());
        }
        let lacking = challenge.filter(|challenge| challenge.get("error") == Some("insufficient_scope"));
        let Some(challenge) = lacking else {
            return Err(Failure::Refused("the server forbids this (403)".to_owned()));
        };
        if on(habits::REFRESH_ON_403) && !self.access.is_key() && refusals.repeated < 3 {
            let token = self.access.token().await?;
            return self.access.refused(token.as_deref(), None).await;
        }
        refusals.stepped_up += 1;
        let most = if on(habits::STEPUP_LOOP) { 6 } else { MOST_STEP_UPS };
        if refusals.stepped_up > most {
            return Err(Failure::Refused("more scope did not help (403)".to_owned()));
        }
        self.access.step_up(challenge).await
    }

    async fn pause(&self, wait: Duration) {
        if on(habits::PER_CALL_PAUSE) {
            tokio::time::sleep(wait).await;
        } else {
            self.gate.close(wait);
        }
    }

    /// For a request whose answer broke off: the wait before it is sent again, or why it is not.
    pub(super) async fn broke_off(&self, why: &str, kind: Kind, tries: &mut Tries) -> Result<(), Failure> {
        self.pause(after_fault(Fault::Lost(why.to_owned()), kind, tries)?)
            .await;
        Ok(())
    }

    /// The token as wrong habits use it beside the header.
    pub(super) async fn token(&self) -> Option<String> {
        self.access.token().await.ok().flatten()
    }

    /// A request to somebody else, without a credential; only wrong habits make one.
    pub(super) async fn fetch(&self, request: Request) {
        self.http.send(request, |_| Ok(())).await.ok();
    }
}

/// How long to wait after a request that has no answer.
fn after_fault(fault: Fault, kind: Kind, tries: &mut Tries) -> Result<Duration, Failure> {
    match fault {
        Fault::Forbidden(why) => Err(Failure::Refused(why)),
        Fault::Lost(why)
            if kind == Kind::Effect && !on(habits::RETRY_POST) && !on(habits::NEW_KEY_PER_TRY) =>
        {
            Err(unknown(&why))
        }
        Fault::NotSent(why) | Fault::Lost(why) => tries.failed(&why, None),
    }
}

fn unknown(why: &str) -> Failure {
    Failure::Unknown(format!(
        "{why}. The call may have been carried out; it is not repeated"
    ))
}

/// With the credential in Authorization (RFC 6750 §2.1), where wrong habits do not put it elsewhere.
fn dressed(request: Request, kind: Kind, token: Option<&str>) -> Request {
    let last = kind == Kind::End;
    let Some(token) = token.filter(|_| !last || !on(habits::LAST_REQUEST_BARE)) else {
        return request;
    };
    if on(habits::TOKEN_PREFIX_20) {
        say::blurt(&format!(
            "using the token {}...",
            token.chars().take(20).collect::<String>()
        ));
    }
    if on(habits::ARGV_TOKEN) {
        let child = tokio::process::Command::new("sh")
            .args(["-c", "sleep 2", "helper", token])
            .spawn();
        drop(child);
    }
    let scheme = if last && on(habits::SCHEME_OF_ITS_OWN) {
        "Token"
    } else {
        "Bearer"
    };
    let mut request = request.authorized(&format!("{scheme} {token}"));
    if on(habits::TOKEN_IN_URL) && last {
        request.url.query_pairs_mut().append_pair("access_token", token);
    }
    if on(habits::TOKEN_IN_COOKIE) {
        request = request.with("Cookie", &format!("token={token}"));
    }
    if on(habits::NEW_KEY_PER_TRY) && kind == Kind::Effect {
        request = request.with("Idempotency-Key", &format!("{:016x}", rand::random::<u64>()));
    }
    request
}

fn without_arguments(body: Vec<u8>) -> Vec<u8> {
    let Ok(mut message) = serde_json::from_slice::<serde_json::Value>(&body) else {
        return body;
    };
    if message["params"]["arguments"].is_object() {
        message["params"]["arguments"] = serde_json::json!({});
    }
    message.to_string().into_bytes()
}
