//! Every wrong habit that this client can take on, as data. `HABITS=name,name` switches them on; without it the client
//! is as it should be. A habit is named here, with the rules that it breaks, and bites in one place of the code.

mod backoff;
mod discovery;
mod receivers;
mod refresh;
mod secrecy;
mod transport;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde_json::{Value, json};

pub(crate) use backoff::*;
pub(crate) use discovery::*;
pub(crate) use receivers::*;
pub(crate) use refresh::*;
pub(crate) use secrecy::*;
pub(crate) use transport::*;

/// One wrong habit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Habit {
    /// What `HABITS` calls it.
    pub(crate) id: &'static str,
    /// The rules of the catalogue that it breaks.
    pub(crate) breaks: &'static [&'static str],
    /// What the client then does.
    pub(crate) does: &'static str,
}

/// Declares the habits of one folder of rules, and the list of them.
macro_rules! habits {
    ($all:ident; $($name:ident $id:literal breaks [$($rule:literal),+ $(,)?] does $does:literal;)+) => {
        $(
            #[doc = $does]
            pub(crate) const $name: super::Habit = super::Habit { id: $id, breaks: &[$($rule),+], does: $does };
        )+
        pub(super) const $all: &[super::Habit] = &[$($name),+];
    };
}
use habits;

static ON: OnceLock<BTreeSet<&'static str>> = OnceLock::new();

/// All of them, in the order in which they are declared.
pub(crate) fn all() -> impl Iterator<Item = &'static Habit> {
    [BACKOFF, REFRESH, SECRECY, DISCOVERY, TRANSPORT, RECEIVERS]
        .into_iter()
        .flatten()
}

/// Whether a habit is on.
pub(crate) fn on(habit: Habit) -> bool {
    ON.get().is_some_and(|on| on.contains(habit.id))
}

/// Switches on what the text names, with commas between. A name that nothing has is an error.
pub(crate) fn switch_on(names: &str) -> Result<(), String> {
    let mut wanted = BTreeSet::new();
    for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let known = all().find(|habit| habit.id == name);
        wanted.insert(known.ok_or_else(|| format!("there is no habit {name}"))?.id);
    }
    ON.set(wanted)
        .map_err(|_| "habits are switched on once".to_owned())
}

/// What `--list-habits` prints.
pub(crate) fn list() -> Value {
    all()
        .map(|habit| json!({ "habit": habit.id, "rules": habit.breaks, "what": habit.does }))
        .collect()
}
