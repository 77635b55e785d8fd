//! Whether JSON fits a JSON Schema that a peer published, as far as the common keywords go.
//!
//! What is not looked at (`format`, `if`, `dependentRequired`, references to elsewhere) accuses nobody. Peers write these
//! schemas: nothing here recurses without an end, fetches anything or backtracks.

use regex::RegexBuilder;
use serde_json::{Map, Value as Json};

/// How deep schemas and values are followed.
const DEEPEST: usize = 64;
/// Steps of one judgement, and patterns that are compiled for it. `anyOf` in `anyOf` multiplies.
const MOST: usize = 20_000;
const MOST_PATTERNS: usize = 256;
/// Bytes of a compiled pattern.
const LARGEST_PATTERN: usize = 1 << 18;

/// Whether a value fits a schema (JSON Schema 2020-12, the keywords named in [`Judge::keyword`]).
pub(super) fn fits(value: &Json, schema: &Json) -> bool {
    let mut judge = Judge {
        root: schema,
        left: MOST,
        patterns: MOST_PATTERNS,
        cut: false,
    };
    // Who stopped looking knows nothing.
    judge.fits(value, schema, 0) || judge.cut
}

struct Judge<'s> {
    root: &'s Json,
    left: usize,
    patterns: usize,
    /// Something was left out.
    cut: bool,
}

impl<'s> Judge<'s> {
    fn fits(&mut self, value: &Json, schema: &'s Json, depth: usize) -> bool {
        if depth >= DEEPEST || self.left == 0 || self.cut {
            self.cut = true;
            return true;
        }
        self.left -= 1;
        match schema {
            Json::Bool(all) => *all,
            Json::Object(keywords) => keywords
                .iter()
                .all(|(keyword, meant)| self.keyword(value, (keyword, meant), keywords, depth + 1)),
            // No schema.
            _ => true,
        }
    }

    fn keyword(
        &mut self,
        value: &Json,
        (keyword, meant): (&str, &'s Json),
        beside: &'s Map<String, Json>,
        depth: usize,
    ) -> bool {
        match keyword {
            "type" => has_type(value, meant),
            "enum" => meant
                .as_array()
                .is_none_or(|list| list.iter().any(|one| same(one, value))),
            "const" => same(meant, value),
            "$ref" => self
                .named(meant)
                .is_none_or(|schema| self.fits(value, schema, depth)),
            "allOf" => listed(meant).all(|schema| self.fits(value, schema, depth)),
            "anyOf" => listed(meant).any(|schema| self.fits(value, schema, depth)),
            "oneOf" => {
                listed(meant)
                    .filter(|schema| self.fits(value, schema, depth))
                    .count()
                    == 1
            }
            "not" => !self.fits(value, meant, depth),
            "pattern" => self.pattern(value, meant),
            _ => bounded(value, keyword, meant) && self.inside(value, (keyword, meant), beside, depth),
        }
    }

    /// Keywords about what a value holds.
    fn inside(
        &mut self,
        value: &Json,
        (keyword, meant): (&str, &'s Json),
        beside: &'s Map<String, Json>,
        depth: usize,
    ) -> bool {
        match (value, keyword) {
            (Json::Object(members), "required") => listed(meant)
                .filter_map(Json::as_str)
                .all(|name| members.contains_key(name)),
            (Json::Object(members), "properties") => meant.as_object().is_none_or(|schemas| {
                let known = schemas
                    .iter()
                    .filter_map(|(name, schema)| Some((members.get(name)?, schema)));
                known
                    .into_iter()
                    .all(|(member, schema)| self.fits(member, schema, depth))
            }),
            // Names that a pattern lets in are not told apart: then nothing is said of the others.
            (Json::Object(members), "additionalProperties") if !beside.contains_key("patternProperties") => {
                let known = beside.get("properties").and_then(Json::as_object);
                let others = members
                    .iter()
                    .filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name)));
                others
                    .into_iter()
                    .all(|(_, member)| self.fits(member, meant, depth))
            }
            (Json::Array(items), "items") if !beside.contains_key("prefixItems") => {
                items.iter().all(|item| self.fits(item, meant, depth))
            }
            _ => true,
        }
    }

    /// A pattern that this engine does not know says nothing.
    fn pattern(&mut self, value: &Json, meant: &Json) -> bool {
        let (Some(text), Some(pattern)) = (value.as_str(), meant.as_str()) else {
            return true;
        };
        if self.patterns == 0 {
            self.cut = true;
            return true;
        }
        self.patterns -= 1;
        let built = RegexBuilder::new(pattern).size_limit(LARGEST_PATTERN).build();
        built.map_or(true, |pattern| pattern.is_match(text))
    }

    /// What a reference within the schema leads to.
    fn named(&self, reference: &Json) -> Option<&'s Json> {
        let pointer = reference.as_str()?.strip_prefix('#')?;
        self.root.pointer(pointer)
    }
}

fn listed(meant: &Json) -> impl Iterator<Item = &Json> {
    meant.as_array().into_iter().flatten()
}

fn has_type(value: &Json, meant: &Json) -> bool {
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => true,
    };
    match meant {
        Json::String(name) => is(name),
        Json::Array(names) => names.iter().filter_map(Json::as_str).any(is),
        _ => true,
    }
}

/// Numbers are the same however they are written.
fn same(one: &Json, other: &Json) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one.total_cmp(&other).is_eq(),
        _ => one == other,
    }
}

/// Keywords about how long or large a value is.
fn bounded(value: &Json, keyword: &str, meant: &Json) -> bool {
    let Some(bound) = meant.as_f64() else { return true };
    #[expect(clippy::cast_precision_loss, reason = "sizes of what was read into memory")]
    let measured = match (value, keyword) {
        (Json::String(text), "minLength" | "maxLength") => text.chars().count() as f64,
        (Json::Array(items), "minItems" | "maxItems") => items.len() as f64,
        (Json::Object(members), "minProperties" | "maxProperties") => members.len() as f64,
        (Json::Number(_), "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum") => {
            value.as_f64().unwrap_or(bound)
        }
        _ => return true,
    };
    match keyword {
        "exclusiveMinimum" => measured > bound,
        "exclusiveMaximum" => measured < bound,
        _ if keyword.starts_with("min") => measured >= bound,
        _ => measured <= bound,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn common_keywords_are_looked_at() {
        let schema = json!({
            "type": "object",
            "properties": {
                "id": { "type": "string", "minLength": 1, "pattern": "^n-" },
                "size": { "type": ["integer", "null"], "minimum": 0 },
                "kind": { "enum": ["note", "file"] },
                "tags": { "type": "array", "items": { "$ref": "#/$defs/tag" }, "maxItems": 2 },
            },
            "required": ["id"],
            "additionalProperties": false,
            "$defs": { "tag": { "anyOf": [{ "type": "string" }, { "const": 1 }] } },
        });
        for good in [
            json!({ "id": "n-1" }),
            json!({ "id": "n-1", "size": null, "kind": "file", "tags": ["a", 1.0] }),
        ] {
            assert!(fits(&good, &schema), "{good}");
        }
        for bad in [
            json!([]),
            json!({}),
            json!({ "id": "" }),
            json!({ "id": "1" }),
            json!({ "id": "n-1", "size": -1 }),
            json!({ "id": "n-1", "size": 1.5 }),
            json!({ "id": "n-1", "kind": "folder" }),
            json!({ "id": "n-1", "tags": [2] }),
            json!({ "id": "n-1", "tags": ["a", "b", "c"] }),
            json!({ "id": "n-1", "other": 1 }),
        ] {
            assert!(!fits(&bad, &schema), "{bad}");
        }
    }

    #[test]
    fn what_is_not_looked_at_fits() {
        for schema in [
            json!(true),
            json!(7),
            json!({ "format": "uuid" }),
            json!({ "pattern": "(?<=a)b" }),
            json!({ "$ref": "https://schemas.example/note" }),
            json!({ "type": "something" }),
        ] {
            assert!(fits(&json!("text"), &schema), "{schema}");
        }
        assert!(!fits(&json!("text"), &json!(false)));
    }

    #[test]
    fn a_schema_without_an_end_is_left() {
        let endless = json!({ "$ref": "#" });
        assert!(fits(&json!({}), &endless));
        let doubling = json!({ "allOf": [{ "$ref": "#" }, { "$ref": "#" }] });
        assert!(fits(&json!({}), &doubling));
    }
}
