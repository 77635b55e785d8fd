//! Keeps a login alive: one refresh at a time, the new refresh token durable before the new access token is used, a dead
//! grant deleted, everything else kept and tried again.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::sleep;
use url::Url;

use super::due;
use super::store::{Kept, Store};
use crate::config::Config;
use crate::failure::Failure;
use crate::habits::{self, on};
use crate::http::Http;
use crate::oauth::{
    Challenge, Flow, Login, Registered, TokenFault, covers, lifetime, now, refresh, resource_servers, words,
};
use crate::retry::Tries;
use crate::say::say;

/// A login and what renews it.
#[derive(Debug)]
pub(crate) struct Keeper {
    http: Http,
    store: Arc<Store>,
    endpoint: Url,
    endpoint_text: String,
    flow: Option<Flow>,
    held: Mutex<Held>,
    /// One renewal at a time; the others wait for what it brings.
    flight: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Held {
    login: Option<Login>,
    due: Option<u64>,
    /// A client that was registered before.
    registered: Option<Registered>,
    /// Scopes that were asked for already.
    asked: BTreeSet<String>,
    /// What a wrong habit saves too late.
    unsaved: Option<Login>,
}

impl Held {
    fn take(&mut self, login: Login) {
        self.due = due::from(&login);
        self.registered = Some(login.client.clone());
        self.login = Some(login);
    }
}

impl Keeper {
    /// What the store has wins over what the environment brings: a rotated token is there alone.
    pub(super) fn new(config: &Config, endpoint: &Url, http: &Http) -> Result<Self, Failure> {
        let client = config.client.clone();
        let store = store(config)?;
        let mut held = Held::default();
        match (store.load()?, given(config)) {
            (Some(Kept::Login(login)), _) => held.take(login),
            (Some(Kept::Disconnected(registered)), _) => held.registered = registered,
            // A token goes to the resource that it is for (RFC 8707 §3): elsewhere this client has none.
            (None, Some(login)) if !fits(&login, &config.endpoint_text) => {}
            (None, Some(login)) => {
                store.save(&Kept::Login(login.clone()))?;
                held.take(login);
            }
            (None, None) => {}
        }
        let flow = config.browser.clone().map(|program| Flow {
            http: http.clone(),
            endpoint: endpoint.clone(),
            endpoint_text: config.endpoint_text.clone(),
            client,
            issuer: config.issuer.clone(),
            program,
        });
        let ended = matches!(store.load()?, Some(Kept::Disconnected(_)));
        if ended && flow.is_none() {
            return Err(reconnect("the grant of the last login has ended"));
        }
        Ok(Self {
            http: http.clone(),
            store: Arc::new(store),
            endpoint: endpoint.clone(),
            endpoint_text: config.endpoint_text.clone(),
            flow,
            held: Mutex::new(held),
            flight: tokio::sync::Mutex::new(()),
        })
    }

    /// Whether somebody is there who could log in.
    pub(super) fn has_person(&self) -> bool {
        self.flow.is_some()
    }

    /// Whether the store knows of a login, alive or ended.
    pub(super) fn has_record(config: &Config) -> Result<bool, Failure> {
        Ok(store(config)?.load()?.is_some())
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The access token, renewed before where it is about to end.
    pub(super) async fn token(&self) -> Result<Option<String>, Failure> {
        let (login, due) = {
            let held = self.held();
            (held.login.clone(), held.due)
        };
        let Some(login) = login else {
            return Ok(None);
        };
        let due = due.is_some_and(|due| due <= now()) || on(habits::REFRESH_EVERY_CALL);
        let Some(token) = login
            .access_token
            .clone()
            .filter(|_| !due || login.refresh_token.is_none())
        else {
            let renewed = self.renew(login.access_token.as_deref()).await;
            return match (renewed, login.access_token.clone()) {
                (Ok(()), _) => Ok(self.current()),
                // What is not over yet can still be used.
                (Err(why @ (Failure::GaveUp(_) | Failure::TooLong { .. })), Some(token))
                    if !due::ended(&login) =>
                {
                    say(&why.to_string());
                    Ok(Some(token))
                }
                (Err(why), _) => Err(why),
            };
        };
        Ok(Some(token))
    }

    fn current(&self) -> Option<String> {
        self.held().login.as_ref()?.access_token.clone()
    }

    /// A token was refused.
    pub(super) async fn refused(
        &self,
        used: Option<&str>,
        challenge: Option<&Challenge>,
    ) -> Result<(), Failure> {
        if self.held().login.is_none() {
            return self.log_in(used, challenge, &BTreeSet::new()).await;
        }
        if self.moved(challenge).await {
            say("the resource has another authorization server now");
            return self.log_in(used, challenge, &BTreeSet::new()).await;
        }
        let can_refresh = self
            .held()
            .login
            .as_ref()
            .is_some_and(|login| login.refresh_token.is_some());
        if !can_refresh && !on(habits::NEEDS_REFRESH_TOKEN) && !on(habits::OVERWRITE_WITH_UNDEFINED) {
            return self.log_in(used, challenge, &BTreeSet::new()).await;
        }
        match self.renew(used).await {
            Err(Failure::Disconnected(why)) if self.flow.is_some() => {
                say(&why);
                self.log_in(used, challenge, &BTreeSet::new()).await
            }
            renewed => renewed,
        }
    }

    /// Whether the challenge leads to other authorization servers than the one of the login. Metadata that is not there
    /// or not right moves nothing.
    async fn moved(&self, challenge: Option<&Challenge>) -> bool {
        let Some(told) = challenge.and_then(|challenge| challenge.get("resource_metadata")) else {
            return false;
        };
        let issuer = self
            .held()
            .login
            .as_ref()
            .map(|login| login.client.issuer.clone())
            .unwrap_or_default();
        if issuer.is_empty() || on(habits::METADATA_FOREVER) {
            return false;
        }
        let servers = resource_servers(&self.http, &self.endpoint, &self.endpoint_text, told).await;
        servers.is_ok_and(|servers| !servers.is_empty() && !servers.contains(&issuer))
    }

    /// More scope, once for each that is asked for.
    pub(super) async fn step_up(&self, challenge: &Challenge) -> Result<(), Failure> {
        let wanted = challenge.get("scope").unwrap_or_default();
        let had = self
            .held()
            .login
            .as_ref()
            .map(|login| login.scopes.clone())
            .unwrap_or_default();
        let no = |why: &str| {
            Err(Failure::Refused(format!(
                "this needs the scope {wanted} (403): {why}"
            )))
        };
        if self.flow.is_none() || on(habits::NO_STEP_UP) {
            return no("log in again with it");
        }
        let all: BTreeSet<String> = had.union(&words(wanted)).cloned().collect();
        let text = all.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        if !self.held().asked.insert(text) && !on(habits::STEPUP_LOOP) {
            return no("it was asked for and did not help");
        }
        let used = self.current();
        self.log_in(used.as_deref(), Some(challenge), &had).await
    }

    async fn log_in(
        &self,
        used: Option<&str>,
        challenge: Option<&Challenge>,
        had: &BTreeSet<String>,
    ) -> Result<(), Failure> {
        let Some(flow) = &self.flow else {
            return Err(reconnect("the access token is not taken and cannot be renewed"));
        };
        let _flight = self.flight.lock().await;
        if self.current().as_deref() != used {
            return Ok(());
        }
        let registered = self.held().registered.clone();
        let login = flow.login(challenge, registered.as_ref(), had).await?;
        if login.refresh_token.is_none() && on(habits::NEEDS_REFRESH_TOKEN) {
            return Err(Failure::Login("there is no refresh token".to_owned()));
        }
        self.keep(login)
    }

    /// Another access token than `used`: from this process, from another one of the same store, or from the
    /// authorization server.
    async fn renew(&self, used: Option<&str>) -> Result<(), Failure> {
        if on(habits::REFRESH_PER_CALL) {
            return self.refresh_now().await;
        }
        let _flight = self.flight.lock().await;
        if self.current().as_deref() != used {
            return Ok(());
        }
        if on(habits::NO_CROSS_PROCESS_LOCK) {
            return self.refresh_now().await;
        }
        let _lease = self.store.lease().await?;
        match self.store.load()? {
            Some(Kept::Login(login)) if login.access_token.as_deref() != used && !due::ended(&login) => {
                self.held().take(login);
                return Ok(());
            }
            // Another process refreshed, and what it got has ended again: its refresh token is the one that counts.
            Some(Kept::Login(login)) if !on(habits::USE_THEN_SAVE) && !on(habits::SAVE_ASYNC) => {
                self.held().take(login);
            }
            Some(Kept::Disconnected(_)) => {
                self.held().login = None;
                return Err(reconnect("the grant has ended"));
            }
            _ => {}
        }
        self.refresh_now().await
    }

    async fn refresh_now(&self) -> Result<(), Failure> {
        let Some(login) = self.held().login.clone() else {
            return Err(reconnect("there is no login"));
        };
        let mut tries = Tries::default();
        loop {
            let fault = match refresh(&self.http, &login).await {
                Ok(login) => return self.keep(login),
                Err(fault) => fault,
            };
            match fault {
                TokenFault::Dead(_) if on(habits::GRANT_LOOP) => {
                    sleep(tries.failed("invalid_grant", None)?).await;
                }
                TokenFault::Dead(why) => return Err(self.dead(&login, &why)),
                TokenFault::Configuration(why) => {
                    if on(habits::INVALID_CLIENT_LOGOUT) {
                        return Err(self.dead(&login, &why));
                    }
                    let text = format!(
                        "ALERT: the refresh was refused ({why}); the login is kept, the configuration of the client must be looked at"
                    );
                    return Err(Failure::Refused(text));
                }
                TokenFault::Passing {
                    limited: true, why, ..
                } if on(habits::TOKEN_429_LOGOUT) => {
                    return Err(self.dead(&login, &why));
                }
                TokenFault::Passing { why, .. } if on(habits::ANY_ERROR_LOGOUT) => {
                    return Err(self.dead(&login, &why));
                }
                TokenFault::Passing { why, pause, .. } => sleep(tries.failed(&why, pause)?).await,
            }
        }
    }

    /// Durable first, then used.
    fn keep(&self, login: Login) -> Result<(), Failure> {
        if on(habits::USE_THEN_SAVE) {
            self.held().unsaved = Some(login.clone());
        } else if on(habits::SAVE_ASYNC) {
            let (store, login) = (Arc::clone(&self.store), login.clone());
            tokio::spawn(async move {
                sleep(Duration::from_millis(400)).await;
                store.save(&Kept::Login(login)).ok();
            });
        } else {
            self.store.save(&Kept::Login(login.clone()))?;
        }
        self.held().take(login);
        Ok(())
    }

    /// What a wrong habit left for later.
    pub(super) fn settle(&self) -> Result<(), Failure> {
        let unsaved = self.held().unsaved.take();
        unsaved.map_or(Ok(()), |login| self.store.save(&Kept::Login(login)))
    }

    /// The grant is over: its tokens are deleted, and the person is told what to do.
    fn dead(&self, login: &Login, why: &str) -> Failure {
        self.held().login = None;
        match self.store.forget(login) {
            Ok(()) => reconnect(why),
            Err(problem) => problem,
        }
    }
}

fn reconnect(why: &str) -> Failure {
    Failure::Disconnected(format!(
        "{why}. The tokens are deleted. Log in again to reconnect"
    ))
}

/// The record of this endpoint, client and issuer.
fn store(config: &Config) -> Result<Store, Failure> {
    let id = config.client.as_ref().map_or("", |client| client.id.as_str());
    let issuer = config.issuer.as_deref().unwrap_or_default();
    Store::open(config.state_dir.clone(), [&config.endpoint_text, id, issuer])
}

/// The login of the environment.
fn given(config: &Config) -> Option<Login> {
    let given = config.login.as_ref()?;
    let seconds = given
        .expires_in
        .as_ref()
        .map(|text| serde_json::Value::from(text.as_str()));
    let lifetime = lifetime(seconds.as_ref()).filter(|_| given.access_token.is_some());
    let client = config.client.as_ref();
    let secret = client.and_then(|client| client.secret.clone());
    Some(Login {
        client: Registered {
            issuer: given.issuer.clone(),
            id: client.map(|client| client.id.clone()).unwrap_or_default(),
            auth: if secret.is_some() {
                "client_secret_basic"
            } else {
                "none"
            }
            .to_owned(),
            secret,
            secret_ends: 0,
        },
        token_endpoint: given.token_endpoint.clone(),
        resource: given.resource.clone(),
        scopes: BTreeSet::new(),
        access_token: given.access_token.clone(),
        refresh_token: given.refresh_token.clone(),
        ends: lifetime.map(|seconds| now() + seconds * 1000),
        lifetime,
    })
}

/// Whether a login is for this endpoint.
fn fits(login: &Login, endpoint: &str) -> bool {
    let resource = login.resource.as_deref();
    let fits = resource.is_none_or(|resource| covers(resource, endpoint)) || on(habits::ONE_TOKEN_ALL);
    if !fits {
        say(&format!(
            "the login is for {}: it is not used here",
            resource.unwrap_or_default()
        ));
    }
    fits
}
