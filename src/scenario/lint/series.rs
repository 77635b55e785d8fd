//! One answer or many: quantifiers, bounds, pauses.

use std::time::Duration;

use super::{MOST_COPIES, all_steps, visit};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::model::{
    ClauseKind, Count, Expect, Kind, MeasureEnd, Scenario, Spanned, Step, Time, WebhookStep,
};
use crate::scenario::time;

/// How often a step goes on with one that goes on with another, before that is a circle.
const DEEPEST: usize = 16;

pub(super) fn check(scenario: &Scenario, d: &mut Diagnostics) {
    for steps in [&scenario.given, &scenario.steps, &scenario.cleanup] {
        for step in all_steps(steps) {
            bounds(step, d);
            quantifiers(scenario, step, d);
        }
    }
    pauses(scenario, d);
}

fn bounds(step: &Step, d: &mut Diagnostics) {
    if let Some(until) = &step.until
        && step.times.is_none()
        && step.timeout.is_none()
        && step.lasting.is_none()
    {
        d.error(
            "until-without-bound",
            &until.at,
            "nothing ends this if it never holds",
        )
        .help("add `times: 20` or `timeout: 10s`");
    }
    if step.every.is_some() && step.times.is_none() && step.lasting.is_none() && step.until.is_none() {
        d.error("every-without-bound", &step.at, "`every` goes on for ever")
            .help("add `for: 10s` or `times: 20`");
    }
    // An inbox is looked at once that time is over.
    let inbox = matches!(step.kind, Kind::Webhook(WebhookStep::From { .. }));
    if step.continues().is_some() {
        looks(step, d);
    } else if step.lasting.is_some() && step.every.is_none() && step.until.is_none() && !inbox {
        d.error(
            "for-without-every",
            &step.at,
            "`for` says how long, and nothing says how often",
        )
        .help("add `every: 50ms`");
    }
    if matches!(step.copies, Some(Count::Fixed(copies)) if copies > MOST_COPIES) {
        d.error(
            "too-many-copies",
            &step.at,
            format!("more than {MOST_COPIES} copies at once"),
        )
        .help("`copies` are requests in flight together; `times` repeats one after another");
    }
    if step.each_of.is_some() && step.copies.is_some() {
        d.error(
            "each-of-copies",
            &step.at,
            "`each_of` and `copies` on one step: which of them first?",
        )
        .help("put one of them on a group: `- each_of: …` with `steps:` inside");
    }
}

/// Going on with what is open is one long look.
fn looks(step: &Step, d: &mut Diagnostics) {
    let again = [
        ("copies", step.copies.is_some()),
        ("times", step.times.is_some()),
        ("every", step.every.is_some()),
        ("each_of", step.each_of.is_some()),
    ];
    for (word, _) in again.iter().filter(|(_, written)| *written) {
        d.error(
            "stray-key",
            &step.at,
            format!("`{word}` repeats a step, and `from` goes on with what is open already"),
        )
        .help("`for: 2s` looks that long, `until: { … }` as long as it takes");
    }
}

fn named<'s>(scenario: &'s Scenario, name: &Spanned<String>) -> Option<&'s Step> {
    let everything = all_steps(&scenario.given)
        .into_iter()
        .chain(all_steps(&scenario.steps));
    everything
        .into_iter()
        .find(|one| one.handle().is_some_and(|handle| handle.value == name.value))
}

fn quantifiers(scenario: &Scenario, step: &Step, d: &mut Diagnostics) {
    let looked = match &step.kind {
        Kind::Judge(of) => Some(of),
        _ => step.continues(),
    };
    let series = match &step.kind {
        _ if looked.is_some() => {
            let mut judged = looked.and_then(|of| named(scenario, of));
            // What goes on with something is as many as were opened.
            for _ in 0..DEEPEST {
                let Some(opener) = judged.and_then(Step::continues) else {
                    break;
                };
                judged = named(scenario, opener);
            }
            match judged {
                Some(judged) => Series::of(judged),
                None => return,
            }
        }
        // The place of a step that could not be read.
        Kind::Steps(members) | Kind::Together(members) if members.is_empty() => return,
        Kind::Use(_) => return,
        _ => Series::of(step),
    };
    for expect in step.expect.iter().chain(step.or.iter().map(|one| &one.expect)) {
        one_level(expect, series, d);
    }
    for measure in &step.measure {
        if let MeasureEnd::First(expect) | MeasureEnd::Last(expect) = &measure.to
            && series == Series::One
        {
            d.error(
                "quantifier-without-series",
                &expect.at,
                "there is one answer here, no first and last of many",
            )
            .help("`copies`, `times`, `every` or a group make a series");
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Series {
    /// One answer.
    One,
    /// Many, none of which stands for all.
    Many,
    /// Tries until one holds: the last one stands for all.
    Tries,
}

impl Series {
    fn of(step: &Step) -> Self {
        if matches!(step.kind, Kind::Webhook(WebhookStep::From { .. })) {
            // What came in the end, however long that was waited for.
            Series::Many
        } else if step.until.is_some() && step.copies.is_none() && visit::members(step).is_empty() {
            Series::Tries
        } else if step.is_series() {
            Series::Many
        } else {
            Series::One
        }
    }
}

fn one_level(expect: &Expect, series: Series, d: &mut Diagnostics) {
    for clause in &expect.clauses {
        let quantifier = match &clause.kind {
            ClauseKind::Each(_) => "each",
            ClauseKind::Any(_) => "any",
            ClauseKind::None(_) => "none",
            ClauseKind::First(_) => "first",
            ClauseKind::Last(_) => "last",
            ClauseKind::Median(_) => "median",
            ClauseKind::Count { .. } => "count",
            ClauseKind::Entropy { .. } => "entropy",
            ClauseKind::Pace { .. } => "pace",
            ClauseKind::Gaps(_) => "gaps",
            ClauseKind::Event(inner) | ClauseKind::Frame(inner) | ClauseKind::Forms(inner) => {
                one_level(inner, Series::Many, d);
                if series != Series::Many {
                    continue;
                }
                d.error(
                    "series-without-quantifier",
                    &clause.at,
                    "there are many answers here: the events of which?",
                )
                .help("`each: { event: { … } }`, `last: { event: { … } }`");
                continue;
            }
            ClauseKind::Is(..) => {
                if series == Series::Many {
                    d.error(
                        "series-without-quantifier",
                        &clause.at,
                        "there are many answers here: which of them?",
                    )
                    .help("`each: { … }`, `any: { … }`, `none: { … }`, `count: { of: { … }, is: 1 }`");
                }
                continue;
            }
            ClauseKind::Of(..) => continue,
        };
        if series == Series::One {
            d.error(
                "quantifier-without-series",
                &clause.at,
                format!("`{quantifier}` needs many answers, and there is one"),
            )
            .help("`copies`, `times`, `every` or a group make a series; else name the selector directly");
        }
    }
}

/// Pauses that no budget allows.
fn pauses(scenario: &Scenario, d: &mut Diagnostics) {
    let Some(budget) = scenario.timeout else { return };
    let mut total = Duration::ZERO;
    for step in all_steps(&scenario.given)
        .into_iter()
        .chain(all_steps(&scenario.steps))
    {
        let pause = match &step.kind {
            Kind::Wait(wait) => &wait.lasting,
            _ => match &step.lasting {
                Some(lasting) => lasting,
                None => continue,
            },
        };
        let Time::Fixed(pause) = pause else { continue };
        total += pause.value;
        let what = if pause.value > budget {
            "this pause alone is longer".to_owned()
        } else if total > budget {
            format!("with this pause the case waits {}, longer", time::written(total))
        } else {
            continue;
        };
        d.error(
            "wait-over-timeout",
            &pause.at,
            format!("{what} than the timeout of {}", time::written(budget)),
        )
        .help("raise `timeout` at the top of the scenario, or wait less");
        return;
    }
}
