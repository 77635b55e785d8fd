//! A target that is nothing but a receiver of webhooks.

use std::time::{Duration, Instant};

use crate::support::program::{Folder, Ran, checks, command};
use crate::support::receiver::{Manner, SECRET, serve};

/// The target file that is shipped for it.
const SHIPPED: &str = include_str!("../../scenarios/targets/receiver.yaml");

fn run(folder: &Folder, manner: Manner, target: &str, arguments: &[&str]) -> Ran {
    let address = serve(manner);
    folder.write("hooks.yaml", target);
    let all = [&["run", "--target", "hooks.yaml"], arguments].concat();
    command(folder, &all)
        .env("RECEIVER_URL", format!("http://{address}/hook"))
        .env("RECEIVER_TEST_URL", format!("http://{address}/test"))
        .env("RECEIVER_SECRET", SECRET)
        .output()
        .expect("it runs")
        .into()
}

#[test]
fn a_receiver_alone_is_judged_and_what_needs_more_is_skipped() {
    let folder = Folder::new();
    let ran = run(&folder, Manner::Good, SHIPPED, &["WHR", "BEARER-04"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(!folder.read("hallmark-out/record.json").contains(SECRET));
    let checks = checks(&folder);
    let of = |rule: &str, verdict: &str| {
        let found = checks
            .iter()
            .filter(|check| check.rule == rule && check.verdict == verdict);
        found.count()
    };
    for rule in [
        "WHR-01", "WHR-02", "WHR-04", "WHR-05", "WHR-06", "WHR-07", "WHR-08", "WHR-09", "WHR-11",
    ] {
        assert!(of(rule, "passed") > 0, "{rule}\n{}", ran.stdout);
    }
    let skipped: Vec<&str> = checks
        .iter()
        .filter(|check| check.rule == "BEARER-04")
        .map(|check| check.message.as_str())
        .collect();
    assert!(
        !skipped.is_empty()
            && skipped
                .iter()
                .all(|why| *why == "the target is a webhook receiver alone"),
        "{skipped:?}"
    );
}

#[test]
fn a_receiver_that_takes_everything_is_caught() {
    let folder = Folder::new();
    let ran = run(&folder, Manner::Trusting, SHIPPED, &["WHR-02", "WHR-04"]);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    for rule in ["WHR-02", "WHR-04"] {
        assert!(
            checks(&folder)
                .iter()
                .any(|check| check.rule == rule && check.verdict == "failed"),
            "{rule}\n{}",
            ran.stdout
        );
    }
}

#[test]
fn a_tool_needs_an_endpoint_that_has_one() {
    let folder = Folder::new();
    let target = format!("{SHIPPED}\nhooks: {{ revoke: {{ tool: revoke, arguments: {{ key: x }} }} }}\n");
    let ran = run(&folder, Manner::Good, &target, &["WHR-01"]);
    assert_eq!(ran.code, 3, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stderr
            .contains("`tool` needs an MCP endpoint, and the target is a webhook receiver alone"),
        "{}",
        ran.stderr
    );
}

#[test]
fn nobody_at_the_address_ends_the_run() {
    let folder = Folder::new();
    let target = SHIPPED.replace("${env.RECEIVER_URL}", "http://127.0.0.1:1/hook");
    let ran = run(&folder, Manner::Good, &target, &["WHR-01"]);
    assert_eq!(ran.code, 4, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stderr.contains("cannot reach") && ran.stderr.contains("connection refused"),
        "{}",
        ran.stderr
    );
}

/// What it does is bounded and said. A good status before a body without end is a good status.
#[test]
fn a_receiver_that_hangs_floods_or_babbles_is_bounded_and_told() {
    for (manner, code, words) in [
        (Manner::Hanging, 4, "no complete answer within 1s"),
        (Manner::Huge, 0, "passed"),
        (Manner::Garbled, 4, "not valid HTTP"),
    ] {
        let folder = Folder::new();
        let target = format!("{SHIPPED}timeouts: {{ exchange: 1s }}\n");
        let started = Instant::now();
        let ran = run(&folder, manner, &target, &["WHR-18"]);
        assert!(
            started.elapsed() < Duration::from_mins(1),
            "{:?}",
            started.elapsed()
        );
        let said: String = checks(&folder)
            .iter()
            .map(|check| format!("{} {} {}\n", check.name, check.verdict, check.message))
            .collect();
        assert!(
            ran.code == code && said.contains(words),
            "{words}: {}\n{said}{}",
            ran.code,
            ran.stdout
        );
        assert!(
            folder.read("hallmark-out/record.json").len() < 1 << 20,
            "the record is small"
        );
    }
}
