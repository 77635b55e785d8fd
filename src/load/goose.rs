//! Goose hosts virtual users: it starts them, ramps them up, lets them think, weighs what they do, and ends them. What a
//! user does is ours: calls over our transport, recorded by our meter, and told to goose beside. Its own HTTP client,
//! its throttle and its correction for omissions are never used.
//!
//! Its killswitch is one for the whole process, so there is one attack at a time.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use goose::config::GooseConfiguration;
use goose::goose::{GooseUser, Scenario, Transaction, TransactionResult};
use goose::{GooseAttack, GooseError, is_killswitch_triggered, trigger_killswitch};
use tokio::sync::Mutex;

use super::engine::{Calls, Recorder, Stop, User, Users};
use super::meter::Class;
use super::schedule::Share;
use super::transport::Transport;

/// What a host is given.
pub(super) struct Hosting<T> {
    pub(super) transport: T,
    pub(super) calls: Arc<Calls>,
    /// By operation: name and weight.
    pub(super) operations: Vec<(String, usize)>,
    pub(super) users: Users,
    /// This machine's share of them.
    pub(super) shard: Share,
    pub(super) start: Instant,
    pub(super) stop: Stop,
    /// Set where a person ended the run: goose takes the signal.
    pub(super) interrupt: Arc<AtomicBool>,
    /// Where the calls go, for goose's report.
    pub(super) origin: String,
    /// Goose's own report.
    pub(super) report: Option<PathBuf>,
    pub(super) cores: u32,
}

/// A user in goose's hands.
struct Seat<T: Transport>(Arc<Mutex<User<T>>>);

impl<T: Transport> Clone for Seat<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// After the last call, goose may go on for so long before it is told to end.
const AFTER: Duration = Duration::from_secs(2);

/// A user with nothing more to do looks again after this.
const IDLE: Duration = Duration::from_millis(50);

/// Hosts them until they are done or told to stop.
pub(super) fn host<T: Transport>(hosting: Hosting<T>, recorder: &Arc<Recorder>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(usize::try_from(hosting.cores).unwrap_or(1).max(1))
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let watch = tokio::spawn(end(
            hosting.stop.clone(),
            Arc::clone(&hosting.interrupt),
            hosting.start + hosting.users.length,
        ));
        let attack = attack(hosting, recorder).map_err(io::Error::other)?;
        let done = Box::pin(attack.execute()).await;
        watch.abort();
        match done {
            Ok(_) => Ok(()),
            Err(error) => Err(io::Error::other(error.to_string())),
        }
    })
}

/// Tells goose when it is over, and us when goose was told by a signal.
async fn end(stop: Stop, interrupt: Arc<AtomicBool>, until: Instant) {
    // Goose puts its switch back when it begins.
    tokio::time::sleep(IDLE * 4).await;
    loop {
        if is_killswitch_triggered() && Instant::now() < until {
            interrupt.store(true, Ordering::Relaxed);
            stop.stop();
        }
        if stop.is_told() || Instant::now() >= until {
            trigger_killswitch("the plan is over");
        }
        tokio::time::sleep(IDLE).await;
    }
}

fn attack<T: Transport>(hosting: Hosting<T>, recorder: &Arc<Recorder>) -> Result<GooseAttack, GooseError> {
    let configuration = configuration(&hosting);
    let hosting = Arc::new(hosting);
    let mut scenario =
        Scenario::new("hallmark").set_wait_time(hosting.users.think.least, hosting.users.think.most)?;
    scenario = scenario.register_transaction(begins(&hosting, recorder));
    for (operation, (name, weight)) in hosting.operations.iter().enumerate() {
        let transaction = calls(operation, name, &hosting)
            .set_name(name)
            .set_weight(*weight)?;
        scenario = scenario.register_transaction(transaction);
    }
    Ok(GooseAttack::initialize_with_config(configuration)?.register_scenario(scenario))
}

fn configuration<T: Transport>(hosting: &Hosting<T>) -> GooseConfiguration {
    let count = u64::from(hosting.users.count);
    let mine =
        (hosting.shard.first()..count).step_by(usize::try_from(hosting.shard.stride()).unwrap_or(usize::MAX));
    let many = mine.count().max(1);
    let ramp = hosting.users.ramp.as_secs();
    let length = (hosting.users.length + AFTER).as_secs() + 1;
    // Some of its fields are its own.
    let mut made = GooseConfiguration::default();
    made.host = Some(hosting.origin.clone());
    made.users = Some(many);
    // At once where there is no ramp; goose knows whole seconds only.
    made.increase_rate = (ramp == 0).then(|| (many * 100).to_string());
    made.increase_time = (ramp > 0).then(|| ramp.to_string());
    made.run_time = Some(length.to_string());
    made.report_file = hosting
        .report
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    made.no_metrics = hosting.report.is_none();
    made.no_print_metrics = true;
    made.no_error_summary = true;
    made.no_telnet = true;
    made.quiet = 3;
    made
}

/// Makes the user that goose's user is.
fn begins<T: Transport>(hosting: &Arc<Hosting<T>>, recorder: &Arc<Recorder>) -> Transaction {
    let (hosting, recorder) = (Arc::clone(hosting), Arc::clone(recorder));
    let begin = move |user: &mut GooseUser| {
        let place = u64::try_from(user.weighted_users_index).unwrap_or(0);
        // Every user has numbers of its own, on every machine.
        let count = u64::from(hosting.users.count);
        let index = hosting.shard.first() + place * hosting.shard.stride();
        if let Some(numbers) = Share::WHOLE.part(index.min(count.saturating_sub(1)), count) {
            let own = User::new(
                hosting.transport.clone(),
                Arc::clone(&hosting.calls),
                Arc::clone(&recorder),
                hosting.stop.clone(),
                numbers,
            );
            user.set_session_data(Seat(Arc::new(Mutex::new(own))));
        }
    };
    Transaction::new(Arc::new(move |user| {
        begin(user);
        Box::pin(async { Ok(()) })
    }))
    .set_on_start()
}

/// One operation of the mix.
fn calls<T: Transport>(operation: usize, name: &str, hosting: &Arc<Hosting<T>>) -> Transaction {
    let (hosting, name) = (Arc::clone(hosting), Arc::<str>::from(name));
    Transaction::new(Arc::new(move |user| {
        let (hosting, name) = (Arc::clone(&hosting), Arc::clone(&name));
        Box::pin(async move { call(user, operation, &name, &hosting).await })
    }))
}

async fn call<T: Transport>(
    user: &mut GooseUser,
    operation: usize,
    name: &str,
    hosting: &Hosting<T>,
) -> TransactionResult {
    let over = hosting.stop.is_told() || Instant::now() >= hosting.start + hosting.users.length;
    let seat = user.get_session_data::<Seat<T>>().cloned();
    let (false, Some(seat)) = (over, seat) else {
        tokio::time::sleep(IDLE).await;
        return Ok(());
    };
    let begun = Instant::now();
    let class = seat.0.lock().await.call(operation).await;
    if hosting.report.is_some() {
        let well = !class.is_error();
        let error = (!well).then(|| class.as_str());
        user.record_custom_request_duration("POST", name, begun.elapsed(), well, None, error)
            .await?;
    }
    if matches!(class, Class::Refused | Class::Tls) {
        // A peer that takes no connection is not asked again at once.
        tokio::time::sleep(IDLE * 2).await;
    }
    Ok(())
}
