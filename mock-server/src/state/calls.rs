//! A call of a tool, from its switches to everybody who is told of what it changed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::switches::{asks_nobody, unclassified};
use super::{State, View};
use crate::defect::scope;
use crate::delivery;
use crate::platform::{Caller, Flaw, Platform};
use crate::resource::mcp::feed::{self, Change, Notice};
use crate::resource::mcp::rpc;
use crate::resource::tools::{self, Effect, ToolAnswer, ToolError};

impl State {
    /// Runs a tool, which decides before it does anything.
    pub(crate) fn run_tool(
        &self,
        view: &View,
        caller: &Caller,
        name: &str,
        arguments: &Map<String, Value>,
    ) -> Result<ToolAnswer, ToolError> {
        let now = self.clock.now();
        let answer = {
            let mut platform = self.platform_for(view);
            let waved = asks_nobody(view, name, arguments);
            platform.switches.flaws = platform.switches.flaws.with(Flaw::Waved, waved);
            let call = |platform: &mut Platform| {
                tools::done(
                    platform,
                    caller,
                    now,
                    &mut || self.new_token(view),
                    name,
                    arguments,
                )
            };
            platform.switches.write_scope_unchecked |= unclassified(view, caller, name, arguments);
            let answer = call(&mut platform);
            if answer.is_err() && view.defects.has(scope::WRITE_THEN_403) {
                platform.switches.write_scope_unchecked = true;
                // What it did is the defect; the answer stays the refusal.
                let _ = call(&mut platform);
            }
            answer
        };
        let answer = answer.map(ToolAnswer::of);
        delivery::collect(self);
        if name == "auth_manage" {
            self.end_sessions_of_dead_keys();
        }
        if let Ok(answer) = &answer {
            if let Some((place, what)) = happened(name, arguments, answer) {
                self.hub.say(&place, what);
            }
            for change in feed::changes_of(name, arguments, answer) {
                self.publish(change);
            }
        }
        answer
    }

    /// Tells every stream whose credential may know of it what changed.
    pub(crate) fn publish(&self, change: Change) {
        let credentials: BTreeSet<String> = self
            .sessions()
            .listening()
            .map(|session| session.credential.clone())
            .collect();
        let told: BTreeMap<String, Vec<Notice>> = credentials
            .into_iter()
            .filter_map(|credential| {
                let caller = feed::live_caller(self, &credential)?;
                Some((credential, feed::notices(self, &caller, &change)))
            })
            .collect();
        for session in self.sessions().listening() {
            for notice in told.get(&session.credential).into_iter().flatten() {
                let watched = match notice {
                    Notice::Resource(uri) => session.watched.contains(uri),
                    _ => true,
                };
                if watched {
                    session.tell(&rpc::notification(notice.method(), notice.params()).to_string());
                }
            }
        }
        // Nobody listens: nobody needs to know.
        let _ = self.feed.send(change);
    }
}

/// Where a successful call of a tool changed something, and what.
fn happened(name: &str, arguments: &Map<String, Value>, answer: &ToolAnswer) -> Option<(String, String)> {
    if tools::effect(name, arguments) != Some(Effect::Write) {
        return None;
    }
    let text = |name: &str| arguments.get(name).and_then(Value::as_str);
    let place = text("profile_id").or_else(|| text("workspace_id"))?;
    let node = answer.structured["node"]["id"]
        .as_str()
        .or_else(|| text("node_id"));
    Some((place.to_owned(), format!("storage:{}", node.unwrap_or_default())))
}
