//! Files and notes as resources: `storage://WORKSPACE/NODE`, those the caller may read.

use serde_json::{Map, Value, json};

use super::super::Era;
use super::super::call;
use super::super::rpc::{self, Outcome};
use super::list::page;
use crate::behaviour::Behaviour;
use crate::defect::tenant;
use crate::platform::{Caller, Demand, Flaw, Mode, Target};
use crate::resource::trail;
use crate::serve::exchange::Exchange;
use crate::state::State;

const SCHEME: &str = "storage://";
pub(super) const TEMPLATE: &str = "storage://{workspace_id}/{node_id}";

/// The address of a node.
pub(crate) fn uri_of(workspace: &str, node: &str) -> String {
    format!("{SCHEME}{workspace}/{node}")
}

fn parts(uri: &str) -> Option<(&str, &str)> {
    let (workspace, node) = uri.strip_prefix(SCHEME)?.split_once('/')?;
    (!workspace.is_empty() && !node.is_empty() && !node.contains('/')).then_some((workspace, node))
}

/// Whether the caller may read what is at this address, if anything is.
pub(crate) fn may_read(world: &State, caller: &Caller, uri: &str) -> bool {
    let Some((workspace, node)) = parts(uri) else {
        return false;
    };
    let platform = world.platform();
    platform.node_details(caller, workspace, node).is_ok()
}

pub(super) fn list(exchange: &Exchange<'_>, caller: &Caller, params: &Map<String, Value>) -> Outcome {
    let documents = {
        let platform = exchange.world.platform_for(&exchange.view);
        platform.list_documents(caller).unwrap_or_default()
    };
    let about = (&Target::Own, None);
    trail::looked(
        exchange.world,
        &exchange.view,
        caller,
        "resources list",
        about,
        true,
    );
    let all: Vec<Value> = documents
        .iter()
        .map(|(workspace, node)| {
            json!({
                "uri": uri_of(workspace, &node.id),
                "name": node.name,
                "title": node.name,
                "description": format!("In {}.", node.origin),
                "mimeType": node.mimetype,
                "size": node.size,
            })
        })
        .collect();
    page("resources", &all, params)
}

pub(super) fn templates(params: &Map<String, Value>) -> Outcome {
    let template = json!({
        "uriTemplate": TEMPLATE,
        "name": "document",
        "title": "A file or note of a workspace",
        "description": "The text of a file or note, by the ids of its workspace and its node.",
    });
    page("resourceTemplates", &[template], params)
}

pub(super) fn read(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    era: Era,
    params: &Map<String, Value>,
) -> Outcome {
    let Some(uri) = params.get("uri").and_then(Value::as_str) else {
        return Outcome::error(rpc::INVALID_PARAMS, "uri is missing");
    };
    let not_found = |exchange: &mut Exchange<'_>| {
        exchange.stop("object", "unknown resource");
        let code = match era {
            Era::Session => rpc::RESOURCE_NOT_FOUND,
            Era::Stateless => rpc::INVALID_PARAMS,
        };
        Outcome::error(code, "there is no resource of this address")
    };
    let Some((workspace, node)) = parts(uri) else {
        return not_found(exchange);
    };
    let now = exchange.world.clock.now();
    let found = {
        let mut platform = exchange.world.platform_for(&exchange.view);
        let open = exchange.view.defects.has(tenant::RESOURCE_URI_OPEN);
        platform.switches.flaws = platform.switches.flaws.with(Flaw::Waved, open);
        // Before the object is looked for, so that a lacking scope is told the same for every id.
        platform
            .permit(caller, &Demand::workspace(workspace, Mode::R))
            .and_then(|()| platform.node_content(caller, now, workspace, node))
    };
    if found.is_err() {
        let about = (&Target::Workspace(workspace.to_owned()), Some(node));
        trail::looked(
            exchange.world,
            &exchange.view,
            caller,
            "resources read",
            about,
            false,
        );
    }
    match found {
        Ok((node, text)) if !node.trashed => Outcome::Result(json!({
            "contents": [{ "uri": uri, "mimeType": node.mimetype, "text": text }],
        })),
        Err(refused)
            if matches!(refused.status, 401 | 403) && exchange.view.behaviour != Behaviour::Fastio =>
        {
            call::refuse(exchange, refused)
        }
        Ok(_) | Err(_) => not_found(exchange),
    }
}
