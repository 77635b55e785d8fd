//! Records of every kind of run, for the golden pages and the properties.

use crate::record::{Access, BaselineResult, Check, Clean, Record, Scanned, Standing, Summary, Verdict};
use crate::testing::{self, cases, clean};
use serde_json::Value;

/// Every kind of run, by name.
pub(super) fn all() -> Vec<(&'static str, Record)> {
    vec![
        ("passed", passed()),
        ("baseline", baseline()),
        ("cut-short", cut_short()),
        ("matrix", matrix()),
        ("revisions", revisions()),
        ("open", open()),
        ("one-cause", one_cause()),
        ("hostile", hostile(HOSTILE)),
        ("load", testing::load_record()),
        ("load-void", testing::void()),
        ("load-cut-short", testing::killed()),
        ("load-hostile", hostile_load(HOSTILE)),
    ]
}

/// What a peer might send to get out of its place.
const HOSTILE: &str = "x\"'><img src=x onerror=alert(1)><script>alert(1)</script></pre></details><style>*{display:none}</style>&lt;b&gt; \u{1b}[31m\u{202e}]]> [a:00000000] javascript:alert(1) ";

/// The sample of all formats, with masks as the scrubber makes them.
pub(super) fn record() -> Record {
    let text = serde_json::to_string(&testing::record()).unwrap();
    serde_json::from_str(&text.replace("[masked 5d41402a]", "[reader:5d41402a]")).unwrap()
}

fn of(checks: Vec<Check>) -> Record {
    let mut whole = record();
    whole.cases = cases(&checks);
    whole.summary = Summary::of(&checks, &whole.cases);
    for family in &mut whole.coverage {
        *family = crate::record::FamilyCoverage::of(&family.family, family.live, family.planned, &checks);
    }
    whole.checks = checks;
    whole.baseline = None;
    whole.notes.clear();
    whole.scanned = None;
    whole
}

fn passed() -> Record {
    of(record()
        .checks
        .into_iter()
        .filter(|check| check.verdict == Verdict::Passed)
        .collect())
}

fn baseline() -> Record {
    let expected = record()
        .checks
        .into_iter()
        .filter(|check| check.expected_failure.is_some());
    let mut record = of(passed().checks.into_iter().chain(expected).collect());
    record.baseline = Some(BaselineResult {
        file: "hallmark-baseline.yaml".to_owned(),
        entries: 1,
        stale: Vec::new(),
        open: Vec::new(),
    });
    record
}

fn cut_short() -> Record {
    let mut record = passed();
    record.complete = false;
    record.run.duration_ms = 0;
    record.cases[1].verdict = None;
    record
        .checks
        .retain(|check| check.case != record.cases[1].case || check.scenario != record.cases[1].scenario);
    record.summary = Summary::of(&record.checks, &record.cases);
    record
}

/// A server that asks nobody, and a run without a credential.
fn open() -> Record {
    let idle = |check: &Check| matches!(check.verdict, Verdict::Passed | Verdict::Skipped);
    let mut record = of(record().checks.into_iter().filter(idle).collect());
    record.target.without_credential = true;
    record
}

/// The same status where refusals of several rules were expected.
fn one_cause() -> Record {
    let broken = testing::failing(&record());
    let rules = ["BEARER-06", "BEARER-07", "BEARER-08", "RS-02", "RS-06"];
    let failed = rules.map(|rule| {
        let mut check = broken.clone();
        check.rule = rule.to_owned();
        check.scenario = format!("one/{}", rule.to_lowercase());
        check.message = clean("outcome: expected \"refused\", got \"broken\" (HTTP 500)");
        check.findings.truncate(1);
        check.findings[0].selector = "outcome".to_owned();
        check.findings[0].expected = clean("\"refused\"");
        check.findings[0].actual = clean("\"broken\" (HTTP 500)");
        check.findings[0].decision = true;
        check
    });
    of(passed().checks.into_iter().chain(failed).collect())
}

/// One failure in several revisions, another in one of them only.
fn revisions() -> Record {
    let all = ["2025-03-26", "2025-06-18", "2025-11-25"];
    let broken: Vec<Check> = ["lower", "last-byte"]
        .iter()
        .filter_map(|row| record().checks.into_iter().find(|check| check.case == *row))
        .collect();
    let mut checks = Vec::new();
    for revision in all {
        for mut check in broken.clone() {
            if check.case == "lower" && revision == "2025-11-25" {
                check.verdict = Verdict::Passed;
                check.findings.clear();
                check.message = Clean::default();
            }
            check.revision = revision.to_owned();
            checks.push(check);
        }
    }
    let mut record = of(checks);
    record.run.revisions = all.map(str::to_owned).into();
    record
}

/// Eight principals, twelve probes, four places; most as declared, some not.
pub(super) fn matrix() -> Record {
    let principals = [
        "owner", "member", "guest", "reader", "writer", "ci-key", "expired", "nobody",
    ];
    let probes = [
        "list", "read", "write", "delete", "share", "invite", "audit", "search", "export", "lock", "events",
        "billing",
    ];
    let places = ["alpha/finance", "alpha/legal", "beta/finance", "beta/legal"];
    let mut checks = Vec::new();
    for (p, place) in places.into_iter().enumerate() {
        for (b, probe) in probes.into_iter().enumerate() {
            for (w, who) in principals.into_iter().enumerate() {
                let expected = match (p, w) {
                    (0 | 1, 0) => Standing::Permit,
                    (0, 1..=5) if b < 2 + w => Standing::Permit,
                    (0 | 1, _) => Standing::Deny,
                    _ => Standing::Invisible,
                };
                let (found, verdict) = match (p, b, w) {
                    (2, 1, 3) | (3, 7, 4) => (Standing::Permit, Verdict::Failed),
                    (2, 3, 1) => (Standing::Deny, Verdict::Failed),
                    (0, 0, 2) => (Standing::Invisible, Verdict::Failed),
                    (1, 5, 5) => (Standing::Limited, Verdict::NotTestable),
                    _ => (expected, Verdict::Passed),
                };
                checks.push(cell(
                    Access {
                        who: who.to_owned(),
                        probe: probe.to_owned(),
                        place: place.to_owned(),
                        expected,
                        found,
                    },
                    verdict,
                ));
            }
        }
    }
    let mut record = of(checks);
    record.coverage = vec![crate::record::FamilyCoverage::of("TENANT", 9, 4, &record.checks)];
    record.scanned = Some(Scanned {
        calls: 2_304,
        bytes: 1_843_200,
        canaries: 12,
        encodings: ["base64", "json-escaped", "percent-encoded", "raw"]
            .map(str::to_owned)
            .into(),
    });
    record
}

fn cell(access: Access, verdict: Verdict) -> Check {
    let mut check = testing::failing(&record());
    let Access {
        who,
        probe,
        place,
        expected,
        found,
    } = &access;
    check.rule = "TENANT-03".to_owned();
    check.scenario = "tenant/matrix".to_owned();
    check.case = format!("{who}-{probe}-{}", place.replace('/', "-"));
    check.id = "stands".to_owned();
    check.title = clean("Everybody reaches what was declared, and nothing else");
    check.rule_title = clean("A principal reaches exactly what it was given");
    check.statement = clean(
        "A principal reaches exactly what it was given. What belongs to another tenant is answered as if it did not exist.",
    );
    check.message = clean(&format!("access: expected {expected}, got {found}"));
    check.repeat = clean(&format!(
        "hallmark run --only 'tenant/matrix#{}:stands'",
        check.case
    ));
    check.verdict = verdict;
    if verdict == Verdict::Passed {
        check.findings.clear();
        check.exchanges.clear();
    }
    check.access = Some(access);
    check
}

/// Whose values are words of the record itself, which cannot be anything else.
const WORDS: [&str; 6] = ["verdict", "kind", "reason", "found", "comparison", "model"];

/// The sample with `text` before every text of it, also where only an author could have put it.
pub(super) fn hostile(text: &str) -> Record {
    let mut value = serde_json::to_value(record()).unwrap();
    spoil(&mut value, "", text);
    serde_json::from_value(value).unwrap()
}

/// The same of a load run, with a class of calls that nobody knows.
pub(super) fn hostile_load(text: &str) -> Record {
    let mut record = testing::load_record();
    if let Some(load) = &mut record.load {
        load.overall.counts.note(text, 7);
        load.seconds.truncate(12);
    }
    let mut value = serde_json::to_value(record).unwrap();
    spoil(&mut value, "", text);
    serde_json::from_value(value).unwrap()
}

fn spoil(value: &mut Value, key: &str, text: &str) {
    match value {
        Value::String(_) if WORDS.contains(&key) => {}
        Value::String(word)
            if key == "expected" && ["permit", "deny", "invisible"].contains(&word.as_str()) => {}
        Value::String(word) if key == "unit" && ["time", "share", "number"].contains(&word.as_str()) => {}
        Value::String(word) => word.insert_str(0, text),
        Value::Array(list) => list.iter_mut().for_each(|one| spoil(one, key, text)),
        Value::Object(members) => members
            .iter_mut()
            .for_each(|(key, one)| spoil(one, &key.clone(), text)),
        _ => {}
    }
}

/// Many checks, every twentieth failed.
pub(super) fn large(checks: usize) -> Record {
    let broken = testing::failing(&record());
    let held = record()
        .checks
        .into_iter()
        .find(|check| check.verdict == Verdict::Passed)
        .unwrap();
    of((0..checks)
        .map(|number| {
            let mut check = if number % 20 == 0 {
                broken.clone()
            } else {
                held.clone()
            };
            check.rule = format!("TEST-{:02}", number % 97);
            check.scenario = format!("test/scenario-{:03}", number % 300);
            check.case = format!("row-{number}");
            check
        })
        .collect())
}
