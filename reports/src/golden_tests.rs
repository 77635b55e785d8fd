//! The golden files: every format of the sample record, as a reader gets it; and what must hold of any text.

use crate::record::{Event, Fold, Record, Verdict};
use crate::{Format, Options, render, testing};
use proptest::prelude::*;

fn drawn(format: Format, record: &Record) -> String {
    String::from_utf8(render(format, record, &Options::default()).unwrap()).unwrap()
}

#[test]
fn golden() {
    let record = testing::record();
    insta::with_settings!({snapshot_path => "../golden", prepend_module_to_snapshot => false}, {
        // The page has golden files of its own.
        for format in Format::ALL.into_iter().filter(|format| !format.as_str().starts_with("html")) {
            insta::assert_snapshot!(format.as_str(), drawn(format, &record));
        }
    });
}

/// What people and CIs read of load runs: one that missed promises, one whose generator was at fault, one that was
/// killed.
#[test]
fn golden_load() {
    let runs = [
        ("load", testing::load_record()),
        ("load-void", testing::void()),
        ("load-cut-short", testing::killed()),
    ];
    insta::with_settings!({snapshot_path => "../golden", prepend_module_to_snapshot => false}, {
        for (name, record) in &runs {
            for format in [Format::Junit, Format::Markdown, Format::Github] {
                insta::assert_snapshot!(format!("{name}-{format}"), drawn(format, record));
            }
            insta::assert_snapshot!(format!("{name}-text"), crate::load_text(record));
        }
        let before = testing::with(testing::load(8, 90));
        let comparison = crate::compare::compare(&before, &runs[0].1);
        insta::assert_snapshot!("load-compare-text", comparison.to_text());
        insta::assert_snapshot!("load-compare-markdown", comparison.to_markdown());
        insta::assert_snapshot!("load-sarif", drawn(Format::Sarif, &runs[0].1));
    });
}

/// A run without promises measured something all the same.
#[test]
fn a_load_run_without_promises_is_no_empty_run() {
    let mut record = testing::load_record();
    let load = record.load.as_mut().unwrap();
    load.thresholds.clear();
    load.invariants.clear();
    record.checks.clear();
    record.summary = crate::record::Summary::of(&[], &record.cases);
    assert!(drawn(Format::Markdown, &record).starts_with("## Hallmark: measured, nothing was promised\n"));
    assert_eq!(drawn(Format::Github, &record), "");
    let junit = drawn(Format::Junit, &record);
    assert!(
        junit.contains("errors=\"0\"") && junit.contains("name=\"load.gate\""),
        "{junit}"
    );
    assert!(!drawn(Format::Html, &record).contains("Nothing was selected"));
}

#[test]
fn every_load_run_survives_json_and_its_own_events() {
    for record in [testing::load_record(), testing::void(), testing::killed()] {
        assert_eq!(Record::parse(&record.to_json().unwrap()).unwrap(), record);
        assert_eq!(
            Record::from_events(drawn(Format::Ndjson, &record).as_bytes()).unwrap(),
            record
        );
    }
}

#[test]
fn a_record_survives_json_and_its_own_events() {
    let mut record = testing::record();
    for complete in [true, false] {
        record.complete = complete;
        assert_eq!(Record::parse(&record.to_json().unwrap()).unwrap(), record);
        assert_eq!(
            Record::from_events(drawn(Format::Ndjson, &record).as_bytes()).unwrap(),
            record
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_gives_whole_json_and_one_line_commands(text in "(\\PC|\\p{C}|::error |%0A|\r|\n|\u{2028}){0,30}") {
        let record = testing::poisoned(&text);
        prop_assert_eq!(&Record::parse(drawn(Format::Json, &record).as_bytes()).unwrap(), &record);
        for line in drawn(Format::Ndjson, &record).lines() {
            serde_json::from_str::<Event>(line).map_err(|error| TestCaseError::fail(error.to_string()))?;
        }
        serde_json::from_str::<serde_json::Value>(&drawn(Format::Sarif, &record)).unwrap();
        let clean = drawn(Format::Github, &testing::record());
        let commands = drawn(Format::Github, &record);
        prop_assert_eq!(commands.lines().count(), clean.lines().count());
        for line in commands.lines() {
            prop_assert!(line.starts_with("::error ") || line.starts_with("::warning "), "{}", line);
            prop_assert!(!line.contains('\r'));
        }
    }

    #[test]
    fn any_text_in_a_load_run_stays_in_its_place(text in "(\\PC|\\p{C}|::error |%0A|\r|\n|\u{2028}){0,30}") {
        let record = testing::poisoned_load(&text);
        prop_assert_eq!(&Record::parse(drawn(Format::Json, &record).as_bytes()).unwrap(), &record);
        prop_assert_eq!(&Record::from_events(drawn(Format::Ndjson, &record).as_bytes()).unwrap(), &record);
        serde_json::from_str::<serde_json::Value>(&drawn(Format::Sarif, &record)).unwrap();
        for line in drawn(Format::Github, &record).lines() {
            prop_assert!(line.starts_with("::error ") || line.starts_with("::warning "), "{}", line);
        }
        let text = crate::load_text(&record);
        prop_assert_eq!(text.lines().count(), crate::load_text(&testing::poisoned_load("x")).lines().count());
        prop_assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{}", text);
        for line in drawn(Format::Hlog, &record).lines() {
            prop_assert!(line.starts_with(['#', '"']) || line.matches(',').count() == 4, "{}", line);
        }
    }

    #[test]
    fn any_order_within_a_case_keeps_the_counts(seed in any::<u64>()) {
        let record = testing::record();
        let mut events = record.events();
        let middle = events.len() - 2;
        shuffle(&mut events[1..=middle], seed);
        let mut fold = Fold::default();
        for event in events {
            fold.take(event);
        }
        let folded = fold.record().unwrap();
        prop_assert_eq!(&folded.summary, &record.summary);
        let counted: u64 = Verdict::WORST_FIRST.into_iter().map(|verdict| folded.summary.count(verdict)).sum();
        prop_assert_eq!(counted, folded.checks.len() as u64);
        prop_assert_eq!(folded.cases, record.cases);
    }

    #[test]
    fn the_roll_up_never_gets_better_by_one_more(verdicts in prop::collection::vec(0_usize..7, 0..8), more in 0_usize..7) {
        let verdicts: Vec<Verdict> = verdicts.into_iter().map(|index| Verdict::WORST_FIRST[index]).collect();
        let more = Verdict::WORST_FIRST[more];
        let before = Verdict::worst(verdicts.iter().copied());
        let after = Verdict::worst(verdicts.into_iter().chain([more]));
        prop_assert_eq!(after, before.max(more));
    }
}

/// Any order: the fold promises more than order within a case.
fn shuffle(events: &mut [Event], mut seed: u64) {
    for index in (1..events.len()).rev() {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let other = usize::try_from(seed >> 33).unwrap_or(0) % (index + 1);
        events.swap(index, other);
    }
}
