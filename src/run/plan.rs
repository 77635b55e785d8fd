//! Which cases there are: every row of every scenario in every revision it holds in, in a stable order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hallmark_reports::record::{Access, Standing};
use serde_json::Value as Json;

use super::draft::checks_of;
use crate::expect::{Content, Value};
use crate::mcp::Revision;
use crate::scenario::model::{Case, Data, Kind, Level, Scenario, Spanned, Step, holds_in};
use crate::target::Target;

/// Most rows of one scenario.
const MOST_ROWS: usize = 10_000;

/// A row of a scenario.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// Stable id; empty when the scenario has no rows.
    pub id: String,
    /// Written values (`cases:`), still with their references.
    pub written: Vec<(Spanned<String>, Data)>,
    /// Values drawn from a `matrix:`.
    pub drawn: BTreeMap<String, Value>,
    /// The rule this row judges.
    pub rule: Option<Spanned<String>>,
    /// The row's own level.
    pub level: Option<Level>,
    /// Capabilities it needs.
    pub needs: Vec<String>,
    /// MCP revisions that have it; `None`: all.
    pub revisions: Option<Vec<Spanned<String>>>,
    /// The cell of the access matrix that it is.
    pub access: Option<Access>,
    /// First and last line, for `file:line`.
    pub line: Option<u32>,
}

/// One row of one scenario in one revision.
#[derive(Debug, Clone)]
pub struct Instance {
    /// The scenario.
    pub scenario: Arc<Scenario>,
    /// The row.
    pub row: Row,
    /// The revision that is spoken.
    pub revision: Revision,
    /// Whether the scenario depends on the revision, so that the case is named after it.
    pub by_revision: bool,
    /// Why it cannot run, known before anything is sent.
    pub skip: Option<Skip>,
}

/// Why a case cannot run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// In a sentence.
    pub why: String,
    /// The line of a target file that would change it.
    pub unlock: Option<String>,
}

impl Instance {
    /// `bearer/scheme-case#lower@2025-11-25`; without `@` when the scenario depends on no revision.
    pub fn name(&self) -> String {
        case_name(&self.scenario.id, &self.row.id, self.revision_name())
    }

    /// The revision as far as it is part of the name; else empty.
    pub fn revision_name(&self) -> &'static str {
        if self.by_revision {
            self.revision.as_str()
        } else {
            ""
        }
    }
}

/// `scenario#row@revision`; empty parts are left out.
pub fn case_name(scenario: &str, row: &str, revision: &str) -> String {
    let mut name = scenario.to_owned();
    for (mark, part) in [('#', row), ('@', revision)] {
        if !part.is_empty() {
            name.push(mark);
            name.push_str(part);
        }
    }
    name
}

/// The name of a case and of the checks it makes: what a baseline entry can name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Scenario path.
    pub scenario: String,
    /// Row id, or empty.
    pub case: String,
    /// MCP revision, or empty.
    pub revision: String,
    /// Ids of its checks.
    pub checks: BTreeSet<String>,
}

/// All cases, in order.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// By scenario id, then as written, then by revision.
    pub instances: Vec<Instance>,
}

impl Plan {
    /// What there is to run, by name.
    pub fn known(&self) -> Vec<Known> {
        self.instances
            .iter()
            .map(|instance| {
                let mut checks = BTreeSet::new();
                collect(&instance.scenario.steps, &mut checks);
                Known {
                    scenario: instance.scenario.id.clone(),
                    case: instance.row.id.clone(),
                    revision: instance.revision_name().to_owned(),
                    checks,
                }
            })
            .collect()
    }
}

fn collect(steps: &[Step], checks: &mut BTreeSet<String>) {
    for step in steps {
        checks.extend(step.check.iter().map(|check| check.value.clone()));
        if let Kind::Steps(inner) | Kind::Together(inner) = &step.kind {
            collect(inner, checks);
        }
    }
}

/// Values of the target that axes may draw from: `path` below `target`, or `None` if it does not declare it.
pub(super) type Lookup<'a> = dyn Fn(&[String]) -> Option<Value> + 'a;

/// Expands scenarios into cases. `spoken`: the revisions to speak, oldest first; at least one.
pub(super) fn plan(scenarios: &[Arc<Scenario>], spoken: &[Revision], target: &Lookup<'_>) -> Plan {
    let mut sorted: Vec<&Arc<Scenario>> = scenarios.iter().collect();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    Plan {
        instances: sorted
            .into_iter()
            .flat_map(|scenario| expand(scenario, spoken, target))
            .collect(),
    }
}

fn expand(scenario: &Arc<Scenario>, spoken: &[Revision], target: &Lookup<'_>) -> Vec<Instance> {
    let newest = spoken.last().copied().unwrap_or_else(Revision::latest);
    let instance = |row: Row, revision: Revision, skip: Option<Skip>| Instance {
        scenario: scenario.clone(),
        row,
        revision,
        by_revision: scenario.revisions.is_some() && skip.is_none(),
        skip,
    };
    let skipped = |why: String, unlock: Option<String>| {
        vec![instance(Row::default(), newest, Some(Skip { why, unlock }))]
    };
    let revisions = match &scenario.revisions {
        None => vec![newest],
        Some(held) => {
            let holds = |revision: &Revision| {
                holds_in(Some(held), revision.as_str()) && !checks_of(scenario, *revision).is_empty()
            };
            let revisions: Vec<Revision> = spoken.iter().copied().filter(holds).collect();
            if revisions.is_empty() {
                let held: Vec<Revision> = Revision::ALL.into_iter().filter(holds).collect();
                return skipped(
                    format!(
                        "holds in MCP {} only; {} is spoken here",
                        words(&held),
                        words(spoken)
                    ),
                    None,
                );
            }
            // Beside other revisions, HTTP+SSE is left to the scenarios that are about it.
            let others = revisions.iter().any(|revision| !revision.is_http_sse());
            let taken = |revision: &Revision| !others || !revision.is_http_sse();
            revisions.into_iter().filter(taken).collect()
        }
    };
    let rows = match rows(scenario, target) {
        Ok(rows) => rows,
        Err((what, unlock)) => {
            return skipped(format!("the target does not declare {what}"), Some(unlock));
        }
    };
    rows.into_iter()
        .flat_map(|row| {
            let holds = |revision: &&Revision| holds_in(row.revisions.as_deref(), revision.as_str());
            let mut held: Vec<Revision> = revisions.iter().filter(holds).copied().collect();
            if scenario.once_per_era {
                held = newest_of_each_era(&held);
            }
            held.into_iter()
                .map(|revision| (row.clone(), revision))
                .collect::<Vec<_>>()
        })
        .map(|(row, revision)| instance(row, revision, None))
        .collect()
}

/// Of some revisions, oldest first.
fn newest_of_each_era(revisions: &[Revision]) -> Vec<Revision> {
    let newest = |(index, revision): (usize, &Revision)| {
        let next = revisions.get(index + 1);
        next.is_none_or(|next| next.era() != revision.era())
            .then_some(*revision)
    };
    revisions.iter().enumerate().filter_map(newest).collect()
}

fn words(revisions: &[Revision]) -> String {
    let names: Vec<&str> = revisions.iter().map(|revision| revision.as_str()).collect();
    names.join(", ")
}

/// The product of the written rows and the axes, or what an axis is missing and the line that would supply it.
fn rows(scenario: &Scenario, target: &Lookup<'_>) -> Result<Vec<Row>, (String, String)> {
    let mut rows: Vec<Row> = if scenario.cases.is_empty() {
        vec![Row::default()]
    } else {
        scenario.cases.iter().map(written).collect()
    };
    for axis in &scenario.matrix {
        let entries = entries(&axis.values, target)?;
        if rows.len().saturating_mul(entries.len()) > MOST_ROWS {
            return Err((
                format!("fewer rows (the product of its axes is larger than {MOST_ROWS})"),
                "matrix: …".to_owned(),
            ));
        }
        rows = rows
            .iter()
            .flat_map(|row| {
                entries
                    .iter()
                    .map(|(id, value)| drawn(row, &axis.name.value, id, value))
            })
            .collect();
    }
    Ok(rows)
}

fn written(case: &Case) -> Row {
    Row {
        id: case.id.value.clone(),
        written: case.values.clone(),
        drawn: BTreeMap::new(),
        rule: case.rule.clone(),
        level: case.level.as_ref().map(|level| level.value),
        needs: case.needs.iter().map(|need| need.value.clone()).collect(),
        revisions: case.revisions.clone(),
        access: None,
        line: Some(case.id.at.line),
    }
}

fn drawn(row: &Row, name: &str, id: &str, value: &Value) -> Row {
    let mut row = row.clone();
    row.id = if row.id.is_empty() {
        id.to_owned()
    } else {
        format!("{}-{id}", row.id)
    };
    if let Some(cell) = cell(value) {
        row.access = Some(cell);
    }
    row.drawn.insert(name.to_owned(), value.clone());
    row
}

/// What a value of `${target.access.…}` says.
fn cell(value: &Value) -> Option<Access> {
    let json = value.to_json();
    let text = |name: &str| json.get(name)?.as_str().map(str::to_owned);
    Some(Access {
        who: text("who")?,
        probe: text("probe")?,
        place: text("place")?,
        expected: match text("expected")?.as_str() {
            "permit" => Standing::Permit,
            "deny" => Standing::Deny,
            "invisible" => Standing::Invisible,
            _ => return None,
        },
        found: Standing::Broken,
    })
}

/// The entries of an axis with their ids: members of a map by name, elements of a list by their text.
fn entries(data: &Data, target: &Lookup<'_>) -> Result<Vec<(String, Value)>, (String, String)> {
    let value = match data {
        Data::Text(template) => match template.as_reference() {
            Some(reference) if reference.path.first().is_some_and(|root| root == "target") => {
                let path = &reference.path[1..];
                let name = path.join(".");
                target(path).ok_or_else(|| (format!("`{name}`"), Target::line_of(path)))?
            }
            _ => literal(data),
        },
        _ => literal(data),
    };
    let found: Vec<(String, Value)> = match value.to_json() {
        Json::Array(items) => items
            .into_iter()
            .enumerate()
            .map(|(i, item)| (slug(&item, i), Value::json(item).tainted(value.secret)))
            .collect(),
        Json::Object(members) => members
            .into_iter()
            .map(|(name, item)| {
                (
                    slug(&Json::from(name), 0),
                    Value::json(item).tainted(value.secret),
                )
            })
            .collect(),
        Json::Null => Vec::new(),
        scalar => vec![(slug(&scalar, 0), Value::json(scalar))],
    };
    if found.is_empty() {
        let what = data_name(data);
        let path: Vec<String> = what.split('.').map(str::to_owned).collect();
        return Err((format!("`{what}` (it is empty)"), Target::line_of(&path)));
    }
    Ok(found)
}

fn data_name(data: &Data) -> String {
    match data {
        Data::Text(template) => template
            .as_reference()
            .map_or_else(String::new, |reference| reference.path[1..].join(".")),
        _ => "matrix".to_owned(),
    }
}

/// Data without references, as it stands.
fn literal(data: &Data) -> Value {
    let json = match data {
        Data::Null(_) => Json::Null,
        Data::Bool(b, _) => Json::from(*b),
        Data::Number(n, _) => Json::Number(n.clone()),
        Data::Text(template) => Json::from(template.as_literal().unwrap_or_default()),
        Data::List(items, _) => items.iter().map(|item| literal(item).to_json()).collect(),
        Data::Map(members, _) => Json::Object(
            members
                .iter()
                .map(|(name, item)| (name.value.clone(), literal(item).to_json()))
                .collect(),
        ),
    };
    Value {
        content: Content::Json(json),
        secret: false,
    }
}

fn slug(value: &Json, index: usize) -> String {
    let text = match value {
        Json::String(text) => text.clone(),
        Json::Object(_) | Json::Array(_) => index.to_string(),
        other => other.to_string(),
    };
    let slug: String = text
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect();
    let slug = slug.trim_matches('-').chars().take(80).collect::<String>();
    if slug.is_empty() {
        format!("n{index}")
    } else {
        slug
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::decode;
    use crate::scenario::diagnostic::Diagnostics;
    use crate::scenario::model::SourceFile;

    const SPOKEN: &[Revision] = &[Revision::V2025_06_18, Revision::V2025_11_25];

    fn names(head: &str, target: &Lookup<'_>) -> Vec<String> {
        let text =
            format!("scenario: s\nsubject: resource-server\n{head}steps:\n  - {{ check: c, wait: 1s }}\n");
        let file = Arc::new(SourceFile {
            path: "s.yaml".to_owned(),
            text,
        });
        let mut diagnostics = Diagnostics::new();
        let scenario = decode::decode(&file, "s", &mut diagnostics).expect("a scenario");
        let planned = plan(&[Arc::new(scenario)], SPOKEN, target);
        planned
            .instances
            .iter()
            .map(|one| {
                format!(
                    "{}{}",
                    one.name(),
                    if one.skip.is_some() { " skipped" } else { "" }
                )
            })
            .collect()
    }

    #[test]
    fn rows_are_the_product_of_cases_and_axes() {
        let none = |_: &[String]| None;
        assert_eq!(names("", &none), ["s"]);
        assert_eq!(
            names("cases: { b: { x: 1 }, a: { x: 2 } }\n", &none),
            ["s#b", "s#a"],
            "in the order written"
        );
        let head = "cases: { one: { x: 1 }, two: { x: 2 } }\nmatrix: { http: [h1, h2], who: [reader] }\n";
        assert_eq!(
            names(head, &none),
            [
                "s#one-h1-reader",
                "s#one-h2-reader",
                "s#two-h1-reader",
                "s#two-h2-reader"
            ]
        );
    }

    #[test]
    fn one_case_for_each_revision_that_is_spoken() {
        let none = |_: &[String]| None;
        assert_eq!(names("revisions: all\n", &none), ["s@2025-06-18", "s@2025-11-25"]);
        assert_eq!(
            names(
                "revisions: [2025-03-26, 2025-11-25]\ncases: { b: { x: 1 }, a: { x: 2 } }\n",
                &none
            ),
            ["s#b@2025-11-25", "s#a@2025-11-25"]
        );
        assert_eq!(names("revisions: [2025-03-26]\n", &none), ["s skipped"]);
        assert_eq!(names("revisions: eras\n", &none), ["s@2025-11-25"]);
        assert_eq!(
            newest_of_each_era(&Revision::ALL),
            [Revision::latest_with_sessions(), Revision::latest()]
        );
    }

    #[test]
    fn an_axis_of_the_target_is_drawn_or_missed() {
        let head = "matrix: { kind: \"${target.credentials}\" }\n";
        let declared = |path: &[String]| {
            (path == ["credentials"])
                .then(|| Value::json(serde_json::json!({ "id-token": "a", "ws-ticket": "b" })))
        };
        assert_eq!(names(head, &declared), ["s#id-token", "s#ws-ticket"]);
        assert_eq!(names(head, &|_| None), ["s skipped"]);
        assert_eq!(
            names(head, &|_| Some(Value::json(serde_json::json!({})))),
            ["s skipped"],
            "empty is missing too"
        );
    }

    #[test]
    fn a_product_beyond_all_bounds_is_not_made() {
        let digits: Vec<u32> = (0..10).collect();
        let axes: Vec<String> = ["a", "b", "c", "d", "e"]
            .iter()
            .map(|name| format!("{name}: {digits:?}"))
            .collect();
        assert_eq!(
            names(&format!("matrix: {{ {} }}\n", axes.join(", ")), &|_| None),
            ["s skipped"]
        );
    }
}
