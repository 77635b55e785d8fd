//! `cases` and `matrix`: rows and axes. Merge keys are expanded here and in `headers`, nowhere else.

use super::{Context, level, tables};
use crate::scenario::fields;
use crate::scenario::model::{Axis, Case, Data, Spanned};
use crate::scenario::yaml::Node;

/// The entries of a mapping with `<<` expanded; explicit keys win.
pub(super) fn merged(map: &[(Spanned<String>, Node)], cx: &mut Context<'_>) -> Vec<(Spanned<String>, Node)> {
    let mut entries: Vec<(Spanned<String>, Node)> =
        map.iter().filter(|(key, _)| key.value != "<<").cloned().collect();
    for (key, value) in map.iter().filter(|(key, _)| key.value == "<<") {
        for source in fields::one_or_many(value) {
            let Some(more) = source.map() else {
                cx.diagnostics
                    .error("merge-key", &key.at, "`<<` takes a mapping or a list of mappings");
                continue;
            };
            for (name, node) in more {
                if !entries.iter().any(|(held, _)| held.value == name.value) {
                    entries.push((name.clone(), node.clone()));
                }
            }
        }
    }
    entries
}

pub(super) fn cases(node: &Node, cx: &mut Context<'_>) -> Vec<Case> {
    let Some(map) = node.map() else {
        cx.diagnostics
            .error(
                "wrong-type",
                &node.at,
                format!("`cases` must be a mapping, got {}", node.type_name()),
            )
            .help("each row has an id: `lower: { value: … }`");
        return vec![];
    };
    merged(map, cx)
        .into_iter()
        .map(|(id, row)| case(id, &row, cx))
        .collect()
}

fn case(id: Spanned<String>, node: &Node, cx: &mut Context<'_>) -> Case {
    row_id(&id, cx);
    let mut case = Case {
        id,
        rule: None,
        level: None,
        needs: vec![],
        revisions: None,
        values: vec![],
    };
    if node.is_null() {
        return case;
    }
    let Some(map) = node.map() else {
        let message = format!("a row must be a mapping, got {}", node.type_name());
        cx.diagnostics
            .error("wrong-type", &node.at, message)
            .help(format!(
                "`{}: {{ value: … }}`, read as `${{case.value}}`",
                case.id.value
            ));
        return case;
    };
    for (key, value) in merged(map, cx) {
        match key.value.as_str() {
            "rule" => case.rule = fields::text(&value, cx.diagnostics),
            "level" => case.level = level(&value, cx.diagnostics),
            "needs" => case.needs = fields::texts(&value, cx.diagnostics),
            "revisions" => {
                case.revisions = Some(super::revisions(&value, cx.diagnostics));
            }
            _ => {
                value_name(&key, cx);
                let data = fields::data(&value, cx.diagnostics);
                case.values.push((key, data));
            }
        }
    }
    case
}

fn row_id(id: &Spanned<String>, cx: &mut Context<'_>) {
    let word = id.value.to_lowercase();
    let why = match word.as_str() {
        "on" | "off" | "yes" | "no" | "y" | "n" | "true" | "false" => {
            "other YAML readers take it for a boolean"
        }
        "null" | "~" => "YAML takes it for null",
        _ if fields::is_slug(&id.value) => return,
        _ => "row ids are lower-case letters, digits and `-`, starting with a letter",
    };
    let fixed: String = word
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let fixed = format!("row-{}", fixed.trim_matches('-'));
    cx.diagnostics
        .error(
            "row-id",
            &id.at,
            format!("`{}` cannot be the id of a row: {why}", id.value),
        )
        .help(format!("for example `{fixed}`"));
}

/// Names that references use: letters, digits, `-`, `_`; none that YAML readers disagree about.
pub(super) fn value_name(name: &Spanned<String>, cx: &mut Context<'_>) {
    let boolean = ["on", "off", "yes", "no", "y", "n"].contains(&name.value.to_lowercase().as_str());
    if boolean {
        cx.diagnostics
            .error(
                "boolean-key",
                &name.at,
                format!("`{}` cannot be a name", name.value),
            )
            .help("other YAML readers take this word for a boolean; choose another name");
        return;
    }
    let plain = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    if name.value.is_empty() || !name.value.chars().all(plain) {
        cx.diagnostics
            .error("bad-name", &name.at, format!("`{}` cannot be a name", name.value))
            .help("names are letters, digits, `-` and `_`, so that `${…}` can hold them");
    }
}

pub(super) fn matrix(node: &Node, cx: &mut Context<'_>) -> Vec<Axis> {
    let map = fields::entries(node, "axes", cx.diagnostics);
    map.iter().map(|(name, values)| axis(name, values, cx)).collect()
}

fn axis(name: &Spanned<String>, node: &Node, cx: &mut Context<'_>) -> Axis {
    value_name(name, cx);
    if tables::CASE.names().any(|reserved| reserved == name.value) {
        let message = format!("`{}` is reserved for rows and cannot be an axis", name.value);
        cx.diagnostics.error("bad-name", &name.at, message);
    }
    let values = fields::data(node, cx.diagnostics);
    let usable = match &values {
        Data::List(items, _) => !items.is_empty(),
        Data::Map(entries, _) => !entries.is_empty(),
        Data::Text(template) => template.as_reference().is_some(),
        _ => false,
    };
    if !usable {
        let message = format!(
            "the axis `{}` needs a list, or one reference to a list",
            name.value
        );
        cx.diagnostics
            .error("wrong-type", &node.at, message)
            .help("`[h1, h2]` or `\"${target.probes.writing}\"`");
    }
    Axis {
        name: name.clone(),
        values,
    }
}
