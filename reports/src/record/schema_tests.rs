//! The published schemas are those of the types, and real output keeps to them.

use super::{EVENT_SCHEMA, Event, RECORD_SCHEMA, Record, RecordError};
use crate::testing;
use schemars::JsonSchema;
use serde_json::Value;

/// Compares with the checked-in file; with `UPDATE_SCHEMA` set, writes it.
fn current<T: JsonSchema>(file: &str, checked_in: &str, title: &str) {
    let mut schema = schemars::schema_for!(T);
    schema.insert("title".to_owned(), title.into());
    let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(format!("{}/schema/{file}", env!("CARGO_MANIFEST_DIR")), &text).unwrap();
    } else {
        assert!(
            text == checked_in,
            "schema/{file} is stale: run the tests once with UPDATE_SCHEMA=1"
        );
    }
}

#[test]
fn schemas_are_current() {
    current::<Record>(
        "record.schema.json",
        RECORD_SCHEMA,
        "Hallmark run record, schema 1",
    );
    current::<Event>("event.schema.json", EVENT_SCHEMA, "Hallmark event, schema 1");
}

fn validator(schema: &str) -> jsonschema::Validator {
    jsonschema::validator_for(&serde_json::from_str::<Value>(schema).unwrap()).unwrap()
}

#[test]
fn real_output_is_valid() {
    for record in [testing::record(), testing::load_record(), testing::killed()] {
        is_valid(&record);
    }
}

fn is_valid(record: &Record) {
    let value: Value = serde_json::from_slice(&record.to_json().unwrap()).unwrap();
    validator(RECORD_SCHEMA).validate(&value).unwrap();
    let events = validator(EVENT_SCHEMA);
    for event in record.events() {
        let value: Value = serde_json::from_slice(&event.to_line().unwrap()).unwrap();
        events.validate(&value).unwrap();
    }
}

#[test]
fn the_schema_refuses_what_is_no_record() {
    let good: Value = serde_json::from_slice(&testing::record().to_json().unwrap()).unwrap();
    let validator = validator(RECORD_SCHEMA);
    let spoil: [(&str, Value); 4] = [
        ("/summary/verdict", "green".into()),
        ("/checks/0/verdict", "not_testable".into()),
        ("/run/kind", "race".into()),
        ("/checks/0/at/line", "31".into()),
    ];
    for (pointer, bad) in spoil {
        let mut value = good.clone();
        *value.pointer_mut(pointer).unwrap() = bad;
        assert!(!validator.is_valid(&value), "{pointer}");
    }
}

#[test]
fn a_newer_schema_is_refused_for_its_version() {
    let error = Record::parse(br#"{"schema": 3, "entirely": "different"}"#).unwrap_err();
    assert_eq!(
        error.to_string(),
        "record schema 3 is newer than 2, the newest this version reads: update hallmark"
    );
    let line = br#"{"event":"run-started","schema":9,"x":1}"#;
    assert!(matches!(
        Record::from_events(&line[..]),
        Err(RecordError::NewerSchema { found: 9, known: 2 })
    ));
    assert!(matches!(Record::parse(b"{}"), Err(RecordError::NoSchema)));
    assert!(matches!(Record::parse(b"<xml/>"), Err(RecordError::Json(_))));
}

/// Before schema 2 a case had no revision, and its checks named the run's: read so, they belong together.
#[test]
fn a_record_of_schema_1_keeps_its_cases() {
    let mut old: Value = serde_json::from_slice(&testing::record().to_json().unwrap()).unwrap();
    old["schema"] = 1.into();
    let cases = old["cases"].as_array_mut().unwrap();
    for case in cases.iter_mut() {
        case.as_object_mut().unwrap().remove("revision");
    }
    let read = Record::parse(old.to_string().as_bytes()).unwrap();
    assert!(read.checks.iter().all(|check| check.revision.is_empty()));
    assert!(read.cases.iter().all(|case| read.checks_of(case).count() > 0));
}

fn stream() -> Vec<Vec<u8>> {
    testing::record()
        .events()
        .iter()
        .map(|event| event.to_line().unwrap())
        .collect()
}

#[test]
fn a_killed_run_leaves_a_record_that_says_so() {
    let lines = stream();
    let mut killed: Vec<u8> = lines[..10].concat();
    killed.extend(&lines[10][..lines[10].len() / 2]);
    let record = Record::from_events(&killed[..]).unwrap();
    assert!(!record.complete);
    assert!(!record.checks.is_empty());
    assert_eq!(record.summary.total, record.checks.len() as u64);
    assert!(
        record.cases.iter().any(|case| case.verdict.is_none()),
        "planned cases stay listed"
    );
}

#[test]
fn a_bad_line_is_named_and_a_stream_without_a_start_refused() {
    let mut lines = stream();
    lines.insert(2, b"{\"event\":\"nonsense\"}\n".to_vec());
    assert!(matches!(
        Record::from_events(&lines.concat()[..]),
        Err(RecordError::Event { line: 3, .. })
    ));
    assert!(matches!(
        Record::from_events(&stream()[1..].concat()[..]),
        Err(RecordError::NoStart)
    ));
    assert!(matches!(Record::from_events(&b""[..]), Err(RecordError::NoStart)));
}
