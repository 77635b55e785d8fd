//! The table of `hallmark rules`.

use std::fmt::Write as _;

use super::rule::{LevelBy, Rule, Status, Subject, level_word};
use super::wrap::shorten;
use super::{Catalogue, Family};

/// Which rules to list; an absent condition holds for all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// `BEARER`, without regard to case.
    pub family: Option<String>,
    /// Who is judged.
    pub subject: Option<Subject>,
    /// 1, 2 or 3.
    pub tier: Option<u8>,
    /// Where the rule stands.
    pub status: Option<Status>,
    /// Applies in this MCP revision.
    pub revision: Option<String>,
    /// Occurs in the id or title, without regard to case.
    pub text: Option<String>,
}

impl Filter {
    /// Whether every condition holds.
    pub fn admits(&self, rule: &Rule) -> bool {
        let family = self
            .family
            .as_ref()
            .is_none_or(|family| rule.family.eq_ignore_ascii_case(family));
        let text = self.text.as_ref().is_none_or(|text| {
            let text = text.to_lowercase();
            rule.title.to_lowercase().contains(&text) || rule.id.to_lowercase().contains(&text)
        });
        family
            && text
            && self
                .subject
                .is_none_or(|subject| rule.subjects.contains(&subject))
            && self.tier.is_none_or(|tier| rule.tier == tier)
            && self.status.is_none_or(|status| rule.status == status)
            && self
                .revision
                .as_ref()
                .is_none_or(|revision| rule.level_in(revision).is_some())
    }
}

/// The rules a filter admits, by family: id, level, tier, where it stands, title, in at most `width` columns.
/// Ends with a line that counts them.
pub fn list(catalogue: &Catalogue, filter: &Filter, width: usize) -> String {
    let rules: Vec<&Rule> = catalogue.all().filter(|rule| filter.admits(rule)).collect();
    let mut out = String::new();
    for family in catalogue.families() {
        let rules: Vec<&Rule> = rules
            .iter()
            .copied()
            .filter(|rule| rule.family == family.id)
            .collect();
        if !rules.is_empty() {
            table(&mut out, family, &rules, filter.revision.as_deref(), width);
        }
    }
    let live = rules.iter().filter(|rule| rule.status == Status::Live).count();
    let noun = if rules.len() == 1 { "rule" } else { "rules" };
    let _ = writeln!(out, "{} {noun}, {live} live", rules.len());
    out
}

fn table(out: &mut String, family: &Family, rules: &[&Rule], revision: Option<&str>, width: usize) {
    let _ = writeln!(
        out,
        "{}  {}",
        family.id,
        shorten(&family.title, width.saturating_sub(family.id.len() + 2))
    );
    let ids = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    for rule in rules {
        let start = format!(
            "  {:<ids$}  {:<7}  {}  {:<7}  ",
            rule.id,
            short_level(rule, revision),
            rule.tier,
            rule.status.as_str()
        );
        let title = shorten(&rule.title, width.saturating_sub(start.chars().count()));
        let _ = writeln!(out, "{start}{title}");
    }
    out.push('\n');
}

/// The level of the revision that was asked for; else the strongest, with a star where it varies by revision.
fn short_level(rule: &Rule, revision: Option<&str>) -> String {
    if let Some(level) = revision.and_then(|revision| rule.level_in(revision)) {
        return level_word(level).to_owned();
    }
    let level = &rule.level;
    match level {
        LevelBy::All(level) => level_word(*level).to_owned(),
        LevelBy::Revision(levels) => {
            let strongest = level.strongest().map_or("-", level_word);
            let varies = levels.values().any(|other| Some(*other) != level.strongest());
            format!("{strongest}{}", if varies { "*" } else { "" })
        }
    }
}
