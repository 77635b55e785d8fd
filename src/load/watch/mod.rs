//! The eye on every answer under load: whose data it holds, whether a credential is in it, and whether the credential
//! that was presented should still have been taken.

mod data;
mod tally;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

pub(super) use data::{Data, Tokens};
pub(super) use tally::{Invariant, Tallies};

use super::callers::{Callers, Stands};
use super::engine::{About, Judge};
use super::meter::{Class, Measure, Series};
use super::renew::Renewal;
use super::transport::Seen;
use crate::oauth::challenge;

/// What is known of an operation.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Operation {
    /// It has to be refused.
    pub(super) refused: bool,
    /// It carries a credential of its own.
    pub(super) alone: bool,
    /// Every answer in the rehearsal held something of its caller's own.
    pub(super) own: bool,
}

/// Judges every answer of a run.
pub(super) struct Watcher {
    pub(super) callers: Arc<Callers>,
    pub(super) operations: Vec<Operation>,
    pub(super) data: Data,
    pub(super) tokens: Tokens,
    /// How long a credential that was ended may still be taken.
    pub(super) promise: Duration,
    pub(super) tallies: Tallies,
    /// How long those were taken that were.
    pub(super) revocation: Mutex<Series>,
    pub(super) renewals: UnboundedSender<Renewal>,
}

impl Judge for Watcher {
    fn judge(&self, about: &About, seen: &Seen<'_>) -> Option<Class> {
        if seen.status == 401 {
            self.challenge(seen);
        }
        if let Some(class) = self.content(about, seen) {
            return Some(class);
        }
        let operation = self.operations.get(about.operation).copied().unwrap_or_default();
        if operation.refused {
            return self.must_be_refused(about, seen.class);
        }
        if operation.alone {
            return None;
        }
        self.standing(about, seen)
    }
}

impl Watcher {
    /// RFC 9110 §11.6.1: a 401 says how to authenticate; RFC 6750 §3: for a Bearer token, by that scheme.
    fn challenge(&self, seen: &Seen<'_>) {
        let fields = fields_of(seen.head, b"www-authenticate");
        let found = challenge::parse(&fields);
        let sound = found.of("Bearer").is_some() && found.problems.is_empty();
        self.tallies.judge(Invariant::ChallengeWellFormed, sound, || {
            if fields.is_empty() {
                "401 without WWW-Authenticate".to_owned()
            } else {
                "a WWW-Authenticate without a well-formed Bearer challenge".to_owned()
            }
        });
    }

    /// Whose data, and whose credentials, are in it.
    fn content(&self, about: &About, seen: &Seen<'_>) -> Option<Class> {
        let leaked = self.tokens.in_body(seen.body);
        self.tallies
            .judge(Invariant::NoTokenInBody, leaked.is_none(), || {
                format!(
                    "the answer to `{}` held the credential of `{}`",
                    self.name(about.identity),
                    leaked.as_deref().unwrap_or("somebody")
                )
            });
        if leaked.is_some() {
            return Some(Class::Leaked);
        }
        let operation = self.operations.get(about.operation).copied().unwrap_or_default();
        if !self.data.knows_anything() || operation.alone {
            return None;
        }
        let found = self.data.found(about.operation, about.identity, seen.body);
        let lacks = operation.own && seen.class == Class::Ok && !found.own;
        let sound = found.foreign.is_none() && !lacks;
        self.tallies.judge(Invariant::OwnTenantOnly, sound, || {
            let caller = self.name(about.identity);
            match &found.foreign {
                Some(owner) => format!("the answer to `{caller}` held data of `{owner}`"),
                None => {
                    format!("the answer to `{caller}` held nothing of its own, as it did in the rehearsal")
                }
            }
        });
        (!sound).then_some(Class::Foreign)
    }

    fn must_be_refused(&self, about: &About, class: Class) -> Option<Class> {
        let refused = match class {
            Class::Ok => false,
            Class::Unauthorized | Class::Forbidden | Class::Rpc | Class::Tool | Class::Client => true,
            // Too busy to decide is no decision.
            _ => return None,
        };
        self.tallies.judge(Invariant::NoInvalidCredential, refused, || {
            format!("call {} was done for a credential that is not good", about.number)
        });
        Some(if refused {
            Class::RightlyRefused
        } else {
            Class::WronglyDone
        })
    }

    /// Whether the caller's credential should have been taken.
    fn standing(&self, about: &About, seen: &Seen<'_>) -> Option<Class> {
        let refused = matches!(seen.class, Class::Unauthorized | Class::Forbidden);
        match self.callers.stood(about.identity, about.begun) {
            Stands::Dead(since) => self.dead(about, seen.class, since),
            Stands::Between => {
                if seen.class == Class::Unauthorized {
                    self.renew(about, false);
                }
                refused.then_some(Class::RightlyRefused)
            }
            Stands::Good => {
                self.tallies
                    .judge(Invariant::NoFalse401, seen.class != Class::Unauthorized, || {
                        format!(
                            "`{}` got 401 with a credential that is good",
                            self.name(about.identity)
                        )
                    });
                match seen.status {
                    401 => self.renew(about, false),
                    // "Session Management": a session that is gone is answered with 404.
                    404 => self.renew(about, true),
                    _ => {}
                }
                self.changed(about, seen.class)
            }
        }
    }

    fn dead(&self, about: &About, class: Class, since: Duration) -> Option<Class> {
        if matches!(class, Class::Unauthorized | Class::Forbidden) {
            self.refused(about);
            self.tallies.judge(Invariant::NoDeadToken, true, String::new);
            return Some(Class::RightlyRefused);
        }
        if class != Class::Ok {
            return None;
        }
        self.revocation
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .record(Measure::Response, since);
        let caller = || self.name(about.identity).to_owned();
        let again = self.callers.was_refused_before(about.identity, about.begun);
        self.tallies.judge(Invariant::SingleCut, !again, || {
            format!(
                "`{}` was served again {since:.1?} after its end, once it had been refused",
                caller()
            )
        });
        let in_time = since <= self.promise;
        self.tallies.judge(Invariant::NoDeadToken, in_time, || {
            format!(
                "`{}` was served {since:.1?} after its credential was ended",
                caller()
            )
        });
        (again || !in_time).then_some(Class::WronglyDone)
    }

    /// After a change of rights: what was refused once is not done again.
    fn changed(&self, about: &About, class: Class) -> Option<Class> {
        if !self.callers.has_changed(about.identity, about.begun) {
            return None;
        }
        match class {
            Class::Unauthorized | Class::Forbidden | Class::Tool | Class::Rpc => {
                self.refused(about);
                Some(Class::RightlyRefused)
            }
            Class::Ok => {
                let again = self.callers.was_refused_before(about.identity, about.begun);
                self.tallies.judge(Invariant::SingleCut, !again, || {
                    let caller = self.name(about.identity);
                    format!(
                        "`{caller}` was permitted again after its rights were taken and it had been refused"
                    )
                });
                again.then_some(Class::WronglyDone)
            }
            _ => None,
        }
    }

    /// A call was refused that should be; after the first of them it is the single cut that holds.
    fn refused(&self, about: &About) {
        if self.callers.was_refused_before(about.identity, about.begun) {
            self.tallies.judge(Invariant::SingleCut, true, String::new);
        }
        self.callers.refused(about.identity, Instant::now());
    }

    fn renew(&self, about: &About, session: bool) {
        let renewal = Renewal {
            caller: about.identity,
            session,
            begun: about.begun,
        };
        // Nobody listens where a run is being ended.
        let _ = self.renewals.send(renewal);
    }

    fn name(&self, caller: usize) -> &str {
        self.callers.names.get(caller).map_or("somebody", String::as_str)
    }
}

/// The values of a field, by its name in lower case.
fn fields_of<'h>(head: &'h [u8], name: &[u8]) -> Vec<&'h [u8]> {
    let lines = head.split(|b| *b == b'\n');
    lines
        .filter_map(|line| {
            let colon = line.iter().position(|b| *b == b':')?;
            let (field, value) = line.split_at(colon);
            field.eq_ignore_ascii_case(name).then(|| value[1..].trim_ascii())
        })
        .collect()
}
