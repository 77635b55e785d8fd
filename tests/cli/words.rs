//! Exit codes, help, and the interfaces that programs read.

use crate::support::program::{Folder, hallmark};

#[test]
fn exit_codes() {
    let folder = Folder::new();
    folder.write("broken.yaml", "scenario: x\nstepz: []\n");
    folder.write("target.yaml", "target: t\nmcp: \"${env.NOT_SET_ANYWHERE}\"\nprincipals: { reader: { bearer: \"${env.NOT_SET_EITHER}\" } }\n");
    folder.write(
        "baseline.yaml",
        "- expect: bearer/scheme-case\n  why: it is fixed by now\n",
    );
    for (code, arguments, said) in [
        (2, vec!["run", "--only", "BAERER-02"], "did you mean"),
        (
            2,
            vec!["run", "--defect", "scheme-exakt"],
            "did you mean `scheme-exact`",
        ),
        (2, vec!["run", "--report", "pdf"], "no report format"),
        (2, vec!["run", "--revision", "2024-01-01"], "2025-11-25"),
        (
            2,
            vec![
                "run",
                "--url",
                "http://127.0.0.1:9/mcp",
                "--defect",
                "scheme-exact",
            ],
            "embedded mock",
        ),
        (
            2,
            vec![
                "run",
                "--url",
                "http://127.0.0.1:9/mcp",
                "--bearer-env",
                "not-a-name!",
            ],
            "environment variable",
        ),
        (2, vec!["frobnicate"], "unrecognized subcommand"),
        (2, vec!["rules", "BEARER-99"], "BEARER-09"),
        (3, vec!["run", "broken.yaml"], "stepz"),
        (3, vec!["check", "broken.yaml"], "did you mean"),
        (3, vec!["run", "--target", "target.yaml"], "NOT_SET_EITHER"),
        (3, vec!["run", "--target", "nowhere.yaml"], "nowhere.yaml"),
        (4, vec!["run", "--url", "http://127.0.0.1:9/mcp"], "cannot reach"),
        (
            6,
            vec!["run", "--only", "BEARER-02", "--baseline", "baseline.yaml"],
            "STALE",
        ),
        (7, vec!["run", "--tag", "no-such-tag"], "nothing was selected"),
    ] {
        let ran = hallmark(&folder, &arguments);
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.code, code, "{arguments:?}\n{all}");
        assert!(all.contains(said), "{arguments:?} does not say {said}:\n{all}");
    }
}

#[test]
fn stable_machine_interfaces() {
    let folder = Folder::new();
    let json = |arguments: &[&str]| {
        serde_json::from_str::<serde_json::Value>(&hallmark(&folder, arguments).stdout).expect("JSON")
    };
    let rules = json(&["rules", "--format", "json"]);
    assert!(rules.as_array().expect("an array").len() > 650);
    for key in [
        "id",
        "aliases",
        "subject",
        "level",
        "tier",
        "status",
        "scenarios",
        "defects",
    ] {
        assert!(rules[0].get(key).is_some(), "{key}");
    }
    let defects = json(&["mock", "--list-defects", "--format", "json"]);
    for key in ["id", "rules", "implied", "family"] {
        assert!(defects[0].get(key).is_some(), "{key}");
    }
    hallmark(
        &folder,
        &["run", "--only", "BEARER-01", "--report", "record=r.json"],
    );
    let record: serde_json::Value = serde_json::from_str(&folder.read("r.json")).expect("a record");
    for key in [
        "passed",
        "failed",
        "warned",
        "info",
        "not_testable",
        "skipped",
        "errored",
    ] {
        assert!(record["summary"].get(key).is_some(), "{key}");
    }
    for key in ["id", "rule", "verdict", "scenario", "case"] {
        assert!(record["checks"][0].get(key).is_some(), "{key}");
    }
}

#[test]
fn help_is_there_for_every_command() {
    let folder = Folder::new();
    for command in [
        "run",
        "check",
        "rules",
        "mock",
        "report",
        "schema",
        "init",
        "completions",
    ] {
        let ran = hallmark(&folder, &[command, "--help"]);
        assert!(ran.code == 0 && ran.stdout.contains("Usage:"), "{command}");
    }
    assert_eq!(hallmark(&folder, &["completions", "bash"]).code, 0);
    assert!(
        hallmark(&folder, &["rules", "BEARER-08"])
            .stdout
            .contains("RFC 6750")
    );
    assert!(
        hallmark(&folder, &["rules", "--coverage"])
            .stdout
            .contains("BEARER")
    );
}
