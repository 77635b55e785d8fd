//! Which references may stand where in a target file, and texts that must be references: secrets.

use std::sync::Arc;

use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields;
use crate::scenario::model::{At, Data, Piece, SourceFile, Template};
use crate::scenario::suggest;
use crate::scenario::yaml::Node;

/// Where a text stands; decides what it may refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Known before the run: `${env.NAME}`, without filters.
    Fact,
    /// Sent by a probe or hook: evaluated for every call.
    Call,
    /// In `undo`: also the outputs of the call, by name.
    Undo,
    /// Filled into a form: also `${user.name}` and `${user.password}`.
    Form,
}

const CALL_ROOTS: &[&str] = &[
    "env",
    "with",
    "run",
    "fresh",
    "target",
    "principal",
    "param",
    "case",
    "omit",
];

/// A text with the references its place allows.
pub(super) fn text(node: &Node, place: Place, diagnostics: &mut Diagnostics) -> Option<Template> {
    let template = fields::template(node, diagnostics)?;
    check(&template, place, diagnostics);
    Some(template)
}

/// Data with the references its place allows.
pub(super) fn data(node: &Node, place: Place, diagnostics: &mut Diagnostics) -> Data {
    let data = fields::data(node, diagnostics);
    walk(&data, &mut |template| check(template, place, diagnostics));
    data
}

/// A text that must come from the environment. `line` is the corrected line for the message.
pub(super) fn secret(node: &Node, line: &str, diagnostics: &mut Diagnostics) -> Option<Template> {
    let template = text(node, Place::Fact, diagnostics)?;
    let from_env = template
        .references()
        .any(|reference| reference.path.first().is_some_and(|root| root == "env"));
    if !from_env {
        diagnostics.conceal(&node.at);
        diagnostics
            .error("secret-in-file", &node.at, "a secret is written into the file")
            .help(format!("put it into an environment variable: `{line}`"));
        return None;
    }
    Some(template)
}

/// For a file that could not be parsed: whatever follows a key that holds secrets is not shown.
pub(super) fn conceal_secret_lines(file: &Arc<SourceFile>, diagnostics: &mut Diagnostics) {
    for (number, line) in (1u32..).zip(file.text.lines()) {
        let lower = line.to_lowercase();
        let words = ["bearer", "secret", "token", "authorization", "password", "key"];
        let Some(start) = words
            .iter()
            .filter_map(|word| Some(lower.find(word)? + word.len()))
            .min()
        else {
            continue;
        };
        let start = lower[..start].chars().count();
        let len = line.chars().count().saturating_sub(start);
        if line.contains("${env.") || len == 0 {
            continue;
        }
        let place = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        diagnostics.conceal(&At {
            file: Arc::clone(file),
            line: number,
            column: place(start + 1),
            len: place(len),
        });
    }
}

/// `refresh-token` → `REFRESH_TOKEN`.
pub(super) fn variable(name: &str) -> String {
    name.to_uppercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect()
}

/// Calls `visit` for every text in the data.
pub(in crate::target) fn walk<'d>(data: &'d Data, visit: &mut impl FnMut(&'d Template)) {
    match data {
        Data::Text(template) => visit(template),
        Data::List(items, _) => items.iter().for_each(|item| walk(item, visit)),
        Data::Map(members, _) => members.iter().for_each(|(_, member)| walk(member, visit)),
        Data::Null(_) | Data::Bool(..) | Data::Number(..) => {}
    }
}

/// Reports references that the place does not allow.
pub(super) fn check(template: &Template, place: Place, diagnostics: &mut Diagnostics) {
    for piece in &template.pieces {
        let Piece::Reference(reference) = piece else {
            continue;
        };
        let at = template.place_of(reference);
        let root = reference.path.first().map_or("", String::as_str);
        let written = reference.path.join(".");
        let known = match place {
            Place::Fact => root == "env",
            Place::Call => CALL_ROOTS.contains(&root),
            Place::Undo => CALL_ROOTS.contains(&root) || reference.path.len() == 1,
            Place::Form => root == "env" || ["user.name", "user.password"].contains(&written.as_str()),
        };
        if !known {
            let near = match place {
                Place::Fact => nearest_env(root),
                Place::Form => suggest::nearest(&written, ["user.name", "user.password"]),
                Place::Call | Place::Undo => suggest::nearest(root, CALL_ROOTS.iter().copied()),
            };
            let allowed = match place {
                Place::Fact => "env.NAME",
                Place::Form => "user.name, user.password, env.NAME",
                Place::Call | Place::Undo => "env, with, run, fresh, target, principal, param",
            };
            diagnostics
                .error("unknown-reference", &at, format!("`{written}` is not known here"))
                .help(format!("references allowed here: {allowed}"))
                .meant(near);
            continue;
        }
        let env_shape = reference.path.len() == 2;
        if root == "env" && !env_shape {
            diagnostics
                .error("unknown-reference", &at, format!("`{written}` names no variable"))
                .help("write `${env.NAME}`");
        }
        if place == Place::Fact && !reference.filters.is_empty() {
            diagnostics
                .error(
                    "filter-here",
                    &at,
                    "filters cannot be used here: the value is read once, before the run",
                )
                .help(format!("write `${{{written}}}`"));
        }
    }
}

fn nearest_env(root: &str) -> Option<&'static str> {
    let near = ["ENV", "environment", "Env"]
        .iter()
        .any(|other| other.eq_ignore_ascii_case(root));
    if near {
        Some("env")
    } else {
        suggest::nearest(root, ["env"])
    }
}
