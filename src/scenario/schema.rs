//! JSON Schema (draft 2020-12) of the YAML files, made of the same tables the decoders ask. Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::decode::tables;
use super::table::{Shape, Table};

/// The schema of a server scenario.
pub fn scenario() -> Value {
    of_table(&tables::SCENARIO, "Hallmark scenario")
}

/// The schema of a check of an agent.
pub fn agent() -> Value {
    of_table(&tables::AGENT, "Hallmark check of an agent")
}

/// The schema of a load plan.
pub fn load() -> Value {
    of_table(&tables::LOAD, "Hallmark load plan")
}

/// The schema of any table; nested tables become `$defs`.
pub fn of_table(table: &'static Table, title: &str) -> Value {
    let mut defs = BTreeMap::new();
    let body = object(table, &mut defs);
    let mut schema = Map::new();
    schema.insert(
        "$schema".into(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    schema.insert("title".into(), json!(title));
    if let Value::Object(body) = body {
        schema.extend(body);
    }
    let defs: Map<String, Value> = defs
        .into_iter()
        .filter_map(|(name, def)| Some((name, def?)))
        .collect();
    if !defs.is_empty() {
        schema.insert("$defs".into(), Value::Object(defs));
    }
    Value::Object(schema)
}

/// Tables met so far; `None` while one is being written.
type Defs = BTreeMap<String, Option<Value>>;

fn object(table: &'static Table, defs: &mut Defs) -> Value {
    let mut properties = Map::new();
    for key in table.keys {
        let mut schema = shape(&key.shape, defs);
        if let Value::Object(members) = &mut schema {
            members.insert("description".into(), json!(key.doc));
        }
        properties.insert(key.name.into(), schema);
    }
    let required: Vec<&str> = table
        .keys
        .iter()
        .filter(|key| key.required)
        .map(|key| key.name)
        .collect();
    let rest = table.rest.map_or(json!(false), |rest| shape(rest, defs));
    let mut schema = Map::new();
    schema.insert("type".into(), json!("object"));
    schema.insert("description".into(), json!(table.doc));
    schema.insert("properties".into(), Value::Object(properties));
    if !required.is_empty() {
        schema.insert("required".into(), json!(required));
    }
    schema.insert("additionalProperties".into(), rest);
    Value::Object(schema)
}

fn shape(of: &Shape, defs: &mut Defs) -> Value {
    match of {
        Shape::Any => json!({}),
        Shape::Text => json!({ "type": ["string", "number", "boolean"] }),
        Shape::Bool => json!({ "type": "boolean" }),
        Shape::Count(least) => json!({ "type": "integer", "minimum": least }),
        Shape::Number => json!({ "type": "number" }),
        Shape::Duration => json!({
            "type": "string",
            "pattern": r"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$|^\$\{.*\}$"
        }),
        Shape::Word(words) => json!({ "enum": words }),
        Shape::Pattern(pattern) => json!({ "type": "string", "pattern": pattern }),
        Shape::List(item) => json!({ "type": "array", "items": shape(item, defs), "minItems": 1 }),
        Shape::OneOrMany(item) => {
            let item = shape(item, defs);
            json!({ "anyOf": [item, { "type": "array", "items": item, "minItems": 1 }] })
        }
        Shape::Map(value) => json!({ "type": "object", "additionalProperties": shape(value, defs) }),
        Shape::Either(shapes) => {
            let any: Vec<Value> = shapes.iter().map(|one| shape(one, defs)).collect();
            json!({ "anyOf": any })
        }
        Shape::Table(table) => reference(table, defs),
    }
}

fn reference(table: &'static Table, defs: &mut Defs) -> Value {
    let name = table.name.replace(' ', "-").to_lowercase();
    if !defs.contains_key(&name) {
        defs.insert(name.clone(), None);
        let body = object(table, defs);
        defs.insert(name.clone(), Some(body));
    }
    json!({ "$ref": format!("#/$defs/{name}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_described_and_nothing_else_is_allowed() {
        let schema = scenario();
        let defs = schema["$defs"].as_object().expect("definitions");
        for table in defs.values().chain([&schema]) {
            for (name, key) in table["properties"].as_object().expect("properties") {
                assert!(
                    key["description"].as_str().is_some_and(|doc| doc.len() > 8),
                    "{name} says nothing"
                );
            }
        }
        assert_eq!(schema["additionalProperties"], json!(false));
        assert_eq!(defs["step"]["additionalProperties"], json!(false));
    }
}
