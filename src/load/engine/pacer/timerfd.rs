//! A timer of the kernel in the runtime's own event loop.

use std::io;
use std::os::fd::OwnedFd;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use rustix::time::{
    ClockId, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, clock_gettime,
    timerfd_create, timerfd_settime,
};
use tokio::io::unix::AsyncFd;

#[derive(Debug)]
pub(super) struct TimerFd {
    fd: AsyncFd<OwnedFd>,
    armed: Option<Instant>,
    /// One moment on both clocks: `Instant` does not tell what it counts.
    instant: Instant,
    monotonic: Duration,
}

impl TimerFd {
    #[expect(
        deprecated,
        reason = "what takes its place is unsafe because a descriptor might be closed or changed; this one is owned, \
                  and nothing else has it"
    )]
    pub(super) fn new() -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let fd = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        tight_timers();
        let now = clock_gettime(ClockId::Monotonic);
        Ok(Self {
            fd: AsyncFd::new(fd)?,
            armed: None,
            instant: Instant::now(),
            monotonic: Duration::try_from(now).unwrap_or_default(),
        })
    }

    /// Ready at `at`.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, at: Instant) -> Poll<io::Result<()>> {
        loop {
            if self.armed != Some(at) {
                self.arm(at)?;
            }
            // Setting the timer anew takes back what it counted, so nothing has to be read from it.
            ready!(self.fd.poll_read_ready(cx))?.clear_ready();
            if Instant::now() >= at {
                self.armed = None;
                return Poll::Ready(Ok(()));
            }
            self.armed = None;
        }
    }

    fn arm(&mut self, at: Instant) -> io::Result<()> {
        let when = self.monotonic + at.saturating_duration_since(self.instant);
        let spec = Itimerspec {
            it_interval: Timespec::default(),
            it_value: Timespec::try_from(when).map_err(io::Error::other)?,
        };
        timerfd_settime(&self.fd, TimerfdTimerFlags::ABSTIME, &spec)?;
        self.armed = Some(at);
        Ok(())
    }
}

/// The kernel may wake a thread up to 50 µs late, to wake several at once; not this one. Where it may not be set, the
/// pacer lag shows what it costs.
fn tight_timers() {
    let _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
}
