//! Lists a page at a time. A cursor names the list it belongs to and the place where the page before ended.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::super::call;
use super::super::rpc::{self, Outcome};
use crate::platform::Caller;
use crate::resource::tools::{self, ToolSpec};

const PAGE: usize = 20;

/// One page of `all` as a result with the list under `name`.
pub(crate) fn page(name: &str, all: &[Value], params: &Map<String, Value>) -> Outcome {
    let start = match params.get("cursor") {
        None => Some(0),
        Some(cursor) => cursor.as_str().and_then(|cursor| read_cursor(name, cursor)),
    };
    let Some(start) = start.filter(|start| *start == 0 || *start < all.len()) else {
        return Outcome::error(rpc::INVALID_PARAMS, "the cursor is not one of ours");
    };
    let end = all.len().min(start + PAGE);
    let mut result = json!({ name: all.get(start..end) });
    if end < all.len() {
        result["nextCursor"] = json!(URL_SAFE_NO_PAD.encode(format!("{name}:{end}")));
    }
    Outcome::Result(result)
}

fn read_cursor(name: &str, cursor: &str) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let place = std::str::from_utf8(&bytes)
        .ok()?
        .strip_prefix(name)?
        .strip_prefix(':')?;
    place.parse().ok().filter(|start| *start > 0)
}

/// The tools this caller may see.
pub(crate) fn tools_list(caller: &Caller, params: &Map<String, Value>) -> Outcome {
    listed(tools::visible(caller), params)
}

/// The same in the flat layout.
pub(super) fn flat_tools_list(caller: &Caller, params: &Map<String, Value>) -> Outcome {
    listed(tools::flat_visible(caller), params)
}

fn listed(visible: Vec<&ToolSpec>, params: &Map<String, Value>) -> Outcome {
    let visible: Vec<Value> = visible.into_iter().map(call::describe).collect();
    page("tools", &visible, params)
}
