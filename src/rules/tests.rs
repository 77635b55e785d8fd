//! The catalogue as it is shipped, and small ones made here.

use std::collections::BTreeMap;

use super::*;
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::model::Level;
use crate::scenario::render;

const SMALL: &str = r#"family: DEMO
title: A family for tests
rules:
  - id: DEMO-01
    status: live
    title: The scheme name is compared without regard to case
    aliases: [RS-24, "OLD-1"]
    subject: [resource-server]
    level: MUST
    basis: grammar
    tier: 1
    judge: wire
    sources:
      - { doc: RFC 9110, section: "11.1", read: full }
      - { doc: OAuth 2.1 draft 16, section: "5.1.1", read: draft }
    statement: |
      A server compares the name of an authentication scheme without regard to case, so that every spelling of Bearer works.
    why: Clients that write it in lower case are locked out.
    tested: The same valid token is sent under four spellings.
    fix: Compare the name of the scheme without regard to case.
    example:
      broken: |
        Authorization: bearer <token>
        401
      right: |
        Authorization: bearer <token>
        200
    params: { spellings: 4, limit: 2s }
    defects:
      - { id: scheme-exact, does: "accepts only the exact spelling Bearer", implies: [DEMO-02] }

  - id: DEMO-02
    status: planned
    title: A rule whose level depends on the revision
    subject: [client, harness]
    level: { 2025-06-18: SHOULD, 2025-11-25: MUST }
    basis: draft
    tier: 2
    judge: time
    sources: [{ doc: MCP basic/authorization, section: token-handling, read: full }]
    statement:
      2025-06-18: Tokens should be looked at, every one of them, before anything else happens.
      2025-11-25: Tokens must be looked at.
    defects: [a-defect]

  - id: DEMO-03
    status: retired
    title: Not a rule any more
    subject: client
    level: MAY
    basis: guide
    tier: 3
    judge: person
    sources: [{ doc: ASVS5, read: none }]
"#;

fn small() -> Catalogue {
    let mut diagnostics = Diagnostics::new();
    let catalogue = Catalogue::load([("rules/demo.yaml".to_owned(), SMALL)], &mut diagnostics);
    assert_eq!(render::render(&diagnostics, false), "");
    catalogue
}

fn shipped_files() -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/rules");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let text = std::fs::read_to_string(entry.path()).expect("a text file");
        files.push((entry.file_name().to_string_lossy().into_owned(), text));
    }
    files
}

#[test]
fn found_by_id_alias_and_any_case() {
    let catalogue = small();
    for name in ["DEMO-01", "demo-01", "rs-24", "old-1"] {
        assert_eq!(
            catalogue.get(name).map(|rule| rule.id.as_str()),
            Some("DEMO-01"),
            "{name}"
        );
        assert_eq!(catalogue.status(name), Some(Status::Live));
        assert_eq!(catalogue.canonical(name), Some("DEMO-01"));
    }
    assert!(catalogue.get("DEMO-04").is_none());
    assert_eq!(catalogue.suggestions("DEMO-1"), ["DEMO-01", "DEMO-02", "DEMO-03"]);
    assert_eq!(catalogue.suggestions("RS24"), ["RS-24"]);
    assert!(catalogue.suggestions("COLOUR").is_empty());
    assert_eq!(catalogue.live().count(), 1);
    assert_eq!(catalogue.all().count(), 3);
}

#[test]
fn a_record_read_late_keeps_its_place() {
    let catalogue = small();
    let at = &catalogue.get("DEMO-02").expect("there").at;
    assert_eq!((at.line, at.line_text().trim()), (32, "- id: DEMO-02"));
    assert_eq!(SMALL.lines().nth(31), Some("  - id: DEMO-02"));
}

#[test]
fn levels_by_revision() {
    let catalogue = small();
    let rule = catalogue.get("DEMO-02").expect("there");
    assert_eq!(rule.level_in("2025-11-25"), Some(Level::Must));
    assert_eq!(rule.level_in("2025-03-26"), None);
    assert_eq!(rule.level.to_string(), "SHOULD in 2025-06-18, MUST in 2025-11-25");
    assert_eq!(
        catalogue
            .get("DEMO-01")
            .and_then(|rule| rule.level_in("2025-03-26")),
        Some(Level::Must)
    );
}

#[test]
fn what_a_miss_means() {
    use Basis::{Draft, Grammar, Guide, Harness, Standard};
    use Level::{May, Must, Should};
    use Miss::{Failed, Info, Warned};
    use Profile::{OAuth21, SeedFastio, StandardWebhooks};
    let table = [
        (Standard, None, Must, None, false, Failed),
        (Standard, None, Should, None, false, Warned),
        (Standard, None, Should, None, true, Failed),
        (Standard, None, May, None, true, Info),
        (Grammar, None, Must, None, false, Failed),
        (Harness, None, Must, None, false, Failed),
        (Draft, None, Must, None, false, Warned),
        (Draft, None, Must, None, true, Failed),
        (Draft, None, Must, Some(StandardWebhooks), false, Warned),
        (Draft, None, Must, Some(OAuth21), false, Failed),
        (Draft, None, Must, Some(SeedFastio), false, Failed),
        (Draft, None, Should, Some(OAuth21), false, Warned),
        (Draft, None, May, None, false, Info),
        (Basis::Profile, None, Must, None, true, Info),
        (Basis::Profile, None, Must, Some(OAuth21), false, Info),
        (Basis::Profile, None, Must, Some(SeedFastio), false, Failed),
        (Guide, None, Must, None, false, Warned),
        (Guide, Some(Failed), Must, None, false, Failed),
        (Guide, Some(Failed), Should, None, false, Warned),
        (Guide, Some(Info), Must, None, true, Info),
    ];
    let catalogue = small();
    for (basis, miss, level, profile, strict, expected) in table {
        let mut rule = catalogue.get("DEMO-01").expect("there").clone();
        (rule.basis, rule.miss) = (basis, miss);
        let got = rule.on_miss(level, profile.as_ref(), strict);
        assert_eq!(
            got, expected,
            "{basis:?} {miss:?} {level:?} {profile:?} strict={strict}"
        );
    }
}

#[test]
fn explained() {
    let catalogue = small();
    let judged_by = [JudgedBy {
        id: "bearer/scheme-case".into(),
        title: "Any spelling of Bearer is accepted".into(),
    }];
    insta::assert_snapshot!(
        "explained-live",
        explain(catalogue.get("DEMO-01").expect("there"), &judged_by, 80, None)
    );
    insta::assert_snapshot!(
        "explained-planned",
        explain(
            catalogue.get("DEMO-02").expect("there"),
            &[],
            80,
            Some("2025-06-18")
        )
    );
    insta::assert_snapshot!(
        "explained-wordings",
        explain(catalogue.get("DEMO-02").expect("there"), &[], 80, None)
    );
}

#[test]
fn listed_counted_and_for_machines() {
    let catalogue = small();
    let judged_by = BTreeMap::from([("DEMO-01".to_owned(), vec!["bearer/scheme-case".to_owned()])]);
    insta::assert_snapshot!("list", list(&catalogue, &Filter::default(), 60));
    insta::assert_snapshot!(
        "list-live",
        list(
            &catalogue,
            &Filter {
                status: Some(Status::Live),
                ..Filter::default()
            },
            60
        )
    );
    insta::assert_snapshot!("coverage", coverage(&catalogue, &judged_by, 60));
    insta::assert_snapshot!("coverage-unjudged", coverage(&catalogue, &BTreeMap::new(), 60));
    insta::assert_snapshot!("json", as_json(&catalogue, &Filter::default(), &judged_by));
    let revision = |revision: &str| Filter {
        revision: Some(revision.to_owned()),
        ..Filter::default()
    };
    insta::assert_snapshot!("list-revision", list(&catalogue, &revision("2025-11-25"), 60));
    let words = |asked: &str| as_json(&catalogue, &revision(asked), &judged_by)[1]["statement"].clone();
    assert_eq!(words("2025-11-25"), "Tokens must be looked at.");
    assert_ne!(words("2025-06-18"), words("2025-11-25"));
}

#[test]
fn wrong_records_are_all_reported() {
    let text = SMALL
        .replace(
            "    why: Clients that write it in lower case are locked out.\n",
            "",
        )
        .replace("basis: guide", "basis: giude")
        .replace("level: { 2025-06-18: SHOULD,", "level: { 2025-03-26: SHOULD,")
        .replace("tier: 3", "tier: 4\n    owner: me")
        .replace("id: DEMO-03", "id: DEMO-01")
        .replace("family: DEMO", "family: OTHER");
    let mut diagnostics = Diagnostics::new();
    Catalogue::load_whole([("rules/demo.yaml".to_owned(), text.as_str())], &mut diagnostics);
    insta::assert_snapshot!("wrong-records", render::render(&diagnostics, false));
}

#[test]
fn the_shipped_catalogue_is_right() {
    let files = shipped_files();
    assert!(files.len() > 40, "{} files", files.len());
    let mut diagnostics = Diagnostics::new();
    let files = files.iter().map(|(path, text)| (path.clone(), text.as_str()));
    let whole = Catalogue::load_whole(files.clone(), &mut diagnostics);
    assert_eq!(render::render(&diagnostics, false), "");
    assert_eq!(whole.ids().count(), whole.all().count());
    let lazy = Catalogue::load(files, &mut diagnostics);
    assert_eq!(whole.families(), lazy.families());
    assert_eq!(whole.ids().collect::<Vec<_>>(), lazy.ids().collect::<Vec<_>>());
    for (rule, other) in whole.all().zip(lazy.all()) {
        assert_eq!(
            (&rule.id, &rule.aliases, rule.status, rule.at.line),
            (&other.id, &other.aliases, other.status, other.at.line)
        );
    }
    for line in list(&whole, &Filter::default(), 80).lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

/// A report that names a failure and not what to do about it leaves its reader alone.
#[test]
fn every_live_rule_says_how_to_mend_it() {
    let files = shipped_files();
    let files = files.iter().map(|(path, text)| (path.clone(), text.as_str()));
    let catalogue = Catalogue::load(files, &mut Diagnostics::new());
    let without: Vec<&str> = catalogue
        .live()
        .filter(|rule| rule.fix.is_none())
        .map(|rule| rule.id.as_str())
        .collect();
    assert_eq!(without, [""; 0], "`fix:` is missing");
}

#[test]
fn the_shipped_wordings_differ_by_revision() {
    let files = shipped_files();
    let files = files.iter().map(|(path, text)| (path.clone(), text.as_str()));
    let catalogue = Catalogue::load(files, &mut Diagnostics::new());
    let rule = catalogue.get("TS-07").expect("there");
    assert!(rule.statement_in("2025-11-25").contains("SHOULD assume"));
    assert!(rule.statement_in("2026-07-28").contains("MAY treat"));
    for rule in catalogue.live() {
        let words: Vec<&str> = rule
            .statement
            .iter()
            .flat_map(Wording::since)
            .map(|revision| rule.statement_in(revision))
            .collect();
        assert!(
            words.windows(2).all(|pair| pair[0] != pair[1]),
            "{} says the same twice",
            rule.id
        );
    }
}

#[test]
fn the_shipped_texts_fit_eighty_columns() {
    let files = shipped_files();
    let files = files.iter().map(|(path, text)| (path.clone(), text.as_str()));
    let catalogue = Catalogue::load(files, &mut Diagnostics::new());
    for rule in catalogue.all() {
        for line in explain(rule, &[], 80, None).lines() {
            assert!(line.chars().count() <= 80, "{}: {line}", rule.id);
        }
    }
}
