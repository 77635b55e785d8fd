//! Tokens and sessions are renewed while calls go on: before they expire, when an answer says that they have, and when
//! a plan asks for it. One refresh at a time for each login.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;

use super::callers::Callers;
use super::meter::{Class, Measure, Series};
use super::rehearse::session_of;
use super::transport::{Lines, Trouble};
use super::watch::{Invariant, Watcher};
use crate::scenario::model::LoadPlan;
use crate::secret::Secret;
use crate::step::{Refreshed, refresh};
use crate::wire::Exchange;

/// An answer said that a caller's token or session is gone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Renewal {
    pub(super) caller: usize,
    /// The session, else the token.
    pub(super) session: bool,
    /// When the call began that showed it.
    pub(super) begun: Instant,
}

/// Renews.
pub(super) struct Renewer {
    pub(super) callers: Arc<Callers>,
    pub(super) watcher: Arc<Watcher>,
    pub(super) plan: Arc<LoadPlan>,
    /// What each presents now.
    pub(super) presented: Mutex<Vec<Presented>>,
    /// Times of refreshes, and what became of them.
    pub(super) refreshes: Mutex<Series>,
    /// What went wrong first.
    pub(super) trouble: Mutex<Option<String>>,
    busy: Mutex<BTreeSet<usize>>,
}

/// A caller's own fields.
#[derive(Debug, Clone, Default)]
pub(super) struct Presented {
    token: Option<Secret>,
    session: Option<String>,
    since: Option<Instant>,
}

impl Presented {
    /// As they were sent.
    pub(super) fn of(lines: &Lines) -> Self {
        let mut presented = Self::default();
        for (name, value) in lines.each() {
            let value = String::from_utf8_lossy(value);
            if name.eq_ignore_ascii_case(b"authorization") {
                presented.token = value.split_once(' ').map(|(_, token)| Secret::new(token));
            } else {
                presented.session = Some(value.into_owned());
            }
        }
        presented
    }

    /// The credential.
    pub(super) fn token(&self) -> Option<&Secret> {
        self.token.as_ref()
    }

    fn lines(&self) -> Option<Lines> {
        let token = self
            .token
            .as_ref()
            .map(|token| ("authorization", format!("Bearer {}", token.expose())));
        let session = self.session.as_ref().map(|id| ("mcp-session-id", id.clone()));
        Lines::new(token.into_iter().chain(session)).ok()
    }
}

/// How often a refresh that failed for the server's reasons is tried again.
const TRIES: u32 = 4;

/// How often it is looked whether a token is about to expire.
const LOOK: Duration = Duration::from_millis(500);

/// A token is renewed this long before it expires.
const EARLY: i64 = 10;

impl Renewer {
    pub(super) fn new(
        callers: Arc<Callers>,
        watcher: Arc<Watcher>,
        plan: Arc<LoadPlan>,
        presented: Vec<Presented>,
    ) -> Self {
        Self {
            callers,
            watcher,
            plan,
            presented: Mutex::new(presented),
            refreshes: Mutex::default(),
            trouble: Mutex::default(),
            busy: Mutex::default(),
        }
    }

    /// Takes what the watcher asks for until it is gone, and looks at the clock between.
    pub(super) async fn run(self: Arc<Self>, mut asked: UnboundedReceiver<Renewal>) {
        let mut clock = tokio::time::interval(LOOK);
        loop {
            tokio::select! {
                renewal = asked.recv() => match renewal {
                    None => return,
                    Some(renewal) => self.begin(renewal),
                },
                _ = clock.tick() => {
                    self.watcher.tokens.settle();
                    self.look();
                }
            }
        }
    }

    /// Tokens that are about to expire.
    fn look(self: &Arc<Self>) {
        let now = jiff::Timestamp::now().as_second();
        for (caller, name) in self.callers.names.iter().enumerate() {
            let expires = self.callers.world.expires(name);
            if expires.is_some_and(|at| at - EARLY <= now) {
                self.callers.lapses(caller, Instant::now());
                let begun = Instant::now();
                self.begin(Renewal {
                    caller,
                    session: false,
                    begun,
                });
            }
        }
    }

    fn begin(self: &Arc<Self>, renewal: Renewal) {
        let caller = renewal.caller;
        let since = self.lock(|all| all.get(caller).and_then(|one| one.since));
        let new_since = since.is_some_and(|since| renewal.begun <= since);
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if new_since || !busy.insert(caller) {
            return;
        }
        drop(busy);
        let own = Arc::clone(self);
        tokio::spawn(async move {
            if renewal.session {
                own.session(caller).await;
            } else {
                own.token(caller).await;
            }
            own.busy
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&caller);
        });
    }

    fn lock<R>(&self, work: impl FnOnce(&mut Vec<Presented>) -> R) -> R {
        work(&mut self.presented.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// As a mix asks for it: whatever is held is exchanged, and the old one is not missed meanwhile.
    pub(super) async fn token_now(&self, caller: usize) -> (Class, Option<Trouble>) {
        self.callers.lapses(caller, Instant::now());
        self.token(caller).await
    }

    /// Renews the token of a caller: what became of it.
    pub(super) async fn token(&self, caller: usize) -> (Class, Option<Trouble>) {
        let name = &self.callers.names[caller];
        let has_login = self
            .callers
            .world
            .target()
            .principal(name)
            .is_some_and(|one| one.oauth.is_some());
        if !has_login {
            let why = "the caller has a key, and nothing to refresh";
            return (Class::Unauthorized, Some(Trouble::new(Class::Unauthorized, why)));
        }
        let mut pause = Duration::from_millis(250);
        let mut last = (Class::Unfinished, None);
        for _ in 0..TRIES {
            last = self.once(caller, name).await;
            if !matches!(
                last.0,
                Class::Server | Class::TooMany | Class::Timeout | Class::Reset
            ) {
                break;
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        last
    }

    async fn once(&self, caller: usize, name: &str) -> (Class, Option<Trouble>) {
        let presented = self.lock(|all| all.get(caller).and_then(|one| one.token.clone()));
        let begun = Instant::now();
        let refreshed = match refresh(name, presented.as_ref(), &self.callers.world).await {
            Ok(refreshed) => refreshed,
            Err(problem) => return self.failed(Class::Refused, problem.to_string()),
        };
        let class = class_of(&refreshed);
        if refreshed.exchange.is_some() {
            self.account(class, begun.elapsed(), name);
        }
        match refreshed.token {
            Ok(token) => {
                self.present(caller, |one| one.token = Some(token.clone()));
                self.watcher.tokens.learn(name, token);
                self.callers.renewed(caller, Instant::now());
                (Class::Ok, None)
            }
            Err(why) => self.failed(class, why),
        }
    }

    fn account(&self, class: Class, took: Duration, name: &str) {
        let mut refreshes = self.refreshes.lock().unwrap_or_else(PoisonError::into_inner);
        refreshes.counts.note(class);
        if class == Class::Ok {
            refreshes.record(Measure::Response, took);
        }
        drop(refreshes);
        // A limit on the token endpoint is a decision of its own, and judged as 429.
        if class != Class::TooMany {
            let tallies = &self.watcher.tallies;
            tallies.judge(Invariant::OneWinnerPerRefresh, class == Class::Ok, || {
                format!("a refresh of `{name}` was counted as {class}")
            });
        }
    }

    fn failed(&self, class: Class, why: String) -> (Class, Option<Trouble>) {
        let mut first = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(|| why.clone());
        (class, Some(Trouble::new(class, why)))
    }

    fn present(&self, caller: usize, change: impl FnOnce(&mut Presented)) {
        let lines = self.lock(|all| {
            let one = all.get_mut(caller)?;
            change(one);
            one.since = Some(Instant::now());
            one.lines()
        });
        if let Some(lines) = lines {
            self.callers.identities.set(caller, lines);
        }
    }

    /// Opens a caller's session anew: what became of it.
    pub(super) async fn session(&self, caller: usize) -> (Class, Option<Trouble>) {
        match session_of(&self.plan, &self.callers, caller).await {
            Ok(lines) => {
                let new = Presented::of(&lines);
                self.present(caller, |one| *one = new);
                (Class::Ok, None)
            }
            Err(why) => {
                let why = why.to_string();
                (Class::Refused, Some(Trouble::new(Class::Refused, why)))
            }
        }
    }
}

fn class_of(refreshed: &Refreshed) -> Class {
    let of = |exchange: &Exchange| match &exchange.response {
        Err(error) if error.before_sending() => Class::Refused,
        Err(_) => Class::Reset,
        Ok(response) => Class::of_status(response.status).unwrap_or(Class::Malformed),
    };
    match (&refreshed.token, &refreshed.exchange) {
        (Ok(_), _) => Class::Ok,
        (Err(_), Some(exchange)) => of(exchange),
        (Err(_), None) => Class::Refused,
    }
}
