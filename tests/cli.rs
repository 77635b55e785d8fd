//! What the command line says and how it ends.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

mod support;

use support::program::{Folder, checks, command, hallmark};

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
fn both_missing_variables_are_named_at_once() {
    let folder = Folder::new();
    folder.write(
        "t.yaml",
        "target: t\nmcp: \"${env.FIRST_ONE}\"\nprincipals: { reader: { bearer: \"${env.SECOND_ONE}\" } }\n",
    );
    let ran = hallmark(&folder, &["run", "--target", "t.yaml"]);
    assert!(
        ran.stderr.contains("t.yaml:2:")
            && ran.stderr.contains("FIRST_ONE")
            && ran.stderr.contains("SECOND_ONE"),
        "{}",
        ran.stderr
    );
}

#[test]
fn data_on_stdout_moves_the_talk_to_stderr() {
    let folder = Folder::new();
    let ran = hallmark(&folder, &["run", "--only", "BEARER-01", "--report", "junit"]);
    assert!(ran.stdout.starts_with("<?xml"), "{}", ran.stdout);
    assert!(ran.stderr.contains("PASSED:"), "{}", ran.stderr);
    let ran = hallmark(&folder, &["run", "--only", "BEARER-01", "--events", "-"]);
    assert!(
        ran.stdout.lines().all(|line| line.starts_with('{')),
        "{}",
        ran.stdout
    );
}

#[test]
fn selection() {
    let folder = Folder::new();
    let names = |arguments: &[&str]| {
        let mut all = vec!["run", "--seed", "1", "--quiet"];
        all.extend(arguments);
        hallmark(&folder, &all);
        checks(&folder)
            .into_iter()
            .map(|check| check.name)
            .collect::<Vec<_>>()
    };
    let all = names(&[]);
    let mut shards: Vec<String> = ["1/3", "2/3", "3/3"]
        .iter()
        .flat_map(|shard| names(&["--shard", shard]))
        .collect();
    shards.sort();
    let mut sorted = all.clone();
    sorted.sort();
    assert_eq!(shards, sorted);
    assert_eq!(names(&["--jobs", "1"]), all, "results are in a stable order");
    assert_eq!(names(&["--shuffle"]).len(), all.len());
    let bearer = names(&["bearer"]);
    assert!(
        !bearer.is_empty() && bearer.iter().all(|name| name.starts_with("bearer/")),
        "{bearer:?}"
    );
    assert!(
        names(&["--only", "RS-24"])
            .iter()
            .all(|name| name.starts_with("bearer/")),
        "an alias selects its rule"
    );
    assert!(names(&["--not-tag", "smoke"]).len() < all.len());
    let smoke = names(&["--tag", "smoke"]);
    assert!(!smoke.is_empty() && smoke.len() < all.len());
}

#[test]
fn a_place_selects_a_row() {
    let folder = Folder::new();
    folder.write(
        "mine.yaml",
        "scenario: Two rows\nrules: [BEARER-06]\nsubject: resource-server\ncases:\n  one: { value: \"Bearer\" }\n  two: { value: \"Bearer x\" }\nsteps:\n  - check: refused\n    mcp: { probe: read }\n    as: nobody\n    headers: { Authorization: \"${case.value}\" }\n    expect: { outcome: refused }\n",
    );
    let ran = hallmark(&folder, &["run", "mine.yaml:6"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let names: Vec<String> = checks(&folder).into_iter().map(|check| check.name).collect();
    assert_eq!(names, ["mine#two:refused"]);
}

#[test]
fn failed_runs_only_what_failed_and_a_baseline_accepts_it() {
    let folder = Folder::new();
    assert_eq!(
        hallmark(&folder, &["run", "--only", "BEARER", "--defect", "scheme-exact"]).code,
        1
    );
    let failed: Vec<_> = checks(&folder)
        .into_iter()
        .filter(|check| check.verdict == "failed")
        .collect();
    let ran = hallmark(&folder, &["run", "--failed", "--defect", "scheme-exact"]);
    assert_eq!(ran.code, 1);
    assert!(checks(&folder).len() < 20 && !failed.is_empty());
    let scenarios: std::collections::BTreeSet<&str> = failed
        .iter()
        .filter_map(|check| check.name.split('#').next())
        .collect();
    let entries: String = scenarios
        .iter()
        .map(|scenario| format!("- expect: {scenario}\n  why: known\n"))
        .collect();
    folder.write("baseline.yaml", &entries);
    let ran = hallmark(
        &folder,
        &[
            "run",
            "--failed",
            "--defect",
            "scheme-exact",
            "--baseline",
            "baseline.yaml",
        ],
    );
    assert_eq!(ran.code, 0, "{}", ran.stdout);
}

#[test]
fn reports_are_drawn_again_compared_and_merged() {
    let folder = Folder::new();
    for shard in ["1/2", "2/2"] {
        let name = format!("record={}.json", &shard[..1]);
        hallmark(
            &folder,
            &[
                "run", "--only", "BEARER", "--seed", "3", "--shard", shard, "--report", &name,
            ],
        );
    }
    assert_eq!(
        hallmark(
            &folder,
            &["report", "merge", "1.json", "2.json", "--out", "all.json"]
        )
        .code,
        0
    );
    assert_eq!(
        hallmark(&folder, &["report", "merge", "1.json", "--out", "all2.json"]).code,
        4,
        "a missing shard fails"
    );
    hallmark(
        &folder,
        &[
            "run",
            "--only",
            "BEARER",
            "--seed",
            "3",
            "--defect",
            "last-word",
            "--report",
            "record=bad.json",
        ],
    );
    for format in [
        "junit",
        "json",
        "ndjson",
        "markdown",
        "github",
        "sarif",
        "html-single",
    ] {
        let ran = hallmark(&folder, &["report", "bad.json", "--report", format]);
        assert!(
            ran.code == 0 && !ran.stdout.is_empty(),
            "{format}: {}",
            ran.stderr
        );
    }
    let ran = hallmark(&folder, &["report", "bad.json", "--report", "html"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
    for file in ["index.html", "style.css", "record.json"] {
        assert!(!folder.read(&format!("bad/{file}")).is_empty(), "{file}");
    }
    folder.write("site/index.html", "<p>somebody's site</p>");
    let ran = hallmark(&folder, &["report", "bad.json", "--report", "html=site"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert_eq!(folder.read("site/index.html"), "<p>somebody's site</p>");
    let ran = hallmark(&folder, &["report", "compare", "all.json", "bad.json"]);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout.contains("BEARER-05") || ran.stdout.contains("bearer/scheme"),
        "{}",
        ran.stdout
    );
    let ran = hallmark(&folder, &["report", "hallmark-out/events.ndjson"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

/// The opener gets the page and nothing of the environment that it does not need.
#[cfg(target_os = "linux")]
#[test]
fn the_page_is_opened_without_a_shell_and_without_credentials() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    folder.write(
        "bin/xdg-open",
        "#!/bin/sh\nenv > opened.tmp\necho \"page:$#:$1\" >> opened.tmp\nmv opened.tmp opened\n",
    );
    let opener = folder.path().join("bin/xdg-open");
    std::fs::set_permissions(&opener, std::fs::Permissions::from_mode(0o755)).expect("a program");
    let mut run = command(&folder, &["run", "BEARER-01", "--open", "--out", "a b; $HOME"]);
    run.env("MY_TOKEN", "tok-that-is-nobodys-business");
    run.env(
        "PATH",
        format!("{}:/usr/bin:/bin", folder.path().join("bin").display()),
    );
    assert!(run.output().expect("the binary starts").status.success());
    let opened = folder.path().join("opened");
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while !opened.exists() && std::time::Instant::now() < until {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let seen = folder.read("opened");
    assert!(
        seen.contains("page:1:/") && seen.contains("/a b; $HOME/index.html"),
        "{seen}"
    );
    assert!(seen.contains("PATH=") && !seen.contains("MY_TOKEN"), "{seen}");
}

#[test]
fn init_writes_files_that_pass_the_check() {
    let folder = Folder::new();
    assert_eq!(hallmark(&folder, &["init"]).code, 0);
    let ran = hallmark(&folder, &["check", "."]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(hallmark(&folder, &["init"]).code, 2, "nothing is overwritten");
}

#[test]
fn the_shipped_files_pass_the_check() {
    let folder = Folder::new();
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");
    let target = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/targets/mock.yaml");
    let ran = hallmark(
        &folder,
        &[
            "check",
            "--target",
            target,
            &format!("{shipped}/bearer"),
            &format!("{shipped}/challenge"),
            &format!("{shipped}/examples"),
            &format!("{shipped}/transport"),
            &format!("{shipped}/scope"),
            &format!("{shipped}/targets"),
            &format!("{shipped}/rules"),
        ],
    );
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn the_examples_run() {
    let folder = Folder::new();
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/examples");
    let ran = hallmark(&folder, &["run", examples]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(
        checks(&folder)
            .iter()
            .filter(|check| check.verdict == "passed")
            .count()
            > 10
    );
}

#[test]
fn the_mock_listens_says_so_and_ends_on_a_signal() {
    let folder = Folder::new();
    let mut child = command(
        &folder,
        &[
            "mock",
            "--port",
            "0",
            "--ready-file",
            "ready.json",
            "--defect",
            "scheme-exact",
        ],
    )
    .stdout(std::process::Stdio::piped())
    .spawn()
    .expect("it starts");
    let ready = (0..200)
        .find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            serde_json::from_str::<serde_json::Value>(&folder.read("ready.json")).ok()
        })
        .expect("a ready file");
    let url = ready["urls"]["mcp"].as_str().expect("a URL").to_owned();
    let token = ready["credentials"]
        .as_array()
        .expect("credentials")
        .iter()
        .find(|c| c["name"] == "finance-ro")
        .expect("reader")["token"]
        .as_str()
        .expect("a token")
        .to_owned();
    let ran: support::program::Ran = command(
        &folder,
        &["run", "--url", &url, "--bearer-env", "KEY", "--only", "BEARER-02"],
    )
    .env("KEY", &token)
    .output()
    .expect("it runs")
    .into();
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    let killed = std::process::Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()
        .expect("kill");
    assert!(killed.success());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
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

#[test]
fn a_target_file_alone_is_checked() {
    let folder = Folder::new();
    folder.write(
        "mine.yaml",
        "target: t\nmcp: https://mcp.example/mcp\nprincipals: { reader: {} }\n",
    );
    let ran = hallmark(&folder, &["check", "--target", "mine.yaml"]);
    assert_eq!(ran.code, 3, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("1 file checked: 1 error"), "{}", ran.stdout);
    assert_eq!(
        ran.stderr.matches("has no credential").count(),
        1,
        "{}",
        ran.stderr
    );
}

/// What is missing in the environment is shown where it is asked for.
#[test]
fn a_missing_variable_is_shown_in_its_line() {
    let folder = Folder::new();
    let line =
        "principals: { reader: { bearer: \"${env.NOT_SET_HERE}\" }, other: { bearer: \"${env.EMPTY}\" } }";
    folder.write(
        "mine.yaml",
        &format!("target: t\nmcp: https://mcp.example/mcp\n{line}\n"),
    );
    let ran: support::program::Ran = command(&folder, &["run", "--target", "mine.yaml"])
        .env("EMPTY", "")
        .output()
        .expect("it runs")
        .into();
    assert_eq!(ran.code, 3);
    for part in [
        "the environment variable NOT_SET_HERE is not set (the bearer token of reader)",
        "the environment variable EMPTY is empty (the bearer token of other)",
        "--> mine.yaml:3:",
        line,
        "nothing was sent; export the variable and run again",
    ] {
        assert!(ran.stderr.contains(part), "{part}\n{}", ran.stderr);
    }
}

/// A probe that destroys is not tried where the target file does not allow it, and the line that would is shown.
#[test]
fn what_destroys_needs_permission() {
    let folder = Folder::new();
    folder.write(
        "wipe.yaml",
        "scenario: Wipes\nrules: [BEARER-04]\nsubject: resource-server\nsteps:\n  - { check: wiped, mcp: { probe: write }, as: reader, expect: { outcome: refused } }\n",
    );
    let mut child = command(&folder, &["mock", "--port", "0", "--ready-file", "ready.json"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("it starts");
    let ready = (0..200)
        .find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            serde_json::from_str::<serde_json::Value>(&folder.read("ready.json")).ok()
        })
        .expect("a ready file");
    folder.write(
        "mine.yaml",
        "target: t\nmcp: \"${env.MCP_URL}\"\nprincipals: { reader: { bearer: \"${env.KEY}\" } }\nprobes: { write: { tool: storage_manage, effect: destructive, arguments: { action: purge } } }\n",
    );
    let ran: support::program::Ran = command(&folder, &["run", "wipe.yaml", "--target", "mine.yaml"])
        .env("MCP_URL", ready["urls"]["mcp"].as_str().expect("a URL"))
        .env("KEY", ready["credentials"][0]["token"].as_str().expect("a token"))
        .output()
        .expect("it runs")
        .into();
    let _ = child.kill();
    let _ = child.wait();
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout
            .contains("the probe `write` (destructive) is not allowed on this target")
            && ran.stdout.contains("in the target file: allow: [destructive]"),
        "{}",
        ran.stdout
    );
    assert!(checks(&folder).iter().all(|check| check.verdict == "skipped"));
}
