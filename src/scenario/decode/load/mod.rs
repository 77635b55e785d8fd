//! Load plans. Every mistake is reported, and what could be read is still given, for the lint.

mod arrivals;
mod mix;
mod threshold;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::{Context, kinds, live, tables};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::{Callers, During, Fleet, Invariant, Kind, LiveStep, LoadPlan, SourceFile, Spanned};
use crate::scenario::yaml::{self, Node};

/// Parses and decodes a load file.
pub fn load_plan(file: &Arc<SourceFile>, id: &str, diagnostics: &mut Diagnostics) -> Option<LoadPlan> {
    let root = yaml::parse(file, diagnostics)?;
    let mut cx = Context {
        diagnostics,
        handles: BTreeSet::new(),
    };
    plan(file, id, &root, &mut cx)
}

fn plan(file: &Arc<SourceFile>, id: &str, root: &Node, cx: &mut Context<'_>) -> Option<LoadPlan> {
    let mut fields = Fields::of(root, &tables::LOAD, cx.diagnostics)?;
    let d = &mut *cx.diagnostics;
    let title = fields.need("load", d).and_then(|node| fields::text(node, d));
    let rules = fields.take("rules", d).map(|node| fields::texts(node, d));
    let callers = fields.take("as", d).and_then(|node| callers(node, d));
    let mix = fields
        .need("mix", cx.diagnostics)
        .map(|node| mix::entries(node, cx));
    let model = arrivals::model(&mut fields, cx.diagnostics);
    let streams = fields.take("streams", cx.diagnostics).map(|node| fleets(node, cx));
    let during = fields.take("during", cx.diagnostics).map(|node| during(node, cx));
    let d = &mut *cx.diagnostics;
    let invariants = fields.take("invariants", d).map(|node| invariants(node, d));
    let thresholds = fields.take("thresholds", d).map(|node| threshold::all(node, d));
    let made = LoadPlan {
        id: id.to_owned(),
        file: Arc::clone(file),
        title: title.unwrap_or_else(|| Spanned {
            value: String::new(),
            at: root.at.clone(),
        }),
        rules: rules.unwrap_or_default(),
        callers: callers.unwrap_or(Callers::Default),
        mix: mix.unwrap_or_default(),
        streams: streams.unwrap_or_default(),
        model,
        during: during.unwrap_or_default(),
        invariants: invariants.unwrap_or_default(),
        thresholds: thresholds.unwrap_or_default(),
        warm_up: duration(&mut fields, "warm-up", d).unwrap_or_default(),
        seed: fields.take("seed", d).and_then(|node| fields::count(node, 0, d)),
        in_flight: counted(&mut fields, "max-in-flight", d),
        timeout: duration(&mut fields, "timeout", d),
        exact: fields
            .take("pacing", d)
            .and_then(|node| fields::word(node, &["fine", "exact"], "pacing", d))
            .is_some_and(|word| word.value == "exact"),
        may_drop: fields
            .take("drop", d)
            .and_then(|node| fields::boolean(node, d))
            .unwrap_or(false),
    };
    fields.finish(d);
    Some(made)
}

fn duration(fields: &mut Fields<'_>, key: &str, d: &mut Diagnostics) -> Option<Duration> {
    fields.take(key, d).and_then(|node| fields::duration(node, d))
}

fn counted(fields: &mut Fields<'_>, key: &str, d: &mut Diagnostics) -> Option<Spanned<u64>> {
    let node = fields.take(key, d)?;
    let value = fields::count(node, 1, d)?;
    Some(Spanned {
        value,
        at: node.at.clone(),
    })
}

fn invariants(node: &Node, d: &mut Diagnostics) -> Vec<Invariant> {
    let known = tables::INVARIANTS;
    let one = |node: &Node, d: &mut Diagnostics| {
        if node.map().is_none() {
            let name = fields::word(node, known, "invariant", d)?;
            return Some(Invariant { name, rule: None });
        }
        let mut fields = Fields::of(node, &tables::INVARIANT, d)?;
        let name = fields.need("holds", d);
        let name = name.and_then(|node| fields::word(node, known, "invariant", d));
        let rule = fields.take("rule", d).and_then(|node| fields::text(node, d));
        fields.finish(d);
        Some(Invariant { name: name?, rule })
    };
    match node.list() {
        Some(items) => items.iter().filter_map(|node| one(node, d)).collect(),
        None => one(node, d).into_iter().collect(),
    }
}

fn callers(node: &Node, d: &mut Diagnostics) -> Option<Callers> {
    if node.map().is_none() {
        return Some(Callers::Principals(fields::texts(node, d)));
    }
    let mut fields = Fields::of(node, &tables::CALLERS, d)?;
    if !fields.has("identities") {
        fields.need("identities", d);
    }
    let many = counted(&mut fields, "identities", d);
    fields.finish(d);
    many.map(Callers::Identities)
}

fn fleets(node: &Node, cx: &mut Context<'_>) -> Vec<Fleet> {
    let items = fields::list(node, cx.diagnostics);
    items.iter().filter_map(|item| fleet(item, cx)).collect()
}

fn fleet(node: &Node, cx: &mut Context<'_>) -> Option<Fleet> {
    let mut fields = Fields::of(node, &tables::FLEET, cx.diagnostics)?;
    let sound = kinds::one_of(&fields, &["events", "socket"], &tables::FLEET, cx);
    if !fields.has("count") {
        fields.need("count", cx.diagnostics);
    }
    let count = counted(&mut fields, "count", cx.diagnostics);
    let events = fields.take("events", cx.diagnostics).and_then(|node| live::events(node, cx));
    let socket = fields.take("socket", cx.diagnostics).and_then(|node| live::socket(node, cx));
    if sound {
        fields.finish(cx.diagnostics);
    }
    let kind = events.map(Kind::Events).or(socket.map(Kind::Socket))?;
    if !matches!(kind, Kind::Events(LiveStep::Open(_)) | Kind::Socket(LiveStep::Open(_))) {
        cx.diagnostics
            .error("no-step", &node.at, "there is no step here to go on with")
            .help("`{ count: 100, events: { open: mcp } }`");
        return None;
    }
    Some(Fleet {
        count: count?,
        kind,
        at: node.at.clone(),
    })
}

fn during(node: &Node, cx: &mut Context<'_>) -> Vec<During> {
    let items = fields::list(node, cx.diagnostics);
    items.iter().filter_map(|item| event(item, cx)).collect()
}

fn event(node: &Node, cx: &mut Context<'_>) -> Option<During> {
    let mut fields = Fields::of(node, &tables::DURING, cx.diagnostics)?;
    let at = fields.need("at", cx.diagnostics);
    let at = at.and_then(|node| {
        fields::duration(node, cx.diagnostics).map(|value| Spanned {
            value,
            at: node.at.clone(),
        })
    });
    let act = fields
        .need("do", cx.diagnostics)
        .and_then(|node| kinds::act(node, cx));
    fields.finish(cx.diagnostics);
    Some(During { at: at?, act: act? })
}
