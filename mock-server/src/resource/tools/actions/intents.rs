//! `intent` and `intent_manage`: announcements under a handle that belongs to the account that made it.

use serde_json::json;

use super::{Answer, Turn, Working, on, own, told, workspace_write};

pub(super) const WORKING: &[Working] = &[
    on("intent", "expand", own, |turn| {
        let id = turn.given.text("intent_id")?;
        told("intent", turn.platform.expand_intent(turn.caller, id)?)
    }),
    on("intent_manage", "allocate", workspace_write, |turn| {
        let workspace = turn.given.text("workspace_id")?;
        told("intent", turn.platform.allocate_intent(turn.caller, workspace)?)
    }),
    on("intent_manage", "release", own, release),
];

fn release(turn: &mut Turn<'_>) -> Answer {
    turn.platform
        .release_intent(turn.caller, turn.given.text("intent_id")?)?;
    Ok(json!({ "released": true }))
}
