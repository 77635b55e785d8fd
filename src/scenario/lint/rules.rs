//! Which step judges, which rule it judges, and that something is judged at all.

use std::collections::{BTreeMap, BTreeSet};

use super::{Known, RuleName, all_steps};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::model::{Alternative, Grade, Kind, Scenario, Spanned, Step};
use crate::scenario::suggest;

pub(super) fn check(scenario: &Scenario, known: &Known, d: &mut Diagnostics) {
    rule_names(&scenario.rules, known, d);
    capabilities(scenario, known, d);
    let steps = all_steps(&scenario.steps);
    if !steps.is_empty() && !steps.iter().any(|step| step.check.is_some()) {
        d.error(
            "no-check",
            &scenario.title.at,
            "this scenario judges nothing: no step has `check`",
        )
        .help("`check: slug` marks the step that judges; the others prepare");
    }
    for step in &steps {
        check_step(scenario, step, d);
    }
    for step in all_steps(&scenario.given)
        .into_iter()
        .chain(all_steps(&scenario.cleanup))
    {
        if let Some(check) = &step.check {
            d.error(
                "check-outside-steps",
                &check.at,
                "a check stands under `steps`: `given` and `cleanup` judge nothing",
            )
            .help("name the step with `id` if others need it");
        }
    }
    observation(scenario, d);
    handles(scenario, d);
    rows(scenario, d);
}

/// A scenario that observes does nothing else: it is judged on what the others brought to light.
fn observation(scenario: &Scenario, d: &mut Diagnostics) {
    if !scenario.observes() {
        return;
    }
    let others = all_steps(&scenario.given)
        .into_iter()
        .chain(all_steps(&scenario.steps))
        .chain(all_steps(&scenario.cleanup))
        .filter(|step| !matches!(step.kind, Kind::Observe(_)));
    for step in others {
        d.error(
            "observes-and-acts",
            &step.at,
            "a scenario that observes sends nothing itself",
        )
        .help("put this step into a scenario of its own; the observer sees its answers");
    }
    for step in scenario.steps.iter().filter(|step| step.check.is_none()) {
        d.error(
            "observes-for-nothing",
            &step.at,
            "`observe` needs a `check`: it only judges",
        )
        .help("`check: slug`");
    }
    let rows = scenario.cases.first().map(|case| &case.id.at);
    if let Some(at) = rows.or(scenario.matrix.first().map(|axis| &axis.name.at)) {
        d.error("observes-rows", at, "a scenario that observes has no rows")
            .help("write a `check` for each thing to look at");
    }
}

fn check_step(scenario: &Scenario, step: &Step, d: &mut Diagnostics) {
    let Some(check) = &step.check else {
        if let Some(rule) = &step.rule {
            d.warning(
                "rule-without-check",
                &rule.at,
                "this step judges nothing, so its `rule` has no effect",
            )
            .help("`check: slug` makes it judge");
        }
        let without_effect = |alternative: &&Alternative| alternative.grade.value != Grade::Skip;
        if let Some(first) = step.or.iter().find(without_effect) {
            d.warning(
                "or-without-check",
                &first.grade.at,
                "this step judges nothing, so its `or` has no effect",
            )
            .help("`check: slug` makes it judge; `skip` alone ends the case where it holds");
        }
        return;
    };
    if let Some(id) = &step.id {
        d.error("check-and-id", &id.at, "a step with `check` has a name already")
            .help(format!("remove `id`; `{}` is the handle", check.value));
    }
    let judged =
        step.expect.is_some() || step.until.is_some() || step.measure.iter().any(|one| one.matcher.is_some());
    if !judged {
        d.error(
            "check-without-expect",
            &check.at,
            format!("the check `{}` expects nothing", check.value),
        )
        .help("add `expect: { … }`");
    }
    if let Some(first) = step.or.first()
        && step.expect.is_none()
        && judged
    {
        d.error(
            "or-without-expect",
            &first.grade.at,
            "`or` needs an `expect` to be the alternative of",
        );
    }
    rule_of_check(scenario, step, check, d);
}

fn rule_of_check(scenario: &Scenario, step: &Step, check: &Spanned<String>, d: &mut Diagnostics) {
    if let Some(rule) = &step.rule {
        listed(scenario, rule, d);
        return;
    }
    let rows_say = !scenario.cases.is_empty() && scenario.cases.iter().any(|case| case.rule.is_some());
    if scenario.rules.len() > 1 && !rows_say {
        let names = suggest::listed(scenario.rules.iter().map(|rule| rule.value.as_str()));
        d.error(
            "check-without-rule",
            &check.at,
            format!("which rule does `{}` judge?", check.value),
        )
        .help(format!(
            "with several rules every check names its own: `rule:` one of {names}"
        ));
    }
}

fn listed(scenario: &Scenario, rule: &Spanned<String>, d: &mut Diagnostics) {
    if !scenario.rules.iter().any(|one| one.value == rule.value) {
        d.error(
            "rule-not-listed",
            &rule.at,
            format!("`{}` is not in the `rules` of this scenario", rule.value),
        )
        .help(format!("add it: `rules: […, {}]`", rule.value));
    }
}

fn rows(scenario: &Scenario, d: &mut Diagnostics) {
    let checks_need = scenario.rules.len() > 1
        && all_steps(&scenario.steps)
            .iter()
            .any(|step| step.check.is_some() && step.rule.is_none());
    let some_say = scenario.cases.iter().any(|case| case.rule.is_some());
    for case in &scenario.cases {
        match &case.rule {
            Some(rule) => listed(scenario, rule, d),
            None if checks_need && some_say => {
                d.error(
                    "check-without-rule",
                    &case.id.at,
                    format!("which rule does the row `{}` judge?", case.id.value),
                )
                .help("other rows say `rule: …`, this one does not");
            }
            None => {}
        }
    }
}

/// The rules that a file says it judges.
pub(super) fn rule_names(listed: &[Spanned<String>], known: &Known, d: &mut Diagnostics) {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for rule in listed {
        if !seen.insert(&rule.value) {
            d.error(
                "duplicate-rule",
                &rule.at,
                format!("`{}` is listed twice", rule.value),
            );
        }
        let Some(rules) = &known.rules else { continue };
        match rules.get(&rule.value) {
            Some(RuleName::Id) => {}
            Some(RuleName::AliasOf(id)) => {
                d.warning(
                    "rule-alias",
                    &rule.at,
                    format!("`{}` is another name of `{id}`", rule.value),
                )
                .help(format!("write `{id}`: reports use it"));
            }
            Some(RuleName::Retired) => {
                d.warning(
                    "rule-retired",
                    &rule.at,
                    format!("the rule `{}` is retired", rule.value),
                );
            }
            None => {
                let near = suggest::nearest(&rule.value, rules.keys().map(String::as_str));
                d.error(
                    "unknown-rule",
                    &rule.at,
                    format!("there is no rule `{}`", rule.value),
                )
                .help("`hallmark rules` lists them")
                .meant(near);
            }
        }
    }
}

fn capabilities(scenario: &Scenario, known: &Known, d: &mut Diagnostics) {
    let Some(capabilities) = &known.capabilities else {
        return;
    };
    let steps = all_steps(&scenario.given)
        .into_iter()
        .chain(all_steps(&scenario.steps));
    let steps = steps
        .chain(all_steps(&scenario.cleanup))
        .flat_map(|step| &step.needs);
    let rows = scenario.cases.iter().flat_map(|case| &case.needs);
    for need in scenario.needs.iter().chain(rows).chain(steps) {
        if !capabilities.contains(&need.value) {
            let near = suggest::nearest(&need.value, capabilities.iter().map(String::as_str));
            d.error(
                "unknown-capability",
                &need.at,
                format!("there is no capability `{}`", need.value),
            )
            .help(format!(
                "capabilities: {}",
                suggest::listed(capabilities.iter().map(String::as_str))
            ))
            .meant(near);
        }
    }
}

/// A name belongs to one step of the file.
fn handles(scenario: &Scenario, d: &mut Diagnostics) {
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    let steps = all_steps(&scenario.given)
        .into_iter()
        .chain(all_steps(&scenario.steps));
    for step in steps.chain(all_steps(&scenario.cleanup)) {
        let Some(name) = step.handle() else { continue };
        if let Some(line) = seen.insert(&name.value, name.at.line) {
            d.error(
                "duplicate-id",
                &name.at,
                format!("two steps are called `{}`", name.value),
            )
            .label(format!("the first is on line {line}"));
        }
    }
}
