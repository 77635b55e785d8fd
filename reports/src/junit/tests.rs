use super::consumers::{azure, circle_and_buildkite, dorny, gitlab, jenkins, mikepenz};
use super::dom::{Element, parse};
use super::*;
use crate::testing;
use proptest::prelude::*;
use std::fmt::Write as _;

fn drawn(record: &Record, strict: bool) -> Element {
    parse(&render(record, strict).unwrap()).unwrap()
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
    gitlab(&drawn(&record, false)).unwrap();
}

#[test]
fn names_do_not_depend_on_the_run() {
    let one = testing::record();
    let mut other = one.clone();
    other.run.id = "another".to_owned();
    other.run.seed = 8;
    other.target.url = testing::clean("http://127.0.0.1:43121/mcp");
    for check in &mut other.checks {
        check.message = testing::clean("something else");
        check.duration_us += 5;
    }
    let identities = |record: &Record| gitlab(&drawn(record, false)).map(|lines| lines.len());
    assert_eq!(identities(&one), identities(&other));
    assert_eq!(
        circle_and_buildkite(&drawn(&one, false)),
        circle_and_buildkite(&drawn(&other, false))
    );
}

#[test]
fn what_each_ci_shows() {
    let root = drawn(&testing::record(), false);
    let mut page = String::new();
    for (name, shown) in [
        ("dorny/test-reporter", dorny(&root)),
        ("mikepenz/action-junit-report", mikepenz(&root)),
        ("GitLab", gitlab(&root)),
        ("Jenkins", jenkins(&root)),
        ("Azure DevOps", azure(&root)),
    ] {
        let _ = write!(page, "== {name}\n{}\n\n", shown.unwrap().join("\n"));
    }
    insta::with_settings!({snapshot_path => "../../golden", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("junit-consumers", page);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_makes_a_file_that_every_consumer_reads(text in "(\\PC|\\p{C}|\\]\\]>|[<>&'\"]|\n|\r|\u{fffe}|\u{0}|\u{1b}){0,40}") {
        let root = parse(&render(&testing::poisoned(&text), true).unwrap()).map_err(TestCaseError::fail)?;
        for read in [dorny, mikepenz, jenkins, azure, circle_and_buildkite] {
            read(&root).map_err(TestCaseError::fail)?;
        }
        // GitLab shows nothing for a message that is empty; the harness always has one.
        if !text.trim().is_empty() {
            gitlab(&root).map_err(TestCaseError::fail)?;
        }
    }
}
