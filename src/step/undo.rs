//! Takes back what probes did to a real target: `undo` of the target file, in reverse order, when the case ends.

use std::sync::PoisonError;

use super::{Fill, Problem, Scope, World, http, mcp};
use crate::expect::{Outcome, Single, select};
use crate::scenario::model::{Aim, Data, Kind, Selector, Spanned, Step};
use crate::target::Call;

/// A call that is owed, with the names it reads.
pub(super) struct Owed {
    call: Call,
    scope: Scope,
    step: Step,
}

/// Notes what a probe that was done owes. Its outputs are in scope by their names, its inputs as `${with.…}`.
pub(super) fn remember(
    name: &str,
    (with, aim): (&[(Spanned<String>, Data)], Option<&Aim>),
    single: &Single,
    step: &Step,
    fill: Fill<'_>,
) -> Result<(), Problem> {
    let Some(probe) = fill.world.target().target.probes.get(name) else {
        return Ok(());
    };
    let Some(call) = probe.undo.clone().filter(|_| single.outcome == Outcome::Done) else {
        return Ok(());
    };
    let mut scope = Scope::inside(super::fill::inputs(probe.takes(), with, aim, fill)?);
    for output in probe.gives.keys() {
        if let Some(value) = select(&Selector::Result(output.clone()), single, &fill).value() {
            scope.capture(output, value);
        }
    }
    let mut undoing = Step::bare(step.at.clone(), Kind::Steps(Vec::new()));
    undoing.who.clone_from(&step.who);
    fill.world
        .owed
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(Owed {
            call,
            scope,
            step: undoing,
        });
    Ok(())
}

/// Carries out everything owed. What does not work is left: the target file says how, not we.
pub(super) async fn all(world: &World) {
    let owed = std::mem::take(&mut *world.owed.lock().unwrap_or_else(PoisonError::into_inner));
    for Owed { call, scope, step } in owed.into_iter().rev() {
        let inner = Fill::new(world, &scope);
        let _ = match &call {
            Call::Http(call) => http::call(&step, call, inner).await,
            call => mcp::call(&step, call, inner).await,
        };
    }
}
