//! The pack for agents and the reference agent: as it should be it misses nothing, and every wrong habit that the
//! catalogue names is caught by its rule.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use serde_json::Value;
use support::program::{Checked, Folder, checks, hallmark};

/// Cases at once. They wait most of the time.
const JOBS: &str = "6";

/// The reference agent: an example, which `cargo test` builds beside the tests.
fn reference_agent() -> PathBuf {
    let tests = std::env::current_exe().expect("this test");
    let target = tests.ancestors().nth(2).expect("the folder of the profile");
    let path = target.join("examples/reference_agent");
    assert!(
        path.is_file(),
        "`cargo build --example reference_agent` makes {}",
        path.display()
    );
    path
}

fn strings(value: &Value) -> BTreeSet<String> {
    let texts = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

/// Habit → the rules it breaks.
fn habits() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(reference_agent())
        .arg("--list-habits")
        .output()
        .expect("the reference agent starts");
    let list: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    list.iter()
        .map(|one| {
            (
                one["habit"].as_str().expect("a name").to_owned(),
                strings(&one["rules"]),
            )
        })
        .collect()
}

/// Live rules about clients alone → the habits that the catalogue names.
fn live_rules() -> BTreeMap<String, BTreeSet<String>> {
    let folder = Folder::new();
    let ran = hallmark(&folder, &["rules", "--format", "json"]);
    let rules: Vec<Value> = serde_json::from_str(&ran.stdout).expect("JSON");
    let live = rules
        .iter()
        .filter(|rule| rule["status"] == "live" && rule["subject"] == serde_json::json!(["client"]));
    live.map(|rule| {
        (
            rule["id"].as_str().expect("an id").to_owned(),
            strings(&rule["defects"]),
        )
    })
    .collect()
}

/// The checks of the pack, or of some rules, with the agent in this habit.
fn run(rules: &[&str], habit: &str) -> Vec<Checked> {
    let folder = Folder::new();
    let agent = reference_agent();
    let switched = format!("HABITS={habit}");
    let mut arguments = vec!["agent", "--seed", "7", "--quiet", "--jobs", JOBS];
    arguments.extend(rules);
    arguments.extend(["--", "env", &switched, agent.to_str().expect("a path")]);
    let ran = hallmark(&folder, &arguments);
    assert!(
        matches!(ran.code, 0 | 1 | 4),
        "{arguments:?} ended with {}:\n{}{}",
        ran.code,
        ran.stdout,
        ran.stderr
    );
    checks(&folder)
}

fn missed(check: &Checked) -> bool {
    matches!(check.verdict.as_str(), "failed" | "warned")
}

#[test]
fn catalogue_and_reference_agent_agree() {
    let (live, habits) = (live_rules(), habits());
    let mut wrong = Vec::new();
    for (rule, named) in &live {
        if named.is_empty() {
            wrong.push(format!("{rule} names no habit"));
        }
        for habit in named {
            if !habits.get(habit).is_some_and(|rules| rules.contains(rule)) {
                wrong.push(format!(
                    "{rule} names `{habit}`, and the reference agent has no such habit"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_healthy_agent_misses_nothing() {
    let all = run(&[], "");
    let found: Vec<&Checked> = all
        .iter()
        .filter(|check| !matches!(check.verdict.as_str(), "passed" | "info" | "skipped"))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
    assert!(all.len() > 60, "{}", all.len());
}

/// Each habit is caught by the rule that names it.
#[test]
fn every_habit_is_caught() {
    let live = live_rules();
    let pairs: Vec<(&String, &String)> = live
        .iter()
        .flat_map(|(rule, habits)| habits.iter().map(move |habit| (habit, rule)))
        .collect();
    let next = Mutex::new(pairs.into_iter());
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                loop {
                    let Some((habit, rule)) = next.lock().expect("no panic before").next() else {
                        return;
                    };
                    let all = run(&[rule], habit);
                    if !all.iter().any(|check| check.rule == *rule && missed(check)) {
                        let said: Vec<&str> = all.iter().map(|check| check.verdict.as_str()).collect();
                        wrong
                            .lock()
                            .expect("no panic before")
                            .push(format!("`{habit}` is not caught by {rule}: {said:?}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no panic before");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
