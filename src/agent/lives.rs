//! The lives of the command in one case: started, perhaps killed at an instant and started again with what it has kept.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::process::{Group, Process};

/// Most lives of a command in one case: a plan that always restarts it must end.
const MOST: u64 = 20;

/// What the command is started with.
pub(super) struct Birth {
    pub(super) program: String,
    pub(super) arguments: Vec<String>,
    pub(super) environment: BTreeMap<String, String>,
    /// Variables of the first life alone.
    pub(super) first_only: Vec<String>,
    /// Lives that it is to have in any case.
    pub(super) lives: u64,
    /// Commands that run at once in each of them.
    pub(super) copies: u64,
    pub(super) folder: PathBuf,
    /// For one life.
    pub(super) limit: Duration,
    /// For all of them together.
    pub(super) deadline: Instant,
}

/// How a life ended.
#[derive(Debug, Clone)]
pub(super) struct Life {
    pub(super) begin: Instant,
    pub(super) end: Instant,
    pub(super) code: Option<i32>,
    /// A word of the language.
    pub(super) how: &'static str,
    pub(super) output: String,
}

/// Counts the lives, and ends one where a plan says so.
#[derive(Default)]
pub(super) struct Lives {
    number: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    groups: Vec<Group>,
    killed: bool,
    again: bool,
}

impl Lives {
    /// The life that is going on, counted from 1.
    pub(super) fn number(&self) -> u64 {
        self.number.load(Ordering::SeqCst)
    }

    /// Ends the life that is going on; `again`: another one follows.
    pub(super) fn kill(&self, again: bool) {
        let mut state = self.state();
        state.killed = true;
        state.again |= again;
        for group in &state.groups {
            group.kill();
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lives through all of them.
    pub(super) async fn run(&self, birth: &Birth) -> std::io::Result<Vec<Life>> {
        let mut lives = Vec::new();
        let mut environment = birth.environment.clone();
        loop {
            self.number.fetch_add(1, Ordering::SeqCst);
            *self.state() = State::default();
            let begin = Instant::now();
            let mut processes = Vec::new();
            for _ in 0..birth.copies {
                processes.push(Process::start(
                    &birth.program,
                    &birth.arguments,
                    &environment,
                    &birth.folder,
                )?);
            }
            let killed_before = {
                let mut state = self.state();
                state.groups = processes.iter().map(Process::group).collect();
                state.killed
            };
            if killed_before {
                for process in &processes {
                    process.group().kill();
                }
            }
            let left = birth.deadline.saturating_duration_since(begin).min(birth.limit);
            let ended = join_all(processes.iter_mut().map(|process| process.wait(left))).await;
            let (killed, again) = {
                let mut state = self.state();
                state.groups.clear();
                (state.killed, state.again)
            };
            let (code, how) = outcome(&ended, killed);
            lives.push(Life {
                begin,
                end: Instant::now(),
                code,
                how,
                output: processes.iter().map(Process::output).collect(),
            });
            // Who was killed is started again as it was; who is run again is to have kept its login.
            if !killed {
                for name in &birth.first_only {
                    environment.remove(name);
                }
            }
            let again = again || (self.number() < birth.lives && !killed);
            let more = again && self.number() < MOST && Instant::now() < birth.deadline;
            if !more {
                return Ok(lives);
            }
        }
    }
}

/// Exit status and the word for how it ended; of several commands that of the first that did not end well.
fn outcome(ended: &[Option<ExitStatus>], killed: bool) -> (Option<i32>, &'static str) {
    if killed {
        return (None, "killed");
    }
    let one = |status: &Option<ExitStatus>| match status.map(|status| status.code()) {
        None => (None, "time-out"),
        Some(None) => (None, "signal"),
        Some(code) => (code, "exit"),
    };
    let mut all = ended.iter().map(one);
    let well = (Some(0), "exit");
    all.find(|found| *found != well).unwrap_or(well)
}
