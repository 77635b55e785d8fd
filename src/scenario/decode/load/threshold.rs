//! `thresholds:`.

use super::super::tables;
use super::duration;
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::{Bound, Comparison, Operand, Spanned, Threshold};
use crate::scenario::suggest;
use crate::scenario::time;
use crate::scenario::yaml::Node;

pub(super) fn all(node: &Node, d: &mut Diagnostics) -> Vec<Threshold> {
    let items = fields::list(node, d);
    items.iter().filter_map(|item| one(item, d)).collect()
}

/// What a figure is, and so what it can be compared with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Time,
    Share,
    Number,
}

fn metrics() -> impl Iterator<Item = (&'static str, Unit)> {
    let of = |unit| move |name: &&'static str| (*name, unit);
    tables::TIMES
        .iter()
        .map(of(Unit::Time))
        .chain(tables::SHARES.iter().map(of(Unit::Share)))
        .chain(tables::NUMBERS.iter().map(of(Unit::Number)))
}

fn one(node: &Node, d: &mut Diagnostics) -> Option<Threshold> {
    let mut fields = Fields::of(node, &tables::THRESHOLD, d)?;
    let of = fields.take("of", d).and_then(|node| part(node, d));
    let rule = fields.take("rule", d).and_then(|node| fields::text(node, d));
    let abort_after = duration(&mut fields, "abort", d);
    let present: Vec<(&str, Unit)> = metrics().filter(|(name, _)| fields.has(name)).collect();
    let [(name, unit)] = present[..] else {
        several(&present, &fields, d);
        for (name, _) in &present {
            fields.take_raw(name);
        }
        fields.finish(d);
        return None;
    };
    let at = fields.place(name).unwrap_or(fields.at()).clone();
    let bounds = fields.take(name, d).map(|node| bounds(node, unit, d));
    fields.finish(d);
    Some(Threshold {
        metric: Spanned {
            value: name.to_owned(),
            at,
        },
        bounds: bounds.filter(|bounds| !bounds.is_empty())?,
        of,
        rule,
        abort_after,
    })
}

fn several(present: &[(&str, Unit)], fields: &Fields<'_>, d: &mut Diagnostics) {
    if present.is_empty() {
        let known = metrics().map(|(name, _)| name);
        d.error("no-metric", fields.at(), "this threshold is about no figure")
            .help(format!("figures: {}", suggest::listed(known)));
    } else {
        d.error("one-of-keys", fields.at(), "a threshold is about one figure")
            .help("write an entry for each");
    }
}

fn part(node: &Node, d: &mut Diagnostics) -> Option<Spanned<String>> {
    if node.map().is_none() {
        return fields::text(node, d);
    }
    let mut fields = Fields::of(node, &tables::OF, d)?;
    let names: Vec<_> = tables::OF
        .names()
        .filter_map(|key| fields.take(key, d).and_then(|node| fields::text(node, d)))
        .collect();
    if names.len() != 1 {
        d.error("one-of-keys", fields.at(), "`of` names one entry of the mix");
    }
    fields.finish(d);
    names.into_iter().next()
}

fn bounds(node: &Node, unit: Unit, d: &mut Diagnostics) -> Vec<(Comparison, Bound)> {
    let Some(mut fields) = Fields::of(node, &tables::BOUND, d) else {
        return Vec::new();
    };
    let comparisons = [
        ("lt", Comparison::Lt),
        ("lte", Comparison::Lte),
        ("gt", Comparison::Gt),
        ("gte", Comparison::Gte),
    ];
    let found: Vec<_> = comparisons
        .into_iter()
        .filter_map(|(key, comparison)| {
            let node = fields.take(key, d)?;
            Some((comparison, bound(node, unit, d)?))
        })
        .collect();
    if found.is_empty() && !d.has_errors() {
        d.error("no-bound", fields.at(), "the figure is compared with nothing")
            .help("`{ lt: 50ms }`");
    }
    fields.finish(d);
    found
}

fn bound(node: &Node, unit: Unit, d: &mut Diagnostics) -> Option<Bound> {
    let text = fields::text(node, d)?;
    let found = match (baseline(&text.value), unit, time::operand(&text.value)) {
        (Some(times), ..) => Some(Bound::Baseline(times)),
        (_, Unit::Time, Some(Operand::Duration(time))) => Some(Bound::Duration(time)),
        (_, Unit::Share, Some(Operand::Share(share))) => Some(Bound::Share(share)),
        (_, Unit::Number, Some(Operand::Number(number))) => Some(Bound::Number(number)),
        (_, Unit::Number, None) => time::rate(&text.value).map(Bound::Number),
        _ => None,
    };
    if found.is_none() {
        let wanted = match unit {
            Unit::Time => "a time such as `50ms`",
            Unit::Share => "a share such as `0.1%`",
            Unit::Number => "a rate such as `500/s`",
        };
        d.error(
            "wrong-bound",
            &node.at,
            format!("expected {wanted}, got `{}`", text.value),
        )
        .help("`baseline + 10%` compares with the record given as the baseline");
    }
    found
}

/// `baseline`, `baseline + 10%`, `baseline - 5%`: what the baseline had is taken so many times.
fn baseline(text: &str) -> Option<f64> {
    let rest = text.trim().strip_prefix("baseline")?.trim();
    if rest.is_empty() {
        return Some(1.0);
    }
    let sign = match rest.chars().next()? {
        '+' => 1.0,
        '-' => -1.0,
        _ => return None,
    };
    match time::operand(rest[1..].trim())? {
        Operand::Share(share) if share < 1.0 || sign > 0.0 => Some(1.0 + sign * share),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn baselines() {
        let table = [
            ("baseline", Some(1.0)),
            ("baseline + 10%", Some(1.1)),
            ("baseline+150%", Some(2.5)),
            ("baseline - 5%", Some(0.95)),
            ("baseline - 100%", None),
            ("baseline * 2", None),
            ("baseline + 10ms", None),
            ("50ms", None),
        ];
        for (text, times) in table {
            assert_eq!(baseline(text), times, "{text}");
        }
    }
}
