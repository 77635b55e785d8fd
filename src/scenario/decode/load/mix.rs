//! `mix:`.

use super::super::{Context, kinds, step, tables};
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::{MixAct, MixEntry, Spanned};
use crate::scenario::yaml::Node;

const ACTS: [&str; 4] = ["mcp", "use", "refresh", "reopen"];

pub(super) fn entries(node: &Node, cx: &mut Context<'_>) -> Vec<MixEntry> {
    let items = fields::list(node, cx.diagnostics);
    items.iter().filter_map(|item| entry(item, cx)).collect()
}

fn entry(node: &Node, cx: &mut Context<'_>) -> Option<MixEntry> {
    let mut fields = Fields::of(node, &tables::MIX, cx.diagnostics)?;
    let sound = kinds::one_of(&fields, &ACTS, &tables::MIX, cx);
    let weight = super::counted(&mut fields, "weight", cx.diagnostics).unwrap_or_else(|| Spanned {
        value: 1,
        at: node.at.clone(),
    });
    let name = fields
        .take("name", cx.diagnostics)
        .and_then(|node| fields::text(node, cx.diagnostics));
    let who = fields
        .take("as", cx.diagnostics)
        .and_then(|node| step::who(node, cx));
    let refused = fields
        .take("refused", cx.diagnostics)
        .and_then(|node| fields::boolean(node, cx.diagnostics))
        .unwrap_or(false);
    let act = ACTS.iter().find(|act| fields.has(act)).and_then(|act| {
        let inner = fields.take(act, cx.diagnostics)?;
        of_name(act, inner, cx)
    });
    if sound {
        fields.finish(cx.diagnostics);
    }
    Some(MixEntry {
        weight,
        name,
        who,
        refused,
        act: act.filter(|_| sound)?,
        at: node.at.clone(),
    })
}

fn of_name(name: &str, node: &Node, cx: &mut Context<'_>) -> Option<MixAct> {
    match name {
        "mcp" => kinds::mcp(node, cx).map(|step| MixAct::Mcp(Box::new(step))),
        "use" => kinds::used(node, cx).map(MixAct::Use),
        "refresh" => {
            fields::word(node, &["token"], "thing to refresh", cx.diagnostics).map(|_| MixAct::Refresh)
        }
        _ => fields::word(node, &["session"], "thing to reopen", cx.diagnostics).map(|_| MixAct::Reopen),
    }
}
