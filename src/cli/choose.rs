//! Which scenarios a command line means, and the command that repeats a part of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::RunArgs;
use super::{Exit, library, quoted, report, term};
use crate::rules::Catalogue;
use crate::run::{Known, PlaceFilter, Selection, case_name};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::lint;
use crate::scenario::model::Scenario;
use crate::target::baseline::Baseline;
use crate::target::{self, Target};

/// Scenarios named by path are read from disk; other words select among them, or among the shipped ones.
pub(super) fn chosen(
    args: &RunArgs,
    rules: &Catalogue,
    target: Option<&Target>,
    diagnostics: &mut Diagnostics,
) -> Result<(Vec<Arc<Scenario>>, Selection), Exit> {
    let mut selection = Selection {
        only: args.select.only.clone(),
        tags: args.select.tag.clone(),
        not_tags: args.select.not_tag.clone(),
        shard: args.select.shard,
        ..Selection::default()
    };
    if let Some(path) = failed_record(args) {
        selection.failed = Some(Selection::failed_in(&report::read(&path)?));
    }
    if let Some(target) = target {
        selection.not_tags.extend(target.skip_tags.iter().cloned());
    }
    let mut paths = BTreeSet::new();
    for word in &args.what {
        let (path, line) = split_line(word);
        if Path::new(path).exists() {
            paths.insert(PathBuf::from(path));
            selection.places.extend(line.map(|line| PlaceFilter {
                path: path.trim_start_matches("./").to_owned(),
                line,
            }));
        } else if line.is_some() && path.ends_with(".yaml") {
            selection.places.extend(line.map(|line| PlaceFilter {
                path: path.to_owned(),
                line,
            }));
        } else {
            selection.only.push(word.clone());
        }
    }
    let mut scenarios = Vec::new();
    for path in &paths {
        scenarios.extend(library::from_disk(path, diagnostics).map_err(|problem| {
            term::complain(&problem.to_string());
            Exit::Invalid
        })?);
    }
    let of_agents = !args.cmd.is_empty();
    // A folder may hold both kinds.
    scenarios.retain(|scenario| scenario.agent().is_some() == of_agents);
    if paths.is_empty() {
        scenarios = if of_agents {
            library::shipped_for_agents(diagnostics)
        } else {
            library::shipped(diagnostics)
        };
    } else {
        let known = library::known(rules, target);
        for scenario in &scenarios {
            diagnostics.extend(lint::check(scenario, &known));
        }
        diagnostics.extend(lint::check_together(scenarios.iter().map(AsRef::as_ref)));
    }
    Ok((scenarios, selection))
}

/// The record that `--failed` reads.
fn failed_record(args: &RunArgs) -> Option<PathBuf> {
    let path = args.select.failed.as_ref()?;
    Some(if path.is_empty() {
        args.output.out.join("record.json")
    } else {
        PathBuf::from(path)
    })
}

/// What a person should know of a record whose failures are run again: it may be of another target, or name cases that
/// are not there any more.
pub(super) fn remark_on_failed(args: &RunArgs, target: &str, known: &[Known]) -> Result<(), Exit> {
    let Some(path) = failed_record(args) else {
        return Ok(());
    };
    let record = report::read(&path)?;
    let shown = path.display();
    if record.target.name.as_str() != target {
        term::talk(&format!(
            "note: {shown} is of another target: {}; this run is of {target}\n",
            record.target.name
        ));
    }
    let gone: Vec<String> = Selection::failed_in(&record)
        .into_iter()
        .filter(|(scenario, case, revision)| {
            !known.iter().any(|known| {
                known.scenario == *scenario
                    && known.case == *case
                    && (revision.is_empty() || known.revision == *revision)
            })
        })
        .map(|(scenario, case, revision)| case_name(&scenario, &case, &revision))
        .collect();
    if !gone.is_empty() {
        term::talk(&format!(
            "note: failed in {shown} and not there any more: {}\n",
            gone.join(", ")
        ));
    }
    Ok(())
}

/// `file.yaml:12` → the file and the line.
fn split_line(word: &str) -> (&str, Option<u32>) {
    match word.rsplit_once(':') {
        Some((path, line)) if path.ends_with(".yaml") || path.ends_with(".yml") => (path, line.parse().ok()),
        _ => (word, None),
    }
}

/// The command that comes before `--only` to repeat one check under the same conditions.
pub(super) fn repeat(args: &RunArgs, seed: u64) -> String {
    let mut words = vec![if args.cmd.is_empty() {
        "hallmark run".to_owned()
    } else {
        "hallmark agent".to_owned()
    }];
    words.extend(
        args.what
            .iter()
            .filter(|word| Path::new(split_line(word).0).exists())
            .map(|word| quoted(split_line(word).0)),
    );
    let mut flag = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            words.push(format!("--{name} {}", quoted(&value)));
        }
    };
    flag(
        "target",
        args.target.target.as_ref().map(|path| path.display().to_string()),
    );
    flag("url", args.target.url.clone());
    flag("bearer-env", args.target.bearer_env.clone());
    flag("behaviour", args.mock.behaviour.clone());
    for id in &args.mock.defect {
        flag("defect", Some(id.clone()));
    }
    for id in &args.mock.variant {
        flag("variant", Some(id.clone()));
    }
    for revision in &args.revision {
        flag("revision", Some(revision.clone()));
    }
    flag("rules-profile", args.judging.rules_profile.clone());
    flag("seed", Some(seed.to_string()));
    flag(
        "ca-file",
        args.wire.ca_file.as_ref().map(|path| path.display().to_string()),
    );
    flag(
        "client-cert",
        args.wire
            .client_cert
            .as_ref()
            .map(|path| path.display().to_string()),
    );
    for what in &args.allow {
        flag("allow", Some(what.clone()));
    }
    let switches = [
        (args.judging.strict, "--strict"),
        (args.wire.insecure, "--insecure"),
        (args.wire.no_proxy, "--no-proxy"),
        (args.wire.http1, "--http1"),
    ];
    words.extend(
        switches
            .iter()
            .filter(|(on, _)| *on)
            .map(|(_, name)| (*name).to_owned()),
    );
    words.join(" ")
}

/// What comes after `--only`: the command under test.
pub(super) fn repeat_end(args: &RunArgs) -> String {
    if args.cmd.is_empty() {
        return String::new();
    }
    let words = args.cmd.iter().map(|word| quoted(word));
    format!(" -- {}", words.collect::<Vec<_>>().join(" "))
}

pub(super) fn baseline(path: Option<&Path>, diagnostics: &mut Diagnostics) -> Result<Option<Baseline>, Exit> {
    let Some(path) = path else { return Ok(None) };
    let source = library::file(path).map_err(|problem| {
        term::complain(&problem.to_string());
        Exit::Invalid
    })?;
    Ok(target::baseline::decode(&source, diagnostics))
}
