//! `hallmark check`: every mistake of every file at once; nothing is sent.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Exit;
use super::args::CheckArgs;
use super::library::{self, FileKind};
use super::load;
use super::term;
use crate::rules::{Catalogue, Requirements};
use crate::scenario::decode;
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::lint::{self, Known};
use crate::scenario::model::Scenario;
use crate::scenario::render;
use crate::target::{self, Target};

pub(super) fn check(args: &CheckArgs) -> Exit {
    let mut diagnostics = Diagnostics::new();
    let catalogue = library::catalogue(&mut diagnostics);
    let paths = match paths(args) {
        Ok(paths) => paths,
        Err(exit) => return exit,
    };
    let target = match &args.target {
        Some(path) => {
            // Where it is one of the files that are checked, its mistakes are told there.
            let mut aside = Diagnostics::new();
            let told = if paths.contains(path) {
                &mut aside
            } else {
                &mut diagnostics
            };
            match target_file(path, told) {
                Ok(target) => target,
                Err(exit) => return exit,
            }
        }
        None => None,
    };
    let known = library::known(&catalogue, target.as_ref());
    let mut files = 0;
    let mut scenarios = Vec::new();
    for path in &paths {
        match one(path, &known, &mut scenarios, &mut diagnostics) {
            Ok(()) => files += 1,
            Err(exit) => return exit,
        }
    }
    diagnostics.extend(lint::check_together(scenarios.iter().map(AsRef::as_ref)));
    report(&mut diagnostics, args.color.on(term::stderr_is_terminal()));
    conclude(&diagnostics, files)
}

/// Prints diagnostics on stderr, sorted by place.
pub(super) fn report(diagnostics: &mut Diagnostics, color: bool) {
    if !diagnostics.is_empty() {
        diagnostics.sort();
        term::talk(&render::render(diagnostics, color));
    }
}

fn conclude(diagnostics: &Diagnostics, files: usize) -> Exit {
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let (errors, warnings) = (diagnostics.errors(), diagnostics.warnings());
    let found = match (errors, warnings) {
        (0, 0) => "no mistakes".to_owned(),
        (0, w) => plural(w, "warning"),
        (e, 0) => plural(e, "error"),
        (e, w) => format!("{}, {}", plural(e, "error"), plural(w, "warning")),
    };
    term::out(&format!("{} checked: {found}\n", plural(files, "file")));
    if errors > 0 { Exit::Invalid } else { Exit::Good }
}

fn paths(args: &CheckArgs) -> Result<Vec<PathBuf>, Exit> {
    let mut asked = args.paths.clone();
    if asked.is_empty() {
        asked = ["hallmark.yaml", "hallmark-baseline.yaml", "scenarios"]
            .into_iter()
            .map(PathBuf::from)
            .filter(|path| path.exists())
            .collect();
        // A target file alone is checked, too.
        asked.extend(args.target.clone().filter(|_| asked.is_empty()));
        if asked.is_empty() {
            term::complain_with_help(
                "there is no hallmark.yaml and no scenarios folder here",
                "name a file or folder, or start with `hallmark init`",
            );
            return Err(Exit::Nothing);
        }
    }
    let mut paths = Vec::new();
    for path in asked {
        match library::files_below(&path) {
            Ok(found) => paths.extend(found),
            Err(problem) => {
                term::complain(&problem.to_string());
                return Err(Exit::Invalid);
            }
        }
    }
    if paths.is_empty() {
        term::complain("no YAML file there");
        return Err(Exit::Nothing);
    }
    Ok(paths)
}

fn one(
    path: &Path,
    known: &Known,
    scenarios: &mut Vec<Arc<Scenario>>,
    diagnostics: &mut Diagnostics,
) -> Result<(), Exit> {
    let unreadable = |problem: library::LibraryProblem| {
        term::complain(&problem.to_string());
        Exit::Invalid
    };
    let source = library::file(path).map_err(unreadable)?;
    match library::kind_of(&source.text) {
        FileKind::Scenario => {
            for scenario in library::from_disk(path, diagnostics).map_err(unreadable)? {
                diagnostics.extend(lint::check(&scenario, known));
                scenarios.push(scenario);
            }
        }
        FileKind::Load => {
            if let Some(mut plan) = decode::load_plan(&source, &load::id_of(path), diagnostics) {
                library::link_journeys(&mut plan, false, diagnostics);
                diagnostics.extend(lint::load::check_load(&plan, known));
            }
        }
        FileKind::Target => drop(target::decode(&source, diagnostics)),
        FileKind::Requirements => drop(Requirements::decode(&source, diagnostics)),
        FileKind::Baseline => drop(target::baseline::decode(&source, diagnostics)),
        FileKind::Rules => drop(Catalogue::load_whole(
            [(source.path.clone(), source.text.as_str())],
            diagnostics,
        )),
    }
    Ok(())
}

/// Reads a target file; its mistakes go to `diagnostics`.
pub(super) fn target_file(path: &Path, diagnostics: &mut Diagnostics) -> Result<Option<Target>, Exit> {
    match library::file(path) {
        Ok(source) => Ok(target::decode(&source, diagnostics)),
        Err(problem) => {
            term::complain(&problem.to_string());
            Err(Exit::Invalid)
        }
    }
}
