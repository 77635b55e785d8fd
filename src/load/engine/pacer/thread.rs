//! A thread that sleeps, then spins: for systems whose event loop has no exact timer.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// How long before the moment the thread stops sleeping; schedulers wake this late at worst, usually.
const SPIN: Duration = Duration::from_micros(300);

#[derive(Debug, Default)]
struct Order {
    wake: Option<(Instant, Waker)>,
    over: bool,
}

#[derive(Debug, Default)]
struct Shared {
    order: Mutex<Order>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Order> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut order = self.lock();
        while !order.over {
            let Some((at, _)) = &order.wake else {
                order = self.changed.wait(order).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let at = *at;
            let left = at.saturating_duration_since(Instant::now());
            let sleep = left.saturating_sub(SPIN);
            if !sleep.is_zero() {
                let waited = self.changed.wait_timeout(order, sleep);
                order = waited.unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            drop(order);
            while Instant::now() < at {
                std::hint::spin_loop();
            }
            order = self.lock();
            // Another order may have come meanwhile.
            if order
                .wake
                .as_ref()
                .is_some_and(|(wanted, _)| *wanted <= Instant::now())
                && let Some((_, waker)) = order.wake.take()
            {
                waker.wake();
            }
        }
    }
}

#[derive(Debug)]
pub(super) struct Sleeper(Arc<Shared>);

impl Sleeper {
    pub(super) fn new() -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let own = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("load-pacer".to_owned())
            .spawn(move || own.run())?;
        Ok(Self(shared))
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>, at: Instant) -> Poll<()> {
        if Instant::now() >= at {
            return Poll::Ready(());
        }
        let mut order = self.0.lock();
        let known = order
            .wake
            .as_ref()
            .is_some_and(|(wanted, waker)| *wanted == at && waker.will_wake(cx.waker()));
        if !known {
            order.wake = Some((at, cx.waker().clone()));
            self.0.changed.notify_one();
        }
        Poll::Pending
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        self.0.lock().over = true;
        self.0.changed.notify_one();
    }
}
