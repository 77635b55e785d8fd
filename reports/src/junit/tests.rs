use super::bounds::OUTPUT;
use super::consumers::{ALL, LARGEST, breaches};
use super::dom::{Element, parse};
use super::*;
use crate::testing;
use proptest::prelude::*;
use std::fmt::Write as _;

fn drawn(record: &Record, strict: bool) -> Element {
    parse(&render(record, strict, Flavour::Common).unwrap()).unwrap()
}

/// What every CI shows.
fn shown(root: &Element) -> Result<Vec<(&'static str, Vec<String>)>, String> {
    ALL.iter()
        .map(|(name, read)| {
            let lines = read(root).map_err(|why| format!("{name}: {why}"))?;
            Ok((*name, lines))
        })
        .collect()
}

fn cases(root: &Element) -> Vec<&Element> {
    root.all("testsuite")
        .flat_map(|suite| suite.all("testcase"))
        .collect()
}

fn results(case: &Element) -> Vec<&str> {
    let known = ["failure", "error", "skipped"];
    case.children
        .iter()
        .map(|child| child.name.as_str())
        .filter(|name| known.contains(name))
        .collect()
}

#[test]
fn every_check_is_a_case_with_at_most_one_result() {
    let record = testing::record();
    let root = drawn(&record, false);
    let cases = cases(&root);
    let stale = record
        .baseline
        .as_ref()
        .map_or(0, |baseline| baseline.stale.len());
    assert_eq!(cases.len(), record.checks.len() + stale);
    for case in &cases {
        assert!(results(case).len() <= 1, "{case:?}");
        assert!(case.attribute("name").unwrap().chars().count() <= NAME);
        assert!(!case.attribute("name").unwrap().contains("://"));
    }
    for (attribute, kind) in [
        ("failures", "failure"),
        ("errors", "error"),
        ("skipped", "skipped"),
    ] {
        let counted = cases.iter().filter(|case| results(case) == [kind]).count();
        assert_eq!(
            root.attribute(attribute),
            Some(counted.to_string().as_str()),
            "{attribute}"
        );
    }
}

#[test]
fn verdicts_map_as_documented() {
    let table = [
        (Verdict::Failed, false, None, "failure"),
        (Verdict::Failed, false, Some("known"), "skipped"),
        (Verdict::Errored, false, None, "error"),
        (Verdict::NotTestable, false, None, "error"),
        (Verdict::NotTestable, true, Some("known"), "skipped"),
        (Verdict::Warned, false, None, ""),
        (Verdict::Warned, true, None, "failure"),
        (Verdict::Passed, true, None, ""),
        (Verdict::Info, true, None, ""),
        (Verdict::Skipped, true, None, "skipped"),
    ];
    for (verdict, strict, expected, element) in table {
        let mut record = testing::record();
        let mut check = testing::failing(&record);
        check.verdict = verdict;
        check.expected_failure = expected.map(str::to_owned);
        record.cases = testing::cases(std::slice::from_ref(&check));
        record.checks = vec![check];
        record.baseline = None;
        let root = drawn(&record, strict);
        assert_eq!(
            results(cases(&root)[0]).concat(),
            element,
            "{verdict} strict={strict}"
        );
    }
}

#[test]
fn the_message_is_also_the_first_line_of_the_body() {
    let root = drawn(&testing::record(), true);
    let mut seen = 0;
    for case in cases(&root) {
        for bad in case
            .children
            .iter()
            .filter(|child| ["failure", "error"].contains(&child.name.as_str()))
        {
            seen += 1;
            assert_eq!(bad.text.lines().next(), bad.attribute("message"));
            assert!(bad.attribute("type").is_some());
        }
    }
    assert!(seen > 5);
}

#[test]
fn an_empty_run_and_a_run_cut_short_are_red() {
    let mut empty = testing::record();
    empty.checks.clear();
    empty.cases.clear();
    empty.baseline = None;
    let root = drawn(&empty, false);
    assert_eq!(cases(&root).len(), 1);
    assert_eq!(
        cases(&root)[0].child("error").unwrap().attribute("type"),
        Some("nothing-selected")
    );
    let mut cut = testing::record();
    cut.complete = false;
    cut.cases[0].verdict = None;
    let root = drawn(&cut, false);
    let error = cases(&root).last().unwrap().child("error").unwrap().clone();
    assert_eq!(
        error.attribute("message"),
        Some("the run was cut short: 1 case did not finish")
    );
}

#[test]
fn output_is_bounded_with_head_and_tail() {
    let mut record = testing::record();
    for check in &mut record.checks {
        for exchange in &mut check.exchanges {
            exchange.request.body = testing::clean(&"x".repeat(100_000));
        }
        let one = check.exchanges.clone();
        for _ in 0..20 {
            check.exchanges.extend(one.clone());
        }
    }
    let root = drawn(&record, false);
    let outputs: Vec<&Element> = cases(&root)
        .iter()
        .filter_map(|case| case.child("system-out"))
        .collect();
    assert!(
        outputs
            .iter()
            .any(|output| output.text.contains("bytes left out"))
    );
    assert!(outputs.iter().all(|output| output.text.len() <= OUTPUT));
}

#[test]
fn twin_names_are_told_apart() {
    let mut record = testing::record();
    let mut twin = testing::failing(&record);
    twin.title = testing::clean(&"long ".repeat(100));
    record.checks.extend([twin.clone(), twin.clone(), twin]);
    // `bearer_tampered` is what Jenkins makes of the suite `bearer/tampered`.
    for (from, to) in [
        ("bearer/tampered", "bearer_tampered"),
        ("challenge/shape", "challenge.shape"),
    ] {
        let mut other = record
            .checks
            .iter()
            .find(|check| check.scenario == from)
            .unwrap()
            .clone();
        other.scenario = to.to_owned();
        record.checks.push(other);
    }
    record.cases = testing::cases(&record.checks);
    shown(&drawn(&record, false)).unwrap();
}

#[test]
fn names_do_not_depend_on_the_run() {
    let one = testing::record();
    let mut other = one.clone();
    other.run.id = "another".to_owned();
    other.run.seed = 8;
    other.run.started = "2026-12-24T01:02:03.123456789Z".to_owned();
    other.target.url = testing::clean("http://127.0.0.1:43121/mcp");
    for check in &mut other.checks {
        check.message = testing::clean("something else");
        check.duration_us += 5;
    }
    let identities = |record: &Record| {
        let root = drawn(record, false);
        let of = |element: &Element, key| element.attribute(key).map(str::to_owned);
        root.all("testsuite")
            .flat_map(|suite| {
                suite
                    .all("testcase")
                    .map(move |case| (of(suite, "name"), of(case, "classname"), of(case, "name")))
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(identities(&one), identities(&other));
    let stamp = drawn(&other, false)
        .child("testsuite")
        .unwrap()
        .attribute("timestamp")
        .map(str::to_owned);
    assert_eq!(stamp.as_deref(), Some("2026-12-24T01:02:03.123Z"));
}

/// `[[ATTACHMENT|/etc/passwd]]` in an answer must not make a CI upload that file.
#[test]
fn a_server_cannot_have_files_of_the_build_machine_uploaded() {
    let record = testing::poisoned("[[ATTACHMENT|/etc/passwd]]");
    let root = drawn(&record, true);
    shown(&root).unwrap();
    let text = String::from_utf8(render(&record, true, Flavour::Common).unwrap()).unwrap();
    assert!(
        text.contains("ATTACHMENT|/etc/passwd") && !text.contains("[[ATTACHMENT"),
        "{text}"
    );
}

/// A scenario may be called `date.yaml`; in GitLab a failure of that type would be no text.
#[test]
fn the_name_of_a_scenario_is_no_type() {
    let mut record = testing::record();
    for check in &mut record.checks {
        check.rule = String::new();
        check.scenario = "date".to_owned();
    }
    record.cases = testing::cases(&record.checks);
    shown(&drawn(&record, true)).unwrap();
}

#[test]
fn a_run_in_which_everything_fails_is_still_read() {
    let mut record = testing::record();
    let mut check = testing::failing(&record);
    for exchange in &mut check.exchanges {
        exchange.request.body = testing::clean(&"x".repeat(64 * 1024));
    }
    record.checks = (0..1_000)
        .map(|number| {
            let mut check = check.clone();
            check.case = number.to_string();
            check
        })
        .collect();
    record.cases = testing::cases(&record.checks);
    let text = render(&record, true, Flavour::Common).unwrap();
    assert!(text.len() < LARGEST, "{}", text.len());
    let root = parse(&text).unwrap();
    assert_eq!(shown(&root).unwrap()[0].1.len(), 1_001);
    assert!(
        cases(&root)[999]
            .child("system-out")
            .unwrap()
            .text
            .starts_with("[left out")
    );
}

#[test]
fn the_strict_flavour_is_valid_and_says_the_same() {
    let record = testing::record();
    let strict = parse(&render(&record, true, Flavour::Strict).unwrap()).unwrap();
    assert_eq!(breaches(&strict), Vec::<String>::new());
    let common = drawn(&record, true);
    assert!(!breaches(&common).is_empty(), "the common flavour says more");
    assert_eq!(results_of(&strict), results_of(&common));
}

fn results_of(root: &Element) -> Vec<(String, String)> {
    cases(root)
        .into_iter()
        .map(|case| (case.attribute("name").unwrap().to_owned(), results(case).concat()))
        .collect()
}

#[test]
fn what_each_ci_shows() {
    let mut page = String::new();
    for (name, lines) in shown(&drawn(&testing::record(), false)).unwrap() {
        let _ = write!(page, "== {name}\n{}\n\n", lines.join("\n"));
    }
    insta::with_settings!({snapshot_path => "../../golden", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("junit-consumers", page);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_makes_a_file_that_every_consumer_reads(text in "(\\PC|\\p{C}|\\]\\]>|[<>&'\"]|\n|\r|\u{fffe}|\u{0}|\u{1b}|\\[\\[ATTACHMENT\\|x\\]\\]){0,40}") {
        for record in [testing::poisoned(&text), testing::poisoned_load(&text)] {
            read_by_all(&record, &text)?;
        }
    }
}

fn read_by_all(record: &Record, text: &str) -> Result<(), TestCaseError> {
    let root = parse(&render(record, true, Flavour::Common).unwrap()).map_err(TestCaseError::fail)?;
    let strict = parse(&render(record, true, Flavour::Strict).unwrap()).map_err(TestCaseError::fail)?;
    prop_assert_eq!(breaches(&strict), Vec::<String>::new());
    // An empty message has nothing to show; the harness always has one.
    if !text.trim().is_empty() {
        shown(&root).map_err(TestCaseError::fail)?;
    }
    Ok(())
}

/// Every promise is a case of the suite of the plan, and a run that is not valid an error with the reason.
#[test]
fn promises_of_a_load_run_are_cases() {
    // A run whose own check does not say that it is not valid: the case says it.
    let mut silent = testing::void();
    silent.checks.remove(0);
    let runs = [
        (testing::load_record(), 8, 1, 2),
        (testing::void(), 8, 2, 2),
        (silent, 8, 2, 2),
    ];
    for (record, tests, errors, failures) in runs {
        let root = drawn(&record, false);
        let found = cases(&root);
        assert_eq!(found.len(), tests);
        let results: Vec<&str> = found.iter().flat_map(|case| results(case)).collect();
        let count = |result| results.iter().filter(|one| **one == result).count();
        assert_eq!((count("error"), count("failure")), (errors, failures));
        shown(&root).unwrap();
    }
}
