//! `auth_manage`: making, changing and ending API keys.

use serde_json::json;

use super::{Answer, Turn, Working, account_write, on, told};
use crate::platform::{Demand, KeyChange, Mode, NewKey, Scope};
use crate::resource::tools::ToolError;

pub(super) const WORKING: &[Working] = &[
    on("auth_manage", "api-key-create", account_write, create),
    on("auth_manage", "api-key-update", account_write, update),
    on("auth_manage", "api-key-rotate", account_write, rotate),
    on("auth_manage", "api-key-delete", account_write, delete),
];

/// The scopes a call asks for. Each is a whole, case-sensitive word; only `scope-substring` reads them otherwise.
fn scopes(turn: &Turn<'_>) -> Result<Option<Vec<Scope>>, ToolError> {
    if turn.platform.switches.scopes.substring {
        turn.given.scopes_by("scopes", Scope::loosely)
    } else {
        turn.given.scopes_by("scopes", str::parse)
    }
}

/// The value of the key is in the answer's `api_key`, here and never again. REST calls the name `memo`.
fn create(turn: &mut Turn<'_>) -> Answer {
    let name = turn
        .given
        .optional("name")?
        .or(turn.given.optional("memo")?)
        .unwrap_or_default();
    let new = NewKey {
        memo: name.to_owned(),
        scopes: scopes(turn)?.unwrap_or_default(),
        expires: turn.given.time("key_expires")?.flatten(),
        agent_name: turn.given.optional("agent_name")?.unwrap_or(name).to_owned(),
    };
    turn.platform.permit(turn.caller, &Demand::account(Mode::Rw))?;
    let token = (turn.mint)();
    let key = turn.platform.create_key(turn.caller, turn.now, new, &token)?;
    Ok(json!({ "api_key": token, "key": key }))
}

fn update(turn: &mut Turn<'_>) -> Answer {
    let memo = turn.given.owned("name")?.or(turn.given.owned("memo")?);
    let change = KeyChange {
        memo,
        scopes: scopes(turn)?,
        expires: turn.given.time("key_expires")?,
        agent_name: turn.given.owned("agent_name")?,
        user: turn.given.owned("user_id")?,
    };
    told(
        "key",
        turn.platform
            .update_key(turn.caller, turn.now, turn.given.text("key_id")?, change)?,
    )
}

/// The value of the new key is in the answer's `api_key`, here and never again.
fn rotate(turn: &mut Turn<'_>) -> Answer {
    let id = turn.given.text("key_id")?;
    turn.platform.permit(turn.caller, &Demand::account(Mode::Rw))?;
    let token = (turn.mint)();
    let key = turn.platform.rotate_key(turn.caller, turn.now, id, &token)?;
    Ok(json!({ "api_key": token, "key": key }))
}

fn delete(turn: &mut Turn<'_>) -> Answer {
    let id = turn.given.text("key_id")?;
    turn.given.confirmed()?;
    told("key", turn.platform.revoke_key(turn.caller, turn.now, id)?)
}
