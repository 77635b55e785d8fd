//! Processor time of the calling thread, where the system tells it.

use std::time::Duration;

#[cfg(unix)]
pub(super) fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// Asks that the calling thread runs before others, where this process may: what measures should not wait for what is
/// measured, or for a neighbour.
#[cfg(target_os = "linux")]
pub(super) fn hurry() {
    // On Linux a niceness is a thread's own. Without the permission everything stays as it is, and `valid` tells.
    let _ = rustix::process::setpriority_process(None, -10);
}

#[cfg(not(target_os = "linux"))]
pub(super) fn hurry() {}

#[cfg(not(unix))]
pub(super) fn thread_time() -> Duration {
    Duration::ZERO
}
