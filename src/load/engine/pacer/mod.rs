//! Wakes a core when the next arrival is due. Not the runtime's own timers: they round to a millisecond.

mod thread;
#[cfg(target_os = "linux")]
mod timerfd;

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// How exactly arrivals are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pacing {
    /// Wakes when an arrival is due: some tens of microseconds late.
    #[default]
    Fine,
    /// Wakes before, and yields until it is due: about a microsecond late, at the price of spinning.
    Exact,
}

/// How long before an arrival exact pacing wakes; a timer is rarely later than this.
const EARLY: Duration = Duration::from_micros(60);

#[derive(Debug)]
enum Alarm {
    #[cfg(target_os = "linux")]
    Timer(timerfd::TimerFd),
    Thread(thread::Sleeper),
}

/// Wakes when told to.
#[derive(Debug)]
pub(super) struct Pacer {
    alarm: Alarm,
    pacing: Pacing,
    /// Time that was spun away.
    pub(super) spun: Duration,
}

impl Pacer {
    /// The best this system has. Must be made inside the runtime of the core it wakes.
    pub(super) fn new(pacing: Pacing) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        // A sandbox may forbid the kernel's timers.
        if let Ok(timer) = timerfd::TimerFd::new() {
            return Ok(Self::with(Alarm::Timer(timer), pacing));
        }
        Ok(Self::with(Alarm::Thread(thread::Sleeper::new()?), pacing))
    }

    fn with(alarm: Alarm, pacing: Pacing) -> Self {
        Self {
            alarm,
            pacing,
            spun: Duration::ZERO,
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>, at: Instant) -> Poll<io::Result<()>> {
        match &mut self.alarm {
            #[cfg(target_os = "linux")]
            Alarm::Timer(timer) => timer.poll(cx, at),
            Alarm::Thread(sleeper) => sleeper.poll(cx, at).map(Ok),
        }
    }

    /// Waits until `at`, and lets others have their turn in any case.
    pub(super) async fn until(&mut self, at: Instant) -> io::Result<()> {
        let early = match self.pacing {
            Pacing::Fine => at,
            Pacing::Exact => at.checked_sub(EARLY).unwrap_or(at),
        };
        if Instant::now() < early {
            poll_fn(|cx| self.poll(cx, early)).await?;
        } else {
            // Behind already: others have their turn all the same, or no answer would ever be read.
            tokio::task::yield_now().await;
        }
        if self.pacing == Pacing::Exact {
            let begin = Instant::now();
            while Instant::now() < at {
                tokio::task::yield_now().await;
            }
            self.spun += begin.elapsed();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Never early; how late depends on what else the machine does.
    async fn keeps(mut pacer: Pacer) {
        let start = Instant::now();
        for step in 1..=20_u32 {
            let at = start + Duration::from_millis(2) * step;
            pacer.until(at).await.unwrap();
            assert!(Instant::now() >= at);
        }
        // A moment that has passed is not waited for.
        let before = Instant::now();
        pacer.until(start).await.unwrap();
        assert!(before.elapsed() < Duration::from_millis(50));
        assert!(start.elapsed() < Duration::from_secs(2));
    }

    fn run(task: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(task);
    }

    #[test]
    fn what_the_system_has() {
        run(async {
            keeps(Pacer::new(Pacing::Fine).unwrap()).await;
            keeps(Pacer::new(Pacing::Exact).unwrap()).await;
        });
    }

    #[test]
    fn what_every_system_has() {
        run(async {
            let sleeper = || Alarm::Thread(thread::Sleeper::new().unwrap());
            keeps(Pacer::with(sleeper(), Pacing::Fine)).await;
            keeps(Pacer::with(sleeper(), Pacing::Exact)).await;
        });
    }

    #[test]
    fn an_earlier_moment_takes_the_place_of_a_later_one() {
        run(async {
            let sleeper = Alarm::Thread(thread::Sleeper::new().unwrap());
            for mut pacer in [
                Pacer::new(Pacing::Fine).unwrap(),
                Pacer::with(sleeper, Pacing::Fine),
            ] {
                let start = Instant::now();
                let far = tokio::time::timeout(
                    Duration::from_millis(20),
                    pacer.until(start + Duration::from_mins(1)),
                );
                assert!(far.await.is_err());
                pacer.until(start + Duration::from_millis(40)).await.unwrap();
                assert!(start.elapsed() < Duration::from_secs(5));
            }
        });
    }
}
