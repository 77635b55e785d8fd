//! Probes and hooks.

use std::collections::BTreeMap;

use super::reference::{self, Place, check, walk};
use super::visit::{inputs, visit};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::{At, Data, HeaderValue, Spanned, Template};
use crate::scenario::suggest;
use crate::scenario::table::Table;
use crate::scenario::yaml::Node;
use crate::target::keys::{AREAS, EFFECTS, HOOK, HTTP_CALL, PROBE, UNDO, VERBS};
use crate::target::model::{NOBODY, Target};
use crate::target::probe::{Area, Call, Effect, Hook, HttpCall, HttpContent, Probe, Verb};

/// Names that `${target.probes.…}` uses for groups.
const RESERVED: &[&str] = &[
    "reading",
    "writing",
    "destroying",
    "restricted",
    "aimed-reads",
    "aimed-writes",
];

/// `probes:`.
pub(super) fn probes(node: &Node, diagnostics: &mut Diagnostics) -> BTreeMap<String, Probe> {
    let mut probes = BTreeMap::new();
    for (name, node) in super::named(node, "probes", diagnostics) {
        if RESERVED.contains(&name.value.as_str())
            || name.value.starts_with("by-")
            || name.value.starts_with("with-")
            || name.value.starts_with("giving-")
            || name.value.contains("reads-by-")
            || name.value.starts_with("writes-by-")
        {
            diagnostics
                .error(
                    "reserved-name",
                    &name.at,
                    format!("`{}` names a group of probes", name.value),
                )
                .help("`${target.probes.writing}` and the like are groups; choose another name");
        }
        if let Some(probe) = probe(name, node, diagnostics) {
            probes.insert(name.value.clone(), probe);
        }
    }
    probes
}

fn probe(name: &Spanned<String>, node: &Node, diagnostics: &mut Diagnostics) -> Option<Probe> {
    let mut entries = Fields::of(node, &PROBE, diagnostics)?;
    let call = call(&mut entries, &PROBE, &name.at, Place::Call, diagnostics);
    let effect = entries.take("effect", diagnostics);
    let effect = effect.and_then(|node| fields::word(node, EFFECTS, "effect", diagnostics));
    let effect = effect
        .and_then(|word| Effect::parse(&word.value))
        .unwrap_or_default();
    let defaults = entries
        .take("with", diagnostics)
        .map(|node| fields::entries(node, "inputs", diagnostics));
    let gives = entries
        .take("gives", diagnostics)
        .map(|node| gives(node, diagnostics))
        .unwrap_or_default();
    let undo = entries
        .take("undo", diagnostics)
        .and_then(|node| undo(node, &gives, diagnostics));
    let who = entries
        .take("as", diagnostics)
        .and_then(|node| fields::text(node, diagnostics));
    let area = entries
        .take("area", diagnostics)
        .and_then(|node| fields::word(node, AREAS, "area", diagnostics))
        .and_then(|word| Area::parse(&word.value))
        .unwrap_or_default();
    entries.finish(diagnostics);
    let call = call?;
    let used = inputs(&call);
    let mut with = BTreeMap::new();
    for (input, node) in defaults.unwrap_or_default() {
        let read_by_undo = undo
            .as_ref()
            .is_some_and(|undo| inputs(undo).contains(&input.value));
        if !used.contains(&input.value) && !read_by_undo {
            diagnostics
                .warning(
                    "unused-input",
                    &input.at,
                    format!("the probe never reads `${{with.{}}}`", input.value),
                )
                .meant(suggest::nearest(&input.value, used.iter().map(String::as_str)));
        }
        with.insert(
            input.value.clone(),
            reference::data(node, Place::Call, diagnostics),
        );
    }
    let inputs = used.into_iter().chain(with.keys().cloned()).collect();
    Some(Probe {
        name: name.clone(),
        effect,
        call,
        with,
        inputs,
        gives,
        undo,
        who,
        area,
    })
}

fn undo(
    node: &Node,
    gives: &BTreeMap<String, Spanned<String>>,
    diagnostics: &mut Diagnostics,
) -> Option<Call> {
    let mut entries = Fields::of(node, &UNDO, diagnostics)?;
    let call = call(&mut entries, &UNDO, &node.at, Place::Undo, diagnostics);
    entries.finish(diagnostics);
    let call = call?;
    visit(&call, &mut |template| {
        for reference in template
            .references()
            .filter(|reference| reference.path.len() == 1)
        {
            let name = &reference.path[0];
            if !gives.contains_key(name) && name != "omit" {
                diagnostics
                    .error(
                        "unknown-reference",
                        &template.place_of(reference),
                        format!("the call gives no `{name}`"),
                    )
                    .help(format!("add `gives: {{ {name}: $.{name} }}` to the probe"))
                    .meant(suggest::nearest(name, gives.keys().map(String::as_str)));
            }
        }
    });
    Some(call)
}

fn gives(node: &Node, diagnostics: &mut Diagnostics) -> BTreeMap<String, Spanned<String>> {
    let mut outputs = BTreeMap::new();
    for (name, node) in super::named(node, "outputs", diagnostics) {
        let Some(path) = fields::text(node, diagnostics) else {
            continue;
        };
        if let Err(error) = serde_json_path::JsonPath::parse(&path.value) {
            let found = diagnostics.error(
                "bad-jsonpath",
                &path.at,
                format!("this is not a JSONPath: {error}"),
            );
            if !path.value.starts_with('$') {
                found.help(format!(
                    "a path starts at the root: `$.{}`",
                    path.value.trim_start_matches('.')
                ));
            }
            continue;
        }
        outputs.insert(name.value.clone(), path);
    }
    outputs
}

/// `hooks:`.
pub(super) fn hooks(node: &Node, diagnostics: &mut Diagnostics) -> BTreeMap<Verb, Hook> {
    let mut hooks = BTreeMap::new();
    for (name, node) in fields::entries(node, "hooks", diagnostics) {
        let Some(verb) = Verb::parse(&name.value) else {
            fields::unknown_word(name, VERBS, "act", diagnostics);
            continue;
        };
        if let Some(hook) = hook(name, node, diagnostics) {
            hooks.insert(verb, hook);
        }
    }
    hooks
}

fn hook(name: &Spanned<String>, node: &Node, diagnostics: &mut Diagnostics) -> Option<Hook> {
    let mut entries = Fields::of(node, &HOOK, diagnostics)?;
    let who = entries
        .take("as", diagnostics)
        .and_then(|node| fields::text(node, diagnostics));
    let hook = if let Some(node) = entries.take("exec", diagnostics) {
        let argv = fields::list(node, diagnostics).iter();
        let argv: Vec<Template> = argv
            .filter_map(|node| reference::text(node, Place::Call, diagnostics))
            .collect();
        (!argv.is_empty()).then_some(Hook::Exec(argv))
    } else {
        call(&mut entries, &HOOK, &name.at, Place::Call, diagnostics)
            .map(|call| Hook::Call(Box::new(call), who))
    };
    entries.finish(diagnostics);
    hook
}

/// Exactly one of `tool`, `method`, `http`, with what belongs to it.
fn call(
    entries: &mut Fields<'_>,
    table: &'static Table,
    at: &At,
    place: Place,
    diagnostics: &mut Diagnostics,
) -> Option<Call> {
    let kinds: Vec<&str> = ["tool", "method", "http"]
        .into_iter()
        .filter(|kind| entries.has(kind))
        .collect();
    if kinds.len() != 1 {
        let what = fields::article(table.name);
        let message = match kinds.as_slice() {
            [] => format!("{what} says what it calls"),
            _ => format!("{what} calls one thing, got {}", kinds.join(" and ")),
        };
        diagnostics
            .error("one-call", at, message)
            .help("one of `tool: NAME`, `method: NAME`, `http: { url: … }`");
    }
    let mut text = |key: &str| reference::text(entries.take(key, diagnostics)?, place, diagnostics);
    let (tool, method) = (text("tool"), text("method"));
    let mut data = |key: &str| {
        Some(reference::data(
            entries.take(key, diagnostics)?,
            place,
            diagnostics,
        ))
    };
    let (arguments, params) = (data("arguments"), data("params"));
    for (data, key) in [(&arguments, "arguments"), (&params, "params")] {
        if let Some(data) = data
            && !matches!(data, Data::Map(..))
        {
            diagnostics.error("wrong-type", data.at(), format!("`{key}` is a mapping"));
        }
    }
    misplaced(
        arguments.as_ref(),
        "arguments",
        "tool",
        tool.is_some(),
        diagnostics,
    );
    misplaced(params.as_ref(), "params", "method", method.is_some(), diagnostics);
    let http = entries
        .take("http", diagnostics)
        .and_then(|node| http(node, place, diagnostics));
    if let Some(tool) = tool {
        return Some(Call::Tool { tool, arguments });
    }
    if let Some(method) = method {
        return Some(Call::Method { method, params });
    }
    http.map(Call::Http)
}

fn misplaced(data: Option<&Data>, key: &str, owner: &str, owned: bool, diagnostics: &mut Diagnostics) {
    if let Some(data) = data
        && !owned
    {
        diagnostics.error(
            "misplaced-key",
            data.at(),
            format!("`{key}` belongs to `{owner}`"),
        );
    }
}

pub(super) fn http(node: &Node, place: Place, diagnostics: &mut Diagnostics) -> Option<HttpCall> {
    let mut entries = Fields::of(node, &HTTP_CALL, diagnostics)?;
    let url = entries
        .need("url", diagnostics)
        .and_then(|node| reference::text(node, place, diagnostics));
    let method = entries
        .take("method", diagnostics)
        .and_then(|node| reference::text(node, place, diagnostics));
    let headers = entries
        .take("headers", diagnostics)
        .map(|node| headers(node, place, diagnostics));
    let mut pairs = |key: &str, diagnostics: &mut Diagnostics| {
        let node = entries.take(key, diagnostics)?;
        let pairs = fields::members(node, "values", diagnostics);
        for (_, data) in &pairs {
            walk(data, &mut |template| check(template, place, diagnostics));
        }
        Some(pairs)
    };
    let query = pairs("query", diagnostics).unwrap_or_default();
    let form = pairs("form", diagnostics).map(HttpContent::Form);
    let json = entries
        .take_raw("json")
        .map(|(_, node)| HttpContent::Json(reference::data(node, place, diagnostics)));
    let body = entries
        .take("body", diagnostics)
        .and_then(|node| reference::text(node, place, diagnostics));
    let contents: Vec<HttpContent> = [form, json, body.map(HttpContent::Body)]
        .into_iter()
        .flatten()
        .collect();
    if contents.len() > 1 {
        diagnostics.error(
            "two-contents",
            &node.at,
            "a request has one content: `json`, `form` or `body`",
        );
    }
    entries.finish(diagnostics);
    let content = contents.into_iter().next().unwrap_or_default();
    Some(HttpCall {
        method,
        url: url?,
        headers: headers.unwrap_or_default(),
        query,
        content,
    })
}

fn headers(node: &Node, place: Place, diagnostics: &mut Diagnostics) -> Vec<(Spanned<String>, HeaderValue)> {
    let mut headers = Vec::new();
    for (name, node) in fields::entries(node, "header lines", diagnostics) {
        if node.list().is_some() {
            let lines = fields::list(node, diagnostics).iter();
            let lines = lines
                .filter_map(|node| reference::text(node, place, diagnostics))
                .collect();
            headers.push((name.clone(), HeaderValue::Many(lines)));
        } else if let Some(line) = reference::text(node, place, diagnostics) {
            headers.push((name.clone(), HeaderValue::One(line)));
        }
    }
    headers
}

/// Principals named by probes and hooks exist.
pub(super) fn check_names(target: &Target, diagnostics: &mut Diagnostics) {
    let by_hooks = target.hooks.values().filter_map(|hook| match hook {
        Hook::Call(_, who) => who.as_ref(),
        Hook::Exec(_) => None,
    });
    let named = target
        .probes
        .values()
        .filter_map(|probe| probe.who.as_ref())
        .chain(by_hooks);
    let known = || {
        target
            .principals
            .iter()
            .map(|principal| principal.name.value.as_str())
    };
    for who in named {
        if who.value != NOBODY && !known().any(|name| name == who.value) {
            diagnostics
                .error(
                    "unknown-principal",
                    &who.at,
                    format!("there is no principal `{}`", who.value),
                )
                .help(format!(
                    "principals: {}",
                    suggest::listed(known().chain([NOBODY]))
                ))
                .meant(suggest::nearest(&who.value, known().chain([NOBODY])));
        }
    }
}
