//! The tasks of a world, and whose each is.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::platform::Caller;

/// Tasks that one credential may have at once.
pub(super) const MOST: usize = 100;
/// How long the work of a task takes, in milliseconds on the world's clock.
const WORK: i64 = 10_000;
/// How long a task is kept at most, and where nothing was asked for, in milliseconds.
const LONGEST: i64 = 3_600_000;

/// What has become of a task.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Status {
    Working,
    /// With the result of the call.
    Done(Value),
    Cancelled,
}

/// A call that goes on after its answer.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(super) id: String,
    /// Who called.
    pub(super) caller: Caller,
    pub(super) tool: String,
    pub(super) arguments: Map<String, Value>,
    /// Milliseconds since 1970.
    pub(super) made: i64,
    pub(super) changed: i64,
    /// Milliseconds.
    pub(super) life: i64,
    pub(super) status: Status,
}

impl Task {
    /// A task that begins now; `life` is what was asked for.
    pub(super) fn new(
        id: String,
        caller: &Caller,
        tool: &str,
        arguments: Map<String, Value>,
        (now, life): (i64, Option<i64>),
    ) -> Self {
        Self {
            id,
            caller: caller.clone(),
            tool: tool.to_owned(),
            arguments,
            made: now,
            changed: now,
            life: life.unwrap_or(LONGEST).clamp(WORK, LONGEST),
            status: Status::Working,
        }
    }

    /// Whether its work is over by now.
    pub(super) fn is_due(&self, now: i64) -> bool {
        self.status == Status::Working && now >= self.made + WORK
    }

    pub(super) fn become_now(&mut self, status: Status, now: i64) {
        self.status = status;
        self.changed = now;
    }
}

/// All tasks of a world, by id.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    kept: BTreeMap<String, Task>,
    /// How many there ever were.
    made: u64,
}

impl Tasks {
    /// The number of the next one; only the defect `task-ids-counted` asks.
    pub(super) fn next_number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// Keeps a task; `false` where its credential has too many already.
    pub(super) fn admit(&mut self, task: Task, now: i64) -> bool {
        self.kept.retain(|_, old| now < old.made + old.life);
        let theirs = self.all(Some(&task.caller.credential)).count();
        if theirs < MOST {
            self.kept.insert(task.id.clone(), task);
        }
        theirs < MOST
    }

    /// The task of this id. `owner`: only where it is this credential's; a foreign one is as unknown as none.
    pub(super) fn of(&mut self, id: &str, owner: Option<&str>, now: i64) -> Option<&mut Task> {
        let task = self.kept.get_mut(id)?;
        let theirs = owner.is_none_or(|owner| task.caller.credential == owner);
        (theirs && now < task.made + task.life).then_some(task)
    }

    /// All of a credential, or of everybody.
    pub(super) fn all(&self, owner: Option<&str>) -> impl Iterator<Item = &Task> {
        self.kept
            .values()
            .filter(move |task| owner.is_none_or(|owner| task.caller.credential == owner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(id: &str, credential: &str) -> Task {
        let caller = Caller {
            credential: credential.to_owned(),
            user: String::new(),
            agent_name: String::new(),
            canary: String::new(),
            scopes: Vec::new(),
        };
        Task::new(id.to_owned(), &caller, "find", Map::new(), (0, Some(20_000)))
    }

    #[test]
    fn a_task_is_its_owners_for_as_long_as_it_lives() {
        let mut tasks = Tasks::default();
        assert!(tasks.admit(task("a", "one"), 0));
        assert!(tasks.of("a", Some("one"), 0).is_some());
        assert!(tasks.of("a", Some("two"), 0).is_none());
        assert!(tasks.of("a", None, 0).is_some());
        assert!(tasks.of("a", Some("one"), 20_000).is_none());
    }

    #[test]
    fn a_credential_has_so_many_and_no_more() {
        let mut tasks = Tasks::default();
        for number in 0..MOST {
            assert!(tasks.admit(task(&number.to_string(), "one"), 0));
        }
        assert!(!tasks.admit(task("more", "one"), 0));
        assert!(tasks.admit(task("other", "two"), 0));
        assert!(tasks.admit(task("later", "one"), 20_000));
    }

    #[test]
    fn work_takes_its_time() {
        let task = task("a", "one");
        assert!(!task.is_due(9_999) && task.is_due(10_000));
    }
}
