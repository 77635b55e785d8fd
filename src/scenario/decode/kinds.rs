//! The kinds of steps: one key names the kind.

use super::{Context, agent, expect, live, oauth, step, tables, webhook};
use crate::scenario::fields::{self, Fields, article};
use crate::scenario::model::{
    Aim, DoStep, ExecStep, HttpStep, Kind, McpCall, McpStep, RawStep, Spanned, UseStep, WaitStep,
};
use crate::scenario::model::{Data, Template, Time};
use crate::scenario::suggest;
use crate::scenario::table::Table;
use crate::scenario::yaml::Node;

/// Takes the kind of a step. After a mistake an empty group stands in its place, so that the rest is still read.
pub(super) fn kind(fields: &mut Fields<'_>, cx: &mut Context<'_>) -> Kind {
    let present: Vec<&str> = tables::KINDS
        .iter()
        .chain(tables::LATER_KINDS)
        .copied()
        .filter(|name| fields.has(name))
        .collect();
    let name = match present.as_slice() {
        [] => {
            cx.diagnostics
                .error(
                    "step-without-kind",
                    fields.at(),
                    "this step does nothing: no key names its kind",
                )
                .help(format!(
                    "kinds: {}",
                    suggest::listed(tables::KINDS.iter().copied())
                ));
            return Kind::Steps(vec![]);
        }
        [only] => *only,
        [first, second, ..] => {
            let at = fields.place(second).unwrap_or(fields.at()).clone();
            cx.diagnostics
                .error(
                    "several-kinds",
                    &at,
                    format!("a step has one kind, and this one has `{first}` and `{second}`"),
                )
                .help("write two steps, or group them under `steps` or `together`");
            for name in &present[1..] {
                fields.take_raw(name);
            }
            *first
        }
    };
    let place = fields.place(name).unwrap_or(fields.at()).clone();
    if tables::LATER_KINDS.contains(&name) {
        fields.take_raw(name);
        cx.diagnostics.error(
            "later-kind",
            &place,
            format!("the step `{name}` is not in this version"),
        );
        return Kind::Steps(vec![]);
    }
    let node = fields.take(name, cx.diagnostics);
    node.and_then(|node| of_name(name, node, cx))
        .unwrap_or(Kind::Steps(vec![]))
}

fn of_name(name: &str, node: &Node, cx: &mut Context<'_>) -> Option<Kind> {
    Some(match name {
        "http" => Kind::Http(http(node, cx)?),
        "raw" => Kind::Raw(raw(node, cx)?),
        "mcp" => Kind::Mcp(mcp(node, cx)?),
        "oauth" => Kind::OAuth(Box::new(oauth::oauth(node, cx)?)),
        "mint" => Kind::Mint(oauth::mint(node, cx)?),
        "serve" => Kind::Serve(oauth::serve(node, cx)?),
        "webhook" => Kind::Webhook(webhook::webhook(node, cx)?),
        "wait" => Kind::Wait(wait(node, cx)?),
        "do" => Kind::Do(act(node, cx)?),
        "use" => Kind::Use(used(node, cx)?),
        "exec" => Kind::Exec(exec(node, cx)?),
        "steps" => Kind::Steps(step::steps(node, cx)),
        "together" => Kind::Together(step::steps(node, cx)),
        "events" => Kind::Events(live::events(node, cx)?),
        "socket" => Kind::Socket(live::socket(node, cx)?),
        "observe" => Kind::Observe(expect::expect(node, cx)?),
        "requests" => Kind::Requests(Box::new(agent::requests(node, cx)?)),
        "ended" => Kind::Ended(agent::ended(node, cx)?),
        _ => Kind::Judge(fields::text(node, cx.diagnostics)?),
    })
}

pub(super) fn template(fields: &mut Fields<'_>, key: &str, cx: &mut Context<'_>) -> Option<Template> {
    fields
        .take(key, cx.diagnostics)
        .and_then(|node| fields::template(node, cx.diagnostics))
}

pub(super) fn members(
    fields: &mut Fields<'_>,
    key: &str,
    cx: &mut Context<'_>,
) -> Vec<(Spanned<String>, Data)> {
    let node = fields.take(key, cx.diagnostics);
    node.map(|node| fields::members(node, key, cx.diagnostics))
        .unwrap_or_default()
}

/// A payload: null is a value there.
pub(super) fn payload(fields: &mut Fields<'_>, key: &str, cx: &mut Context<'_>) -> Option<Data> {
    fields
        .take_raw(key)
        .map(|(_, node)| fields::data(node, cx.diagnostics))
}

/// Exactly one of these keys must be there.
pub(super) fn one_of(fields: &Fields<'_>, keys: &[&str], table: &Table, cx: &mut Context<'_>) -> bool {
    let present: Vec<&str> = keys.iter().copied().filter(|key| fields.has(key)).collect();
    if present.len() == 1 {
        return true;
    }
    let listed = keys
        .iter()
        .map(|key| format!("`{key}`"))
        .collect::<Vec<_>>()
        .join(", ");
    let what = article(table.name);
    let (at, message) = match present.as_slice() {
        [first, second, ..] => {
            let message = format!("`{first}` and `{second}` exclude each other");
            (fields.place(second).unwrap_or(fields.at()), message)
        }
        _ => (fields.at(), format!("{what} needs one of {listed}")),
    };
    cx.diagnostics
        .error("one-of-keys", at, message)
        .help(format!("{what} has exactly one of {listed}"));
    false
}

/// `key` makes sense only beside `other`.
pub(super) fn only_with(fields: &Fields<'_>, key: &str, other: &str, cx: &mut Context<'_>) {
    if let Some(at) = fields.place(key)
        && !fields.has(other)
    {
        cx.diagnostics.error(
            "stray-key",
            at,
            format!("`{key}` belongs to `{other}`, which is not here"),
        );
    }
}

fn http(node: &Node, cx: &mut Context<'_>) -> Option<HttpStep> {
    let mut fields = Fields::of(node, &tables::HTTP, cx.diagnostics)?;
    one_of(&fields, &["url", "probe"], &tables::HTTP, cx);
    if ["body", "json", "form"]
        .iter()
        .filter(|key| fields.has(key))
        .count()
        > 1
    {
        one_of(&fields, &["body", "json", "form"], &tables::HTTP, cx);
    }
    only_with(&fields, "with", "probe", cx);
    only_with(&fields, "aim", "probe", cx);
    let made = HttpStep {
        method: template(&mut fields, "method", cx),
        url: template(&mut fields, "url", cx),
        probe: template(&mut fields, "probe", cx),
        with: members(&mut fields, "with", cx),
        aim: aim(&mut fields, cx),
        query: members(&mut fields, "query", cx),
        body: template(&mut fields, "body", cx),
        json: payload(&mut fields, "json", cx),
        form: members(&mut fields, "form", cx),
        read: fields
            .take("read", cx.diagnostics)
            .and_then(|node| fields::moment(node, cx.diagnostics)),
        session: template(&mut fields, "session", cx),
        follow: fields
            .take("follow", cx.diagnostics)
            .and_then(|node| fields::boolean(node, cx.diagnostics))
            .unwrap_or(false),
    };
    if let Some(url) = &made.url
        && let Some(text) = url.as_literal()
        && !(text.starts_with('/') || text.contains("://"))
    {
        cx.diagnostics
            .error(
                "bad-url",
                &url.at,
                format!("`{text}` is neither absolute nor a path"),
            )
            .help(format!("`/{text}` is on the origin of the MCP endpoint"));
    }
    fields.finish(cx.diagnostics);
    Some(made)
}

/// `aim: PLACE` or `aim: { like: PLACE }`.
pub(super) fn aim(fields: &mut Fields<'_>, cx: &mut Context<'_>) -> Option<Aim> {
    let node = fields.take("aim", cx.diagnostics)?;
    if node.map().is_none() {
        return fields::template(node, cx.diagnostics).map(Aim::At);
    }
    let mut inner = Fields::of(node, &tables::LIKE, cx.diagnostics)?;
    let place = inner
        .need("like", cx.diagnostics)
        .and_then(|node| fields::template(node, cx.diagnostics));
    inner.finish(cx.diagnostics);
    place.map(Aim::Like)
}

fn raw(node: &Node, cx: &mut Context<'_>) -> Option<RawStep> {
    let mut fields = Fields::of(node, &tables::RAW, cx.diagnostics)?;
    let sound = one_of(&fields, &["head", "bytes"], &tables::RAW, cx);
    let head = template(&mut fields, "head", cx);
    let bytes = template(&mut fields, "bytes", cx);
    if bytes.is_some() && fields.has("body") {
        let at = fields.place("body").unwrap_or(fields.at()).clone();
        cx.diagnostics.error(
            "one-of-keys",
            &at,
            "`bytes` is the whole request: there is no `body` beside it",
        );
    }
    let body = template(&mut fields, "body", cx);
    fields.finish(cx.diagnostics);
    if let Some(bytes) = &bytes
        && let Some(wide) = bytes
            .as_literal()
            .and_then(|text| text.chars().find(|c| u32::from(*c) > 0xff))
    {
        cx.diagnostics
            .error(
                "not-a-byte",
                &bytes.at,
                format!("`{wide}` (U+{:04X}) is not one byte", u32::from(wide)),
            )
            .help("each character up to U+00FF is that byte; write UTF-8 as `\\xc3\\xa9`");
    }
    if !sound {
        return None;
    }
    match (head, bytes) {
        (Some(head), _) => Some(RawStep::Parts { head, body }),
        (None, Some(bytes)) => Some(RawStep::Bytes(bytes)),
        (None, None) => None,
    }
}

pub(super) fn mcp(node: &Node, cx: &mut Context<'_>) -> Option<McpStep> {
    let mut fields = Fields::of(node, &tables::MCP, cx.diagnostics)?;
    let sound = one_of(&fields, &["probe", "tool", "method"], &tables::MCP, cx);
    only_with(&fields, "with", "probe", cx);
    only_with(&fields, "aim", "probe", cx);
    only_with(&fields, "arguments", "tool", cx);
    only_with(&fields, "params", "method", cx);
    let (probe, tool) = (
        template(&mut fields, "probe", cx),
        template(&mut fields, "tool", cx),
    );
    let method = template(&mut fields, "method", cx);
    let arguments = payload(&mut fields, "arguments", cx);
    let params = payload(&mut fields, "params", cx);
    let call = match (probe, tool, method) {
        (Some(probe), _, _) => Some(McpCall::Probe(probe)),
        (None, Some(tool), _) => Some(McpCall::Tool { tool, arguments }),
        (None, None, Some(method)) => Some(McpCall::Method { method, params }),
        _ => None,
    };
    let made = call.map(|call| McpStep {
        call,
        with: members(&mut fields, "with", cx),
        aim: aim(&mut fields, cx),
        session: template(&mut fields, "session", cx),
        endpoint: fields
            .take("at", cx.diagnostics)
            .and_then(|node| fields::text(node, cx.diagnostics)),
        query: members(&mut fields, "query", cx),
        envelope: members(&mut fields, "envelope", cx),
        capabilities: payload(&mut fields, "capabilities", cx),
        meta: payload(&mut fields, "meta", cx),
        read: fields
            .take("read", cx.diagnostics)
            .and_then(|node| fields::moment(node, cx.diagnostics)),
        events: fields
            .take("events", cx.diagnostics)
            .and_then(|node| fields::count(node, 1, cx.diagnostics)),
        notification: fields
            .take("notification", cx.diagnostics)
            .and_then(|node| fields::boolean(node, cx.diagnostics))
            .unwrap_or(false),
    });
    if let Some(step) = &made
        && step.events.is_some()
        && step.read.is_none()
    {
        cx.diagnostics
            .error(
                "events-without-read",
                &node.at,
                "`events` says how many are enough, and nothing says how long to wait for them",
            )
            .help("`read: 5s` beside it");
    }
    if made.is_some() {
        fields.finish(cx.diagnostics);
    }
    made.filter(|_| sound)
}

fn wait(node: &Node, cx: &mut Context<'_>) -> Option<WaitStep> {
    if node.map().is_none() {
        return fields::moment(node, cx.diagnostics).map(|lasting| WaitStep { since: None, lasting });
    }
    let mut fields = Fields::of(node, &tables::WAIT, cx.diagnostics)?;
    let since = fields
        .take("since", cx.diagnostics)
        .and_then(|node| fields::text(node, cx.diagnostics));
    let lasting: Option<Time> = fields
        .need("for", cx.diagnostics)
        .and_then(|node| fields::moment(node, cx.diagnostics));
    fields.finish(cx.diagnostics);
    lasting.map(|lasting| WaitStep { since, lasting })
}

pub(super) fn act(node: &Node, cx: &mut Context<'_>) -> Option<DoStep> {
    let entries = fields::entries(node, "one verb and its object", cx.diagnostics);
    let [(verb, object), more @ ..] = entries else {
        if node.map().is_some() {
            cx.diagnostics
                .error("one-of-keys", &node.at, "`do` names no verb");
        }
        return None;
    };
    if let Some((second, _)) = more.first() {
        cx.diagnostics
            .error("one-of-keys", &second.at, "`do` takes one verb")
            .help("write a step for each; `together` makes them happen at once");
    }
    if !tables::VERBS.contains(&verb.value.as_str()) {
        fields::unknown_word(verb, tables::VERBS, "verb", cx.diagnostics);
        return None;
    }
    if object.is_null() {
        cx.diagnostics
            .error("empty-value", &verb.at, format!("`{}` has no object", verb.value));
        return None;
    }
    Some(DoStep {
        verb: verb.clone(),
        object: fields::data(object, cx.diagnostics),
    })
}

pub(super) fn used(node: &Node, cx: &mut Context<'_>) -> Option<UseStep> {
    if node.map().is_none() {
        return fields::text(node, cx.diagnostics).map(|path| UseStep {
            path,
            with: vec![],
            scenario: None,
        });
    }
    let mut fields = Fields::of(node, &tables::USE, cx.diagnostics)?;
    let path = fields
        .need("path", cx.diagnostics)
        .and_then(|node| fields::text(node, cx.diagnostics));
    let with = members(&mut fields, "with", cx);
    fields.finish(cx.diagnostics);
    path.map(|path| UseStep {
        path,
        with,
        scenario: None,
    })
}

fn exec(node: &Node, cx: &mut Context<'_>) -> Option<ExecStep> {
    let (argv, stdin) = if node.map().is_some() {
        let mut fields = Fields::of(node, &tables::EXEC, cx.diagnostics)?;
        let argv = fields.need("argv", cx.diagnostics)?;
        let stdin = template(&mut fields, "stdin", cx);
        fields.finish(cx.diagnostics);
        (argv, stdin)
    } else {
        (node, None)
    };
    if argv.text().is_some() {
        cx.diagnostics
            .error("wrong-type", &argv.at, "a command is a list: there is no shell")
            .help("`exec: [program, argument]`");
        return None;
    }
    let argv = fields::list(argv, cx.diagnostics);
    let argv: Vec<Template> = argv
        .iter()
        .filter_map(|item| fields::template(item, cx.diagnostics))
        .collect();
    (!argv.is_empty()).then_some(ExecStep { argv, stdin })
}
