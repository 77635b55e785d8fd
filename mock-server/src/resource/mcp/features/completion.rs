//! `completion/complete`: ids of workspaces and nodes, those the caller may read and no others.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::rpc::{self, Outcome};
use super::prompts;
use super::resources::TEMPLATE;
use crate::defect::tenant;
use crate::platform::{Caller, Flaw, Target};
use crate::resource::trail;
use crate::serve::exchange::Exchange;

const MOST: usize = 100;

pub(super) fn complete(exchange: &mut Exchange<'_>, caller: &Caller, params: &Map<String, Value>) -> Outcome {
    let text = |of: &str, name: &str| params.get(of)?.get(name)?.as_str();
    let refers = match text("ref", "type") {
        Some("ref/prompt") => text("ref", "name").is_some_and(|name| prompts::offered(caller, name)),
        Some("ref/resource") => text("ref", "uri") == Some(TEMPLATE),
        _ => return Outcome::error(rpc::INVALID_PARAMS, "ref is neither a prompt nor a resource"),
    };
    if !refers {
        exchange.stop("object", "unknown reference");
        return Outcome::error(rpc::INVALID_PARAMS, "what ref names is not offered");
    }
    let (Some(argument), Some(typed)) = (text("argument", "name"), text("argument", "value")) else {
        return Outcome::error(rpc::INVALID_PARAMS, "argument needs a name and a value");
    };
    let place = params
        .get("context")
        .and_then(|context| context.get("arguments")?.get("workspace_id")?.as_str());
    let documents = {
        let mut platform = exchange.world.platform_for(&exchange.view);
        let global = exchange.view.defects.has(tenant::AUTOCOMPLETE_GLOBAL);
        platform.switches.flaws = platform.switches.flaws.with(Flaw::Waved, global);
        platform.list_documents(caller).unwrap_or_default()
    };
    let about = (&Target::Own, None);
    trail::looked(
        exchange.world,
        &exchange.view,
        caller,
        "completion complete",
        about,
        true,
    );
    let known: BTreeSet<&str> = match argument {
        "workspace_id" => documents.iter().map(|(place, _)| place.as_str()).collect(),
        "node_id" => documents
            .iter()
            .filter(|(workspace, _)| place.is_none_or(|place| place == workspace))
            .map(|(_, node)| node.id.as_str())
            .collect(),
        _ => return Outcome::error(rpc::INVALID_PARAMS, "what ref names has no such argument"),
    };
    let matching: Vec<&str> = known
        .into_iter()
        .filter(|value| value.starts_with(typed))
        .collect();
    let shown = matching.get(..matching.len().min(MOST));
    Outcome::Result(json!({
        "completion": { "values": shown, "total": matching.len(), "hasMore": matching.len() > MOST },
    }))
}
