//! Something that happened, as clients are told of it.

use serde_json::{Value, json};

use crate::defect::{DefectSet, evs};
use crate::platform::{AuditEvent, Platform, parse_stamp, rfc3339};

/// Bytes of an occurrence, at the most.
const LARGEST: usize = 262_144;

/// Something that happened, and what the note says that it is about.
#[derive(Debug, Clone)]
pub(crate) struct Told<'a> {
    pub(crate) event: &'a AuditEvent,
    pub(crate) text: Option<String>,
}

impl<'a> Told<'a> {
    /// With the text as it is now.
    pub(crate) fn of(event: &'a AuditEvent, platform: &Platform) -> Self {
        let note = event.event == "workspace_storage_note_added";
        let place = event.workspace_id.as_deref().filter(|_| note);
        let workspace = platform.all_workspaces().find(|one| Some(&*one.id) == place);
        let node = workspace.zip(event.object_id.as_deref());
        let node = node.and_then(|(workspace, node)| workspace.storage.node(node));
        Self {
            event,
            text: node.map(|node| node.text().to_owned()),
        }
    }
}

/// One occurrence of this kind; `cursor` stands in what is pushed or delivered. The id is that of the trail, so it is
/// the same however the event travels.
pub(crate) fn occurrence(name: &str, told: &Told<'_>, cursor: Option<String>, defects: &DefectSet) -> Value {
    let said = whole(name, told, cursor, defects);
    let mut text = told.text.clone().filter(|text| !text.is_empty());
    let mut said = with_text(said, text.as_deref());
    while let Some(kept) = text.take().filter(|_| size(&said, defects) > LARGEST) {
        let over = size(&said, defects) - LARGEST;
        let end = kept.floor_char_boundary(kept.len().saturating_sub(over.max(1)));
        text = Some(kept[..end].to_owned()).filter(|kept| !kept.is_empty());
        said = with_text(said, text.as_deref());
    }
    said
}

/// The text is all that can be long.
fn with_text(mut said: Value, text: Option<&str>) -> Value {
    if let Some(data) = said["data"].as_object_mut() {
        data.remove("text");
        data.extend(text.map(|text| ("text".to_owned(), json!(text))));
    }
    said
}

fn size(said: &Value, defects: &DefectSet) -> usize {
    let written = said.to_string();
    if defects.has(evs::SIZE_CHARS) {
        return written.chars().count();
    }
    written.len()
}

fn whole(name: &str, told: &Told<'_>, cursor: Option<String>, defects: &DefectSet) -> Value {
    let event = told.event;
    let when = rfc3339(parse_stamp(&event.created).unwrap_or_default());
    let mut data = json!({
        "workspace": event.workspace_id,
        "node": event.object_id,
        "line": event.template,
    });
    if defects.has(evs::DATA_OFF_SCHEMA) {
        data["workspace"] = json!({ "id": event.workspace_id });
    }
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
