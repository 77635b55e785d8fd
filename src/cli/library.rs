//! Where scenarios, rules and target files come from: shipped in the binary, or from disk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use include_dir::{Dir, include_dir};

use crate::rules::{Catalogue, Requirements, Status};
use crate::scenario::decode;
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::lint::{Known, RuleName};
use crate::scenario::model::{Kind, LoadPlan, MixAct, Scenario, SourceFile, Step, UseStep};
use crate::target::{CAPABILITIES, Target};

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");

/// Folders below `scenarios/` that hold no packs.
const NOT_PACKS: &[&str] = &[
    "rules",
    "targets",
    "schema",
    "examples",
    "agent",
    "load",
    "requirements",
];
/// Longest file that is read.
const LONGEST: u64 = 4 * 1024 * 1024;
/// Deepest chain of `use`.
const DEEPEST: usize = 8;

/// The catalogue that is shipped.
pub(super) fn catalogue(diagnostics: &mut Diagnostics) -> Catalogue {
    Catalogue::load(rule_files(), diagnostics)
}

/// The catalogue with every record read, for lists and for `check`.
pub(super) fn whole_catalogue(diagnostics: &mut Diagnostics) -> Catalogue {
    Catalogue::load_whole(rule_files(), diagnostics)
}

fn rule_files() -> Vec<(String, &'static str)> {
    let files = SHIPPED.get_dir("rules").into_iter().flat_map(Dir::files);
    files
        .filter_map(|file| {
            Some((
                format!("scenarios/{}", file.path().display()),
                file.contents_utf8()?,
            ))
        })
        .collect()
}

/// A shipped file by its path below `scenarios/`.
pub(super) fn shipped_file(path: &str) -> Option<Arc<SourceFile>> {
    let text = SHIPPED.get_file(path)?.contents_utf8()?;
    Some(Arc::new(SourceFile {
        path: format!("scenarios/{path}"),
        text: text.to_owned(),
    }))
}

/// Names of the shipped load plans.
pub(super) fn shipped_loads() -> Vec<String> {
    let files = SHIPPED.get_dir("load").into_iter().flat_map(Dir::files);
    files
        .filter_map(|file| Some(file.path().file_stem()?.to_str()?.to_owned()))
        .collect()
}

/// The revisions that have a frozen set of requirements.
pub(super) fn requirement_sets() -> Vec<String> {
    let files = SHIPPED.get_dir("requirements").into_iter().flat_map(Dir::files);
    files
        .filter_map(|file| Some(file.path().file_stem()?.to_str()?.to_owned()))
        .collect()
}

/// The frozen set of a revision.
pub(super) fn requirements(revision: &str, diagnostics: &mut Diagnostics) -> Option<Requirements> {
    let file = shipped_file(&format!("requirements/{revision}.yaml"))?;
    Requirements::decode(&file, diagnostics)
}

/// All shipped packs.
pub(super) fn shipped(diagnostics: &mut Diagnostics) -> Vec<Arc<Scenario>> {
    below(
        &|path| !NOT_PACKS.iter().any(|name| path == Path::new(name)),
        diagnostics,
    )
}

/// The shipped pack for agents.
pub(super) fn shipped_for_agents(diagnostics: &mut Diagnostics) -> Vec<Arc<Scenario>> {
    below(&|path| path == Path::new("agent"), diagnostics)
}

fn below(wanted: &dyn Fn(&Path) -> bool, diagnostics: &mut Diagnostics) -> Vec<Arc<Scenario>> {
    let mut paths = Vec::new();
    for dir in SHIPPED.dirs().filter(|dir| wanted(dir.path())) {
        yaml_files(dir, &mut paths);
    }
    paths.sort();
    let mut reader = Reader {
        source: Source::Shipped,
        diagnostics,
    };
    paths
        .into_iter()
        .filter_map(|path| reader.scenario(&path))
        .collect()
}

fn yaml_files(dir: &Dir<'_>, paths: &mut Vec<PathBuf>) {
    paths.extend(
        dir.files()
            .map(|file| file.path().to_owned())
            .filter(|path| is_yaml(path)),
    );
    for inner in dir.dirs() {
        yaml_files(inner, paths);
    }
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending == "yaml" || ending == "yml")
}

/// Why a path cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum LibraryProblem {
    #[error("cannot read {path}: {why}")]
    Unreadable { path: String, why: String },
    #[error("{path} is larger than 4 MiB")]
    TooLarge { path: String },
    #[error("{path} is not UTF-8")]
    NotText { path: String },
}

/// Reads one file from disk.
pub(super) fn file(path: &Path) -> Result<Arc<SourceFile>, LibraryProblem> {
    let shown = path.strip_prefix("./").unwrap_or(path).display().to_string();
    let unreadable = |error: std::io::Error| LibraryProblem::Unreadable {
        path: shown.clone(),
        why: error.to_string(),
    };
    if std::fs::metadata(path).map_err(unreadable)?.len() > LONGEST {
        return Err(LibraryProblem::TooLarge { path: shown });
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let text = String::from_utf8(bytes).map_err(|_| LibraryProblem::NotText { path: shown.clone() })?;
    Ok(Arc::new(SourceFile { path: shown, text }))
}

/// YAML files below a path, sorted; the path itself when it is a file.
pub(super) fn files_below(path: &Path) -> Result<Vec<PathBuf>, LibraryProblem> {
    let unreadable = |error: std::io::Error| LibraryProblem::Unreadable {
        path: path.display().to_string(),
        why: error.to_string(),
    };
    if !std::fs::metadata(path).map_err(unreadable)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let kind = entry.file_type().map_err(unreadable)?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if is_yaml(&entry.path()) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Scenarios from disk. Files of other kinds (rules, targets) below a folder are passed over.
pub(super) fn from_disk(
    path: &Path,
    diagnostics: &mut Diagnostics,
) -> Result<Vec<Arc<Scenario>>, LibraryProblem> {
    let named = path.is_file();
    let mut found = Vec::new();
    for path in files_below(path)? {
        let source = file(&path)?;
        if named || kind_of(&source.text) == FileKind::Scenario {
            found.extend(
                Reader {
                    source: Source::Disk,
                    diagnostics,
                }
                .read(&source, &path, 0),
            );
        }
    }
    Ok(found)
}

/// What a YAML file is, by its top-level keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    Scenario,
    Load,
    Target,
    Rules,
    Requirements,
    Baseline,
}

/// A guess that needs no parsing, so that a broken file is still checked as what it was meant to be.
pub(super) fn kind_of(text: &str) -> FileKind {
    let mut lines = text
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty() && !line.starts_with('#') && *line != "---");
    let top = |key: &str| {
        text.lines()
            .any(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))
    };
    if ["scenario", "agent", "steps"].into_iter().any(top) {
        FileKind::Scenario
    } else if ["load", "arrivals"].into_iter().any(top) {
        FileKind::Load
    } else if top("family") {
        FileKind::Rules
    } else if top("requirements") {
        FileKind::Requirements
    } else if lines.next().is_some_and(|line| line.starts_with("- ")) {
        FileKind::Baseline
    } else if ["target", "mcp", "principals", "probes"].into_iter().any(top) {
        FileKind::Target
    } else {
        FileKind::Scenario
    }
}

/// Where a reader finds the files that `use` names.
#[derive(Clone, Copy)]
enum Source {
    Shipped,
    Disk,
}

/// Reads the scenarios that a load plan uses as journeys.
pub(super) fn link_journeys(plan: &mut LoadPlan, shipped: bool, diagnostics: &mut Diagnostics) {
    let mut reader = Reader {
        source: if shipped { Source::Shipped } else { Source::Disk },
        diagnostics,
    };
    let path = PathBuf::from(&plan.file.path);
    let path = if shipped {
        path.strip_prefix("scenarios").unwrap_or(&path).to_owned()
    } else {
        path
    };
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    for entry in &mut plan.mix {
        if let MixAct::Use(call) = &mut entry.act {
            reader.link_one(call, &folder, 0);
        }
    }
}

struct Reader<'d> {
    source: Source,
    diagnostics: &'d mut Diagnostics,
}

impl Reader<'_> {
    fn scenario(&mut self, path: &Path) -> Option<Arc<Scenario>> {
        let source = shipped_file(&path.display().to_string())?;
        self.read(&source, path, 0)
    }

    fn read(&mut self, source: &Arc<SourceFile>, path: &Path, depth: usize) -> Option<Arc<Scenario>> {
        let mut scenario = decode::decode(source, &id_of(path), self.diagnostics)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for steps in [&mut scenario.given, &mut scenario.steps, &mut scenario.cleanup] {
            self.link(steps, folder, depth);
        }
        Some(Arc::new(scenario))
    }

    /// Resolves `use:` relative to the using file; a path may not leave the folder it started in.
    fn link(&mut self, steps: &mut [Step], folder: &Path, depth: usize) {
        for step in steps {
            match &mut step.kind {
                Kind::Steps(inner) | Kind::Together(inner) => self.link(inner, folder, depth),
                Kind::Use(call) => self.link_one(call, folder, depth),
                _ => {}
            }
        }
    }

    fn link_one(&mut self, call: &mut UseStep, folder: &Path, depth: usize) {
        if depth >= DEEPEST {
            self.diagnostics.error(
                "use-too-deep",
                &call.path.at,
                "`use` goes round in a circle, or deeper than 8 files",
            );
            return;
        }
        let Some(path) = inside(folder, &call.path.value) else {
            self.diagnostics
                .error(
                    "use-leaves-project",
                    &call.path.at,
                    format!("`{}` leaves the project", call.path.value),
                )
                .help("a path relative to this file, without `..` above the folder of the first scenario");
            return;
        };
        let mark = self.diagnostics.len();
        call.scenario = self.open(&path, &call.path.value, &call.path.at, depth);
        self.diagnostics
            .note_since(mark, &format!("used in {}", call.path.at));
    }

    fn open(
        &mut self,
        path: &Path,
        written: &str,
        at: &crate::scenario::model::At,
        depth: usize,
    ) -> Option<Arc<Scenario>> {
        let found = match self.source {
            Source::Shipped => shipped_file(&path.display().to_string()),
            Source::Disk => file(path).ok(),
        };
        if let Some(source) = found {
            self.read(&source, path, depth + 1)
        } else {
            self.diagnostics
                .error("use-not-found", at, format!("there is no file `{written}`"));
            None
        }
    }
}

fn inside(folder: &Path, written: &str) -> Option<PathBuf> {
    let mut path = folder.to_owned();
    for part in Path::new(written).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                if !path.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

/// `scenarios/bearer/scheme.yaml` → `bearer/scheme`.
fn id_of(path: &Path) -> String {
    let path = path.with_extension("");
    let parts: Vec<String> = path
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    match parts.iter().rposition(|part| part == "scenarios") {
        Some(at) if at + 1 < parts.len() => parts[at + 1..].join("/"),
        _ if path.is_absolute() => parts.last().cloned().unwrap_or_default(),
        _ => parts.join("/"),
    }
}

/// What scenarios may name, given the catalogue and perhaps a target.
pub(super) fn known(catalogue: &Catalogue, target: Option<&Target>) -> Known {
    let mut rules = BTreeMap::new();
    for (id, aliases, status) in catalogue.ids() {
        let own = if status == Status::Retired {
            RuleName::Retired
        } else {
            RuleName::Id
        };
        rules.insert(id.to_owned(), own);
        for alias in aliases {
            rules.insert(alias.clone(), RuleName::AliasOf(id.to_owned()));
        }
    }
    let names =
        |names: &mut dyn Iterator<Item = &str>| Some(names.map(str::to_owned).collect::<BTreeSet<_>>());
    let mocks = |ids: &mut dyn Iterator<Item = &'static str>| Some(ids.map(str::to_owned).collect());
    Known {
        defects: mocks(&mut hallmark_mock::defects().iter().map(|info| info.id)),
        variants: mocks(&mut hallmark_mock::variants().iter().map(|info| info.id)),
        rules: Some(rules),
        capabilities: Some(CAPABILITIES.iter().map(|(name, _)| (*name).to_owned()).collect()),
        principals: target.and_then(|t| names(&mut t.principals.iter().map(|p| p.name.value.as_str()))),
        // Where a target declares no `read`, discovery finds one.
        probes: target.and_then(|t| names(&mut t.probes.keys().map(String::as_str).chain(["read"]))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        for (path, id) in [
            ("scenarios/bearer/scheme.yaml", "bearer/scheme"),
            ("bearer/scheme.yaml", "bearer/scheme"),
            ("./my/first.yaml", "my/first"),
            ("/home/a/scenarios/x/y.yaml", "x/y"),
            ("/home/a/y.yaml", "y"),
        ] {
            assert_eq!(id_of(Path::new(path)), id);
        }
    }

    #[test]
    fn use_stays_inside() {
        assert_eq!(
            inside(Path::new("a/b"), "../c.yaml"),
            Some(PathBuf::from("a/c.yaml"))
        );
        assert_eq!(inside(Path::new("a"), "../../c.yaml"), None);
        assert_eq!(inside(Path::new("a"), "/etc/passwd"), None);
    }
}
