//! What can be known to be wrong with a load plan before a single call is made: figures that will not exist, events that
//! never come, rates that cannot be.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Known;
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::model::{
    At, Bound, Callers, Comparison, LoadModel, LoadPlan, McpCall, MixAct, Spanned, Threshold,
};
use crate::scenario::{suggest, time};

/// Highest rate of a plan, per second. More is asked of several machines.
pub const MOST_PER_SECOND: f64 = 1_000_000.0;

/// Longest a plan runs.
pub const LONGEST_PLAN: Duration = Duration::from_hours(24);

/// No call is done faster than this, not even on one machine.
const FASTEST: Duration = Duration::from_micros(20);

/// Verbs after which a token is dead.
const KILLS: &[&str] = &["revoke", "sign-out", "disable", "remove-member"];

/// Checks one load plan.
pub fn check_load(plan: &LoadPlan, known: &Known) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    names(plan, known, &mut diagnostics);
    times(plan, &mut diagnostics);
    rates(plan, &mut diagnostics);
    closed(plan, &mut diagnostics);
    for threshold in &plan.thresholds {
        figure(plan, threshold, &mut diagnostics);
        part(plan, threshold, &mut diagnostics);
    }
    super::secrets::scan(&plan.file, &mut diagnostics);
    diagnostics
}

fn names(plan: &LoadPlan, known: &Known, d: &mut Diagnostics) {
    super::rules::rule_names(&plan.rules, known, d);
    if let (Some(principals), Callers::Principals(named)) = (&known.principals, &plan.callers) {
        let known: Vec<&str> = principals.iter().map(String::as_str).chain(["nobody"]).collect();
        for principal in named {
            one_of(principal, &known, "principal", d);
        }
    }
    let mut seen = BTreeSet::new();
    for entry in &plan.mix {
        let twice = entry.called().filter(|name| !seen.insert((*name).to_owned()));
        if let Some(name) = twice {
            d.error(
                "duplicate-name",
                &entry.at,
                format!("two entries of the mix are called `{name}`"),
            )
            .help("give one of them a `name`: reports and thresholds tell them apart by it");
        }
        let MixAct::Mcp(step) = &entry.act else { continue };
        if let (Some(probes), McpCall::Probe(name)) = (&known.probes, &step.call)
            && let Some(text) = name.as_literal()
        {
            let name = Spanned {
                value: text.to_owned(),
                at: name.at.clone(),
            };
            let known: Vec<&str> = probes.iter().map(String::as_str).collect();
            one_of(&name, &known, "probe", d);
        }
    }
}

fn one_of(name: &Spanned<String>, known: &[&str], what: &str, d: &mut Diagnostics) {
    if known.contains(&name.value.as_str()) {
        return;
    }
    let near = suggest::nearest(&name.value, known.iter().copied());
    let code = if what == "probe" {
        "unknown-probe"
    } else {
        "unknown-principal"
    };
    d.error(
        code,
        &name.at,
        format!("the target has no {what} `{}`", name.value),
    )
    .help(format!("{what}s: {}", suggest::listed(known.iter().copied())))
    .meant(near);
}

fn times(plan: &LoadPlan, d: &mut Diagnostics) {
    let (length, at) = (plan.length(), &plan.title.at);
    if length > LONGEST_PLAN {
        let message = format!("the plan runs for {}", time::written(length));
        d.error("too-long", at, message)
            .help(format!("at most {}", time::written(LONGEST_PLAN)));
    }
    if plan.model.is_none() {
        return;
    }
    if plan.warm_up >= length {
        d.error("nothing-measured", at, "the plan is over before it has warmed up")
            .help(format!("it runs for {}", time::written(length)));
    }
    for event in plan.during.iter().filter(|event| event.at.value >= length) {
        let when = time::written(event.at.value);
        d.error(
            "never-happens",
            &event.at.at,
            format!("the plan is over before {when}"),
        )
        .help(format!("it runs for {}", time::written(length)));
    }
}

fn rates(plan: &LoadPlan, d: &mut Diagnostics) {
    let Some(peak) = plan.peak() else { return };
    if peak <= 0.0 {
        d.error("no-rate", &plan.title.at, "the rate is never above zero");
        return;
    }
    if peak > MOST_PER_SECOND {
        let message = format!("{peak} calls a second are more than one machine makes");
        d.warning("rate-too-high", &plan.title.at, message)
            .help("`--shard k/n` parts a plan among several");
    }
    let Some(cap) = &plan.in_flight else { return };
    let each = Duration::from_secs_f64(whole(cap.value) / peak);
    if each < FASTEST {
        let message = format!("{peak}/s with {} in flight leaves each call {each:?}", cap.value);
        d.error("rate-impossible", &cap.at, message)
            .help("raise `max-in-flight` or lower the rate");
    }
    for threshold in plan.thresholds.iter().filter(|t| t.metric.value == "p50") {
        let allowed = threshold.bounds.iter().find_map(|bound| match bound {
            (Comparison::Lt | Comparison::Lte, Bound::Duration(time)) => Some(*time),
            _ => None,
        });
        if let Some(allowed) = allowed.filter(|allowed| *allowed > each) {
            let message = format!(
                "a median just below {} would not keep up: {peak}/s with {} in flight leaves each call {each:?}",
                time::written(allowed),
                cap.value
            );
            d.warning("cap-too-low", &threshold.metric.at, message)
                .help("raise `max-in-flight`, or ask for less time");
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a number of connections")]
fn whole(count: u64) -> f64 {
    count as f64
}

/// What only arrivals have.
fn closed(plan: &LoadPlan, d: &mut Diagnostics) {
    if !matches!(plan.model, Some(LoadModel::Users(_))) {
        return;
    }
    if let Some(cap) = &plan.in_flight {
        d.error(
            "no-arrivals",
            &cap.at,
            "`max-in-flight` bounds arrivals; each user has one connection",
        )
        .help("`users.count` is their number");
    }
    if plan.may_drop || plan.exact {
        let key = if plan.may_drop { "drop" } else { "pacing" };
        d.error(
            "no-arrivals",
            &plan.title.at,
            format!("`{key}` is about arrivals, and this plan has users"),
        );
    }
}

/// A figure that will not exist is an error, never a pass.
fn figure(plan: &LoadPlan, threshold: &Threshold, d: &mut Diagnostics) {
    let is_open = !matches!(plan.model, Some(LoadModel::Users(_)));
    let does = |verbs: &[&str]| {
        plan.during
            .iter()
            .any(|event| verbs.contains(&event.act.verb.value.as_str()))
    };
    let refreshes = plan.mix.iter().any(|entry| matches!(entry.act, MixAct::Refresh));
    let (name, at) = (threshold.metric.value.as_str(), &threshold.metric.at);
    let why = match name {
        "revocation" if !does(KILLS) => {
            "nothing is revoked: `during` has none of revoke, sign-out, disable, remove-member"
        }
        "refresh" if !refreshes && !does(&["expire"]) => {
            "nothing is refreshed: `mix` has no `refresh: token` and `during` no `expire`"
        }
        "achieved" | "dropped" if !is_open => {
            "users wait for their answers: nothing is due that could be missed"
        }
        "dropped" if !plan.may_drop => "nothing is dropped without `drop: true`",
        _ => return,
    };
    d.error("no-such-figure", at, format!("there will be no `{name}`"))
        .help(why);
    let overall = ["revocation", "refresh", "achieved", "connect", "rate"];
    if let Some(of) = threshold.of.as_ref().filter(|_| overall.contains(&name)) {
        not_apart(&of.at, name, d);
    }
}

fn not_apart(at: &At, name: &str, d: &mut Diagnostics) {
    d.error(
        "no-such-figure",
        at,
        format!("`{name}` is a figure of the whole run"),
    );
}

fn part(plan: &LoadPlan, threshold: &Threshold, d: &mut Diagnostics) {
    let Some(of) = &threshold.of else { return };
    let names: Vec<&str> = plan.mix.iter().filter_map(|entry| entry.called()).collect();
    // A name that only the run fills in might be this one.
    if names.len() == plan.mix.len() && !names.contains(&of.value.as_str()) {
        let near = suggest::nearest(&of.value, names.iter().copied());
        d.error("unknown-name", &of.at, format!("the mix has no `{}`", of.value))
            .help(format!("it has: {}", suggest::listed(names.iter().copied())))
            .meant(near);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::scenario::decode;
    use crate::scenario::model::SourceFile;

    const MIX: &str = "load: x\nmix: [{ weight: 3, mcp: { probe: read } }, { mcp: { tool: search } }]\n";

    fn codes(rest: &str) -> Vec<String> {
        let file = Arc::new(SourceFile {
            path: "x.yaml".to_owned(),
            text: format!("{MIX}{rest}"),
        });
        let mut found = Diagnostics::new();
        if let Some(plan) = decode::load_plan(&file, "x", &mut found) {
            found.extend(check_load(&plan, &Known::default()));
        }
        found.iter().map(|problem| problem.code.to_owned()).collect()
    }

    #[test]
    fn plans_that_work() {
        let open = "arrivals:\n  - { to: 500/s, for: 10s }\n  - { at: 2000/s, for: 60s }\n";
        let table = [
            "arrivals: { at: 100/s, for: 10s }\n".to_owned(),
            format!(
                "{open}during: [{{ at: 20s, do: {{ revoke: writer }} }}]\nthresholds: [{{ revocation: {{ lt: 5s }} }}]\n"
            ),
            format!(
                "{open}thresholds:\n  - p99: {{ lt: 50ms }}\n  - {{ p99: {{ lt: 120ms, gt: 1ms }}, of: {{ probe: read }} }}\n  - errors: {{ lt: 0.1% }}\n  - achieved: {{ gte: 99.5% }}\n  - {{ p90: {{ lte: baseline + 10% }}, abort: 5s }}\n  - rate: {{ gt: 400/s }}\n"
            ),
            format!(
                "{open}spacing: poisson\nas: {{ identities: 32 }}\ninvariants: [own-tenant-only, no-token-in-body]\nwarm-up: 5s\nseed: 7\nmax-in-flight: 64\npacing: exact\ndrop: true\n"
            ),
            "users: { count: 200, think: 100ms..500ms, ramp: 10s, for: 60s }\nas: [reader, writer]\n"
                .to_owned(),
        ];
        for rest in table {
            assert_eq!(codes(&rest), Vec::<String>::new(), "{rest}");
        }
    }

    #[test]
    fn plans_that_cannot() {
        let open = "arrivals: { at: 100/s, for: 10s }\n";
        let users = "users: { count: 2, for: 10s }\n";
        let table = [
            (String::new(), "no-model"),
            (format!("{open}{users}"), "several-models"),
            (
                "arrivals: { at: 100/s, to: 5/s, for: 10s }\n".to_owned(),
                "one-of-keys",
            ),
            ("arrivals: { at: 100, for: 10s }\n".to_owned(), "not-a-rate"),
            ("arrivals: { at: 0/s, for: 10s }\n".to_owned(), "no-rate"),
            (
                "arrivals: { at: 9000000/s, for: 10s }\n".to_owned(),
                "rate-too-high",
            ),
            (
                "arrivals: { at: 100000/s, for: 10s }\nmax-in-flight: 1\n".to_owned(),
                "rate-impossible",
            ),
            (
                format!("{open}max-in-flight: 2\nthresholds: [{{ p50: {{ lt: 50ms }} }}]\n"),
                "cap-too-low",
            ),
            ("arrivals: { at: 1/s, for: 40h }\n".to_owned(), "too-long"),
            (format!("{open}warm-up: 10s\n"), "nothing-measured"),
            (
                format!("{open}during: [{{ at: 20s, do: {{ revoke: a }} }}]\n"),
                "never-happens",
            ),
            (
                format!("{open}thresholds: [{{ revocation: {{ lt: 5s }} }}]\n"),
                "no-such-figure",
            ),
            (
                format!("{open}thresholds: [{{ dropped: {{ lt: 5% }} }}]\n"),
                "no-such-figure",
            ),
            (
                format!("{users}thresholds: [{{ achieved: {{ gte: 99% }} }}]\n"),
                "no-such-figure",
            ),
            (format!("{users}max-in-flight: 5\n"), "no-arrivals"),
            (
                format!("{open}thresholds: [{{ p98: {{ lt: 5ms }} }}]\n"),
                "no-metric",
            ),
            (
                format!("{open}thresholds: [{{ p99: {{ lt: 5% }} }}]\n"),
                "wrong-bound",
            ),
            (
                format!("{open}thresholds: [{{ p99: {{ lt: 5ms }}, of: serach }}]\n"),
                "unknown-name",
            ),
            (format!("{open}invariants: [own-tenant]\n"), "unknown-word"),
            (format!("{open}max_in_flight: 5\n"), "unknown-key"),
        ];
        for (rest, code) in table {
            assert!(
                codes(&rest).iter().any(|found| found == code),
                "{rest}: {:?}",
                codes(&rest)
            );
        }
    }
}
