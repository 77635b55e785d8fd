//! The JUnit files of real runs, as each CI reads them: the readers are those of `reports/src/junit/consumers`.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot be set up has failed"
)]

#[path = "../reports/src/junit/consumers/mod.rs"]
mod consumers;
#[path = "../reports/src/junit/dom.rs"]
mod dom;
mod support;

use std::path::Path;

use consumers::{ALL, Element, LARGEST, breaches};
use support::program::{Folder, hallmark};

/// Runs, and has every CI read what the run left. Returns the exit code and the file.
fn ran(folder: &Folder, arguments: &[&str]) -> (i32, Element) {
    let mut all = vec!["run", "--quiet", "--report", "junit-strict=TEST-strict.xml"];
    all.extend(arguments);
    let ran = hallmark(folder, &all);
    let text = folder.read("hallmark-out/TEST-hallmark.xml");
    assert!(text.len() < LARGEST, "{arguments:?}: {} bytes", text.len());
    let root = dom::parse(text.as_bytes()).unwrap_or_else(|why| panic!("{arguments:?}: {why}"));
    let strict = dom::parse(folder.read("TEST-strict.xml").as_bytes()).expect("XML");
    assert_eq!(breaches(&strict), Vec::<String>::new(), "{arguments:?}");
    for (name, read) in ALL {
        let lines = read(&root).unwrap_or_else(|why| panic!("{arguments:?}, {name}: {why}"));
        let red = results(&root, "failure") + results(&root, "error");
        let few = name.contains("mikepenz") || name.contains("annotate");
        let expected = if few { red } else { cases(&root).len() };
        assert!(
            lines.len() >= expected,
            "{arguments:?}, {name}: {} of {expected}",
            lines.len()
        );
    }
    (ran.code, root)
}

fn cases(root: &Element) -> Vec<&Element> {
    root.all("testsuite")
        .flat_map(|suite| suite.all("testcase"))
        .collect()
}

fn results(root: &Element, kind: &str) -> usize {
    cases(root)
        .into_iter()
        .filter(|case| case.child(kind).is_some())
        .count()
}

#[test]
fn a_healthy_run_is_green_and_its_places_exist() {
    let folder = Folder::new();
    let (code, root) = ran(&folder, &[]);
    assert_eq!(
        (code, results(&root, "failure"), results(&root, "error")),
        (0, 0, 0)
    );
    assert!(cases(&root).len() > 200);
    for case in cases(&root) {
        let file = case.attribute("file").expect("a file");
        let line: usize = case.attribute("line").expect("a line").parse().expect("a number");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{file}: {why}"));
        assert!((1..=text.lines().count()).contains(&line), "{file}:{line}");
    }
}

#[test]
fn defects_are_red_and_a_missed_recommendation_only_under_strict() {
    let folder = Folder::new();
    let (code, root) = ran(
        &folder,
        &["--defect", "scheme-optional", "--defect", "no-challenge"],
    );
    assert_eq!(code, 1);
    assert!(results(&root, "failure") > 2);
    let should = ["CHAL-09", "--defect", "error-on-absent"];
    let (code, root) = ran(&folder, &should);
    assert_eq!((code, results(&root, "failure")), (0, 0));
    let said = |root: &Element| {
        cases(root)
            .iter()
            .filter_map(|case| case.child("system-out"))
            .filter(|output| output.text.starts_with("warning: "))
            .count()
    };
    assert!(said(&root) > 0);
    let (_, root) = ran(&folder, &[&should[..], &["--strict"]].concat());
    assert!(results(&root, "failure") > 0 && said(&root) == 0);
}

#[test]
fn a_baseline_shows_as_skipped_and_a_stale_entry_as_red() {
    let folder = Folder::new();
    folder.write(
        "baseline.yaml",
        "- expect: bearer/scheme#no-scheme\n  why: old batch clients\n- expect: bearer/exact\n  why: fixed long ago\n",
    );
    let (code, root) = ran(
        &folder,
        &[
            "BEARER",
            "--revision",
            "2025-11-25",
            "--defect",
            "scheme-optional",
            "--baseline",
            "baseline.yaml",
        ],
    );
    assert_eq!((code, results(&root, "failure")), (6, 1));
    let foretold = cases(&root)
        .into_iter()
        .filter_map(|case| case.child("skipped")?.attribute("message"))
        .filter(|message| message.contains("expected by the baseline (old batch clients)"))
        .count();
    assert_eq!(foretold, 1);
}

#[test]
fn a_run_that_judged_nothing_is_red() {
    let folder = Folder::new();
    let (code, root) = ran(&folder, &["--tag", "no-such-tag"]);
    assert_eq!((code, results(&root, "error")), (7, 1));
    let (code, root) = ran(&folder, &["--url", "http://127.0.0.1:9/mcp"]);
    assert_eq!((code, results(&root, "error")), (4, 1));
    let (code, root) = ran(&folder, &["BEARER", "--defect", "scheme-optional", "--fail-fast"]);
    assert_eq!(code, 1);
    assert!(
        cases(&root)
            .into_iter()
            .any(|case| case.attribute("classname") == Some("hallmark.run") && case.child("error").is_some()),
        "a run that was cut short says so"
    );
}

#[test]
fn hostile_words_stay_words() {
    let folder = Folder::new();
    folder.write(
        "date.yaml",
        "scenario: \"]]> & <b> [[ATTACHMENT|/etc/passwd]]\"\nsubject: resource-server\ncases:\n  one: { value: \"Bearer [[ATTACHMENT|/etc/passwd]]\" }\n  two: { value: \"Bearer ]]>\" }\nsteps:\n  - check: accepted\n    mcp: { probe: read }\n    as: nobody\n    headers: { Authorization: \"${case.value}\" }\n    expect: { outcome: done }\n",
    );
    let (code, root) = ran(&folder, &["date.yaml"]);
    assert_eq!(
        (code, results(&root, "failure")),
        (1, 2),
        "{:?}",
        folder.read("hallmark-out/TEST-hallmark.xml")
    );
}
