//! What is asked of many answers together: how many, how fast, how random.

use super::super::matcher::{self, Flavour};
use super::super::{Context, selector, tables};
use super::expect;
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::{Captured, ClauseKind, Spanned};
use crate::scenario::yaml::Node;

pub(super) fn count(node: &Node, cx: &mut Context<'_>) -> Option<ClauseKind> {
    let long = node.get("of").is_some() || node.get("is").is_some();
    if !long {
        return matcher::matcher(node, Flavour::Count, cx).map(|is| ClauseKind::Count {
            of: None,
            within: None,
            is,
        });
    }
    let mut fields = Fields::of(node, &tables::COUNT, cx.diagnostics)?;
    let of = fields
        .take("of", cx.diagnostics)
        .and_then(|node| expect(node, cx));
    let is = fields
        .need("is", cx.diagnostics)
        .and_then(|node| matcher::matcher(node, Flavour::Count, cx));
    let within = fields.take("within", cx.diagnostics).map(|node| {
        // Only to be told of what is no duration.
        let _ = fields::moment(node, cx.diagnostics);
        fields::data(node, &mut Diagnostics::new())
    });
    fields.finish(cx.diagnostics);
    is.map(|is| ClauseKind::Count { of, within, is })
}

pub(super) fn pace(node: &Node, cx: &mut Context<'_>) -> Option<ClauseKind> {
    let mut fields = Fields::of(node, &tables::PACE, cx.diagnostics)?;
    let of = fields.need("of", cx.diagnostics);
    let like = fields.need("like", cx.diagnostics);
    fields.finish(cx.diagnostics);
    let mut names = |node: &Node| -> Vec<Spanned<String>> {
        let all = fields::one_or_many(node).iter();
        all.filter_map(|node| fields::text(node, cx.diagnostics))
            .collect()
    };
    Some(ClauseKind::Pace {
        of: names(of?),
        like: names(like?),
    })
}

pub(super) fn entropy(node: &Node, cx: &mut Context<'_>) -> Option<ClauseKind> {
    let mut fields = Fields::of(node, &tables::ENTROPY, cx.diagnostics)?;
    let of = fields.need("of", cx.diagnostics);
    let bits = fields
        .need("bits", cx.diagnostics)
        .and_then(|node| matcher::matcher(node, Flavour::Plain, cx));
    fields.finish(cx.diagnostics);
    let node = of?;
    let (selector, secret) = selector::source(node, cx)?;
    Some(ClauseKind::Entropy {
        of: Captured {
            selector,
            secret,
            at: node.at.clone(),
        },
        bits: bits?,
    })
}
