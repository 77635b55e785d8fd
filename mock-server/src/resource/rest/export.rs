//! The audit trail as text for spreadsheets (RFC 4180): one line for each event, whatever things are called.

use serde_json::Value;

const COLUMNS: [&str; 7] = [
    "created",
    "event",
    "outcome",
    "calling_user",
    "credential",
    "object_id",
    "template",
];

/// The lines of these events, newest first. `raw` leaves every value as it is, which is what a defect does.
pub(super) fn lines(found: &Value, raw: bool) -> String {
    let mut text = COLUMNS.join(",") + "\r\n";
    for event in found["events"].as_array().into_iter().flatten() {
        let values = COLUMNS.map(|column| {
            let value = match column {
                "credential" => &event["credential"]["id"],
                column => &event[column],
            };
            let value = value.as_str().unwrap_or_default();
            if raw { value.to_owned() } else { field(value) }
        });
        text.push_str(&values.join(","));
        text.push_str("\r\n");
    }
    text
}

/// A value that stays within its field and does nothing there: quoted, control characters spelled out, and no
/// formula (OWASP, CSV Injection).
fn field(value: &str) -> String {
    let formula = value.starts_with(['=', '+', '-', '@']);
    let mut text = String::from(if formula { "\"'" } else { "\"" });
    for c in value.chars() {
        match c {
            '"' => text.push_str("\"\""),
            c if c.is_control() => text.extend(c.escape_default()),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_makes_no_line_and_no_field() {
        let hostile = "a\r\nforged,\"x\u{1b}[2J";
        let found = json!({ "events": [{ "created": "now", "event": "e", "template": hostile, "object_id": "=1+1" }] });
        let sound = lines(&found, false);
        assert_eq!(sound.lines().count(), 2, "{sound}");
        assert!(sound.contains(r#""a\r\nforged,""x\u{1b}[2J""#), "{sound}");
        assert!(sound.contains(r#""'=1+1""#), "{sound}");
        assert_eq!(lines(&found, true).lines().count(), 3);
    }
}
