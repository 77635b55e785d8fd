//! `arrivals:` and `users:`.

use std::time::Duration;

use super::super::tables;
use super::duration;
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::{ArrivalPhase, LoadModel, Operand, VirtualUsers};
use crate::scenario::time;
use crate::scenario::yaml::Node;

pub(super) fn model(fields: &mut Fields<'_>, d: &mut Diagnostics) -> Option<LoadModel> {
    let poisson = fields
        .take("spacing", d)
        .and_then(|node| fields::word(node, &["even", "poisson"], "spacing", d))
        .is_some_and(|word| word.value == "poisson");
    let (open, closed) = (fields.has("arrivals"), fields.has("users"));
    if open == closed {
        let at = fields.place("users").unwrap_or(fields.at()).clone();
        let (code, message) = if open {
            ("several-models", "a plan has `arrivals` or `users`, not both")
        } else {
            ("no-model", "this plan does not say how often it calls")
        };
        d.error(code, &at, message)
            .help("`arrivals: { at: 100/s, for: 30s }` calls at a rate; `users: { count: 10, for: 30s }` has users wait for each answer");
    }
    let users = fields
        .take("users", d)
        .and_then(|node| users(node, d))
        .map(LoadModel::Users);
    let phases = fields.take("arrivals", d).map(|node| phases(node, d));
    let arrivals = phases
        .filter(|phases| !phases.is_empty())
        .map(|phases| LoadModel::Arrivals { phases, poisson });
    if open == closed { None } else { arrivals.or(users) }
}

fn phases(node: &Node, d: &mut Diagnostics) -> Vec<ArrivalPhase> {
    if node.map().is_some() {
        return phase(node, d).into_iter().collect();
    }
    let items = fields::list(node, d);
    items.iter().filter_map(|item| phase(item, d)).collect()
}

fn phase(node: &Node, d: &mut Diagnostics) -> Option<ArrivalPhase> {
    let mut fields = Fields::of(node, &tables::PHASE, d)?;
    let (at, to) = (fields.take("at", d), fields.take("to", d));
    if at.is_some() == to.is_some() {
        d.error("one-of-keys", fields.at(), "a phase has one rate: `at` or `to`")
            .help("`at: 500/s` is that rate throughout, `to: 500/s` goes there evenly");
    }
    let rate = at.or(to).and_then(|node| rate(node, d));
    let length = fields.need("for", d).and_then(|node| lasting(node, d));
    fields.finish(d);
    Some(ArrivalPhase {
        ramps: to.is_some(),
        rate: rate?,
        length: length?,
    })
}

/// A length that is not zero.
fn lasting(node: &Node, d: &mut Diagnostics) -> Option<Duration> {
    let length = fields::duration(node, d)?;
    if length.is_zero() {
        d.error("not-a-duration", &node.at, "nothing happens in no time");
        return None;
    }
    Some(length)
}

fn rate(node: &Node, d: &mut Diagnostics) -> Option<f64> {
    let text = fields::text(node, d)?;
    let found = time::rate(&text.value);
    if found.is_none() {
        d.error("not-a-rate", &node.at, format!("`{}` is no rate", text.value))
            .help("a rate is a number and a time: `500/s`, `30/m`");
    }
    found
}

fn users(node: &Node, d: &mut Diagnostics) -> Option<VirtualUsers> {
    let mut fields = Fields::of(node, &tables::USERS, d)?;
    let count = fields.need("count", d).and_then(|node| fields::count(node, 1, d));
    let think = fields.take("think", d).and_then(|node| think(node, d));
    let ramp = duration(&mut fields, "ramp", d).unwrap_or_default();
    let length = fields.need("for", d).and_then(|node| lasting(node, d));
    fields.finish(d);
    Some(VirtualUsers {
        count: count?,
        think: think.unwrap_or_default(),
        ramp,
        length: length?,
    })
}

fn think(node: &Node, d: &mut Diagnostics) -> Option<(Duration, Duration)> {
    let text = fields::text(node, d)?;
    match time::range(&text.value) {
        Some(Ok((Operand::Duration(least), Operand::Duration(most)))) => return Some((least, most)),
        Some(Err(why)) => {
            d.error("not-a-duration", &node.at, why);
            return None;
        }
        _ => {}
    }
    fields::duration(node, d).map(|time| (time, time))
}
