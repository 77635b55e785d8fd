//! What `hallmark rules BEARER-08` prints.

use std::fmt::Write as _;

use super::Wording;
use super::rule::{Basis, LevelBy, Rule, Status, level_word};
use super::wrap::{paragraph, verbatim};

/// A scenario that judges a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct JudgedBy {
    /// `bearer/tampered`.
    pub id: String,
    /// Its sentence.
    pub title: String,
}

/// The rule in plain text of at most `width` columns: statement, why, clauses, how it is tested, the defects it
/// catches, broken and right on the wire, parameters, scenarios and the command that runs just this.
///
/// With a `revision` the level and the wording shown are that revision's.
pub fn explain(rule: &Rule, scenarios: &[JudgedBy], width: usize, revision: Option<&str>) -> String {
    let mut out = String::new();
    head(&mut out, rule, width, revision);
    statement(&mut out, rule, width, revision);
    section(&mut out, "Why it matters", rule.why.as_deref(), width);
    sources(&mut out, rule, width);
    section(&mut out, "How it is tested", rule.tested.as_deref(), width);
    section(
        &mut out,
        "What to do where it is broken",
        rule.fix.as_deref(),
        width,
    );
    example(&mut out, rule, width);
    params(&mut out, rule, width);
    defects(&mut out, rule, width);
    judged_by(&mut out, rule, scenarios, width);
    out
}

fn head(out: &mut String, rule: &Rule, width: usize, revision: Option<&str>) {
    out.push_str(&hanging(&format!("{}  ", rule.id), &rule.title, width));
    out.push('\n');
    fact(out, "level", &level(rule, revision), width);
    fact(
        out,
        "basis",
        &format!("{}: {}", rule.basis.as_str(), rule.basis.about()),
        width,
    );
    let subjects: Vec<&str> = rule.subjects.iter().map(|subject| subject.as_str()).collect();
    fact(out, "judged", &subjects.join(", "), width);
    fact(out, "takes", rule.judge.about(), width);
    fact(out, "tier", &rule.tier.to_string(), width);
    if !rule.aliases.is_empty() {
        fact(out, "also", &rule.aliases.join(", "), width);
    }
    if rule.status != Status::Live {
        fact(
            out,
            "status",
            &format!("{}: {}", rule.status.as_str(), rule.status.about()),
            width,
        );
    }
}

fn level(rule: &Rule, revision: Option<&str>) -> String {
    let words = match (revision, &rule.level) {
        (Some(revision), LevelBy::Revision(_)) => match rule.level_in(revision) {
            Some(level) => format!("{} in {revision}", level_word(level)),
            None => format!("does not apply in {revision} ({})", rule.level),
        },
        _ => rule.level.to_string(),
    };
    match (rule.basis, rule.miss) {
        (Basis::Guide, Some(miss)) => format!("{words} (a miss counts as {})", miss.as_str()),
        _ => words,
    }
}

/// The wording of the revision that was asked for, else every wording.
fn statement(out: &mut String, rule: &Rule, width: usize, revision: Option<&str>) {
    let asked = revision.filter(|revision| rule.level_in(revision).is_some());
    match (&rule.statement, asked) {
        (None, _) => {}
        (Some(Wording::Since(texts)), None) => {
            title(out, "What is required");
            for (since, text) in texts {
                out.push_str(&hanging(&format!("  from {since} on  "), text, width));
            }
        }
        (Some(Wording::Since(_)), Some(revision)) => {
            let heading = format!("What is required in {revision}");
            section(out, &heading, Some(rule.statement_in(revision)), width);
        }
        (Some(Wording::All(text)), _) => section(out, "What is required", Some(text), width),
    }
}

fn section(out: &mut String, heading: &str, text: Option<&str>, width: usize) {
    if let Some(text) = text {
        title(out, heading);
        out.push_str(&paragraph(text, 2, width));
    }
}

fn sources(out: &mut String, rule: &Rule, width: usize) {
    if rule.sources.is_empty() {
        return;
    }
    title(out, "Where it is written");
    for source in &rule.sources {
        let note = match source.read {
            super::Reading::Full => String::new(),
            other => format!(" (read: {})", other.about()),
        };
        out.push_str(&hanging("  - ", &format!("{source}{note}"), width));
    }
}

fn example(out: &mut String, rule: &Rule, width: usize) {
    let Some(example) = &rule.example else { return };
    for (heading, text) in [("Broken", &example.broken), ("Right", &example.right)] {
        if let Some(text) = text {
            title(out, heading);
            out.push_str(&verbatim(text, 4, width));
        }
    }
}

fn params(out: &mut String, rule: &Rule, width: usize) {
    if rule.params.is_empty() {
        return;
    }
    title(out, "Parameters (`params:` in the target file overrides them)");
    for (name, value) in &rule.params {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        out.push_str(&hanging("  ", &format!("{name}: {value}"), width));
    }
}

fn defects(out: &mut String, rule: &Rule, width: usize) {
    if rule.defects.is_empty() {
        return;
    }
    title(out, "Defects of the mock that it catches");
    for defect in &rule.defects {
        let mut text = defect.id.clone();
        if let Some(does) = &defect.does {
            let _ = write!(text, ": {does}");
        }
        if !defect.implies.is_empty() {
            let _ = write!(text, " (also breaks {})", defect.implies.join(", "));
        }
        out.push_str(&hanging("  - ", &text, width));
    }
}

fn judged_by(out: &mut String, rule: &Rule, scenarios: &[JudgedBy], width: usize) {
    if rule.status == Status::Retired {
        return;
    }
    title(out, "Scenarios");
    if scenarios.is_empty() {
        out.push_str(&paragraph("None yet: no run judges this rule.", 2, width));
        return;
    }
    for scenario in scenarios {
        out.push_str(&hanging(
            "  - ",
            &format!("{}: {}", scenario.id, scenario.title),
            width,
        ));
    }
    title(out, "Run just this");
    let _ = writeln!(out, "  hallmark run --only {}", rule.id);
    if let Some(defect) = rule.defects.first() {
        let _ = writeln!(
            out,
            "  hallmark run --only {} --defect {}    # see it fail",
            rule.id, defect.id
        );
    }
}

fn title(out: &mut String, heading: &str) {
    let _ = writeln!(out, "\n{heading}");
}

fn fact(out: &mut String, name: &str, value: &str, width: usize) {
    out.push_str(&hanging(&format!("  {name:<8}"), value, width));
}

/// `first` and then the text, later lines under the text's start.
fn hanging(first: &str, text: &str, width: usize) -> String {
    let indent = first.chars().count();
    let body = paragraph(text, indent, width);
    let mut out = first.to_owned();
    out.push_str(body.trim_start());
    if body.is_empty() {
        out.push('\n');
    }
    out
}
