//! Which cases of a plan run: rules, places, shards, what failed before.

use crate::support::program::{Folder, checks, hallmark};

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
