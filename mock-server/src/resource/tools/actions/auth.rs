//! `auth`: who is calling, by which credential. The one place where a caller sees its own canary.

use serde_json::json;

use super::super::arguments::Arguments;
use super::{Answer, Turn, Working, on, own, told};
use crate::platform::{Caller, Demand, Entity, Mode, Platform};
use crate::resource::tools::ToolError;

pub(super) const WORKING: &[Working] = &[
    on("auth", "status", own, status),
    on("auth", "check", own, check),
    on("auth", "scopes", own, scopes),
    on("auth", "api-key-list", listing, list),
    on("auth", "api-key-get", listing, get),
];

#[expect(clippy::unnecessary_wraps, reason = "has the shape of its row")]
fn listing(platform: &Platform, _: &Caller, _: Arguments<'_>) -> Result<Demand, ToolError> {
    Ok(platform.listing())
}

fn agent(caller: &Caller) -> String {
    format!("{} {}", caller.agent_name, caller.canary)
}

#[expect(clippy::unnecessary_wraps, reason = "has the shape of its row")]
fn status(turn: &mut Turn<'_>) -> Answer {
    let caller = turn.caller;
    let key = turn
        .platform
        .keys
        .get(&caller.credential)
        .map(|key| key.view(turn.now));
    Ok(json!({
        "authenticated": true,
        "user_id": caller.user,
        "agent_name": agent(caller),
        "credential": {
            "type": "api-key",
            "id": caller.credential,
            "expires": key.and_then(|key| key.expires),
        },
        "scopes": caller.scopes,
    }))
}

#[expect(clippy::unnecessary_wraps, reason = "has the shape of its row")]
fn check(turn: &mut Turn<'_>) -> Answer {
    Ok(json!({ "id": turn.caller.user, "agent_name": agent(turn.caller) }))
}

#[expect(clippy::unnecessary_wraps, reason = "has the shape of its row")]
fn scopes(turn: &mut Turn<'_>) -> Answer {
    let caller = turn.caller;
    let whole = |scope: &&crate::platform::Scope| scope.entity == Entity::User && scope.id.is_none();
    Ok(json!({
        "auth_type": "api-key",
        "scopes": caller.scopes,
        "full_access": caller.scopes.iter().any(|scope| whole(&scope) && scope.mode >= Mode::Rw),
        "admin": caller.widest_mode() == Some(Mode::Rwa),
        "legacy": false,
        "agent_name": agent(caller),
    }))
}

fn list(turn: &mut Turn<'_>) -> Answer {
    told("api_keys", turn.platform.list_keys(turn.caller, turn.now)?)
}

fn get(turn: &mut Turn<'_>) -> Answer {
    told(
        "api_key",
        turn.platform
            .key(turn.caller, turn.now, turn.given.text("key_id")?)?,
    )
}
