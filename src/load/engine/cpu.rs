//! Processor time of the calling thread, where the system tells it.

use std::time::Duration;

#[cfg(unix)]
pub(super) fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

#[cfg(not(unix))]
pub(super) fn thread_time() -> Duration {
    Duration::ZERO
}
