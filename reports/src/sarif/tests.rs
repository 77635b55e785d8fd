use super::*;
use crate::testing;
use serde_json::Value;

fn drawn(record: &Record) -> Value {
    serde_json::from_slice(&render(record, false).unwrap()).unwrap()
}

#[test]
fn results_are_findings_only_and_point_at_their_rule() {
    let record = testing::record();
    let log = drawn(&record);
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let found = record.checks.iter().filter(|check| {
        check.expected_failure.is_none() && matches!(check.verdict, Verdict::Failed | Verdict::Warned)
    });
    assert_eq!(
        results.len(),
        across_revisions(found).len(),
        "one for all revisions"
    );
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(!rules[index]["help"]["text"].as_str().unwrap().is_empty());
        let at = &result["locations"][0]["physicalLocation"];
        let uri = at["artifactLocation"]["uri"].as_str().unwrap();
        assert!(!uri.starts_with('/') && !uri.contains(':'), "{uri}");
        assert!(at["region"]["startLine"].as_u64().unwrap() >= 1);
    }
}

#[test]
fn a_moved_line_and_another_message_keep_the_fingerprint() {
    let record = testing::record();
    let mut moved = record.clone();
    for check in &mut moved.checks {
        check.at.line += 7;
        check.message = testing::clean("said otherwise");
    }
    let prints = |record: &Record| -> Vec<Value> {
        let log = drawn(record);
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        results
            .into_iter()
            .map(|result| result["partialFingerprints"].clone())
            .collect()
    };
    assert_eq!(prints(&record), prints(&moved));
    let mut distinct = prints(&record);
    distinct.dedup();
    assert_eq!(distinct.len(), prints(&record).len());
}

#[test]
fn paths_become_relative_references() {
    let table = [
        ("scenarios/a b.yaml", "scenarios/a%20b.yaml"),
        ("./x#y.yaml", "x%23y.yaml"),
        ("/abs/ü:1", "abs/%C3%BC%3A1"),
    ];
    for (path, uri) in table {
        assert_eq!(path_uri(path), uri);
    }
}

#[test]
fn a_run_cut_short_says_so() {
    let mut record = testing::record();
    record.complete = false;
    let log = drawn(&record);
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], false);
}
