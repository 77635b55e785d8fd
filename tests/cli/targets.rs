//! Target files and the standing mock: what is missing, forbidden, or there.

use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::program::{Folder, Ran, checks, command, hallmark};

/// A standing mock, and what it says of itself when it is ready.
fn mock(folder: &Folder, more: &[&str]) -> (Child, Value) {
    let arguments = [&["mock", "--port", "0", "--ready-file", "ready.json"], more].concat();
    let child = command(folder, &arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let ready = (0..200)
        .find_map(|_| {
            std::thread::sleep(Duration::from_millis(50));
            serde_json::from_str(&folder.read("ready.json")).ok()
        })
        .expect("a ready file");
    (child, ready)
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
fn the_mock_listens_says_so_and_ends_on_a_signal() {
    let folder = Folder::new();
    let (mut child, ready) = mock(&folder, &["--defect", "scheme-exact"]);
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
    let ran: Ran = command(
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
    let ran: Ran = command(&folder, &["run", "--target", "mine.yaml"])
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
    let (mut child, ready) = mock(&folder, &[]);
    folder.write(
        "mine.yaml",
        "target: t\nmcp: \"${env.MCP_URL}\"\nprincipals: { reader: { bearer: \"${env.KEY}\" } }\nprobes: { write: { tool: storage_manage, effect: destructive, arguments: { action: purge } } }\n",
    );
    let ran: Ran = command(&folder, &["run", "wipe.yaml", "--target", "mine.yaml"])
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
