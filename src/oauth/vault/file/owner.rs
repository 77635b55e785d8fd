//! Who holds a lease, and whether it still lives.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A process, told apart from a later one with the same number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Owner {
    /// Its number.
    pid: u32,
    /// When it began, in the system's own count; `None` where that cannot be known.
    began: Option<u64>,
    /// The machine, its boot and the space its numbers are from: containers may share a folder and not that.
    host: String,
}

impl Owner {
    pub(super) fn of_this_process() -> Self {
        let pid = std::process::id();
        Self {
            pid,
            began: state_of(pid).map(|(began, _)| began),
            host: host(),
        }
    }

    /// Known to be dead. Of another machine nothing is known.
    pub(super) fn is_dead(&self) -> bool {
        if self.host != host() {
            return false;
        }
        match (self.began, state_of(self.pid)) {
            (Some(began), Some((found, alive))) => began != found || !alive,
            _ => !runs(self.pid),
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.host.split(' ').next().unwrap_or_default();
        write!(f, "process {} on {host}", self.pid)
    }
}

#[cfg(unix)]
fn host() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let space = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    // The name comes first and has no blank in it.
    format!("{} {} {}", name.replace(' ', "-"), boot.trim(), space.display())
}

#[cfg(not(unix))]
fn host() -> String {
    "this-machine".to_owned()
}

/// Start time and whether it runs, from `/proc/PID/stat` (proc_pid_stat(5), fields 22 and 3). The name in the second
/// field may hold anything, so counting begins behind its last bracket.
fn state_of(pid: u32) -> Option<(u64, bool)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    let began = fields.nth(18)?.parse().ok()?;
    Some((began, !matches!(state, "Z" | "X" | "x")))
}

#[cfg(unix)]
fn runs(pid: u32) -> bool {
    let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) else {
        return false;
    };
    !matches!(
        rustix::process::test_kill_process(pid),
        Err(rustix::io::Errno::SRCH)
    )
}

/// Not known: the lease's time decides.
#[cfg(not(unix))]
fn runs(_: u32) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_another_with_its_number_does_not() {
        let own = Owner::of_this_process();
        assert!(!own.is_dead());
        assert!(
            own.to_string()
                .starts_with(&format!("process {} on ", std::process::id()))
        );
        if own.began.is_some() {
            let earlier = Owner {
                began: Some(0),
                ..own.clone()
            };
            assert!(earlier.is_dead());
        }
        let elsewhere = Owner {
            pid: u32::MAX,
            host: "elsewhere".to_owned(),
            began: None,
        };
        assert!(!elsewhere.is_dead());
    }

    #[test]
    fn a_child_that_ended_is_dead_before_it_is_waited_for() {
        let mut child = std::process::Command::new("true").spawn().expect("a child");
        let owner = Owner {
            pid: child.id(),
            began: state_of(child.id()).map(|(began, _)| began),
            host: host(),
        };
        let ended = (0..500).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            owner.is_dead()
        });
        assert!(ended || cfg!(not(target_os = "linux")));
        child.wait().expect("it ended");
        assert!(owner.is_dead());
    }
}
