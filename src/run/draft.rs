//! The record of one check in the making: its rule, its weight, and its words.

use std::sync::Arc;
use std::time::Instant;

use hallmark_reports::record::{Check, Clean, Verdict};

use super::account;
use super::check::{Judged, Weight};
use super::plan::Instance;
use super::schedule::Context;
use crate::expect::{Single, Unresolved};
use crate::mcp::Revision;
use crate::rules::{Miss, Rule};
use crate::scenario::model::{Kind, Level, Scenario, Step};
use crate::secret::Scrubber;
use crate::step::Problem;

/// Why nothing more can be judged here.
#[derive(Clone)]
pub(super) struct Block {
    pub(super) verdict: Verdict,
    pub(super) message: String,
    pub(super) unlock: Option<String>,
    pub(super) singles: Vec<Arc<Single>>,
    /// A control after the steps missed: what was judged before does not count either.
    pub(super) afterwards: bool,
}

pub(super) fn not_reached() -> Block {
    Block {
        verdict: Verdict::NotTestable,
        message: "the check was not reached".to_owned(),
        unlock: None,
        singles: Vec::new(),
        afterwards: false,
    }
}

/// What a step that could not be carried out means.
pub(super) fn weigh(problem: &Problem) -> (Verdict, String, Option<String>) {
    match problem {
        Problem::Undeclared { what, unlock } => (
            Verdict::Skipped,
            format!("the target does not declare {what}"),
            Some(unlock.clone()),
        ),
        Problem::NotAllowed { what, unlock } => (
            Verdict::Skipped,
            format!("{what} is not allowed on this target"),
            Some(unlock.clone()),
        ),
        Problem::NotSpoken(why) => (Verdict::Skipped, why.clone(), None),
        Problem::Unresolved(Unresolved::Undeclared { path }) => (
            Verdict::Skipped,
            format!("the target does not declare `{path}`"),
            Some(unlock_line(path)),
        ),
        Problem::Unresolved(_) | Problem::NoToken(_) | Problem::NotExercised(_) => {
            (Verdict::NotTestable, problem.to_string(), None)
        }
        Problem::Unusable(_) | Problem::Failed(_) => (Verdict::Errored, problem.to_string(), None),
    }
}

/// `principals.expired.token` → the line that would declare it.
fn unlock_line(path: &str) -> String {
    match path.split('.').collect::<Vec<_>>().as_slice() {
        ["principals", name, "token"] => format!("principals: {{ {name}: {{ bearer: \"${{env.NAME}}\" }} }}"),
        [root, name] => format!("{root}: {{ {name}: … }}"),
        _ => format!("{path}: …"),
    }
}

/// Every judging step of a case in its revision, nested ones included.
pub(super) fn all_checks(instance: &Instance) -> Vec<&Step> {
    checks_of(&instance.scenario, instance.revision)
}

/// Every judging step of a scenario in one revision, nested ones included.
pub(super) fn checks_of(scenario: &Scenario, revision: Revision) -> Vec<&Step> {
    scenario
        .steps
        .iter()
        .flat_map(|step| checks_in(step, revision))
        .collect()
}

pub(super) fn checks_in(step: &Step, revision: Revision) -> Vec<&Step> {
    if !step.is_in(revision.as_str()) {
        return Vec::new();
    }
    let mut found: Vec<&Step> = step.check.is_some().then_some(step).into_iter().collect();
    if let Kind::Steps(inner) | Kind::Together(inner) = &step.kind {
        found.extend(inner.iter().flat_map(|step| checks_in(step, revision)));
    }
    found
}

/// Whether any check of the case judges a rule that exists in its revision.
pub(super) fn any_applies(instance: &Instance, context: &Context) -> bool {
    all_checks(instance)
        .into_iter()
        .any(|step| level(step, instance, context).is_some())
}

/// Why a check of a rule that does not exist in this revision does not run.
pub(super) fn not_in(revision: Revision) -> String {
    format!("the rule does not exist in MCP revision {revision}")
}

/// The step's rule, else the row's, else the scenario's only one.
fn rule<'a>(step: &'a Step, instance: &'a Instance, context: &'a Context) -> Option<&'a Rule> {
    let name = step
        .rule
        .as_ref()
        .or(instance.row.rule.as_ref())
        .or(instance.scenario.rules.first())?;
    context.rules.get(&name.value)
}

/// How strongly the rule binds in the case's revision; `None`: it does not exist there.
fn level(step: &Step, instance: &Instance, context: &Context) -> Option<Level> {
    let Some(rule) = rule(step, instance, context) else {
        // A check without a rule is its author's own requirement.
        return step
            .level
            .as_ref()
            .map(|level| level.value)
            .or(instance.row.level)
            .or(Some(Level::Must));
    };
    let of_the_rule = rule.level_in(instance.revision.as_str())?;
    let own = step
        .level
        .as_ref()
        .map(|level| level.value)
        .or(instance.row.level);
    Some(own.unwrap_or(of_the_rule))
}

/// A check's record in the making.
pub(super) struct Draft<'a> {
    pub(super) step: &'a Step,
    pub(super) instance: &'a Instance,
    pub(super) context: &'a Context,
    pub(super) scrubber: &'a Scrubber,
    pub(super) started: Instant,
}

impl<'a> Draft<'a> {
    fn rule(&self) -> Option<&'a Rule> {
        rule(self.step, self.instance, self.context)
    }

    fn level(&self) -> Option<Level> {
        level(self.step, self.instance, self.context)
    }

    pub(super) fn weight(&self) -> Weight {
        let on_miss = match (self.rule(), self.level()) {
            (Some(rule), Some(level)) => {
                rule.on_miss(level, self.context.profile.as_ref(), self.context.strict)
            }
            (None, Some(Level::Must)) => Miss::Failed,
            (None, Some(Level::Should)) if self.context.strict => Miss::Failed,
            (None, Some(Level::Should)) => Miss::Warned,
            (_, None) | (None, Some(Level::May)) => Miss::Info,
        };
        Weight {
            on_miss,
            strict: self.context.strict,
            limits: self
                .instance
                .scenario
                .needs
                .iter()
                .any(|need| need.value == "rate-limit"),
        }
    }

    fn bare(&self) -> Check {
        let slug = self
            .step
            .check
            .as_ref()
            .map(|slug| slug.value.clone())
            .unwrap_or_default();
        let rule = self.rule();
        let scenario = &self.instance.scenario;
        let level = match self.level() {
            Some(Level::Must) => "MUST",
            Some(Level::Should) => "SHOULD",
            Some(Level::May) => "MAY",
            None => "does not apply",
        };
        Check {
            repeat: self
                .scrubber
                .clean(&self.context.repeat(&format!("{}:{slug}", self.instance.name()))),
            id: slug,
            rule: rule.map_or_else(String::new, |rule| rule.id.clone()),
            verdict: Verdict::Skipped,
            scenario: scenario.id.clone(),
            case: self.instance.row.id.clone(),
            revision: self.instance.revision_name().to_owned(),
            title: Scrubber::own_words(&scenario.title.value),
            level: level.to_owned(),
            rule_title: Scrubber::own_words(rule.map_or("", |rule| &rule.title)),
            statement: Scrubber::own_words(
                rule.map_or("", |rule| rule.statement_in(self.instance.revision.as_str())),
            ),
            fix: rule.and_then(|rule| rule.fix.as_deref()).map(Scrubber::own_words),
            subject: scenario
                .subject
                .iter()
                .map(|subject| subject.value.as_str())
                .collect::<Vec<_>>()
                .join(", "),
            sources: rule
                .map(|rule| rule.sources.iter().map(ToString::to_string).collect())
                .unwrap_or_default(),
            tags: scenario.tags.iter().map(|tag| tag.value.clone()).collect(),
            expected_failure: None,
            at: account::place(&self.step.at, self.scrubber),
            message: Clean::default(),
            findings: Vec::new(),
            exchanges: Vec::new(),
            measures: Vec::new(),
            access: None,
            unlock: None,
            duration_us: 0,
        }
    }

    pub(super) fn blocked(&self, block: &Block, lost: Option<&Judged>) -> Check {
        let mut check = self.bare();
        if self.level().is_none() {
            check.message = self.scrubber.clean(&not_in(self.instance.revision));
            return check;
        }
        let lost = lost.filter(|judged| judged.verdict != Verdict::Passed && !judged.message.is_empty());
        let message = match lost {
            Some(judged) => format!("{}; before that: {}", block.message, judged.message),
            None => block.message.clone(),
        };
        check.verdict = block.verdict;
        check.message = self.scrubber.clean(&message);
        check.unlock = block.unlock.as_ref().map(|unlock| self.scrubber.clean(unlock));
        let singles = if block.singles.is_empty() {
            lost.map(|judged| judged.singles.as_slice()).unwrap_or_default()
        } else {
            &block.singles
        };
        check.exchanges = account::exchanges(singles, true, self.started, self.scrubber);
        check
    }

    pub(super) fn judged(&self, judged: &Judged, micros: u64, (rounds, missed): (u64, u64)) -> Check {
        let mut check = self.bare();
        let applies = self.level().is_some();
        check.verdict = if applies { judged.verdict } else { Verdict::Skipped };
        check.duration_us = micros;
        let mut message = judged.message.clone();
        if rounds > 1 && missed > 0 {
            message = format!("{message} ({missed} of {rounds} rounds)");
        }
        if !judged.undeclared.is_empty() && check.verdict == Verdict::Passed {
            message = format!("not judged: {}", judged.undeclared.join(", "));
        }
        if !applies {
            message = not_in(self.instance.revision);
        }
        check.message = self.scrubber.clean(&message);
        check.unlock = judged.unlock.as_ref().map(|unlock| self.scrubber.clean(unlock));
        check.findings = judged
            .misses
            .iter()
            .map(|miss| account::finding(miss, self.scrubber))
            .collect();
        let full = !matches!(check.verdict, Verdict::Passed | Verdict::Info | Verdict::Skipped);
        check.exchanges = account::exchanges(&judged.singles, full, self.started, self.scrubber);
        if judged.statistical {
            for measure in &mut check.measures {
                measure.statistical = true;
            }
        }
        check
    }
}
