//! A verdict for each threshold, each invariant, and each event of a run.

use std::collections::BTreeMap;

use hallmark_reports::record::{
    Bound, BoundKind, Check, Clean, Comparison, Finding, Invariant, Load, Place, Threshold, Unit, Verdict,
};

use super::promises::measured;
use crate::load::during::SKIPPED;
use crate::load::figures::fraction;
use crate::load::watch::Invariant as Kind;
use crate::rules::{Catalogue, Rule};
use crate::run::place;
use crate::scenario::model::{Level, LoadPlan};
use crate::secret::Scrubber;

/// Where a run's checks come from.
pub struct About<'a> {
    /// The plan; `None` where records are merged, which hold all that is needed but the rules.
    pub plan: Option<&'a LoadPlan>,
    /// The catalogue.
    pub rules: &'a Catalogue,
    /// MCP revision that was spoken.
    pub revision: &'a str,
    /// The command that repeats the run.
    pub repeat: &'a str,
    /// Masks.
    pub scrubber: &'a Scrubber,
    /// What to compare with.
    pub baseline: Option<&'a Load>,
    /// Rules by check, where there is no plan to tell them.
    pub ruled: BTreeMap<String, String>,
}

/// Judges what a record holds, and notes what was measured in its thresholds.
pub fn judge(load: &mut Load, about: &About<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    if !load.valid {
        checks.push(invalid(load, about));
    }
    checks.extend(load.invariants.iter().map(|one| invariant(one, load, about)));
    for place in 0..load.thresholds.len() {
        let asked = load.thresholds[place].clone();
        let found = measured(load, &asked.metric, asked.of.as_ref().map(Clean::as_str));
        checks.push(threshold(&asked, found, load, about));
        load.thresholds[place].measured = found;
    }
    checks.extend(
        load.events
            .iter()
            .enumerate()
            .filter_map(|(n, _)| event(n, load, about)),
    );
    checks
}

fn bare(id: &str, at: Place, rule: Option<&Rule>, load: &Load, about: &About<'_>) -> Check {
    let level = rule.and_then(|rule| rule.level_in(about.revision));
    Check {
        id: id.to_owned(),
        rule: rule.map_or_else(String::new, |rule| rule.id.clone()),
        verdict: Verdict::Passed,
        scenario: scenario(load),
        case: String::new(),
        revision: String::new(),
        title: load.title.clone(),
        level: match level {
            Some(Level::Should) => "SHOULD",
            Some(Level::May) => "MAY",
            Some(Level::Must) | None => "MUST",
        }
        .to_owned(),
        rule_title: Scrubber::own_words(rule.map_or("", |rule| &rule.title)),
        statement: Scrubber::own_words(rule.map_or("", |rule| rule.statement_in(about.revision))),
        fix: rule.and_then(|rule| rule.fix.as_deref()).map(Scrubber::own_words),
        subject: "server".to_owned(),
        sources: rule
            .map(|rule| rule.sources.iter().map(ToString::to_string).collect())
            .unwrap_or_default(),
        tags: vec!["load".to_owned()],
        expected_failure: None,
        at,
        message: Clean::default(),
        findings: Vec::new(),
        exchanges: Vec::new(),
        measures: Vec::new(),
        access: None,
        repeat: about.scrubber.clean(about.repeat),
        unlock: None,
        duration_us: load.length_ms * 1_000,
    }
}

/// Scenario id of a load run.
fn scenario(load: &Load) -> String {
    if load.profile.starts_with("load/") {
        load.profile.clone()
    } else {
        format!("load/{}", load.profile)
    }
}

/// The place of the plan itself.
fn of_plan(about: &About<'_>) -> Place {
    about
        .plan
        .map(|plan| place(&plan.title.at, about.scrubber))
        .unwrap_or_default()
}

fn invalid(load: &Load, about: &About<'_>) -> Check {
    let mut check = bare("valid", of_plan(about), None, load, about);
    check.verdict = Verdict::Errored;
    let why: Vec<&str> = load.invalid_because.iter().map(Clean::as_str).collect();
    check.message = about
        .scrubber
        .clean(&format!("nothing can be said of the target: {}", why.join("; ")));
    check
}

fn named_rule<'a>(check: &str, name: Option<&str>, about: &'a About<'_>) -> Option<&'a Rule> {
    let known = about.ruled.get(check).map(String::as_str);
    about.rules.get(name.or(known)?)
}

fn invariant(one: &Invariant, load: &Load, about: &About<'_>) -> Check {
    let written = about
        .plan
        .and_then(|plan| plan.invariants.iter().find(|other| other.name.value == one.name));
    let rule = written
        .and_then(|written| written.rule.as_ref())
        .map(|rule| rule.value.as_str());
    let at = written.map_or_else(
        || of_plan(about),
        |written| place(&written.name.at, about.scrubber),
    );
    let mut check = bare(
        &one.check,
        at.clone(),
        named_rule(&one.check, rule, about),
        load,
        about,
    );
    let says = Kind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == one.name)
        .map_or("", Kind::says);
    if check.statement.as_str().is_empty() {
        check.statement = Scrubber::own_words(says);
    }
    let allowed = one.budget * fraction(one.judged);
    let held = fraction(one.broken) <= allowed;
    (check.verdict, check.message) = match (one.judged, held) {
        (0, _) => (
            Verdict::NotTestable,
            about
                .scrubber
                .clean(&format!("never judged: {}", never(&one.name))),
        ),
        (judged, true) => (
            Verdict::Passed,
            about
                .scrubber
                .clean(&format!("held in {} of {judged}", judged - one.broken)),
        ),
        (judged, false) => (
            Verdict::Failed,
            about.scrubber.clean(&format!(
                "did not hold in {} of {judged}{}",
                one.broken,
                one.first
                    .first()
                    .map(|how| format!(": {}", how.as_str()))
                    .unwrap_or_default()
            )),
        ),
    };
    if check.verdict == Verdict::Failed {
        check.findings = one
            .first
            .iter()
            .map(|how| Finding {
                selector: one.name.clone(),
                expected: Scrubber::own_words(says),
                actual: how.clone(),
                place: at.clone(),
                decision: one.name != "challenge-well-formed",
            })
            .collect();
    }
    check
}

/// What would have exercised it.
fn never(invariant: &str) -> &'static str {
    match invariant {
        "own-tenant-only" => "no caller has a `canary`",
        "one-winner-per-refresh" => "nothing was refreshed",
        "challenge-well-formed" => "nothing was answered 401",
        "no-dead-token" | "single-cut" => "no caller's credential was ended, or it did not call afterwards",
        "streams-stay-open" => "the plan has no `streams`",
        "no-invalid-credential" => "`mix` has no entry with `refused: true` that was answered",
        _ => "nothing was answered",
    }
}

fn threshold(asked: &Threshold, found: Option<f64>, load: &Load, about: &About<'_>) -> Check {
    let written = about.plan.and_then(|plan| {
        let same = |one: &&crate::scenario::model::Threshold| {
            one.metric.at.line == asked.at.line && one.metric.at.column == asked.at.column
        };
        plan.thresholds.iter().find(same)
    });
    let rule = written
        .and_then(|one| one.rule.as_ref())
        .map(|rule| rule.value.as_str());
    let mut check = bare(
        &asked.check,
        asked.at.clone(),
        named_rule(&asked.check, rule, about),
        load,
        about,
    );
    let name = figure(asked);
    let Some(value) = found else {
        check.verdict = Verdict::NotTestable;
        check.message = about.scrubber.clean(&format!("there is no {name} in this run"));
        return check;
    };
    let bounds: Result<Vec<String>, &str> = asked
        .bounds
        .iter()
        .map(|bound| limit(bound, asked, about).map(|limit| (bound, limit)))
        .filter_map(|found| match found {
            Ok((bound, limit)) => (!holds(value, bound.comparison, limit)).then(|| {
                Ok(format!(
                    "{} {}",
                    bound.comparison.sign(),
                    shown(limit, asked.unit)
                ))
            }),
            Err(why) => Some(Err(why)),
        })
        .collect();
    (check.verdict, check.message) = match bounds {
        Err(why) => (
            Verdict::NotTestable,
            about.scrubber.clean(&format!("{name}: {why}")),
        ),
        Ok(missed) if missed.is_empty() => (
            Verdict::Passed,
            about
                .scrubber
                .clean(&format!("{name} was {}", shown(value, asked.unit))),
        ),
        Ok(missed) => {
            check.findings = vec![Finding {
                selector: name.clone(),
                expected: about.scrubber.clean(&missed.join(" and ")),
                actual: about.scrubber.clean(&shown(value, asked.unit)),
                place: asked.at.clone(),
                decision: false,
            }];
            let message = format!(
                "{name} was {}, asked {}",
                shown(value, asked.unit),
                missed.join(" and ")
            );
            (Verdict::Failed, about.scrubber.clean(&message))
        }
    };
    check
}

fn figure(asked: &Threshold) -> String {
    match &asked.of {
        Some(of) => format!("{} of {}", asked.metric, of.as_str()),
        None => asked.metric.clone(),
    }
}

fn limit(bound: &Bound, asked: &Threshold, about: &About<'_>) -> Result<f64, &'static str> {
    if bound.kind != BoundKind::Baseline {
        return Ok(bound.value);
    }
    let baseline = about
        .baseline
        .ok_or("there is no baseline to compare with: `--compare RECORD`")?;
    let before = measured(baseline, &asked.metric, asked.of.as_ref().map(Clean::as_str));
    before
        .map(|before| before * bound.value)
        .ok_or("the baseline has no such figure")
}

fn holds(value: f64, comparison: Comparison, limit: f64) -> bool {
    match comparison {
        Comparison::Lt => value < limit,
        Comparison::Lte => value <= limit,
        Comparison::Gt => value > limit,
        Comparison::Gte => value >= limit,
    }
}

/// A figure as a person reads it.
pub(super) fn shown(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Share => format!("{} %", rounded(value * 100.0)),
        Unit::Number => format!("{}/s", rounded(value)),
        Unit::Time if value < 1_000.0 => format!("{} µs", rounded(value)),
        Unit::Time if value < 1_000_000.0 => format!("{} ms", rounded(value / 1_000.0)),
        Unit::Time => format!("{} s", rounded(value / 1_000_000.0)),
    }
}

/// Four significant digits, without zeros at the end.
fn rounded(value: f64) -> String {
    let digits = match value.abs() {
        v if v >= 1_000.0 => 0,
        v if v >= 100.0 => 1,
        v if v >= 10.0 => 2,
        v if v >= 0.1 => 3,
        _ => 5,
    };
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// An event that could not be carried out: what it should have shown was not seen.
fn event(n: usize, load: &Load, about: &About<'_>) -> Option<Check> {
    let event = &load.events[n];
    if matches!(event.outcome.as_str(), "done" | SKIPPED) {
        return None;
    }
    let written = about.plan.and_then(|plan| {
        let mut events: Vec<_> = plan.during.iter().collect();
        events.sort_by_key(|event| event.at.value);
        // What opens streams comes before.
        let before = load.events.len().saturating_sub(events.len());
        events.get(n.checked_sub(before)?).map(|event| place(&event.at.at, about.scrubber))
    });
    let id = format!("event-{}", n + 1);
    let mut check = bare(&id, written.unwrap_or_default(), None, load, about);
    check.verdict = Verdict::NotTestable;
    let message = format!(
        "`{}` could not be done: {}",
        event.text.as_str(),
        event.outcome.as_str()
    );
    check.message = about.scrubber.clean(&message);
    Some(check)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_as_people_read_them() {
        let table = [
            (812.0, Unit::Time, "812 µs"),
            (12_340.0, Unit::Time, "12.34 ms"),
            (803_300.0, Unit::Time, "803.3 ms"),
            (1_250_000.0, Unit::Time, "1.25 s"),
            (0.001, Unit::Share, "0.1 %"),
            (1.0, Unit::Share, "100 %"),
            (0.000_01, Unit::Share, "0.001 %"),
            (1999.6, Unit::Number, "2000/s"),
        ];
        for (value, unit, text) in table {
            assert_eq!(shown(value, unit), text);
        }
    }
}
