//! JUnit XML: a suite per case (a scenario, a row, an MCP revision), a test case per check. One dialect that every CI
//! shows properly; what each of them reads is written down, and played, in `junit/consumers`.
//!
//! Names hold no URL and nothing that differs between two runs, because CIs follow a test by class name and name.

mod bounds;
#[cfg(test)]
mod consumers;
#[cfg(test)]
mod dom;
mod load;
#[cfg(test)]
mod tests;

use crate::evidence;
use crate::record::{Case, Check, Record, Stale, Verdict};
use crate::standing::{Standing, case_of};
use crate::text::{count, head_and_tail, one_line, span, visible};
use bounds::{NAME, Names, Room, told};
use load::Measured;
use quick_junit::{NonSuccessKind, Property, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};
use std::fmt::Write as _;
use std::time::Duration;

/// Jenkins keeps 500 characters at either end of what a green case says.
const MESSAGE: usize = 450;
const BODY: usize = 16 * 1024;

/// How much a reader takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// Every CI but those of [`Flavour::Strict`].
    Common,
    /// Only what `junit-10.xsd` knows, which Jenkins' xUnit plugin holds files against: no place of a case, no count
    /// of skipped cases at the root.
    Strict,
}

pub(crate) fn render(record: &Record, strict: bool, flavour: Flavour) -> Result<Vec<u8>, SerializeError> {
    let mut report = Report::new("hallmark");
    report.set_time(Duration::from_millis(record.run.duration_ms));
    let mut names = Names::default();
    let mut room = Room::default();
    for case in &record.cases {
        if let Some(suite) = suite(record, case, strict, &mut names, &mut room) {
            report.add_test_suite(suite);
        }
    }
    let extra = [
        load::alone(record, &mut names),
        of_the_baseline(record, &mut names),
        of_the_run(record, &mut names),
    ];
    for mut suite in extra.into_iter().flatten() {
        started(record, &mut suite);
        suite.set_time(Duration::ZERO);
        report.add_test_suite(suite);
    }
    if flavour == Flavour::Strict {
        for case in report
            .test_suites
            .iter_mut()
            .flat_map(|suite| &mut suite.test_cases)
        {
            case.extra.clear();
        }
    }
    let mut text = Vec::new();
    report.serialize(&mut text)?;
    if flavour == Flavour::Strict {
        drop_skipped_of_the_root(&mut text);
    }
    Ok(text)
}

/// The writer always writes it. `>` in a value is escaped, so the first one ends the tag.
fn drop_skipped_of_the_root(text: &mut Vec<u8>) {
    let find = |part: &[u8], from: usize| {
        text[from..]
            .windows(part.len())
            .position(|bytes| bytes == part)
            .map(|at| at + from)
    };
    let tag = find(b"<testsuites", 0);
    let end = tag.and_then(|tag| find(b">", tag));
    let start = tag.and_then(|tag| find(b" skipped=\"", tag));
    if let (Some(start), Some(end)) = (start, end)
        && start < end
        && let Some(quote) = find(b"\"", start + b" skipped=\"".len())
    {
        text.drain(start..=quote);
    }
}

/// Thousandths of a second: Jenkins takes two suites of one name and one time for the same, Azure DevOps reads when
/// the run began.
fn started(record: &Record, suite: &mut TestSuite) {
    let started = record.run.started.as_str();
    let (whole, fraction) = started
        .trim_end_matches('Z')
        .split_once('.')
        .unwrap_or((started.trim_end_matches('Z'), ""));
    let fraction: String = fraction.chars().take(3).collect();
    let dot = if fraction.is_empty() { "" } else { "." };
    if !whole.is_empty() {
        suite.extra.insert(
            "timestamp".into(),
            visible(&format!("{whole}{dot}{fraction}Z")).into(),
        );
    }
}

fn suite(
    record: &Record,
    case: &Case,
    strict: bool,
    names: &mut Names,
    room: &mut Room,
) -> Option<TestSuite> {
    let checks: Vec<&Check> = record.checks_of(case).collect();
    let first = checks.first()?;
    let of_load = load::owns(record, case);
    let name = if of_load {
        class_name(&case.scenario)
    } else {
        case_of(&case.scenario, &case.case, &case.revision)
    };
    let mut suite = TestSuite::new(names.take("", &name));
    suite.set_time(Duration::from_micros(case.duration_us));
    started(record, &mut suite);
    if !first.at.file.is_empty() {
        suite.extra.insert("file".into(), visible(&first.at.file).into());
    }
    suite.add_properties(properties(record, &case.revision));
    if of_load {
        suite.add_test_cases(load::validity(record, names));
    }
    suite.add_test_cases(checks.into_iter().map(|check| {
        let told = load::measured(record, check);
        test_case(check, &told, strict, names, room)
    }));
    Some(suite)
}

/// Only the host of the target: a path may be private, and a URL in a name is torn apart at its dots.
fn properties(record: &Record, revision: &str) -> Vec<Property> {
    let revision = if revision.is_empty() {
        &record.run.revision
    } else {
        revision
    };
    let target = record.target.url.as_str();
    let host = target.split_once("://").map_or(target, |(_, rest)| rest);
    let host = host.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let pairs = [
        ("hallmark.version", record.tool.version.as_str()),
        ("hallmark.target", record.target.name.as_str()),
        ("hallmark.host", host),
        ("hallmark.revision", revision),
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
        .map(|(name, value)| Property::new(name, told(&one_line(value, 500))))
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

fn test_case(
    check: &Check,
    measured: &Measured,
    strict: bool,
    names: &mut Names,
    room: &mut Room,
) -> TestCase {
    let class = class_name(&check.scenario);
    let mut row = String::new();
    if !check.case.is_empty() {
        let _ = write!(row, " [{}]", check.case);
    }
    if !check.revision.is_empty() {
        let _ = write!(row, " @{}", check.revision);
    }
    let title = check.title.as_str();
    let title = if title.is_empty() || title.contains("://") {
        String::new()
    } else {
        format!(": {title}")
    };
    let name = names.take(&class, &format!("{}{row}{title}", check.id));
    let mut case = TestCase::new(name, status(check, measured, strict));
    case.set_classname(class)
        .set_time(Duration::from_micros(check.duration_us));
    locate(&mut case, &check.at.file, check.at.line);
    let output = output(check, measured, strict);
    if !output.is_empty() {
        case.set_system_out(room.take(&told(&output)));
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

/// `measured`: of a promise of a load run, what was measured.
fn status(check: &Check, measured: &Measured, strict: bool) -> TestCaseStatus {
    let message = check.message.as_str();
    let message = &measured.beside(message);
    match Standing::of(check, strict) {
        Standing::Broken => broken(kind(check), message, &evidence::account(check)),
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

/// GitLab reads the file as Rails reads XML, where a `type` such as `date` or `integer` says what the text is. A rule id
/// is none of those words; the name of a scenario may be.
fn kind(check: &Check) -> &str {
    if crate::load::is_of_load(check) {
        "load"
    } else if check.rule.is_empty() {
        "scenario"
    } else {
        &check.rule
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
    let message = told(&one_line(message, MESSAGE));
    let mut status = TestCaseStatus::non_success(kind);
    status
        .set_type(one_line(type_, NAME))
        .set_description(head_and_tail(&told(&format!("{message}\n\n{account}")), BODY))
        .set_message(message);
    status
}

fn skipped(why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    let why = told(&one_line(why, MESSAGE));
    status.set_description(why.clone()).set_message(why);
    status
}

fn output(check: &Check, measured: &Measured, strict: bool) -> String {
    let exchanges = || evidence::exchanges(&check.exchanges, 8 * 1024);
    match Standing::of(check, strict) {
        Standing::Broken | Standing::Unjudged | Standing::Expected => exchanges(),
        Standing::Missed => {
            format!(
                "warning: {}\n\n{}\n{}",
                one_line(check.message.as_str(), MESSAGE),
                evidence::account(check),
                exchanges()
            )
        }
        Standing::Held if check.verdict == Verdict::Info => {
            format!("info: {}\n", visible(check.message.as_str()))
        }
        Standing::Held => measured
            .words()
            .map(|words| format!("{words}\n"))
            .unwrap_or_default(),
        Standing::Skipped => String::new(),
    }
}

/// A stale entry is a case of its own: what must be mended is the line of the baseline file.
fn of_the_baseline(record: &Record, names: &mut Names) -> Option<TestSuite> {
    let baseline = record
        .baseline
        .as_ref()
        .filter(|baseline| !baseline.stale.is_empty())?;
    let mut suite = TestSuite::new("hallmark baseline");
    for stale in &baseline.stale {
        let Stale { entry, why, line, .. } = stale;
        let trouble = stale.trouble();
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
    } else if record.is_empty() {
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
