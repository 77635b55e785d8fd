//! SARIF 2.1.0 (OASIS): what failed and what was warned, as results in the scenario files. Never a pass. Errors of
//! the run itself become notifications of the invocation.
//!
//! `form` holds the object model, `render` fills it.

mod form;

use crate::across::{Across, across_revisions};
use crate::evidence;
use crate::headline::is_void;
use crate::load;
use crate::record::{Check, Place, Record, Verdict, family_of};
use crate::standing::{Standing, case_of, cases_of, gravity, rule_of, title_of};
use crate::text::{one_line, visible};
use form::{
    ArtifactLocation, Configuration, Driver, Help, Id, Invocation, Location, Log, Notification,
    PhysicalLocation, Region, Result_, Rule, Run, Tags, Text, Tool,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json";
/// GitHub shows no more results of one run.
const RESULTS: usize = 5_000;

pub(crate) fn render(record: &Record, strict: bool) -> Result<Vec<u8>, serde_json::Error> {
    let mut found: Vec<&Check> = record
        .checks
        .iter()
        .filter(|check| matches!(Standing::of(check, strict), Standing::Broken | Standing::Missed))
        .collect();
    found.sort_by_key(|check| gravity(check));
    let mut found = across_revisions(found);
    let cut = found.len().saturating_sub(RESULTS);
    found.truncate(RESULTS);
    let mut rules: BTreeMap<&str, &Check> = BTreeMap::new();
    for Across { check, .. } in &found {
        rules.entry(rule_of(check)).or_insert(check);
    }
    let ids: Vec<&str> = rules.keys().copied().collect();
    let mut seen = BTreeMap::new();
    let results = found
        .iter()
        .map(|across| result(across, strict, &ids, &mut seen))
        .collect();
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: record.tool.name.clone(),
                    version: record.tool.version.clone(),
                    rules: rules.values().map(|check| rule(check, strict)).collect(),
                },
            },
            automation_details: Id {
                id: format!("hallmark/{}/{}/", record.run.kind.as_str(), record.run.revision),
            },
            invocations: [invocation(record, cut)],
            results,
            column_kind: "unicodeCodePoints",
        }],
    };
    let mut text = serde_json::to_vec_pretty(&log)?;
    text.push(b'\n');
    Ok(text)
}

fn level(check: &Check, strict: bool) -> &'static str {
    if Standing::of(check, strict) == Standing::Broken {
        "error"
    } else {
        "warning"
    }
}

fn rule(check: &Check, strict: bool) -> Rule {
    let statement = if check.statement.is_empty() {
        &check.title
    } else {
        &check.statement
    };
    let statement = one_line(statement.as_str(), 1_000);
    let sources = check.sources.join("; ");
    let clause = if sources.is_empty() {
        String::new()
    } else {
        format!("\n\nRests on: {sources}")
    };
    let id = rule_of(check).to_owned();
    let family = if load::is_of_load(check) {
        "load".to_owned()
    } else {
        family_of(&id).to_lowercase()
    };
    let fix = check
        .fix
        .as_ref()
        .map(|fix| one_line(fix.as_str(), 1_000))
        .unwrap_or_default();
    let fixed = |words: String| {
        if fix.is_empty() {
            String::new()
        } else {
            format!("\n\nTo fix it: {words}")
        }
    };
    let explain = if check.rule.is_empty() {
        String::new()
    } else {
        format!("\n\nhallmark rules {id}")
    };
    let tags = [
        "mcp",
        &family,
        &check.level.to_lowercase(),
        &check.subject.to_lowercase(),
    ];
    Rule {
        short_description: Text {
            text: one_line(title_of(check), 200),
        },
        full_description: Text {
            text: statement.clone(),
        },
        help: Help {
            text: format!("{statement}{}{clause}{explain}", fixed(fix.clone())),
            markdown: format!(
                "{}{}{}{}",
                crate::markdown::prose(&statement),
                fixed(crate::markdown::prose(&fix)),
                if sources.is_empty() {
                    String::new()
                } else {
                    format!("\n\nRests on: {}", crate::markdown::prose(&sources))
                },
                if check.rule.is_empty() {
                    String::new()
                } else {
                    format!("\n\n    hallmark rules {id}")
                }
            ),
        },
        help_uri: check
            .sources
            .iter()
            .find(|source| source.starts_with("https://"))
            .map(|source| link_uri(source)),
        default_configuration: Configuration {
            level: level(check, strict),
        },
        properties: Tags {
            tags: tags
                .into_iter()
                .filter(|tag| !tag.is_empty())
                .map(str::to_owned)
                .collect(),
        },
        id,
    }
}

fn result<'r>(
    across: &Across<'r>,
    strict: bool,
    ids: &[&str],
    seen: &mut BTreeMap<[&'r str; 4], u32>,
) -> Result_ {
    let check = across.check;
    let rule_id = rule_of(check);
    let occurrence = seen
        .entry([rule_id, &check.scenario, &check.case, &check.id])
        .or_insert(0);
    *occurrence += 1;
    let text = format!(
        "{} ({})\n\n{}",
        one_line(check.message.as_str(), 1_000),
        cases_of(across),
        evidence::account(check)
    );
    Result_ {
        rule_id: rule_id.to_owned(),
        rule_index: ids.binary_search(&rule_id).unwrap_or_default(),
        level: level(check, strict),
        message: Text {
            text: visible(text.trim_end()),
        },
        locations: location(&check.at).into_iter().collect(),
        partial_fingerprints: fingerprints(check, *occurrence),
    }
}

fn location(at: &Place) -> Option<Location> {
    if at.file.is_empty() {
        return None;
    }
    let snippet = (!at.text.is_empty()).then(|| Text {
        text: visible(at.text.as_str()),
    });
    let region = (at.line > 0).then(|| Region {
        start_line: at.line,
        start_column: (at.column > 0).then_some(at.column),
        snippet,
    });
    let artifact_location = ArtifactLocation {
        uri: path_uri(&at.file),
        uri_base_id: "%SRCROOT%",
    };
    Some(Location {
        physical_location: PhysicalLocation {
            artifact_location,
            region,
        },
    })
}

/// Over names only, so that neither a moved line, nor another message, nor one more MCP revision makes a second alert of
/// one fault.
fn fingerprints(check: &Check, occurrence: u32) -> BTreeMap<&'static str, String> {
    let mut hash = Sha256::new();
    for part in [rule_of(check), &check.scenario, &check.case, &check.id] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let mut value = String::new();
    for byte in hash.finalize().iter().take(8) {
        let _ = write!(value, "{byte:02x}");
    }
    let _ = write!(value, ":{occurrence}");
    // GitHub matches alerts by this key alone; without it, it hashes the line of the file.
    BTreeMap::from([
        ("hallmarkCheck/v1", value.clone()),
        ("primaryLocationLineHash", value),
    ])
}

fn invocation(record: &Record, cut: usize) -> Invocation {
    let mut notes = Vec::new();
    let mut say = |level, text: String| {
        notes.push(Notification {
            level,
            message: Text { text },
        });
    };
    if !record.complete {
        say(
            "error",
            "the run was cut short; the results are not all there are".to_owned(),
        );
    }
    if let Some(load) = record.load.as_ref().filter(|_| is_void(record)) {
        let why = one_line(&load::why_void(load), 500);
        say("error", format!("the load run is not valid: {why}"));
    }
    for check in record
        .checks
        .iter()
        .filter(|check| check.verdict == Verdict::Errored)
        .filter(|check| !(is_void(record) && load::is_of_load(check)))
    {
        let why = one_line(check.message.as_str(), 500);
        say(
            "error",
            format!(
                "{} could not be judged: {why}",
                case_of(&check.scenario, &check.case, &check.revision)
            ),
        );
    }
    if cut > 0 {
        say("warning", format!("{cut} further results were left out"));
    }
    Invocation {
        execution_successful: record.complete,
        tool_execution_notifications: notes,
    }
}

/// A path as a relative URI reference: everything but unreserved characters and `/` is percent-encoded (RFC 3986 §2).
fn path_uri(path: &str) -> String {
    encoded(path.trim_start_matches("./").trim_start_matches('/'), b"-._~/")
}

/// A link as it was written, with what no URI may hold percent-encoded.
fn link_uri(link: &str) -> String {
    encoded(link, b"-._~/!$&'()*+,;=:@?#%")
}

fn encoded(text: &str, keep: &[u8]) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || keep.contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests;
