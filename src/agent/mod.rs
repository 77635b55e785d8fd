//! A client under test: start the mock with a relay before it, start the command, write down what it does.
//!
//! May use everything below (`run` and what `run` may use). Must never print, decide a verdict, or know what a rule is:
//! the checks of an agent are judged by `run` and `expect` as those of a server are.

mod browser;
mod command;
mod due;
mod facts;
mod lives;
mod places;
mod plan;
mod process;
mod remains;
mod script;
mod stage;
mod tasks;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

pub use command::{CommandLine, Contract};
pub use tasks::conformance;

use crate::run::{Instance, MockSubject, Staged, Stages};
use crate::target::Target;
use crate::wire::Wire;

/// Makes a world and a stage for each case of a run.
pub struct Company {
    command: Arc<CommandLine>,
    mock: MockSubject,
    wire: Wire,
    limit: Duration,
}

impl Company {
    /// Of a command, in worlds of this mock; no life of it lasts longer than `limit`.
    pub fn new(command: CommandLine, mock: MockSubject, wire: Wire, limit: Duration) -> Self {
        Self {
            command: Arc::new(command),
            mock,
            wire,
            limit,
        }
    }
}

impl Stages for Company {
    fn declared(&self) -> &Target {
        self.mock.target()
    }

    fn stage<'a>(&'a self, instance: &'a Instance) -> BoxFuture<'a, Result<Staged, String>> {
        Box::pin(stage::set(self, instance))
    }
}
