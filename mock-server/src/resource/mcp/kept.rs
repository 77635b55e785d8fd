//! The one answer that is kept: what a list of a workspace's root says is written down when it is first told, and told
//! again until something in the workspace changes. Who asks is judged, counted and put into the trail each time.
//!
//! Load is mostly made of such reads. Every other call, and every call while a defect is on, is carried out anew.

use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value, json};

use super::Era;
use super::accept::Accepts;
use super::session_era::server_info;
use super::{call, meta};
use crate::platform::Caller;
use crate::resource::tools::{self, ToolAnswer};
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;
use crate::serve::route;
use crate::state::{State, View};
use crate::variant;

/// What the stateless era adds to a result.
static ADDED: LazyLock<String> = LazyLock::new(|| {
    let server = json!({ meta::SERVER_INFO: server_info() });
    format!(r#","resultType":"complete","_meta":{server}"#)
});

/// Answers such a call; `None` for every other, for one that is to be refused, and where answers are streams.
pub(super) fn answer(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    (era, accepts): (Era, Accepts),
    (id, method, params): (&Value, &str, &Map<String, Value>),
) -> Option<Answer> {
    let plain = method == "tools/call" && accepts.json && !accepts.events_first && exchange.lapsed.is_none();
    let told_so = !exchange.view.variants.has(variant::SSE_ANSWERS) && exchange.view.defects.is_empty();
    if !plain || !told_so || route::is_flat(exchange.head.uri.path()) {
        return None;
    }
    let arguments = root(params)?;
    let workspace = arguments.get("profile_id")?.as_str()?;
    let result = exchange
        .world
        .list_root(&exchange.view, caller, workspace, arguments)?;
    exchange.call("tools/call storage");
    let added = if era == Era::Stateless { ADDED.as_str() } else { "" };
    let body = format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{{result}{added}}}}}"#);
    Some(answer::typed(200, "application/json", body))
}

/// The arguments, where they ask for the first page of a workspace's root, and nothing else is asked.
fn root(params: &Map<String, Value>) -> Option<&Map<String, Value>> {
    let known = |name: &str| matches!(name, "name" | "arguments" | "_meta");
    if params.get("name")? != "storage" || !params.keys().all(|name| known(name)) {
        return None;
    }
    let quiet = params
        .get("_meta")
        .is_none_or(|meta| meta.get("progressToken").is_none());
    let arguments = params.get("arguments")?.as_object()?;
    let of_workspace = arguments
        .get("profile_type")
        .is_none_or(|kind| kind == "workspace");
    let known = |name: &str| matches!(name, "action" | "profile_type" | "profile_id");
    let asks = arguments.get("action")? == "list" && arguments.keys().all(|name| known(name));
    (quiet && of_workspace && asks).then_some(arguments)
}

/// The members of a result, as JSON.
fn members(structured: Value) -> Arc<str> {
    let whole = call::said(ToolAnswer::of(structured)).to_string();
    // Braces around them: an era puts more members beside.
    whole.get(1..whole.len() - 1).unwrap_or_default().into()
}

impl State {
    /// What a list of this workspace's root comes to; `None` where the caller is to be refused.
    fn list_root(
        &self,
        view: &View,
        caller: &Caller,
        workspace: &str,
        arguments: &Map<String, Value>,
    ) -> Option<Arc<str>> {
        let now = self.clock.now();
        self.platform_for(view)
            .list_root(caller, now, workspace, |platform| {
                let mut none = String::new;
                let done = tools::done(platform, caller, now, &mut none, "storage", arguments);
                done.ok().map(members)
            })
    }
}
