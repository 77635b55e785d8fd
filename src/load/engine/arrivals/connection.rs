//! One connection of a core: opens, carries calls, waits, is replaced when it is spoiled.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Instant;

use super::core::Core;
use super::seat::{Job, Seat};
use crate::load::engine::About;
use crate::load::engine::pending::Pending;
use crate::load::transport::{Opened, Request, Seen, Transport};

/// Carries `first` and all that follow, over one connection after another.
pub(super) async fn serve<T: Transport>(core: Rc<Core<T>>, first: Job) {
    let mut hand = Some(first);
    while let Some(job) = hand.take() {
        hand = match open(&core, &job).await {
            Some((connection, pending)) => keep(&core, connection, job, pending).await,
            None => core.waiting(),
        };
    }
    core.closed();
}

/// Opens a connection for a call; what it takes is the call's backlog.
async fn open<T: Transport>(core: &Core<T>, job: &Job) -> Option<(T::Connection, Pending)> {
    let pending = core.pending(job);
    let deadline = Instant::now() + core.given.calls.timeout;
    match core.given.transport.open(deadline).await {
        Ok(Opened {
            connection,
            connect,
            tls,
        }) => {
            core.given.recorder.opened(connect, tls);
            Some((connection, pending))
        }
        Err(trouble) => {
            pending.unsent(&trouble);
            core.ended();
            None
        }
    }
}

/// Makes calls until the connection is of no more use; a call that still needs one.
async fn keep<T: Transport>(
    core: &Rc<Core<T>>,
    mut connection: T::Connection,
    first: Job,
    pending: Pending,
) -> Option<Job> {
    let seat = Rc::new(Seat::default());
    let mut hand = Some((first, pending));
    loop {
        if let Some((job, pending)) = hand.take() {
            let reusable = make(core, &mut connection, &job, pending).await;
            let next = core.waiting();
            if !reusable {
                return next;
            }
            hand = next.map(|job| {
                let pending = core.pending(&job);
                (job, pending)
            });
            continue;
        }
        match wait(core, &mut connection, &seat).await {
            Waited::Call(job) => {
                let pending = core.pending(&job);
                hand = Some((job, pending));
            }
            Waited::Spoiled(job) => return job,
        }
    }
}

async fn make<T: Transport>(
    core: &Rc<Core<T>>,
    connection: &mut T::Connection,
    job: &Job,
    mut pending: Pending,
) -> bool {
    let calls = &core.given.calls;
    let about = pending.about;
    let lines = core.lines(about.identity);
    let Some(template) = calls.template(about.operation, about.identity) else {
        return true;
    };
    let now = Instant::now();
    pending.begun = Some(now);
    let request = Request {
        template,
        lines: &lines,
        number: job.number,
        begin: now,
        patience: calls.timeout,
    };
    let about = About { begun: now, ..about };
    let watch = |seen: &Seen<'_>| calls.judge(&about, seen);
    let answered = core.given.transport.call(connection, &request, &watch).await;
    pending.answered(&answered);
    core.ended();
    core.pump(answered.ended);
    answered.reusable
}

enum Waited {
    Call(Job),
    /// The peer ended the connection, perhaps with a call just given: that one needs another.
    Spoiled(Option<Job>),
}

async fn wait<T: Transport>(core: &Core<T>, connection: &mut T::Connection, seat: &Rc<Seat>) -> Waited {
    core.sit(seat);
    let mut spoiled = pin!(core.given.transport.spoiled(connection));
    let waited = poll_fn(|cx| {
        seat.wait(cx);
        let gone = spoiled.as_mut().poll(cx).is_ready();
        match (seat.take(), gone) {
            (job, true) => Poll::Ready(Waited::Spoiled(job)),
            (Some(job), false) => Poll::Ready(Waited::Call(job)),
            (None, false) => Poll::Pending,
        }
    })
    .await;
    if let Waited::Spoiled(_) = waited {
        core.stand(seat);
    }
    waited
}
