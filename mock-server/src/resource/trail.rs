//! Accesses that are no tool's call, put into the audit trail under the credential that made them. Tools see to
//! themselves.
//!
//! Uses `platform`. Must never decide whether something is permitted: it is told.

use crate::platform::{Caller, Deed, Outcome, Target};
use crate::state::{State, View};

/// Notes that `caller` looked at something, or was refused it. `call` names the access, such as `prompts get`; `node`
/// is the file it was about.
pub(crate) fn looked(
    world: &State,
    view: &View,
    caller: &Caller,
    call: &str,
    (target, node): (&Target, Option<&str>),
    permitted: bool,
) {
    let outcome = if permitted { Outcome::Done } else { Outcome::Denied };
    let node = node.map(|node| node.replace('-', ""));
    let about = (target, node.as_deref());
    let now = world.clock.now();
    world
        .platform_for(view)
        .note_access(caller, now, call, about, (Deed::Read, outcome));
}
