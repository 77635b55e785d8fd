//! `hallmark load` as people and pipelines use it: what the record, the reports and the exit code say, and each LOAD
//! defect caught by its rule while the healthy mock stays silent. How fast anything is, is no matter here: a run whose
//! generator was late on this machine says so (`valid`), and is still judged.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

mod support;

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::program::{Folder, hallmark};

/// One run at a time: each has a mock and a generator of its own, and this machine may have two cores.
static ALONE: Mutex<()> = Mutex::new(());

struct Ran {
    folder: Folder,
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn record(&self) -> Value {
        serde_json::from_str(&self.folder.read("hallmark-out/record.json")).expect("a record")
    }

    fn load(&self) -> Value {
        self.record()["load"].clone()
    }

    /// Check → verdict.
    fn verdicts(&self) -> BTreeMap<String, String> {
        let record = self.record();
        let checks = record["checks"].as_array().expect("checks");
        let of = |check: &Value| {
            Some((
                check["id"].as_str()?.to_owned(),
                check["verdict"].as_str()?.to_owned(),
            ))
        };
        checks.iter().filter_map(of).collect()
    }

    fn failed(&self) -> Vec<String> {
        let record = self.record();
        let checks = record["checks"].as_array().expect("checks").iter();
        let failed = checks.filter(|check| check["verdict"] == "failed");
        failed
            .map(|check| {
                format!(
                    "{} {}",
                    check["rule"].as_str().unwrap(),
                    check["id"].as_str().unwrap()
                )
            })
            .collect()
    }
}

fn load(arguments: &[&str]) -> Ran {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let folder = Folder::new();
    let mut all = vec!["load", "--seed", "7"];
    all.extend(arguments);
    let ran = hallmark(&folder, &all);
    Ran {
        code: ran.code,
        stdout: ran.stdout,
        stderr: ran.stderr,
        folder,
    }
}

/// 0, or 4 where this machine was too busy to be exact; never anything else.
fn good_or_late(ran: &Ran) {
    let late = ran.load()["valid"] == false;
    assert_eq!(ran.code, if late { 4 } else { 0 }, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn a_run_of_the_embedded_mock() {
    let ran = load(&[
        "--rate",
        "100/s",
        "--for",
        "2s",
        "--report",
        "record=own.json",
        "--report",
        "prometheus=load.prom",
    ]);
    good_or_late(&ran);
    let load = ran.load();
    assert_eq!(
        (&load["asked"], &load["sent"], &load["dropped"]),
        (&200.into(), &200.into(), &0.into())
    );
    assert_eq!(
        (&load["achieved"], &load["model"]),
        (&200.into(), &"arrivals".into())
    );
    let read = &load["operations"][0];
    assert_eq!(read["name"], "read");
    for histogram in ["response", "service", "backlog", "pacer_lag"] {
        let one = &read[histogram];
        assert_eq!(one["count"], 200, "{histogram}");
        let micros: Vec<u64> = ["p50", "p90", "p99", "p999", "max"]
            .iter()
            .map(|q| one[*q].as_u64().unwrap())
            .collect();
        assert!(micros.is_sorted() && micros[4] > 0, "{histogram}: {micros:?}");
        assert!(one["hdr"].as_str().unwrap().starts_with("HIST"), "{histogram}");
    }
    assert_eq!(
        ran.folder.read("own.json"),
        ran.folder.read("hallmark-out/record.json")
    );
    assert!(
        ran.folder
            .read("hallmark-out/load.hlog")
            .starts_with("#[Histogram log format version 1.3]")
    );
    assert!(ran.folder.read("load.prom").contains("hallmark_load_"));
    let events = ran.folder.read("hallmark-out/events.ndjson");
    assert!(
        events
            .lines()
            .filter(|line| line.contains("\"load-second\""))
            .count()
            >= 2
    );
    assert!(
        ran.folder
            .read("hallmark-out/TEST-hallmark.xml")
            .contains("load.command-line")
    );
}

#[test]
fn thresholds_pass_fail_and_end_with_their_own_code() {
    let ran = load(&[
        "--rate",
        "100/s",
        "--for",
        "2s",
        "--threshold",
        "p99 < 0.001ms",
        "--threshold",
        "errors < 1%",
    ]);
    let verdicts = ran.verdicts();
    assert_eq!(
        (verdicts["p99"].as_str(), verdicts["errors"].as_str()),
        ("failed", "passed")
    );
    let late = ran.load()["valid"] == false;
    assert_eq!(ran.code, if late { 4 } else { 5 }, "{}", ran.stdout);
    let unknown = load(&["--rate", "100/s", "--for", "2s", "--threshold", "p98 < 1ms"]);
    assert_eq!(unknown.code, 3, "{}", unknown.stderr);
}

#[test]
fn virtual_users_wait_for_their_answers() {
    let ran = load(&["--users", "6", "--for", "3s", "--think", "20ms..40ms"]);
    good_or_late(&ran);
    let load = ran.load();
    assert_eq!(load["model"], "users");
    let (asked, connections) = (
        load["asked"].as_u64().unwrap(),
        load["connections"].as_u64().unwrap(),
    );
    // Between 3000 / 40 and 3000 / 20 calls each, less what starting takes.
    assert!(
        (120..=900).contains(&asked) && connections == 6,
        "{asked} {connections}"
    );
    assert_eq!(
        load["overall"]["counts"]["ok"].as_u64().unwrap(),
        load["achieved"].as_u64().unwrap()
    );
}

#[test]
fn shards_make_the_whole() {
    let first = load(&[
        "--rate",
        "150/s",
        "--for",
        "2s",
        "--shard",
        "1/2",
        "--threshold",
        "achieved >= 90%",
    ]);
    let second = load(&[
        "--rate",
        "150/s",
        "--for",
        "2s",
        "--shard",
        "2/2",
        "--threshold",
        "achieved >= 90%",
    ]);
    let folder = Folder::new();
    for (name, ran) in [("one.json", &first), ("two.json", &second)] {
        std::fs::write(
            folder.path().join(name),
            ran.folder.read("hallmark-out/record.json"),
        )
        .unwrap();
    }
    let alone = hallmark(&folder, &["report", "merge", "one.json"]);
    assert!(
        alone.code != 0 && alone.stderr.contains("2/2"),
        "{}",
        alone.stderr
    );
    let merged = hallmark(
        &folder,
        &["report", "merge", "one.json", "two.json", "--out", "all.json"],
    );
    let record: Value = serde_json::from_str(&folder.read("all.json")).unwrap();
    let load = &record["load"];
    assert_eq!(
        (&load["asked"], &load["sent"]),
        (&300.into(), &300.into()),
        "{}",
        merged.stderr
    );
    assert_eq!(load["overall"]["response"]["count"], 300);
    let checks = record["checks"].as_array().unwrap();
    let again = checks.iter().filter(|check| check["id"] == "achieved").count();
    assert_eq!(again, 1, "judged once, over the whole");
}

#[test]
fn nothing_is_sent_where_nobody_consented() {
    let ran = load(&["--url", "http://192.0.2.1/mcp", "--rate", "1/s", "--for", "1s"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("owner-consents-to-load"), "{}", ran.stderr);
}

#[test]
fn nobody_listens() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let ran = load(&[
        "--url",
        &format!("http://127.0.0.1:{port}/mcp"),
        "--rate",
        "1/s",
        "--for",
        "1s",
    ]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
}

#[test]
fn an_impossible_rate_is_no_verdict_on_the_target() {
    let ran = load(&["--rate", "900000/s", "--for", "1s", "--max-in-flight", "64"]);
    assert_eq!(ran.code, 4, "{}{}", ran.stdout, ran.stderr);
    let load = ran.load();
    assert_eq!(load["valid"], false);
    assert!(!load["invalid_because"].as_array().unwrap().is_empty());
}

#[test]
#[cfg(unix)]
fn interrupted_it_ends_at_once_with_a_whole_record() {
    let folder = Folder::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_hallmark"))
        .args(["load", "--rate", "50/s", "--for", "60s", "--quiet"])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let events = folder.path().join("hallmark-out/events.ndjson");
    let seconds =
        || std::fs::read_to_string(&events).map_or(0, |text| text.matches("\"load-second\"").count());
    while seconds() < 2 {
        assert!(begun.elapsed() < Duration::from_secs(30), "it never began");
        std::thread::sleep(Duration::from_millis(50));
    }
    let told = Instant::now();
    Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    let status = child.wait().unwrap();
    assert!(told.elapsed() < Duration::from_secs(10), "{:?}", told.elapsed());
    assert_eq!(status.code(), Some(130));
    let record: Value = serde_json::from_str(&folder.read("hallmark-out/record.json")).unwrap();
    assert_eq!(record["complete"], false);
    let (asked, sent) = (
        record["load"]["asked"].as_u64().unwrap(),
        record["load"]["sent"].as_u64().unwrap(),
    );
    assert!(sent >= 50 && asked >= sent && asked < 3_000, "{asked} {sent}");
}

/// Plan, and how it is run here: fast enough to exercise the defects, short enough for a test.
const PLANS: [(&str, &[&str]); 5] = [
    ("isolation", &["--rate", "300/s", "--for", "8s"]),
    ("revocation", &["--rate", "300/s", "--for", "14s"]),
    ("storm", &["--for", "10s"]),
    ("outage", &["--for", "12s"]),
    ("rights", &["--rate", "300/s", "--for", "12s"]),
];

fn judged(plan: &str, defect: Option<&str>) -> Ran {
    let how = PLANS.iter().find(|(name, _)| *name == plan).unwrap().1;
    let mut arguments = vec![plan];
    arguments.extend(how);
    arguments.extend(defect.iter().flat_map(|defect| ["--defect", defect]));
    load(&arguments)
}

#[test]
fn the_healthy_mock_holds_under_load() {
    for (plan, _) in PLANS {
        let ran = judged(plan, None);
        let broken: Vec<String> = ran
            .failed()
            .into_iter()
            .filter(|check| !check.contains(" achieved"))
            .collect();
        assert_eq!(broken, Vec::<String>::new(), "{plan}: {}", ran.stdout);
        assert!(
            ran.verdicts().len() > 1 || plan == "rights" || plan == "outage",
            "{plan}: {}",
            ran.stderr
        );
        assert!(
            ran.load()["sent"].as_u64().is_some_and(|sent| sent > 1_000),
            "{plan}: {}",
            ran.stderr
        );
        let untested: Vec<_> = ran
            .verdicts()
            .into_iter()
            .filter(|(_, verdict)| verdict == "not-testable")
            .collect();
        assert_eq!(untested, [], "{plan}");
    }
}

fn catches(plan: &str, defect: &str, rule: &str) {
    let ran = judged(plan, Some(defect));
    let failed = ran.failed();
    assert!(
        failed.iter().any(|check| check.starts_with(&format!("{rule} "))),
        "{defect} is not caught by {rule}: {failed:?}\n{}",
        ran.stdout
    );
}

#[test]
fn data_of_others_is_seen() {
    catches("isolation", "shared-context", "LOAD-01");
}

#[test]
fn a_bad_token_that_passes_in_a_crowd_is_seen() {
    catches("isolation", "fail-open-under-load", "LOAD-02");
}

#[test]
fn a_good_token_that_is_refused_in_a_crowd_is_seen() {
    catches("isolation", "auth-db-timeout-401", "LOAD-03");
}

#[test]
fn a_revocation_that_some_nodes_do_not_know_is_seen() {
    catches("revocation", "node-local-cache", "LOAD-04");
}

#[test]
fn a_refresh_that_the_storm_takes_is_seen() {
    catches("storm", "storm-500", "LOAD-05");
}

#[test]
fn rights_that_flap_are_seen() {
    catches("rights", "stale-replica", "LOAD-08");
}

#[test]
fn an_outage_that_is_called_a_dead_token_is_seen() {
    catches("outage", "outage-as-401", "LOAD-06");
}
