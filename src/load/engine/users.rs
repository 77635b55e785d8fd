//! The closed model: virtual agents, each with a connection and an identity of its own, who wait for an answer and
//! think before they ask again.
//!
//! A [`User`] is `Send` and calls by itself, so another host of users can drive it: goose keeps one behind
//! `Arc<Mutex<…>>` as a user's session data, a transaction locks it, calls [`User::round`], and tells goose what came
//! of it with `record_custom_request_duration`; [`super::run_hosted`] lends it the recorder and the collector. The loop
//! here is the host where nothing else is wanted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::LocalSet;

use super::arrivals::GRACE;
use super::identities::View;
use super::pending::Pending;
use super::{About, Calls, Recorder, Stop, cpu};
use crate::load::figures::{draw, unit};
use crate::load::meter::Class;
use crate::load::schedule::Share;
use crate::load::transport::{Answered, Opened, Request, Seen, Transport, Trouble};

/// How long a user thinks between calls, drawn evenly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Think {
    /// At least.
    pub least: Duration,
    /// At most.
    pub most: Duration,
}

impl Think {
    fn draw(self, seed: u64, index: u64) -> Duration {
        let width = self.most.saturating_sub(self.least);
        self.least + width.mul_f64(unit(draw(seed, index)))
    }
}

/// The users of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Users {
    /// How many.
    pub count: u32,
    /// Between calls.
    pub think: Think,
    /// They come evenly within this time.
    pub ramp: Duration,
    /// From the start to the last call begun.
    pub length: Duration,
}

impl Users {
    /// When user `index` comes.
    pub fn comes(&self, index: u32) -> Duration {
        self.ramp * index / self.count.max(1)
    }
}

/// A peer that takes no connection is not asked again at once: nothing else slows a user down.
const RETRY: Duration = Duration::from_millis(100);

/// One virtual agent.
pub struct User<T: Transport> {
    transport: T,
    calls: Arc<Calls>,
    recorder: Arc<Recorder>,
    stop: Stop,
    view: View,
    identity: usize,
    connection: Option<T::Connection>,
    numbers: Share,
    made: u64,
    /// When its last call ended.
    ended: Instant,
}

impl<T: Transport> std::fmt::Debug for User<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("identity", &self.identity)
            .field("made", &self.made)
            .finish_non_exhaustive()
    }
}

impl<T: Transport> User<T> {
    /// User with the numbers `numbers`, which no other has.
    pub fn new(transport: T, calls: Arc<Calls>, recorder: Arc<Recorder>, stop: Stop, numbers: Share) -> Self {
        let many = u64::try_from(calls.identities.count().max(1)).unwrap_or(1);
        Self {
            identity: usize::try_from(numbers.first() % many).unwrap_or(0),
            view: calls.identities.view(),
            transport,
            calls,
            recorder,
            stop,
            connection: None,
            numbers,
            made: 0,
            ended: Instant::now(),
        }
    }

    /// The number of the next call.
    fn number(&self) -> u64 {
        self.numbers.first() + self.numbers.stride() * self.made
    }

    /// Makes one call of the mix.
    pub async fn round(&mut self) -> Class {
        let operation = self.calls.mix.operation(self.number());
        self.call(operation).await
    }

    /// Makes one call of that operation.
    pub async fn call(&mut self, operation: usize) -> Class {
        let about = About {
            number: self.number(),
            operation,
            identity: self.identity,
            begun: Instant::now(),
        };
        self.made += 1;
        let now = Instant::now();
        self.recorder.offered(now);
        let pending = Pending::new(&self.recorder, about, now, now);
        let begun = match self.connected().await {
            Ok(true) => Instant::now(),
            Ok(false) => now,
            Err(trouble) => {
                pending.unsent(&trouble);
                self.ended = Instant::now();
                return trouble.class;
            }
        };
        self.make(pending, begun)
            .await
            .map_or(Class::Refused, |answered| answered.class)
    }

    /// Sees to a connection; whether that took any time.
    async fn connected(&mut self) -> Result<bool, Trouble> {
        if let Some(connection) = &mut self.connection
            && is_spoiled(&self.transport, connection).await
        {
            self.connection = None;
        }
        let opens = self.connection.is_none();
        if opens {
            let deadline = Instant::now() + self.calls.timeout;
            let Opened {
                connection,
                connect,
                tls,
            } = self.transport.open(deadline).await?;
            self.recorder.opened(connect, tls);
            self.connection = Some(connection);
        }
        Ok(opens)
    }

    async fn make(&mut self, mut pending: Pending, begun: Instant) -> Option<Answered> {
        let about = pending.about;
        let lines = self.view.of(about.identity);
        let connection = self.connection.as_mut()?;
        pending.begun = Some(begun);
        let request = Request {
            template: self.calls.template(about.operation, about.identity)?,
            lines: &lines,
            number: about.number,
            begin: begun,
            patience: self.calls.timeout,
        };
        let calls = &self.calls;
        let about = About { begun, ..about };
        let watch = |seen: &Seen<'_>| calls.judge(&about, seen);
        let answered = self.transport.call(connection, &request, &watch).await;
        pending.answered(&answered);
        self.ended = answered.ended;
        if !answered.reusable {
            self.connection = None;
        }
        Some(answered)
    }
}

/// Looks once, without waiting.
async fn is_spoiled<T: Transport>(transport: &T, connection: &mut T::Connection) -> bool {
    let mut spoiled = std::pin::pin!(transport.spoiled(connection));
    std::future::poll_fn(|cx| std::task::Poll::Ready(spoiled.as_mut().poll(cx).is_ready())).await
}

/// What one core is given.
pub(super) struct Given<T> {
    pub(super) transport: T,
    pub(super) calls: Arc<Calls>,
    pub(super) recorder: Arc<Recorder>,
    pub(super) users: Users,
    /// Its share of the users.
    pub(super) share: Share,
    /// The run's share of all call numbers.
    pub(super) shard: Share,
    pub(super) start: Instant,
    pub(super) seed: u64,
    pub(super) stop: Stop,
}

/// Hosts the users of one core, on its own thread and runtime.
pub(super) fn run<T: Transport>(given: Given<T>) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let local = LocalSet::new();
    let recorder = Arc::clone(&given.recorder);
    runtime.block_on(local.run_until(host(given)));
    drop(local);
    recorder.busy(cpu::thread_time());
    Ok(())
}

async fn host<T: Transport>(given: Given<T>) {
    let mut here = tokio::task::JoinSet::new();
    let count = given.users.count;
    let mine = (given.share.first()..u64::from(count))
        .step_by(usize::try_from(given.share.stride()).unwrap_or(usize::MAX));
    for index in mine {
        let (Some(numbers), Ok(place)) = (given.shard.part(index, u64::from(count)), u32::try_from(index))
        else {
            continue;
        };
        let user = User::new(
            given.transport.clone(),
            Arc::clone(&given.calls),
            Arc::clone(&given.recorder),
            given.stop.clone(),
            numbers,
        );
        let comes = given.start + given.users.comes(place);
        let until = given.start + given.users.length;
        let seed = draw(given.seed, numbers.first());
        here.spawn_local(live(user, given.users.think, seed, comes, until));
    }
    let patience = given.users.length + given.calls.timeout * 2;
    let end = given.start + patience;
    let mut told = false;
    let mut until = end;
    while !here.is_empty() && Instant::now() < until {
        let _ = tokio::time::timeout(Duration::from_millis(20), here.join_next()).await;
        given.recorder.busy(cpu::thread_time());
        if given.stop.is_told() && !std::mem::replace(&mut told, true) {
            until = until.min(Instant::now() + GRACE);
        }
    }
}

async fn live<T: Transport>(mut user: User<T>, think: Think, seed: u64, comes: Instant, until: Instant) {
    let stop = user.stop.clone();
    pause(&stop, comes).await;
    user.ended = Instant::now();
    while !stop.is_told() && user.ended < until {
        let class = user.round().await;
        let unconnected = user.connection.is_none() && matches!(class, Class::Refused | Class::Tls);
        let mut rest = think.draw(seed, user.made);
        if unconnected {
            rest = rest.max(RETRY);
        }
        if rest.is_zero() {
            // A peer that answers at once must not keep the other users from their turn.
            tokio::task::coop::consume_budget().await;
        } else {
            pause(&stop, user.ended + rest).await;
            user.ended = Instant::now();
        }
    }
}

async fn pause(stop: &Stop, until: Instant) {
    tokio::select! {
        () = tokio::time::sleep_until(until.into()) => {}
        () = stop.told() => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::load::engine::fake::{Fake, calls, settings};
    use crate::load::engine::run_users;

    fn users(count: u32, think: u64, ramp: u64, length: u64) -> Users {
        let millis = Duration::from_millis;
        Users {
            count,
            think: Think {
                least: millis(think),
                most: millis(think * 2),
            },
            ramp: millis(ramp),
            length: millis(length),
        }
    }

    #[test]
    fn each_user_has_one_call_in_flight_and_numbers_of_its_own() {
        let fake = Fake {
            takes: Some(Duration::from_millis(2)),
            ..Fake::default()
        };
        let ended = run_users(&fake, &calls(), users(6, 0, 0, 200), &settings(2), None, None).unwrap();
        let numbers = fake.numbers.lock().unwrap();
        let different: BTreeSet<u64> = numbers.iter().copied().collect();
        assert_eq!(different.len(), numbers.len());
        assert_eq!(
            (fake.most.load(Ordering::SeqCst), fake.open.load(Ordering::SeqCst)),
            (6, 6)
        );
        let made = ended.account.total.overall().counts.of(Class::Ok);
        assert_eq!((made, ended.asked), (u64::try_from(numbers.len()).unwrap(), made));
        assert!(made > 60, "{made}");
    }

    #[test]
    fn thinking_slows_down_and_a_ramp_comes_gradually() {
        let fake = Fake {
            takes: Some(Duration::ZERO),
            ..Fake::default()
        };
        let ended = run_users(&fake, &calls(), users(4, 30, 0, 300), &settings(1), None, None).unwrap();
        // Between 300 / 60 and 300 / 30 calls each, and one to begin with.
        let made = ended.account.total.overall().counts.total();
        assert!((12..=44).contains(&made), "{made}");
        let ramped = users(4, 0, 400, 0);
        assert_eq!(ramped.comes(0), Duration::ZERO);
        assert_eq!(ramped.comes(3), Duration::from_millis(300));
    }

    /// Another host may move a user, and a call it makes, from thread to thread.
    fn may_move<T: Send>(what: T) -> T {
        what
    }

    #[test]
    fn another_host_has_the_same_account() {
        let (fake, calls, settings) = (Fake::default(), calls(), settings(1));
        let fake = Fake {
            takes: Some(Duration::ZERO),
            ..fake
        };
        let host = |recorder: Arc<Recorder>| {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()?;
            let making = (0..4).filter_map(|index| {
                let numbers = Share::WHOLE.part(index, 4)?;
                let stop = settings.stop.clone();
                let user = User::new(
                    fake.clone(),
                    Arc::clone(&calls),
                    Arc::clone(&recorder),
                    stop,
                    numbers,
                );
                let mut user = may_move(user);
                Some(runtime.spawn(may_move(async move {
                    for _ in 0..25 {
                        user.round().await;
                    }
                })))
            });
            let making: Vec<_> = making.collect();
            runtime.block_on(async {
                for user in making {
                    user.await.unwrap();
                }
            });
            Ok(())
        };
        let ended = crate::load::engine::run_hosted(&calls, &settings, None, None, host).unwrap();
        assert_eq!(ended.account.total.overall().counts.of(Class::Ok), 100);
        let mut numbers = fake.numbers.lock().unwrap().clone();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..100).collect::<Vec<u64>>());
    }

    #[test]
    fn stopped_at_once() {
        let settings = settings(1);
        settings.stop.stop();
        let begun = Instant::now();
        let ended = run_users(
            &Fake::default(),
            &calls(),
            users(50, 0, 0, 60_000),
            &settings,
            None,
            None,
        )
        .unwrap();
        assert!(begun.elapsed() < Duration::from_secs(1));
        assert_eq!(ended.account.total.overall().counts.total(), 0);
    }

    #[test]
    fn a_peer_that_is_not_there_is_not_hammered() {
        let fake = Fake {
            refuses: true,
            ..Fake::default()
        };
        let ended = run_users(&fake, &calls(), users(2, 0, 0, 350), &settings(1), None, None).unwrap();
        let refused = ended.account.total.overall().counts.of(Class::Refused);
        assert!((2..=8).contains(&refused), "{refused}");
    }
}
