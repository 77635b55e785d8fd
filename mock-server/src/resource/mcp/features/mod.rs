//! What a server offers in every era: tools, resources, prompts, completion. One answer each; the era wraps it.
//!
//! Every list is filtered by what the caller may see, and every read asks the platform again.

mod completion;
mod list;
mod prompts;
mod resources;

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::sync::atomic::Ordering;

use serde_json::{Map, Value, json};

use super::Era;
use super::call;
use super::rpc::Outcome;
use crate::defect::resource;
use crate::platform::Caller;
use crate::resource::tools::{self, ToolSpec};
use crate::serve::exchange::Exchange;
use crate::serve::route;
use crate::variant;

pub(crate) use list::{page, tools_list};
pub(crate) use resources::{may_read, uri_of};

/// Answers a method that both eras have; `None` for any other.
pub(crate) fn answer(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    era: Era,
    method: &str,
    params: &Map<String, Value>,
) -> Option<Outcome> {
    let flat = route::is_flat(exchange.head.uri.path());
    let bare = exchange.view.variants.has(variant::TOOLS_ONLY);
    Some(match method {
        "tools/list" if flat => bent(exchange, list::flat_tools_list(caller, params)),
        "tools/call" if flat => call::call_flat(exchange, caller, params),
        "tools/list" => bent(exchange, tools_list(caller, params)),
        "tools/call" => call::call(exchange, caller, params),
        _ if bare => return None,
        "resources/list" => resources::list(exchange, caller, params),
        "resources/templates/list" => resources::templates(params),
        "resources/read" => resources::read(exchange, caller, era, params),
        "prompts/list" => prompts::list(caller, params),
        "prompts/get" => prompts::get(exchange, caller, params),
        "completion/complete" => completion::complete(exchange, caller, params),
        _ => return None,
    })
}

/// A list as two defects show it.
fn bent(exchange: &Exchange<'_>, mut listed: Outcome) -> Outcome {
    let defects = &exchange.view.defects;
    let Outcome::Result(result) = &mut listed else {
        return listed;
    };
    let Some(tools) = result["tools"].as_array_mut() else {
        return listed;
    };
    let again = exchange.connection.listed.swap(true, Ordering::Relaxed);
    if again && defects.has(resource::LIST_PER_CONNECTION) {
        tools.pop();
    }
    if defects.has(resource::SECRET_IN_HEADER)
        && let Some(first) = tools.first_mut()
    {
        first["inputSchema"]["properties"]["password"] =
            json!({ "type": "string", "x-mcp-header": "Password" });
    }
    listed
}

/// The capabilities that go with it.
pub(crate) fn capabilities(exchange: &Exchange<'_>) -> Value {
    if exchange.view.variants.has(variant::TOOLS_ONLY) {
        return json!({ "tools": {} });
    }
    json!({
        "tools": { "listChanged": true },
        "resources": { "subscribe": true, "listChanged": true },
        "prompts": { "listChanged": true },
        "completions": {},
    })
}

/// An argument that a header repeats.
pub(crate) struct Mirror {
    pub(crate) argument: &'static str,
    /// As the schema has it.
    pub(crate) header: &'static str,
    /// The whole name of the header, in lower case.
    pub(crate) name: String,
}

/// The arguments that a tool takes from headers as well, and under which names.
pub(crate) fn mirrored(tool: &str) -> &'static [Mirror] {
    static ALL: LazyLock<BTreeMap<&str, Vec<Mirror>>> = LazyLock::new(|| {
        let flat = tools::flat_list().iter().map(|flat| &flat.spec);
        let all = flat.chain(tools::list());
        all.map(|spec| (spec.name.as_ref(), mirrors(spec))).collect()
    });
    ALL.get(tool).map_or(&[], Vec::as_slice)
}

fn mirrors(spec: &'static ToolSpec) -> Vec<Mirror> {
    let properties = spec.input_schema["properties"].as_object();
    properties
        .into_iter()
        .flatten()
        .filter_map(|(argument, schema)| {
            let header = schema.get("x-mcp-header")?.as_str()?;
            Some(Mirror {
                argument,
                header,
                name: format!("mcp-param-{}", header.to_ascii_lowercase()),
            })
        })
        .collect()
}
