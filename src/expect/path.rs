//! JSONPath (RFC 9535) into JSON.

use serde_json::Value as Json;
use serde_json_path::JsonPath;

/// Values a path selects, in document order. A path that does not parse selects nothing (`check` refuses it before).
pub(super) fn query(json: &Json, path: &str) -> Vec<Json> {
    match JsonPath::parse(path) {
        Ok(path) => path.query(json).all().into_iter().cloned().collect(),
        Err(_) => Vec::new(),
    }
}
