//! The work that a delivery is for: done, done later, or failed.

use std::time::Duration;

use super::Said;
use crate::state::State;

/// What a defect spends on slow work before it answers: more than whoever tests it waits for, in real time.
const SLOW: Duration = Duration::from_millis(2_500);

/// What is to be done.
pub(super) struct Job<'a> {
    /// What the delivery is recognised by when it comes again.
    pub(super) keys: &'a [String],
    /// What it is about.
    pub(super) subject: &'a str,
    /// A defect remembers a delivery whose work failed.
    pub(super) remembers: bool,
    /// A defect acknowledges one, too.
    pub(super) acknowledges: bool,
    /// A defect answers when the work is done, however long that takes.
    pub(super) waits: bool,
}

/// One whose work fails was never there. What takes long is done after the answer.
pub(super) async fn work(world: &State, job: Job<'_>) -> Said {
    let slow = {
        let mut memory = world.inbound();
        if memory.must_fail() {
            if !job.remembers {
                job.keys.iter().for_each(|key| memory.forget(key));
            }
            return if job.acknowledges {
                (200, "done")
            } else {
                (500, "the work failed")
            };
        }
        memory.is_slow()
    };
    match slow {
        Some(seconds) if !job.waits => {
            let due = world.clock.now() + seconds;
            world.inbound().will_do(due, job.subject);
            return (200, "accepted");
        }
        Some(_) => tokio::time::sleep(SLOW).await,
        None => {}
    }
    world.inbound().did(job.subject);
    (200, "done")
}
