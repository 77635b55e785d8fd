//! Streams and sockets that are held open while calls are made: they end with their caller's credential, and not before.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::callers::{Callers, Stands};
use super::during::{Happened, SKIPPED};
use super::meter::Measure;
use super::watch::{Invariant, Watcher};
use crate::expect::Outcome;
use crate::scenario::model::{Fleet, LoadPlan, Spanned, Step, Template, Who};
use crate::step::{Problem, Scope, perform, ready};
use crate::wire::Live;

/// Opened side by side.
const AT_ONCE: usize = 32;

/// How often they are looked at.
const GLANCE: Duration = Duration::from_millis(20);

/// One that is held.
struct Held {
    caller: usize,
    live: Arc<Live>,
    /// It was told already that it outlived its credential.
    overdue: bool,
}

/// All that are held.
pub(super) struct Streams {
    held: Vec<Held>,
    opened: Vec<Happened>,
}

impl Streams {
    /// Opens them; why one could not be opened.
    pub(super) async fn open(plan: &LoadPlan, callers: &Callers) -> Result<Self, String> {
        let mut streams = Self {
            held: Vec::new(),
            opened: Vec::new(),
        };
        for fleet in &plan.streams {
            let all = 0..usize::try_from(fleet.count.value).unwrap_or(usize::MAX);
            let many = callers.names.len().max(1);
            let held: Result<Vec<Held>, NotHeld> = stream::iter(all)
                .map(|number| one(fleet, callers, number % many))
                .buffered(AT_ONCE)
                .try_collect()
                .await;
            let told = |text: String, outcome: &str| Happened {
                at: Duration::ZERO,
                text,
                outcome: outcome.to_owned(),
            };
            match held {
                Ok(held) => {
                    streams
                        .opened
                        .push(told(format!("open {} streams", held.len()), "done"));
                    streams.held.extend(held);
                }
                Err(NotHeld::Not(why)) => streams.opened.push(told(format!("no streams: {why}"), SKIPPED)),
                Err(NotHeld::Failed(why)) => return Err(why),
            }
        }
        Ok(streams)
    }

    /// Takes what was opened, as events of the run.
    pub(super) fn opened(&mut self) -> Vec<Happened> {
        std::mem::take(&mut self.opened)
    }

    /// Looks at them until it is over.
    pub(super) async fn watch(mut self, watcher: Arc<Watcher>, over: Arc<AtomicBool>) {
        while !over.load(Ordering::Relaxed) && !self.held.is_empty() {
            tokio::time::sleep(GLANCE).await;
            let now = Instant::now();
            self.held.retain_mut(|held| look(held, &watcher, now));
        }
        for _ in &self.held {
            watcher
                .tallies
                .judge(Invariant::StreamsStayOpen, true, String::new);
        }
    }
}

/// Whether it is still of interest.
fn look(held: &mut Held, watcher: &Watcher, now: Instant) -> bool {
    let stands = watcher.callers.stood(held.caller, now);
    let name = || watcher.callers.names[held.caller].clone();
    match (held.live.is_over(), stands) {
        (false, Stands::Dead(since)) if since > watcher.promise && !held.overdue => {
            held.overdue = true;
            watcher.tallies.judge(Invariant::NoDeadToken, false, || {
                format!(
                    "a stream of `{}` was still open {since:.1?} after its credential was ended",
                    name()
                )
            });
            true
        }
        (false, _) => true,
        (true, Stands::Dead(since)) => {
            let mut revocation = watcher.revocation.lock().unwrap_or_else(PoisonError::into_inner);
            revocation.record(Measure::Response, since);
            drop(revocation);
            if !held.overdue {
                watcher.tallies.judge(Invariant::NoDeadToken, true, String::new);
            }
            false
        }
        (true, Stands::Between) => false,
        (true, Stands::Good) => {
            watcher.tallies.judge(Invariant::StreamsStayOpen, false, || {
                format!("a stream of `{}` ended, and its credential is good", name())
            });
            false
        }
    }
}

/// Why one is not held.
enum NotHeld {
    /// There is none here: the target, or the revision that is spoken, has no such stream.
    Not(String),
    /// It could not be opened.
    Failed(String),
}

async fn one(fleet: &Fleet, callers: &Callers, caller: usize) -> Result<Held, NotHeld> {
    let name = &callers.names[caller];
    let mut step = Step::bare(fleet.at.clone(), fleet.kind.clone());
    step.who = Some(Who::Principal(Template::literal(name.as_str(), fleet.at.clone())));
    // What has a name is kept open.
    step.id = Some(Spanned {
        value: "stream".to_owned(),
        at: fleet.at.clone(),
    });
    let scope = Scope::default();
    let could_not = |problem: Problem| match problem {
        Problem::NotSpoken(_) | Problem::Undeclared { .. } => NotHeld::Not(problem.to_string()),
        _ => NotHeld::Failed(format!("a stream of `{name}` could not be opened: {problem}")),
    };
    ready(&step, &callers.world, &scope).await.map_err(could_not)?;
    let single = perform(&step, &callers.world, &scope).await.map_err(could_not)?;
    match single.live {
        Some(live) if single.outcome == Outcome::Done => Ok(Held {
            caller,
            live,
            overdue: false,
        }),
        _ => Err(NotHeld::Failed(format!(
            "a stream of `{name}` was {}",
            single.outcome
        ))),
    }
}
