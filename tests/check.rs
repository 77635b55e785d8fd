//! What `check` says about wrong files, and that nothing in a file can make it panic.

#![expect(clippy::expect_used, reason = "a test that cannot read its files fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hallmark::scenario::diagnostic::Diagnostics;
use hallmark::scenario::lint::{Known, RuleName};
use hallmark::scenario::model::SourceFile;
use hallmark::scenario::{load, render, schema, yaml};
use hallmark::target;
use proptest::prelude::*;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The YAML files of a folder, by name.
fn files(name: &str) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder(name)).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("a readable entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .map(|path| {
            let name = path
                .file_name()
                .expect("a file name")
                .to_string_lossy()
                .into_owned();
            (name, std::fs::read_to_string(&path).expect("readable text"))
        })
        .collect()
}

fn known() -> Known {
    let set = |words: &[&str]| Some(words.iter().map(ToString::to_string).collect::<BTreeSet<_>>());
    let ids = ["BEARER-01", "BEARER-02", "BEARER-04", "BEARER-05", "CHAL-01"];
    let mut rules: BTreeMap<String, RuleName> =
        ids.iter().map(|id| ((*id).to_owned(), RuleName::Id)).collect();
    rules.insert("RS-24".into(), RuleName::AliasOf("BEARER-02".into()));
    Known {
        defects: set(&["any"]),
        variants: set(&["any"]),
        rules: Some(rules),
        capabilities: set(&["oauth", "rate-limit", "revocation"]),
        principals: set(&["reader", "writer", "full", "outsider"]),
        probes: set(&[
            "read",
            "state",
            "write",
            "foreign",
            "ticket",
            "change",
            "issue-key",
            "revoke-key",
        ]),
    }
}

fn checked(path: &str, text: &str, known: &Known) -> Diagnostics {
    let file = Arc::new(SourceFile {
        path: path.into(),
        text: text.into(),
    });
    let mut diagnostics = Diagnostics::new();
    load(&file, path.trim_end_matches(".yaml"), known, &mut diagnostics);
    diagnostics
}

/// Files of other rooms: checked where those rooms are.
fn is_scenario(name: &str) -> bool {
    !(name.starts_with("target-") || name.starts_with("baseline-"))
}

#[test]
fn every_wrong_file_says_what_is_wrong() {
    let known = known();
    let files: BTreeMap<_, _> = files("tests/bad")
        .into_iter()
        .filter(|(name, _)| is_scenario(name))
        .collect();
    assert!(files.len() >= 60, "only {} wrong files", files.len());
    for (name, text) in files {
        let diagnostics = checked(&name, &text, &known);
        assert!(!diagnostics.is_empty(), "{name} has no diagnostic");
        shown(&name, &diagnostics);
    }
}

#[test]
fn every_wrong_target_says_what_is_wrong() {
    let files = files("tests/bad")
        .into_iter()
        .filter(|(name, _)| name.starts_with("target-"));
    for (name, text) in files {
        let file = Arc::new(SourceFile {
            path: name.clone(),
            text,
        });
        let mut diagnostics = Diagnostics::new();
        target::decode(&file, &mut diagnostics);
        diagnostics.sort();
        assert!(diagnostics.has_errors(), "{name} has no error");
        shown(&name, &diagnostics);
    }
}

/// As the snapshot beside the wrong files has it.
fn shown(name: &str, diagnostics: &Diagnostics) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder("tests/bad/expected"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::assert_snapshot!(name.trim_end_matches(".yaml"), render::render(diagnostics, false));
    });
}

#[test]
fn the_examples_have_no_diagnostic() {
    let mut known = Known {
        rules: None,
        capabilities: None,
        ..known()
    };
    known
        .principals
        .get_or_insert_default()
        .insert("grantee".to_owned());
    known
        .principals
        .get_or_insert_default()
        .insert("hook-owner".to_owned());
    let probes = known.probes.get_or_insert_default();
    probes.extend(["subscribe", "cause-event", "asks-on-page", "answers-on-page"].map(str::to_owned));
    let files = files("scenarios/examples");
    assert!(files.len() >= 10, "only {} examples", files.len());
    for (name, text) in files {
        let diagnostics = checked(&name, &text, &known);
        assert!(diagnostics.is_empty(), "{}", render::render(&diagnostics, false));
    }
}

#[test]
fn the_examples_match_the_schema() {
    let validator = jsonschema::validator_for(&schema::scenario()).expect("a sound schema");
    for (name, text) in files("scenarios/examples") {
        let file = Arc::new(SourceFile {
            path: name.clone(),
            text,
        });
        let node = yaml::parse(&file, &mut Diagnostics::new()).expect("sound YAML");
        let errors: Vec<String> = validator
            .iter_errors(&node.to_json())
            .map(|one| format!("{} at {}", one, one.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}

#[test]
fn a_secret_is_not_shown_again() {
    let secret = ["Q7r9", "ZxT2mK5vB8nL", "1cP4wY6s"].concat();
    let text = format!(
        "scenario: x\nsteps:\n  - check: a\n    mcp: {{ probe: read }}\n    as: {{ tokn: fiok_{secret} }}\n"
    );
    let diagnostics = checked("secret.yaml", &text, &known());
    let shown = render::render(&diagnostics, false);
    assert!(
        diagnostics.iter().any(|one| one.code == "secret-in-file"),
        "{shown}"
    );
    assert!(diagnostics.iter().any(|one| one.code == "unknown-key"), "{shown}");
    assert!(!shown.contains(&secret), "{shown}");
}

/// Every place lies inside its file, and drawing it works with and without colour.
fn sound(text: &str) {
    let diagnostics = checked("any.yaml", text, &known());
    for one in diagnostics.iter() {
        let Some(at) = &one.at else { continue };
        assert!(at.line >= 1 && at.column >= 1 && at.len >= 1, "{at}");
        assert!(at.line as usize <= text.split('\n').count(), "{at}");
        assert!(
            at.column as usize <= at.line_text().chars().count() + 2,
            "{at} in {:?}",
            at.line_text()
        );
    }
    render::render(&diagnostics, false);
    render::render(&diagnostics, true);
}

/// One file per line of text, broken in one place.
fn mangled() -> impl Strategy<Value = String> {
    let all: Vec<String> = files("tests/bad")
        .into_values()
        .chain(files("scenarios/examples").into_values())
        .collect();
    let piece = prop_oneof![
        Just("\t".to_owned()),
        Just("${".to_owned()),
        Just("\r\n".to_owned()),
        Just("日本語".to_owned()),
        Just(": ".to_owned()),
        Just("*a &a ".to_owned()),
        Just("\u{feff}".to_owned()),
        Just("'\"[{".to_owned()),
        "\\PC{0,8}",
    ];
    (
        prop::sample::select(all),
        any::<prop::sample::Index>(),
        0usize..4,
        piece,
    )
        .prop_map(|(text, at, cut, piece)| {
            let characters: Vec<char> = text.chars().collect();
            let at = at.index(characters.len().max(1)).min(characters.len());
            let tail = characters.iter().skip(at + cut);
            characters
                .iter()
                .take(at)
                .copied()
                .chain(piece.chars())
                .chain(tail.copied())
                .collect()
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}") {
        sound(&text);
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        sound(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn a_mangled_file_is_survived(text in mangled()) {
        sound(&text);
    }

    #[test]
    fn positions_survive(before in 0usize..30, indent in 0usize..20, wide in "[a-zé日]{1,10}") {
        let blank = "\n".repeat(before);
        let pad = " ".repeat(indent);
        let text = format!("{blank}scenario: {wide}\nsteps:\n{pad}- check: a\n{pad}  nonsense: 1\n{pad}  mcp: {{ probe: read }}\n{pad}  expect: {{ status: 401 }}\n");
        let diagnostics = checked("p.yaml", &text, &known());
        let found: Vec<_> = diagnostics.iter().filter(|one| one.code == "unknown-key").collect();
        prop_assert_eq!(found.len(), 1);
        let at = found[0].at.as_ref().expect("a place");
        prop_assert_eq!((at.line as usize, at.column as usize, at.len), (before + 4, indent + 3, 8));
    }
}
