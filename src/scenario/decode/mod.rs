//! Nodes into the typed scenario. May use the YAML tree, the toolkit and the tables.
//!
//! Reports every mistake and goes on, so that one run shows them all; whether a name exists is `lint`'s business.

mod agent;
mod cases;
mod expect;
mod headers;
mod kinds;
mod live;
mod load;
mod matcher;
mod oauth;
mod selector;
mod step;
pub mod tables;
mod webhook;

pub use load::load_plan;
pub use selector::is_secret_name;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::diagnostic::Diagnostics;
use super::fields::{self, Fields};
use super::model::{Kind, Level, Scenario, SourceFile, Spanned, Step, Who};
use super::yaml::{self, Node};

/// What every decoder here is given.
pub(super) struct Context<'d> {
    /// Where problems go.
    pub(super) diagnostics: &'d mut Diagnostics,
    /// Every `check` and `id` of the file.
    pub(super) handles: BTreeSet<String>,
}

/// Parses and decodes a scenario file. With errors reported, what could be read is still given, for the lint.
pub fn decode(file: &Arc<SourceFile>, id: &str, diagnostics: &mut Diagnostics) -> Option<Scenario> {
    let root = yaml::parse(file, diagnostics)?;
    if is_of_another_kind(&root, diagnostics) {
        return None;
    }
    let mut handles = BTreeSet::new();
    collect_handles(&root, &mut handles);
    let mut cx = Context { diagnostics, handles };
    if root.get("agent").is_some() && root.get("scenario").is_none() {
        return agent::agent(file, id, &root, &mut cx);
    }
    scenario(file, id, &root, &mut cx)
}

/// Files that are none of a server scenario, each with its own message.
fn is_of_another_kind(root: &Node, diagnostics: &mut Diagnostics) -> bool {
    let Some(map) = root.map() else { return false };
    if root.get("scenario").is_some() || root.get("agent").is_some() {
        return false;
    }
    for (key, _) in map {
        match key.value.as_str() {
            "load" => {
                diagnostics
                    .error("later-kind", &key.at, "a load plan is not in this version")
                    .help("a check of a server starts with `scenario: …`");
                return true;
            }
            "target" | "family" => {
                let what = if key.value == "target" {
                    "target file"
                } else {
                    "rule file"
                };
                diagnostics
                    .error(
                        "not-a-scenario",
                        &key.at,
                        format!("this is a {what}, not a scenario"),
                    )
                    .help("a scenario starts with `scenario: …`");
                return true;
            }
            _ => {}
        }
    }
    false
}

fn collect_handles(node: &Node, handles: &mut BTreeSet<String>) {
    for item in node.list().unwrap_or_default() {
        collect_handles(item, handles);
    }
    for (key, value) in node.map().unwrap_or_default() {
        if let ("check" | "id", Some(text)) = (key.value.as_str(), value.text()) {
            handles.insert(text.to_owned());
        }
        collect_handles(value, handles);
    }
}

fn scenario(file: &Arc<SourceFile>, id: &str, root: &Node, cx: &mut Context<'_>) -> Option<Scenario> {
    let mut fields = Fields::of(root, &tables::SCENARIO, cx.diagnostics)?;
    let mut made = opening(file, id, root, "scenario", &mut fields, cx);
    let d = &mut *cx.diagnostics;
    made.subject = texts(&mut fields, "subject", d);
    made.needs = texts(&mut fields, "needs", d);
    made.exclusive = fields.take("exclusive", d).and_then(|node| fields::text(node, d));
    made.inputs = texts(&mut fields, "inputs", d);
    made.gives = texts(&mut fields, "gives", d);
    words(&made.subject, tables::SUBJECTS, "subject", d);
    made.who = fields.take("as", d).and_then(|node| step::who(node, cx));
    made.given = steps_of(&mut fields, "given", cx);
    made.cases = fields
        .take("cases", cx.diagnostics)
        .map(|node| cases::cases(node, cx))
        .unwrap_or_default();
    made.matrix = fields
        .take("matrix", cx.diagnostics)
        .map(|node| cases::matrix(node, cx))
        .unwrap_or_default();
    if fields.has("steps") {
        made.steps = steps_of(&mut fields, "steps", cx);
    } else {
        fields.need("steps", cx.diagnostics);
    }
    made.cleanup = steps_of(&mut fields, "cleanup", cx);
    if let Some(who) = made.who.clone() {
        for steps in [&mut made.given, &mut made.steps, &mut made.cleanup] {
            inherit(steps, &who);
        }
    }
    fields.finish(cx.diagnostics);
    Some(made)
}

fn texts(fields: &mut Fields<'_>, key: &str, d: &mut Diagnostics) -> Vec<Spanned<String>> {
    fields
        .take(key, d)
        .map(|node| fields::texts(node, d))
        .unwrap_or_default()
}

/// What files of every kind say of themselves; `key` holds the sentence.
fn opening(
    file: &Arc<SourceFile>,
    id: &str,
    root: &Node,
    key: &str,
    fields: &mut Fields<'_>,
    cx: &mut Context<'_>,
) -> Scenario {
    let d = &mut *cx.diagnostics;
    let title = fields.need(key, d).and_then(|node| fields::text(node, d));
    let title = title.unwrap_or_else(|| Spanned {
        value: String::new(),
        at: root.at.clone(),
    });
    let named = fields.take("revisions", d);
    let once_per_era = named.is_some_and(|node| node.text() == Some(tables::ONCE_PER_ERA));
    Scenario {
        id: id.to_owned(),
        file: Arc::clone(file),
        title,
        rules: texts(fields, "rules", d),
        subject: vec![],
        once_per_era,
        revisions: named.map(|node| {
            if once_per_era {
                those(node, |_| true)
            } else {
                revisions(node, d)
            }
        }),
        tags: texts(fields, "tags", d),
        needs: vec![],
        exclusive: None,
        slow: fields
            .take("slow", d)
            .and_then(|node| fields::boolean(node, d))
            .unwrap_or(false),
        who: None,
        timeout: fields
            .take("timeout", d)
            .and_then(|node| fields::duration(node, d)),
        given: vec![],
        cases: vec![],
        matrix: vec![],
        steps: vec![],
        cleanup: vec![],
        inputs: vec![],
        gives: vec![],
    }
}

/// The sender of the scenario, where a step that sends names none.
fn inherit(steps: &mut [Step], who: &Who) {
    for step in steps {
        match &mut step.kind {
            Kind::Steps(inner) | Kind::Together(inner) => inherit(inner, who),
            Kind::Mcp(_) | Kind::Http(_) | Kind::OAuth(_) => {
                step.who.get_or_insert_with(|| who.clone());
            }
            _ => {}
        }
    }
}

fn steps_of(fields: &mut Fields<'_>, key: &str, cx: &mut Context<'_>) -> Vec<Step> {
    fields
        .take(key, cx.diagnostics)
        .map(|node| step::steps(node, cx))
        .unwrap_or_default()
}

/// A word for several revisions, or a list.
pub(super) fn revisions(node: &Node, d: &mut Diagnostics) -> Vec<Spanned<String>> {
    let wanted: Option<fn(&str) -> bool> = match node.text() {
        Some("all") => Some(|_| true),
        Some("streamable") => Some(|revision| revision >= tables::STREAMABLE_FROM),
        Some("sessions") => Some(|revision| revision < tables::STATELESS_FROM),
        Some("stateless") => Some(|revision| revision >= tables::STATELESS_FROM),
        _ => None,
    };
    if let Some(wanted) = wanted {
        return those(node, wanted);
    }
    let named = fields::texts(node, d);
    words(&named, tables::REVISIONS, "revision", d);
    named
}

/// The revisions of these eras, named in one word.
fn those(node: &Node, wanted: fn(revision: &str) -> bool) -> Vec<Spanned<String>> {
    let named = tables::REVISIONS
        .iter()
        .filter(|revision| wanted(revision))
        .map(|revision| Spanned {
            value: (*revision).to_owned(),
            at: node.at.clone(),
        });
    named.collect()
}

fn words(given: &[Spanned<String>], known: &[&str], what: &str, d: &mut Diagnostics) {
    for word in given.iter().filter(|word| !known.contains(&word.value.as_str())) {
        fields::unknown_word(word, known, what, d);
    }
}

/// `MUST`, `SHOULD NOT`, …
pub(super) fn level(node: &Node, d: &mut Diagnostics) -> Option<Spanned<Level>> {
    let word = fields::word(node, tables::LEVELS, "level", d)?;
    let value = match word.value.as_str() {
        "SHOULD" | "SHOULD NOT" => Level::Should,
        "MAY" => Level::May,
        _ => Level::Must,
    };
    Some(Spanned { value, at: word.at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_without_a_sender_has_that_of_the_scenario() {
        let text = "scenario: s\nsubject: resource-server\nas: writer\nsteps:\n  - steps:\n      - { check: a, mcp: { probe: read }, expect: { status: 200 } }\n  - { check: b, mcp: { probe: read }, as: nobody, expect: { status: 401 } }\n";
        let file = Arc::new(SourceFile {
            path: "s.yaml".to_owned(),
            text: text.to_owned(),
        });
        let scenario = decode(&file, "s", &mut Diagnostics::new()).expect("a scenario");
        let sender = |step: &Step| match &step.who {
            Some(Who::Principal(name)) => name.as_literal().map(str::to_owned),
            _ => None,
        };
        let Kind::Steps(inner) = &scenario.steps[0].kind else {
            panic!("a group");
        };
        assert_eq!(sender(&inner[0]).as_deref(), Some("writer"));
        assert_eq!(sender(&scenario.steps[1]).as_deref(), Some("nobody"));
    }
}
