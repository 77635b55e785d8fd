//! The actions that work: what each demands of its caller, and what it then does.

mod ai;
mod auth;
mod event;
mod intents;
mod keys;
mod locks;
mod members;
mod notes;
mod orgs;
mod records;
mod shares;
mod storage;
mod transfer;
mod transfers;
mod webhooks;

use serde::Serialize;
use serde_json::{Value, json};

use super::ToolError;
use super::arguments::Arguments;
use crate::platform::{Caller, Demand, Mode, Platform};

/// One call under way, permission already given once; the platform asks again.
pub(super) struct Turn<'a> {
    pub(super) platform: &'a mut Platform,
    pub(super) caller: &'a Caller,
    pub(super) now: i64,
    pub(super) mint: &'a mut dyn FnMut() -> String,
    pub(super) given: Arguments<'a>,
}

type Answer = Result<Value, ToolError>;
type DemandOf = fn(&Platform, &Caller, Arguments<'_>) -> Result<Demand, ToolError>;

/// An action that works.
pub(super) struct Working {
    tool: &'static str,
    action: &'static str,
    pub(super) demand: DemandOf,
    pub(super) run: fn(&mut Turn<'_>) -> Answer,
}

impl Working {
    /// Tool and action.
    pub(super) fn named(&self) -> (&'static str, &'static str) {
        (self.tool, self.action)
    }
}

/// The working action of this tool and name.
pub(super) fn working(tool: &str, action: &str) -> Option<&'static Working> {
    all().find(|working| working.named() == (tool, action))
}

/// Every demand of a call whose first is known: one, unless it is about several workspaces.
pub(super) fn every(
    platform: &Platform,
    action: (&str, &str),
    first: Demand,
    given: Arguments<'_>,
) -> Vec<Demand> {
    match given.ids("profile_ids") {
        Ok(ids) if action == storage::SEVERAL && !platform.switches.scopes.first_item_only => ids
            .into_iter()
            .map(|id| Demand::workspace(id, Mode::Rw))
            .collect(),
        _ => vec![first],
    }
}

/// Every working action.
pub(super) fn all() -> impl Iterator<Item = &'static Working> {
    [
        ai::WORKING,
        auth::WORKING,
        keys::WORKING,
        orgs::WORKING,
        notes::WORKING,
        records::WORKING,
        shares::WORKING,
        storage::WORKING,
        locks::WORKING,
        transfers::WORKING,
        event::WORKING,
        intents::WORKING,
        members::WORKING,
        webhooks::WORKING,
        transfer::WORKING,
    ]
    .into_iter()
    .flatten()
}

const fn on(
    tool: &'static str,
    action: &'static str,
    demand: DemandOf,
    run: fn(&mut Turn<'_>) -> Answer,
) -> Working {
    Working {
        tool,
        action,
        demand,
        run,
    }
}

/// An answer of one field.
#[expect(clippy::unnecessary_wraps, reason = "ends a row's function")]
fn told(name: &str, value: impl Serialize) -> Answer {
    Ok(json!({ name: value }))
}

#[expect(clippy::unnecessary_wraps, reason = "has the shape of its row")]
fn own(_: &Platform, _: &Caller, _: Arguments<'_>) -> Result<Demand, ToolError> {
    Ok(Demand::own())
}

#[expect(clippy::unnecessary_wraps, reason = "has the shape of its row")]
fn account_write(_: &Platform, _: &Caller, _: Arguments<'_>) -> Result<Demand, ToolError> {
    Ok(Demand::account(Mode::Rw))
}

fn org_read(_: &Platform, _: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    Ok(Demand::org(given.text("org_id")?, Mode::R))
}

fn workspace_read(_: &Platform, _: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    Ok(Demand::workspace(given.text("workspace_id")?, Mode::R))
}

fn workspace_write(_: &Platform, _: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    Ok(Demand::workspace(given.text("workspace_id")?, Mode::Rw))
}

fn profile_read(_: &Platform, _: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    Ok(Demand::workspace(given.workspace()?, Mode::R))
}

fn profile_write(_: &Platform, _: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    Ok(Demand::workspace(given.workspace()?, Mode::Rw))
}
