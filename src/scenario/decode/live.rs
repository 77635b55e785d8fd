//! `events` and `socket`.

use super::kinds::{aim, members, one_of, only_with, payload, template};
use super::{Context, tables};
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::{LiveFrom, LiveOpen, LiveStep, Said};
use crate::scenario::table::Table;
use crate::scenario::yaml::Node;

pub(super) fn events(node: &Node, cx: &mut Context<'_>) -> Option<LiveStep> {
    live(node, &tables::EVENTS, cx)
}

pub(super) fn socket(node: &Node, cx: &mut Context<'_>) -> Option<LiveStep> {
    live(node, &tables::SOCKET, cx)
}

fn live(node: &Node, table: &'static Table, cx: &mut Context<'_>) -> Option<LiveStep> {
    let mut fields = Fields::of(node, table, cx.diagnostics)?;
    let sound = one_of(&fields, &["open", "from"], table, cx);
    let step = if fields.has("open") {
        open(&mut fields, table, cx).map(LiveStep::Open)
    } else {
        from(&mut fields, table, cx).map(LiveStep::From)
    };
    fields.finish(cx.diagnostics);
    step.filter(|_| sound)
}

fn open(fields: &mut Fields<'_>, table: &'static Table, cx: &mut Context<'_>) -> Option<LiveOpen> {
    for key in known(table, &["send", "message", "close"]) {
        only_with(fields, key, "from", cx);
        fields.take_raw(key);
    }
    let with = members(fields, "with", cx);
    let aim = aim(fields, cx);
    let query = members(fields, "query", cx);
    Some(LiveOpen {
        name: template(fields, "open", cx)?,
        with,
        aim,
        query,
    })
}

fn from(fields: &mut Fields<'_>, table: &'static Table, cx: &mut Context<'_>) -> Option<LiveFrom> {
    only_with(fields, "query", "open", cx);
    fields.take_raw("query");
    let says = known(table, &["send", "message"]);
    for key in ["with", "aim"] {
        let owner = if says.is_empty() { "open" } else { "message" };
        only_with(fields, key, owner, cx);
    }
    if says.iter().filter(|key| fields.has(key)).count() > 1 {
        one_of(fields, &says, table, cx);
    }
    let handle = fields
        .take("from", cx.diagnostics)
        .and_then(|node| fields::text(node, cx.diagnostics));
    let with = members(fields, "with", cx);
    let aim = aim(fields, cx);
    let send = if says.is_empty() {
        None
    } else {
        let written = payload(fields, "send", cx).map(Said::Written);
        let message = template(fields, "message", cx);
        message.map(|name| Said::Message { name, with, aim }).or(written)
    };
    let close = fields
        .take("close", cx.diagnostics)
        .and_then(|node| fields::boolean(node, cx.diagnostics));
    Some(LiveFrom {
        handle: handle?,
        send,
        close: close.unwrap_or(false),
    })
}

/// Those of these keys that this kind has.
fn known(table: &'static Table, keys: &[&'static str]) -> Vec<&'static str> {
    let has = |key: &&'static str| table.names().any(|name| name == *key);
    keys.iter().copied().filter(has).collect()
}
