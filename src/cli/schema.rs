//! `hallmark schema`.

use hallmark_reports::record::{EVENT_SCHEMA, RECORD_SCHEMA};

use super::Exit;
use super::args::{SchemaArgs, SchemaOf};
use super::term;
use crate::rules::RULES_FILE;
use crate::scenario::schema;
use crate::target::{BASELINE_ENTRY, TARGET_FILE};

pub(super) fn schema(args: &SchemaArgs) -> Exit {
    term::out(&text(args.what));
    Exit::Good
}

/// The schema as it is printed and as it lies in `scenarios/schema/`.
pub(super) fn text(what: SchemaOf) -> String {
    let json = match what {
        SchemaOf::Record => return RECORD_SCHEMA.to_owned(),
        SchemaOf::Event => return EVENT_SCHEMA.to_owned(),
        SchemaOf::Scenario => schema::scenario(),
        SchemaOf::Agent => schema::agent(),
        SchemaOf::Load => schema::load(),
        SchemaOf::Target => schema::of_table(&TARGET_FILE, "Hallmark target file"),
        SchemaOf::Rules => schema::of_table(&RULES_FILE, "Hallmark rules, one family"),
        SchemaOf::Baseline => list_of(schema::of_table(&BASELINE_ENTRY, "Hallmark baseline")),
    };
    serde_json::to_string_pretty(&json).unwrap_or_default() + "\n"
}

/// A list of what the schema describes.
fn list_of(mut schema: serde_json::Value) -> serde_json::Value {
    let Some(object) = schema.as_object_mut() else {
        return schema;
    };
    let mut list = serde_json::Map::new();
    for name in ["$schema", "$id", "title", "$defs"] {
        if let Some(value) = object.shift_remove(name) {
            list.insert(name.to_owned(), value);
        }
    }
    list.insert("type".to_owned(), "array".into());
    list.insert("items".to_owned(), schema);
    serde_json::Value::Object(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What editors read is what the binary prints. `UPDATE_SCHEMA=1 cargo test` writes the files anew.
    #[test]
    fn checked_in_schemas_are_current() {
        for (what, name) in [
            (SchemaOf::Scenario, "scenario"),
            (SchemaOf::Agent, "agent"),
            (SchemaOf::Load, "load"),
            (SchemaOf::Target, "target"),
            (SchemaOf::Rules, "rules"),
            (SchemaOf::Baseline, "baseline"),
        ] {
            let path = format!(
                "{}/scenarios/schema/{name}.schema.json",
                env!("CARGO_MANIFEST_DIR")
            );
            if std::env::var_os("UPDATE_SCHEMA").is_some() {
                std::fs::write(&path, text(what)).unwrap();
            }
            let found = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                found == text(what),
                "{path} is out of date: UPDATE_SCHEMA=1 cargo test --lib checked_in_schemas"
            );
        }
    }
}
