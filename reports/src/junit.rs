//! JUnit XML: a suite per case, a test case per check. One dialect that every CI shows properly; what each of them
//! reads is written down, and played, in `junit/consumers.rs`.
//!
//! Names hold no URL and nothing that differs between two runs, because CIs follow a test by class name and name.

#[cfg(test)]
mod consumers;
#[cfg(test)]
mod dom;
#[cfg(test)]
mod tests;

use crate::evidence;
use crate::record::{Case, Check, Record, Stale, StaleReason, Verdict};
use crate::standing::{Standing, case_of, rule_of};
use crate::text::{count, head_and_tail, one_line, span, visible};
use quick_junit::{NonSuccessKind, Property, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};
use std::collections::BTreeSet;
use std::time::Duration;

const NAME: usize = 200;
const MESSAGE: usize = 500;
const BODY: usize = 16 * 1024;
const OUTPUT: usize = 32 * 1024;

pub(crate) fn render(record: &Record, strict: bool) -> Result<Vec<u8>, SerializeError> {
    let mut report = Report::new("hallmark");
    report.set_time(Duration::from_millis(record.run.duration_ms));
    let mut names = Names::default();
    for case in &record.cases {
        if let Some(suite) = suite(record, case, strict, &mut names) {
            report.add_test_suite(suite);
        }
    }
    if let Some(suite) = of_the_baseline(record, &mut names) {
        report.add_test_suite(suite);
    }
    if let Some(suite) = of_the_run(record, &mut names) {
        report.add_test_suite(suite);
    }
    let mut text = Vec::new();
    report.serialize(&mut text)?;
    Ok(text)
}

/// Names given so far. GitLab drops a second case of the same class name and name without a word.
#[derive(Default)]
struct Names(BTreeSet<(String, String)>);

impl Names {
    fn take(&mut self, class: &str, wanted: &str) -> String {
        let mut name = one_line(wanted, NAME);
        for number in 2.. {
            if self.0.insert((class.to_owned(), name.clone())) {
                break;
            }
            name = format!("{} #{number}", one_line(wanted, NAME - 8));
        }
        name
    }
}

fn suite(record: &Record, case: &Case, strict: bool, names: &mut Names) -> Option<TestSuite> {
    let checks: Vec<&Check> = record.checks_of(case).collect();
    let first = checks.first()?;
    let mut suite = TestSuite::new(visible(&case_of(&case.scenario, &case.case)));
    suite.set_time(Duration::from_micros(case.duration_us));
    if !record.run.started.is_empty() {
        suite
            .extra
            .insert("timestamp".into(), visible(&record.run.started).into());
    }
    if !first.at.file.is_empty() {
        suite.extra.insert("file".into(), visible(&first.at.file).into());
    }
    suite.add_properties(properties(record));
    suite.add_test_cases(checks.into_iter().map(|check| test_case(check, strict, names)));
    Some(suite)
}

/// Only the host of the target: a path may be private, and a URL in a name is torn apart at its dots.
fn properties(record: &Record) -> Vec<Property> {
    let target = record.target.url.as_str();
    let host = target.split_once("://").map_or(target, |(_, rest)| rest);
    let host = host.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let pairs = [
        ("hallmark.version", record.tool.version.as_str()),
        ("hallmark.target", record.target.name.as_str()),
        ("hallmark.host", host),
        ("hallmark.revision", record.run.revision.as_str()),
        (
            "hallmark.profile",
            record.run.rules_profile.as_deref().unwrap_or_default(),
        ),
        (
            "hallmark.behaviour",
            record.target.behaviour.as_deref().unwrap_or_default(),
        ),
        ("hallmark.seed", &record.run.seed.to_string()),
    ];
    pairs
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| Property::new(name, one_line(value, 500)))
        .collect()
}

/// `bearer/scheme-case` → `bearer.scheme-case`: Jenkins makes a package of what is before the last dot.
fn class_name(scenario: &str) -> String {
    let class = one_line(&scenario.replace('.', "_").replace('/', "."), NAME);
    if class.is_empty() {
        "hallmark".to_owned()
    } else {
        class
    }
}

fn test_case(check: &Check, strict: bool, names: &mut Names) -> TestCase {
    let class = class_name(&check.scenario);
    let row = if check.case.is_empty() {
        String::new()
    } else {
        format!(" [{}]", check.case)
    };
    let title = check.title.as_str();
    let title = if title.is_empty() || title.contains("://") {
        String::new()
    } else {
        format!(": {title}")
    };
    let name = names.take(&class, &format!("{}{row}{title}", check.id));
    let mut case = TestCase::new(name, status(check, strict));
    case.set_classname(class)
        .set_time(Duration::from_micros(check.duration_us));
    locate(&mut case, &check.at.file, check.at.line);
    let output = output(check, strict);
    if !output.is_empty() {
        case.set_system_out(head_and_tail(&output, OUTPUT));
    }
    case
}

fn locate(case: &mut TestCase, file: &str, line: u32) {
    if file.is_empty() {
        return;
    }
    case.extra.insert("file".into(), visible(file).into());
    if line > 0 {
        case.extra.insert("line".into(), line.to_string().into());
    }
}

fn status(check: &Check, strict: bool) -> TestCaseStatus {
    let message = check.message.as_str();
    match Standing::of(check, strict) {
        Standing::Broken => broken(rule_of(check), message, &evidence::account(check)),
        Standing::Unjudged => {
            let why = format!("{}: {message}", check.verdict.words());
            unjudged(check.verdict.as_str(), &why, &evidence::account(check))
        }
        Standing::Expected => {
            let why = check.expected_failure.as_deref().unwrap_or_default();
            skipped(&format!("expected by the baseline ({why}): {message}"))
        }
        Standing::Skipped => skipped(message),
        Standing::Missed | Standing::Held => TestCaseStatus::success(),
    }
}

fn broken(kind: &str, message: &str, account: &str) -> TestCaseStatus {
    non_success(NonSuccessKind::Failure, kind, message, account)
}

fn unjudged(kind: &str, message: &str, account: &str) -> TestCaseStatus {
    non_success(NonSuccessKind::Error, kind, message, account)
}

/// The message twice: GitLab shows only the body, Azure DevOps only the attribute.
fn non_success(kind: NonSuccessKind, type_: &str, message: &str, account: &str) -> TestCaseStatus {
    let message = one_line(message, MESSAGE);
    let mut status = TestCaseStatus::non_success(kind);
    status
        .set_type(one_line(type_, NAME))
        .set_description(head_and_tail(&format!("{message}\n\n{account}"), BODY))
        .set_message(message);
    status
}

fn skipped(why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    let why = one_line(why, MESSAGE);
    status.set_description(why.clone()).set_message(why);
    status
}

fn output(check: &Check, strict: bool) -> String {
    let exchanges = || evidence::exchanges(&check.exchanges, 8 * 1024);
    match Standing::of(check, strict) {
        Standing::Broken | Standing::Unjudged | Standing::Expected => exchanges(),
        Standing::Missed => {
            format!(
                "warning: {}\n\n{}\n{}",
                visible(check.message.as_str()),
                evidence::account(check),
                exchanges()
            )
        }
        Standing::Held if check.verdict == Verdict::Info => {
            format!("info: {}\n", visible(check.message.as_str()))
        }
        Standing::Held | Standing::Skipped => String::new(),
    }
}

/// A stale entry is a case of its own: what must be mended is the line of the baseline file.
fn of_the_baseline(record: &Record, names: &mut Names) -> Option<TestSuite> {
    let baseline = record
        .baseline
        .as_ref()
        .filter(|baseline| !baseline.stale.is_empty())?;
    let mut suite = TestSuite::new("hallmark baseline");
    for Stale {
        entry,
        why,
        reason,
        until,
        line,
    } in &baseline.stale
    {
        let trouble = match reason {
            StaleReason::Passed => "what it excuses passes now: remove the entry".to_owned(),
            StaleReason::Expired => format!("it expired on {}", until.as_deref().unwrap_or("its date")),
            StaleReason::Unmatched => "it names no scenario or check of this run".to_owned(),
        };
        let account = format!(
            "entry      {}\nwhy        {}\n",
            one_line(entry, NAME),
            one_line(why.as_str(), MESSAGE)
        );
        let status = broken(
            "baseline.stale",
            &format!("stale baseline entry {entry}: {trouble}"),
            &account,
        );
        let mut case = TestCase::new(names.take("hallmark.baseline", entry), status);
        case.set_classname("hallmark.baseline").set_time(Duration::ZERO);
        locate(&mut case, &baseline.file, *line);
        suite.add_test_case(case);
    }
    Some(suite)
}

/// An empty or broken-off report must not look like a green one.
fn of_the_run(record: &Record, names: &mut Names) -> Option<TestSuite> {
    let unfinished = record.cases.iter().filter(|case| case.verdict.is_none()).count() as u64;
    let (name, kind, message) = if !record.complete {
        let message = format!(
            "the run was cut short: {} did not finish",
            count(unfinished, "case")
        );
        ("the run is complete", "cut-short", message)
    } else if record.checks.is_empty() {
        (
            "something was selected",
            "nothing-selected",
            "the run selected no check".to_owned(),
        )
    } else {
        return None;
    };
    let account = format!(
        "command    {}\nran        {}\n",
        one_line(record.run.command.as_str(), 2_000),
        span(record.run.duration_ms.saturating_mul(1_000))
    );
    let mut case = TestCase::new(
        names.take("hallmark.run", name),
        unjudged(kind, &message, &account),
    );
    case.set_classname("hallmark.run").set_time(Duration::ZERO);
    let mut suite = TestSuite::new("hallmark run");
    suite.add_test_case(case);
    Some(suite)
}
