//! Something that happened, as clients are told of it.

use serde_json::{Value, json};

use crate::defect::{DefectSet, evs};
use crate::platform::{AuditEvent, parse_stamp, rfc3339};

/// One occurrence of this kind; `cursor` stands in what is pushed or delivered. The id is that of the trail, so it is
/// the same however the event travels.
pub(crate) fn occurrence(
    name: &str,
    event: &AuditEvent,
    cursor: Option<String>,
    defects: &DefectSet,
) -> Value {
    let when = rfc3339(parse_stamp(&event.created).unwrap_or_default());
    let data = json!({
        "workspace": event.workspace_id,
        "node": event.object_id,
        "line": event.template,
    });
    if defects.has(evs::PAYLOAD_DRIFT) {
        return json!({ "event_id": event.event_id, "name": name, "created": when, "data": data });
    }
    let mut said = json!({ "eventId": event.event_id, "name": name, "timestamp": when, "data": data });
    if let Some(cursor) = cursor {
        said["cursor"] = json!(cursor);
    }
    if defects.has(evs::TYPE_IN_EVENT) {
        said["type"] = json!("event");
    }
    said
}

/// A cursor: the place of the trail where whoever holds it goes on reading.
pub(super) fn cursor(position: u64) -> String {
    format!("at-{position}")
}

/// The place that a cursor stands for; `None` for what is no cursor of ours.
pub(super) fn place(cursor: &str) -> Option<u64> {
    cursor.strip_prefix("at-")?.parse().ok()
}
