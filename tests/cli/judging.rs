//! What a run judges, and what it shows of a miss.

use crate::support::program::{Folder, checks, hallmark};

#[test]
fn a_run_without_a_target_judges_the_embedded_mock() {
    let folder = Folder::new();
    let ran = hallmark(&folder, &["run", "--seed", "1"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("PASSED:"), "{}", ran.stdout);
    for file in [
        "record.json",
        "events.ndjson",
        "TEST-hallmark.xml",
        "report.md",
        "index.html",
        "style.css",
    ] {
        assert!(!folder.read(&format!("hallmark-out/{file}")).is_empty(), "{file}");
    }
}

/// The events of a stream are evidence: what is missing in it misses.
#[test]
fn a_stream_is_judged_by_its_events() {
    let folder = Folder::new();
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/examples/events.yaml");
    let ran = hallmark(&folder, &["run", example, "--seed", "1"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let ran = hallmark(
        &folder,
        &["run", example, "--seed", "1", "--defect", "listen-unacknowledged"],
    );
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
}

/// A frozen set fixes the revision, and says of each of its rules whether it was judged.
#[test]
fn requirements_are_a_frozen_set_in_one_revision() {
    let folder = Folder::new();
    let ran = hallmark(&folder, &["run", "--requirements", "2025-11-25", "--seed", "1"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let record = folder.read("hallmark-out/record.json");
    assert!(
        record.contains("requirements of MCP 2025-11-25: "),
        "{}",
        ran.stderr
    );
    assert!(record.contains("not scored, binds the client"), "{}", ran.stderr);
    assert!(checks(&folder).iter().all(|check| !check.name.contains("@2026")));
    let ran = hallmark(&folder, &["run", "--requirements", "2024-01-01"]);
    assert_eq!(ran.code, 2);
}

#[test]
fn a_defect_fails_with_evidence_and_a_command_to_repeat_it() {
    let folder = Folder::new();
    let ran = hallmark(
        &folder,
        &[
            "run",
            "--only",
            "BEARER-02",
            "--defect",
            "scheme-exact",
            "--seed",
            "1",
        ],
    );
    assert_eq!(ran.code, 1);
    for part in [
        "FAILED BEARER-02",
        "RFC 9110",
        "expected \"done\"",
        "< HTTP/1.1 401",
        "repeat: hallmark run --defect scheme-exact --seed 1 --only",
    ] {
        assert!(ran.stdout.contains(part), "{part}\n{}", ran.stdout);
    }
    let line = ran
        .stdout
        .lines()
        .find_map(|line| line.trim().strip_prefix("repeat: hallmark run "))
        .expect("a command")
        .to_owned();
    let words: Vec<String> = line
        .split(' ')
        .map(|word| word.trim_matches('\'').to_owned())
        .collect();
    let mut again = vec!["run"];
    again.extend(words.iter().map(String::as_str));
    assert_eq!(hallmark(&folder, &again).code, 1);
    assert!(
        ran.stdout.lines().all(|line| line.contains("repeat: ")
            || line.contains("scenarios/")
            || line.chars().count() <= 80),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains('\u{1b}'), "no colour in a pipe");
}

#[test]
fn a_check_that_looks_again_at_a_skipped_step_is_skipped_with_it() {
    let folder = Folder::new();
    folder.write(
        "again.yaml",
        "scenario: Looks again\nrules: [CHAL-15]\nsubject: resource-server\nrevisions: all\nsteps:\n  - check: form\n    http: { probe: nowhere }\n    expect: { status: 401 }\n  - check: again\n    judge: form\n    expect: { status: 401 }\n",
    );
    let ran = hallmark(&folder, &["run", "again.yaml", "--report", "record"]);
    let record: serde_json::Value = serde_json::from_str(&ran.stdout).expect("a record on stdout");
    let checks = record["checks"].as_array().expect("checks");
    assert!(checks.iter().any(|check| check["id"] == "again"), "{record}");
    for check in checks {
        assert_eq!(check["verdict"], "skipped", "{check}");
        assert!(
            check["message"].as_str().is_some_and(|m| m.contains("nowhere")),
            "{check}"
        );
    }
}

#[test]
fn what_cannot_be_sent_is_skipped_also_where_it_is_judged_again() {
    let folder = Folder::new();
    folder.write(
        "twice.yaml",
        "scenario: One answer, judged twice\nsubject: resource-server\nsteps:\n  - check: first\n    http: { probe: no-such-probe }\n    as: reader\n    expect: { outcome: done }\n  - check: again\n    judge: first\n    expect: { status: 200 }\n",
    );
    let ran = hallmark(&folder, &["run", "twice.yaml"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let verdicts: Vec<String> = checks(&folder).into_iter().map(|check| check.verdict).collect();
    assert_eq!(verdicts, ["skipped", "skipped"]);
}
