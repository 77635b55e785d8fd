//! Nodes into rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::Wording;
use super::catalogue::Family;
use super::keys::{DEFECT, EXAMPLE, RULE, RULES_FILE, SOURCE};
use super::rule::{
    Basis, Example, Judge, LevelBy, Miss, Reading, Rule, RuleDefect, Source, Status, Subject, level_word,
};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::{Level, SourceFile};
use crate::scenario::yaml::{self, Node, ScalarKind};

/// What a file held.
pub(super) struct FamilyFile {
    pub(super) family: Family,
    pub(super) rules: Vec<Rule>,
}

/// Reads a whole file.
pub(super) fn family(file: &Arc<SourceFile>, diagnostics: &mut Diagnostics) -> Option<FamilyFile> {
    let root = yaml::parse(file, diagnostics)?;
    let mut entries = Fields::of(&root, &RULES_FILE, diagnostics)?;
    let id = entries
        .need("family", diagnostics)
        .and_then(|node| line(node, diagnostics))?;
    let title = entries
        .need("title", diagnostics)
        .and_then(|node| line(node, diagnostics))
        .unwrap_or_default();
    let records = entries
        .need("rules", diagnostics)
        .and_then(Node::list)
        .unwrap_or_default();
    entries.finish(diagnostics);
    let rules = records
        .iter()
        .filter_map(|node| rule(node, &id, diagnostics))
        .collect();
    Some(FamilyFile {
        family: Family { id, title },
        rules,
    })
}

/// Reads a file cut down to one record.
pub(super) fn record(file: &Arc<SourceFile>, family: &str, diagnostics: &mut Diagnostics) -> Option<Rule> {
    let root = yaml::parse(file, diagnostics)?;
    rule(root.list()?.first()?, family, diagnostics)
}

fn rule(node: &Node, family: &str, diagnostics: &mut Diagnostics) -> Option<Rule> {
    let mut entries = Fields::of(node, &RULE, diagnostics)?;
    let at = entries.at().clone();
    let id = entries
        .need("id", diagnostics)
        .and_then(|node| line(node, diagnostics));
    let title = entries
        .need("title", diagnostics)
        .and_then(|node| line(node, diagnostics));
    let status = needed(&mut entries, "status", Status::WORDS, Status::parse, diagnostics);
    let basis = needed(&mut entries, "basis", Basis::WORDS, Basis::parse, diagnostics);
    let judge = needed(&mut entries, "judge", Judge::WORDS, Judge::parse, diagnostics);
    let level = entries
        .need("level", diagnostics)
        .and_then(|node| levels(node, diagnostics));
    let tier = entries
        .need("tier", diagnostics)
        .and_then(|node| tier(node, diagnostics));
    let subjects = entries
        .need("subject", diagnostics)
        .map(fields::one_or_many)
        .unwrap_or_default();
    let sources = entries
        .need("sources", diagnostics)
        .map(|node| fields::list(node, diagnostics))
        .unwrap_or_default();
    let aliases = entries.take("aliases", diagnostics);
    let miss = entries
        .take("miss", diagnostics)
        .and_then(|node| word(node, MISSES, Miss::parse, "miss", diagnostics));
    let statement = entries
        .take("statement", diagnostics)
        .and_then(|node| wording(node, diagnostics));
    let mut text = |key: &str, diagnostics: &mut Diagnostics| {
        entries
            .take(key, diagnostics)
            .and_then(|node| line(node, diagnostics))
    };
    let (why, tested, fix) = (
        text("why", diagnostics),
        text("tested", diagnostics),
        text("fix", diagnostics),
    );
    let example = entries
        .take("example", diagnostics)
        .and_then(|node| example(node, diagnostics));
    let params = entries
        .take("params", diagnostics)
        .map(|node| params(node, diagnostics))
        .unwrap_or_default();
    let defects = entries
        .take("defects", diagnostics)
        .map(|node| fields::list(node, diagnostics))
        .unwrap_or_default();
    entries.finish(diagnostics);
    let id = id?;
    if id.rsplit_once('-').is_none_or(|(prefix, _)| prefix != family) {
        diagnostics.error(
            "rule-family",
            &at,
            format!("the rule {id} stands in the family {family}"),
        );
    }
    let rule = Rule {
        id,
        aliases: aliases.map(|node| texts(node, diagnostics)).unwrap_or_default(),
        status: status?,
        title: title?,
        subjects: subjects
            .iter()
            .filter_map(|node| subject(node, diagnostics))
            .collect(),
        level: level?,
        basis: basis?,
        miss,
        tier: tier?,
        judge: judge?,
        sources: sources
            .iter()
            .filter_map(|node| source(node, diagnostics))
            .collect(),
        statement,
        why,
        tested,
        fix,
        example,
        params,
        defects: defects
            .iter()
            .filter_map(|node| defect(node, diagnostics))
            .collect(),
        family: family.to_owned(),
        at,
    };
    complete(&rule, diagnostics);
    worded(&rule, diagnostics);
    Some(rule)
}

/// A live rule carries what a reader of `hallmark rules ID` needs.
fn complete(rule: &Rule, diagnostics: &mut Diagnostics) {
    if rule.status != Status::Live {
        return;
    }
    let missing: Vec<&str> = [
        ("statement", rule.statement.is_none()),
        ("why", rule.why.is_none()),
        ("tested", rule.tested.is_none()),
        ("example", rule.example.is_none()),
        ("defects", rule.defects.is_empty()),
        ("miss", rule.basis == Basis::Guide && rule.miss.is_none()),
    ]
    .into_iter()
    .filter_map(|(key, missing)| missing.then_some(key))
    .collect();
    if !missing.is_empty() {
        let message = format!("the live rule {} lacks {}", rule.id, missing.join(", "));
        diagnostics
            .error("incomplete-rule", &rule.at, message)
            .help("a rule without them is `planned`");
    }
}

/// Every wording belongs to a revision that has the rule, and every such revision has one.
fn worded(rule: &Rule, diagnostics: &mut Diagnostics) {
    let (Some(statement), LevelBy::Revision(levels)) = (&rule.statement, &rule.level) else {
        return;
    };
    let first = statement.since().next();
    let unknown = statement
        .since()
        .find(|revision| !levels.contains_key(*revision))
        .map(|revision| format!("words {revision}, a revision without the rule"));
    let unworded = levels
        .keys()
        .find(|revision| first.is_some_and(|first| first > revision.as_str()))
        .map(|revision| format!("has no words for {revision}"));
    for problem in unknown.into_iter().chain(unworded) {
        let message = format!("the statement of {} {problem}", rule.id);
        diagnostics
            .error("rule-wording", &rule.at, message)
            .help("`level` says in which revisions there is a rule; a wording holds from its revision to the next one named");
    }
}

const MISSES: &[(&str, &str)] = &[("failed", ""), ("warned", ""), ("info", "")];

fn needed<T>(
    entries: &mut Fields<'_>,
    key: &str,
    words: &[(&str, &str)],
    parse: impl Fn(&str) -> Option<T>,
    diagnostics: &mut Diagnostics,
) -> Option<T> {
    let node = entries.need(key, diagnostics)?;
    word(node, words, parse, key, diagnostics)
}

fn word<T>(
    node: &Node,
    words: &[(&str, &str)],
    parse: impl Fn(&str) -> Option<T>,
    what: &str,
    diagnostics: &mut Diagnostics,
) -> Option<T> {
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    fields::word(node, &known, what, diagnostics).and_then(|text| parse(&text.value))
}

fn subject(node: &Node, diagnostics: &mut Diagnostics) -> Option<Subject> {
    word(node, Subject::WORDS, Subject::parse, "subject", diagnostics)
}

fn level(node: &Node, diagnostics: &mut Diagnostics) -> Option<Level> {
    let all = [Level::Must, Level::Should, Level::May];
    let known: Vec<&str> = all.iter().map(|level| level_word(*level)).collect();
    let text = fields::word(node, &known, "level", diagnostics)?;
    all.into_iter().find(|level| level_word(*level) == text.value)
}

fn levels(node: &Node, diagnostics: &mut Diagnostics) -> Option<LevelBy> {
    if node.map().is_none() {
        return level(node, diagnostics).map(LevelBy::All);
    }
    let mut levels = BTreeMap::new();
    for (revision, node) in fields::entries(node, "revisions", diagnostics) {
        if let Some(level) = level(node, diagnostics) {
            levels.insert(revision.value.clone(), level);
        }
    }
    Some(LevelBy::Revision(levels))
}

fn wording(node: &Node, diagnostics: &mut Diagnostics) -> Option<Wording> {
    if node.map().is_none() {
        return line(node, diagnostics).map(Wording::All);
    }
    let mut texts = BTreeMap::new();
    for (revision, node) in fields::entries(node, "revisions", diagnostics) {
        if let Some(text) = line(node, diagnostics) {
            texts.insert(revision.value.clone(), text);
        }
    }
    (!texts.is_empty()).then_some(Wording::Since(texts))
}

fn tier(node: &Node, diagnostics: &mut Diagnostics) -> Option<u8> {
    let tier = u8::try_from(fields::count(node, 1, diagnostics)?).unwrap_or(u8::MAX);
    if tier > 3 {
        diagnostics
            .error("unknown-tier", &node.at, format!("there is no tier {tier}"))
            .help("tiers are 1, 2 and 3");
    }
    Some(tier)
}

fn source(node: &Node, diagnostics: &mut Diagnostics) -> Option<Source> {
    let mut entries = Fields::of(node, &SOURCE, diagnostics)?;
    let doc = entries
        .need("doc", diagnostics)
        .and_then(|node| line(node, diagnostics));
    let section = entries
        .take("section", diagnostics)
        .and_then(|node| line(node, diagnostics));
    let read = needed(&mut entries, "read", Reading::WORDS, Reading::parse, diagnostics);
    entries.finish(diagnostics);
    Some(Source {
        doc: doc?,
        section,
        read: read?,
    })
}

fn example(node: &Node, diagnostics: &mut Diagnostics) -> Option<Example> {
    let mut entries = Fields::of(node, &EXAMPLE, diagnostics)?;
    let mut excerpt = |key: &str| Some(fields::text(entries.take(key, diagnostics)?, diagnostics)?.value);
    let example = Example {
        broken: excerpt("broken"),
        right: excerpt("right"),
    };
    entries.finish(diagnostics);
    Some(example)
}

fn params(node: &Node, diagnostics: &mut Diagnostics) -> BTreeMap<String, Value> {
    let entries = fields::entries(node, "parameters", diagnostics);
    entries
        .iter()
        .map(|(name, node)| (name.value.clone(), plain(node)))
        .collect()
}

fn plain(node: &Node) -> Value {
    match &node.value {
        yaml::Value::List(items) => items.iter().map(plain).collect(),
        yaml::Value::Map(map) => Value::Object(
            map.iter()
                .map(|(name, node)| (name.value.clone(), plain(node)))
                .collect(),
        ),
        yaml::Value::Scalar(scalar) => match &scalar.kind {
            ScalarKind::Null => Value::Null,
            ScalarKind::Bool(value) => Value::Bool(*value),
            ScalarKind::Number(number) => Value::Number(number.clone()),
            ScalarKind::Text => Value::String(scalar.text.clone()),
        },
    }
}

fn defect(node: &Node, diagnostics: &mut Diagnostics) -> Option<RuleDefect> {
    if node.map().is_none() {
        return Some(RuleDefect {
            id: line(node, diagnostics)?,
            does: None,
            implies: Vec::new(),
        });
    }
    let mut entries = Fields::of(node, &DEFECT, diagnostics)?;
    let id = entries
        .need("id", diagnostics)
        .and_then(|node| line(node, diagnostics));
    let does = entries
        .take("does", diagnostics)
        .and_then(|node| line(node, diagnostics));
    let implies = entries
        .take("implies", diagnostics)
        .map(|node| texts(node, diagnostics))
        .unwrap_or_default();
    entries.finish(diagnostics);
    Some(RuleDefect {
        id: id?,
        does,
        implies,
    })
}

fn texts(node: &Node, diagnostics: &mut Diagnostics) -> Vec<String> {
    fields::texts(node, diagnostics)
        .into_iter()
        .map(|text| text.value)
        .collect()
}

fn line(node: &Node, diagnostics: &mut Diagnostics) -> Option<String> {
    Some(fields::text(node, diagnostics)?.value.trim().to_owned())
}
