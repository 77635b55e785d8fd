//! What is found out before a thousand calls are made: that one works, and that there are sockets for all.

use std::io;
use std::time::Instant;

use super::{About, Calls};
use crate::load::meter::Class;
use crate::load::transport::{Expected, Request, Seen, Template, Transport, Trouble};

/// Numbers of calls that are no part of a run begin here; no run comes so far.
const APART: u64 = 8_000_000_000_000;

/// Descriptors that a process needs beside its connections.
const OTHERS: u64 = 64;

/// Why a run is not begun.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// One call of an operation did not end well.
    #[error("one call of operation {operation} was counted as {class}{}", why.as_ref().map_or_else(String::new, |why| format!(": {why}")))]
    Call {
        /// Its place in the plan.
        operation: usize,
        /// What became of it.
        class: Class,
        /// More of it.
        why: Option<String>,
        /// Another transport could read the answer.
        unfit: bool,
    },
    /// The limit of open files is too low.
    #[error(
        "{needed} open files are needed and {allowed} are allowed; `ulimit -n {needed}` raises the limit"
    )]
    Files {
        /// With all connections open.
        needed: u64,
        /// By the system, for this process.
        allowed: u64,
    },
    /// No event loop.
    #[error("the generator could not run: {0}")]
    System(#[from] io::Error),
}

/// Makes one call of each operation, one after another, and measures nothing.
pub fn preflight<T: Transport>(transport: &T, calls: &Calls) -> Result<(), NotReady> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    for operation in 0..calls.templates.len() {
        let template = calls.template(operation, 0).map(Template::expected);
        if let Some(Expected::Act { .. }) = template {
            continue;
        }
        let (class, trouble) = runtime.block_on(one(transport, calls, operation));
        if !matches!(class, Class::Ok | Class::RightlyRefused) {
            return Err(NotReady::Call {
                operation,
                class,
                unfit: trouble.as_ref().is_some_and(|trouble| trouble.unfit),
                why: trouble.map(|trouble| trouble.why.into_owned()),
            });
        }
    }
    Ok(())
}

async fn one<T: Transport>(transport: &T, calls: &Calls, operation: usize) -> (Class, Option<Trouble>) {
    let begin = Instant::now();
    let mut opened = match transport.open(begin + calls.timeout).await {
        Ok(opened) => opened,
        Err(trouble) => return (trouble.class, Some(trouble)),
    };
    let about = About {
        number: APART + u64::try_from(operation).unwrap_or(0),
        operation,
        identity: 0,
        begun: begin,
    };
    let lines = calls.identities.view().of(0);
    let Some(template) = calls.template(operation, 0) else {
        return (Class::Unfinished, None);
    };
    let request = Request {
        template,
        lines: &lines,
        number: about.number,
        begin: Instant::now(),
        patience: calls.timeout,
    };
    let watch = |seen: &Seen<'_>| calls.judge(&about, seen);
    let answered = transport.call(&mut opened.connection, &request, &watch).await;
    (answered.class, answered.trouble)
}

/// Whether so many connections can be open at once.
pub fn room_for(connections: u64) -> Result<(), NotReady> {
    let needed = connections + OTHERS;
    match open_files() {
        Some(allowed) if allowed < needed => Err(NotReady::Files { needed, allowed }),
        _ => Ok(()),
    }
}

/// The limit, where there is one.
#[cfg(unix)]
fn open_files() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

#[cfg(not(unix))]
fn open_files() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::load::engine::fake::{Fake, calls};

    #[test]
    fn one_call_of_each_operation_is_made_apart_from_the_run() {
        let fake = Fake {
            takes: Some(Duration::ZERO),
            ..Fake::default()
        };
        preflight(&fake, &calls()).unwrap();
        assert_eq!(*fake.numbers.lock().unwrap(), [APART, APART + 1]);
    }

    #[test]
    fn what_does_not_work_once_is_not_tried_a_thousand_times() {
        let fake = Fake {
            refuses: true,
            ..Fake::default()
        };
        let why = preflight(&fake, &calls()).unwrap_err().to_string();
        assert_eq!(
            why,
            "one call of operation 0 was counted as refused: nobody listens"
        );
    }

    #[test]
    fn more_sockets_than_there_can_be() {
        room_for(1).unwrap();
        #[cfg(unix)]
        if open_files().is_some() {
            let why = room_for(u64::MAX / 2).unwrap_err().to_string();
            assert!(why.contains("ulimit -n"), "{why}");
        }
    }
}
