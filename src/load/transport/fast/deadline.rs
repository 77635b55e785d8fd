//! When to give up, at the price of one timer a connection: it is set again when it has rung, not for each call.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use tokio::time::Sleep;

/// Rings at the deadline of the call in hand.
#[derive(Debug, Default)]
pub(super) struct Alarm {
    sleep: Option<Pin<Box<Sleep>>>,
    /// Who is woken when it rings.
    waker: Option<Waker>,
}

impl Alarm {
    /// Ready when `deadline` has passed. A timer that rings before it, for a call long gone, is set anew; deadlines
    /// come later and later, so it never has to ring earlier than it is set, except once where a plan shortens them.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let known = self
            .waker
            .as_ref()
            .is_some_and(|waker| waker.will_wake(cx.waker()));
        let set = self
            .sleep
            .as_ref()
            .is_some_and(|sleep| !sleep.is_elapsed() && sleep.deadline().into_std() <= deadline);
        if known && set {
            return Poll::Pending;
        }
        self.set(cx, deadline)
    }

    #[cold]
    fn set(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        if Instant::now() >= deadline {
            return Poll::Ready(());
        }
        let sleep = self
            .sleep
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline.into())));
        sleep.as_mut().reset(deadline.into());
        self.waker = Some(cx.waker().clone());
        sleep.as_mut().poll(cx)
    }
}
