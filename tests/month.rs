//! A month of CI: a first baseline, new failures, fixed ones, entries that grow old, shards, and running again what
//! failed. Each step is a command that a user types, with what it says and how it ends.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

mod support;

use support::program::{Folder, Ran, hallmark};

/// What the server of that day does wrong.
fn run(folder: &Folder, defects: &[&str], more: &[&str]) -> Ran {
    let mut arguments = vec!["run", "bearer", "--seed", "1", "--revision", "2025-11-25"];
    for defect in defects {
        arguments.extend(["--defect", defect]);
    }
    arguments.extend(more);
    hallmark(folder, &arguments)
}

fn says(ran: &Ran, code: i32, parts: &[&str]) {
    let all = format!("{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.code, code, "{all}");
    for part in parts {
        assert!(all.contains(part), "no `{part}` in:\n{all}");
    }
}

const BASELINE: [&str; 2] = ["--baseline", "hallmark-baseline.yaml"];

#[test]
fn a_baseline_is_written_kept_and_burnt_down() {
    let folder = Folder::new();
    let old = ["scheme-optional", "header-map-case"];
    says(
        &run(&folder, &old, &["--report", "record=monday.json"]),
        1,
        &["3 failed"],
    );
    let write = [
        "report",
        "baseline",
        "monday.json",
        "--out",
        "hallmark-baseline.yaml",
    ];
    says(
        &hallmark(&folder, &[&write[..], &["--until", "2999-12-31"]].concat()),
        0,
        &["3 new entries in hallmark-baseline.yaml"],
    );
    let text = folder.read("hallmark-baseline.yaml");
    assert!(
        text.contains("- expect: bearer/scheme#no-scheme:refused\n  why: \"BEARER-04 failed, 20")
            && text.contains("\n  until: 2999-12-31\n"),
        "{text}"
    );
    says(
        &hallmark(&folder, &["check", "hallmark-baseline.yaml"]),
        0,
        &["no mistakes"],
    );
    says(&run(&folder, &old, &BASELINE), 0, &["3 expected"]);

    // Once more: nothing is new, and what a person wrote stays.
    folder.write(
        "hallmark-baseline.yaml",
        &text.replace("BEARER-04 failed", "ticket GW-118"),
    );
    says(&hallmark(&folder, &write), 0, &["0 new entries"]);
    assert!(folder.read("hallmark-baseline.yaml").contains("ticket GW-118"));

    // A new failure.
    let more = ["scheme-optional", "header-map-case", "scheme-exact"];
    let tuesday = [&BASELINE[..], &["--report", "record=tuesday.json"]].concat();
    says(
        &run(&folder, &more, &tuesday),
        1,
        &["FAILED BEARER-02", "3 expected"],
    );
    says(
        &hallmark(&folder, &["report", "compare", "monday.json", "tuesday.json"]),
        1,
        &[
            " new · 0 fixed · 0 still broken · 3 excused by the baseline",
            "the runs differ in baseline: none, then hallmark-baseline.yaml, 3 entries",
            "BEARER-02 bearer/scheme-case",
            "passed → failed",
        ],
    );
    says(
        &hallmark(
            &folder,
            &[
                "report",
                "compare",
                "monday.json",
                "tuesday.json",
                "--format",
                "markdown",
            ],
        ),
        1,
        &["## Hallmark: compared", "### new (", "| BEARER-02 | "],
    );

    // It is fixed, and an old one with it: the entry must go.
    let wednesday = [&BASELINE[..], &["--report", "record=wednesday.json"]].concat();
    says(
        &run(&folder, &["scheme-optional"], &wednesday),
        6,
        &[
            "STALE BASELINE  bearer/field-name-case",
            "hallmark-baseline.yaml:",
            "what it excuses passes now: remove the entry",
        ],
    );
    says(
        &hallmark(&folder, &["report", "compare", "tuesday.json", "wednesday.json"]),
        0,
        &["0 new", "fixed ("],
    );
}

#[test]
fn entries_grow_old() {
    let folder = Folder::new();
    let entries = |text: &str| folder.write("hallmark-baseline.yaml", text);
    let today = || run(&folder, &["scheme-optional"], &BASELINE);
    entries("- { expect: bearer/scheme#no-scheme, why: GW-118, until: 2020-01-31 }\n");
    says(
        &today(),
        6,
        &["hallmark-baseline.yaml:1: it was accepted until 2020-01-31: mend the cause or set a new date"],
    );
    entries(
        "- { expect: bearer/scheme#no-scheme, why: GW-118 }\n- { expect: bearer/shceme-case, why: renamed }\n",
    );
    says(
        &today(),
        6,
        &["hallmark-baseline.yaml:2: it names nothing that exists: did you mean `bearer/scheme-case`?"],
    );
    entries("- { expect: bearer/scheme#no-sheme, why: GW-118 }\n");
    says(&today(), 1, &["did you mean `bearer/scheme#no-scheme`?"]);
    entries("- { expect: \"bearer/scheme:refuse\", why: GW-118 }\n");
    says(&today(), 1, &["did you mean `bearer/scheme:refused`?"]);
    // One baseline for the shipped scenarios and one's own: those of the other run are nobody's business here.
    entries(
        "- { expect: bearer/scheme#no-scheme, why: GW-118 }\n- { expect: conformance/tampered, why: GW-119 }\n",
    );
    says(&today(), 0, &[]);
    // What was not selected says nothing about its entry.
    entries("- { expect: bearer/exact, why: GW-120 }\n");
    says(
        &hallmark(
            &folder,
            &[
                "run",
                "bearer/scheme",
                "--revision",
                "2025-11-25",
                BASELINE[0],
                BASELINE[1],
            ],
        ),
        0,
        &[],
    );
}

#[test]
fn shards_share_a_baseline_and_are_merged_only_with_their_own() {
    let folder = Folder::new();
    folder.write(
        "hallmark-baseline.yaml",
        "- { expect: bearer/scheme, why: GW-118 }\n",
    );
    let shard = |defects: &[&str], name: &str, part: &str| {
        let report = format!("record={name}.json");
        let more = [&BASELINE[..], &["--shard", part, "--report", &report]].concat();
        run(&folder, defects, &more)
    };
    // Only one row of `bearer/scheme` fails: the shard that has the others must not call the entry stale.
    says(&shard(&["scheme-optional"], "a1", "1/2"), 0, &[]);
    says(&shard(&["scheme-optional"], "a2", "2/2"), 0, &[]);
    let merge =
        |one: &str, other: &str| hallmark(&folder, &["report", "merge", one, other, "--out", "whole.json"]);
    says(&merge("a1.json", "a2.json"), 0, &[]);
    // Fixed: no shard knows, the whole does.
    says(&shard(&[], "b1", "1/2"), 0, &[]);
    says(&shard(&[], "b2", "2/2"), 0, &[]);
    says(&merge("b1.json", "b2.json"), 6, &[]);
    says(
        &hallmark(&folder, &["report", "whole.json"]),
        0,
        &["STALE BASELINE  bearer/scheme"],
    );
    says(
        &merge("a1.json", "b2.json"),
        4,
        &["cannot merge: shards differ in defects: `scheme-optional` and ``"],
    );
    says(&merge("a1.json", "a1.json"), 4, &["shard 1/2 is there twice"]);
    says(
        &hallmark(&folder, &["report", "merge", "a1.json"]),
        4,
        &["missing shards: 2/2"],
    );
}

#[test]
fn what_failed_runs_again() {
    let folder = Folder::new();
    says(&run(&folder, &["scheme-optional"], &[]), 1, &["1 failed"]);
    let again = |more: &[&str]| {
        hallmark(
            &folder,
            &[
                &["run", "--failed=monday.json", "--revision", "2025-11-25"][..],
                more,
            ]
            .concat(),
        )
    };
    std::fs::copy(
        folder.path().join("hallmark-out/record.json"),
        folder.path().join("monday.json"),
    )
    .expect("a copy");
    says(
        &again(&["--defect", "scheme-optional"]),
        1,
        &["of 1 check in 1 case"],
    );
    says(&again(&[]), 0, &["1 passed of 1 check in 1 case"]);
    // Everything passes now, so that there is nothing to run again: no empty green.
    says(
        &hallmark(&folder, &["run", "--failed"]),
        7,
        &["nothing in that record failed; without `--failed` everything runs"],
    );
    // A record of another target, with a scenario that has gone.
    let other = folder
        .read("monday.json")
        .replace("the embedded mock", "staging")
        .replace("\"no-scheme\"", "\"without-scheme\"");
    folder.write("monday.json", &other);
    says(
        &again(&[]),
        7,
        &[
            "note: monday.json is of another target: staging; this run is of the embedded mock",
            "not there any more: bearer/scheme#without-scheme",
        ],
    );
}
