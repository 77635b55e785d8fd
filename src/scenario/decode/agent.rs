//! An agent file into a scenario: one step that runs the command, then the steps that judge what it did.

use std::sync::Arc;

use super::kinds::{members, payload, template};
use super::{Context, cases, expect, step, steps_of, tables};
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::{
    AgentStep, AgentWorld, Carrying, Clause, ClauseKind, Data, EndedLook, Expect, Kind, PlanEntry, PlanReply,
    Redirect, Scenario, Selection, Selector, SourceFile, Spanned, Step, Task, Traits, When,
};
use crate::scenario::yaml::Node;

pub(super) fn agent(file: &Arc<SourceFile>, id: &str, root: &Node, cx: &mut Context<'_>) -> Option<Scenario> {
    let mut fields = Fields::of(root, &tables::AGENT, cx.diagnostics)?;
    let mut made = super::opening(file, id, root, "agent", &mut fields, cx);
    made.subject = vec![Spanned {
        value: "client".to_owned(),
        at: root.at.clone(),
    }];
    made.cases = fields
        .take("cases", cx.diagnostics)
        .map(|node| cases::cases(node, cx))
        .unwrap_or_default();
    let task = fields
        .need("task", cx.diagnostics)
        .and_then(|node| task(node, cx));
    let world = fields.take("world", cx.diagnostics);
    let world = world.and_then(|node| self::world(node, cx)).unwrap_or_default();
    if let Some(task) = task {
        let runs = Kind::Agent(Box::new(AgentStep { task, world }));
        made.steps.push(Step::bare(root.at.clone(), runs));
    }
    if fields.has("judge") {
        made.steps.extend(steps_of(&mut fields, "judge", cx));
    } else {
        fields.need("judge", cx.diagnostics);
    }
    fields.finish(cx.diagnostics);
    Some(made)
}

/// A word, or a mapping.
fn task(node: &Node, cx: &mut Context<'_>) -> Option<Task> {
    // One that nobody knows is kept, so that the rest of the file is read as what it is.
    let word = |node: &Node, cx: &mut Context<'_>| {
        let text = fields::text(node, cx.diagnostics)?;
        if !tables::TASKS.contains(&text.value.as_str()) {
            fields::unknown_word(&text, tables::TASKS, "task", cx.diagnostics);
        }
        Some(text)
    };
    if node.map().is_none() {
        return Some(Task {
            name: word(node, cx)?,
            tool: None,
            arguments: None,
            count: None,
            idle: None,
            stay: None,
        });
    }
    let mut inner = Fields::of(node, &tables::TASK, cx.diagnostics)?;
    let name = inner.need("name", cx.diagnostics).and_then(|node| word(node, cx));
    let tool = template(&mut inner, "tool", cx);
    let arguments = payload(&mut inner, "arguments", cx);
    let d = &mut *cx.diagnostics;
    let count = inner.take("count", d).and_then(|node| fields::count(node, 1, d));
    let idle = inner.take("idle", d).and_then(|node| fields::moment(node, d));
    let stay = inner.take("stay", d).and_then(|node| fields::moment(node, d));
    inner.finish(d);
    Some(Task {
        name: name?,
        tool,
        arguments,
        count,
        idle,
        stay,
    })
}

fn world(node: &Node, cx: &mut Context<'_>) -> Option<AgentWorld> {
    let mut inner = Fields::of(node, &tables::WORLD, cx.diagnostics)?;
    let d = &mut *cx.diagnostics;
    let principal = inner.take("principal", d).and_then(|node| fields::text(node, d));
    let start = inner
        .take("start", d)
        .and_then(|node| fields::word(node, tables::STARTS, "start", d));
    let behaviour = inner.take("behaviour", d).and_then(|node| fields::text(node, d));
    let mut texts = |key: &str| {
        inner
            .take(key, d)
            .map(|node| fields::texts(node, d))
            .unwrap_or_default()
    };
    let (defects, variants) = (texts("defects"), texts("variants"));
    let consent = inner
        .take("consent", d)
        .and_then(|node| fields::word(node, tables::DECISIONS, "decision", d));
    let lives = inner
        .take("lives", cx.diagnostics)
        .and_then(|node| fields::count(node, 1, cx.diagnostics));
    let copies = inner
        .take("copies", cx.diagnostics)
        .and_then(|node| fields::count(node, 1, cx.diagnostics));
    let env = members(&mut inner, "env", cx);
    let callback = members(&mut inner, "callback", cx);
    let plan = inner.take("plan", cx.diagnostics);
    let plan = plan
        .map(|node| fields::list(node, cx.diagnostics))
        .unwrap_or_default();
    let plan = plan.iter().filter_map(|node| entry(node, cx)).collect();
    inner.finish(cx.diagnostics);
    Some(AgentWorld {
        principal,
        start,
        behaviour,
        defects,
        variants,
        lives,
        copies,
        consent,
        callback,
        env,
        plan,
    })
}

fn entry(node: &Node, cx: &mut Context<'_>) -> Option<PlanEntry> {
    let mut inner = Fields::of(node, &tables::PLAN, cx.diagnostics)?;
    let id = step::slug(&mut inner, "id", cx);
    let when = inner.need("when", cx.diagnostics).and_then(|node| when(node, cx));
    let reply = inner
        .take("reply", cx.diagnostics)
        .and_then(|node| reply(node, cx));
    let change = inner
        .take("change", cx.diagnostics)
        .and_then(|node| self::reply(node, cx));
    let redirect = inner
        .take("redirect", cx.diagnostics)
        .and_then(|node| redirect(node, cx));
    let acts = inner
        .take("do", cx.diagnostics)
        .map(fields::one_or_many)
        .unwrap_or_default();
    let acts = acts
        .iter()
        .filter_map(|node| super::kinds::act(node, cx))
        .collect();
    let d = &mut *cx.diagnostics;
    let delay = inner.take("delay", d).and_then(|node| fields::moment(node, d));
    let drop = inner
        .take("drop", d)
        .and_then(|node| fields::word(node, tables::DROPS, "moment of a drop", d));
    let half = inner.take("half", d).and_then(|node| fields::boolean(node, d));
    let moment = inner
        .take("moment", d)
        .and_then(|node| fields::word(node, tables::MOMENTS, "moment", d));
    let skew = inner
        .take("date-skew", d)
        .and_then(|node| fields::template(node, d));
    inner.finish(d);
    let made = PlanEntry {
        at: node.at.clone(),
        id,
        when: when?,
        reply,
        change,
        delay,
        drop,
        half: half.unwrap_or(false),
        redirect,
        acts,
        moment,
        skew,
    };
    one_course(&made, cx);
    Some(made)
}

/// A request has one end.
fn one_course(entry: &PlanEntry, cx: &mut Context<'_>) {
    let courses = [
        entry.reply.is_some(),
        entry.redirect.is_some(),
        entry.drop.as_ref().is_some_and(|drop| drop.value == "before"),
    ];
    if courses.into_iter().filter(|one| *one).count() > 1 {
        cx.diagnostics
            .error(
                "one-of-keys",
                &entry.at,
                "`reply`, `redirect` and `drop: before` exclude each other",
            )
            .help("write an entry for each, with an `nth` of its own");
    }
    let nothing = !courses.into_iter().any(|one| one)
        && entry.change.is_none()
        && entry.delay.is_none()
        && entry.drop.is_none()
        && !entry.half
        && entry.acts.is_empty()
        && entry.skew.is_none();
    if nothing && entry.id.is_none() {
        cx.diagnostics
            .error("plan-without-act", &entry.at, "nothing happens here, and nobody can refer to it")
            .help("`id: slug` makes it a moment that checks can name; `reply`, `drop`, `do`, … make something happen");
    }
}

fn when(node: &Node, cx: &mut Context<'_>) -> Option<When> {
    let mut inner = Fields::of(node, &tables::WHEN, cx.diagnostics)?;
    let traits = traits(&mut inner, cx);
    let d = &mut *cx.diagnostics;
    let nth = inner.take("nth", d).and_then(|node| {
        let text = fields::text(node, d)?;
        let found = nth(&text.value);
        if found.is_none() {
            d.error(
                "not-a-count",
                &text.at,
                format!("`{}` says not which", text.value),
            )
            .help("`2` is the second, `1..3` the first three, `3..` all but the first two");
        }
        found
    });
    let after = inner.take("after", d).and_then(|node| fields::text(node, d));
    inner.finish(d);
    Some(When { traits, nth, after })
}

/// `2`, `1..3`, `3..`.
fn nth(text: &str) -> Option<(u64, u64)> {
    let number = |text: &str| text.parse::<u64>().ok().filter(|number| *number > 0);
    match text.split_once("..") {
        None => number(text).map(|one| (one, one)),
        Some((first, "")) => Some((number(first)?, u64::MAX)),
        Some((first, last)) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some((first, last))
        }
    }
}

fn traits(inner: &mut Fields<'_>, cx: &mut Context<'_>) -> Traits {
    let places = inner
        .take("to", cx.diagnostics)
        .map(fields::one_or_many)
        .unwrap_or_default();
    let to = places
        .iter()
        .filter_map(|node| fields::word(node, tables::PLACES, "place", cx.diagnostics))
        .collect();
    Traits {
        to,
        tool: template(inner, "tool", cx),
        rpc: template(inner, "rpc", cx),
        method: template(inner, "method", cx),
        grant: template(inner, "grant", cx),
        path: template(inner, "path", cx),
        credential: template(inner, "credential", cx),
    }
}

fn reply(node: &Node, cx: &mut Context<'_>) -> Option<PlanReply> {
    let mut inner = Fields::of(node, &tables::REPLY, cx.diagnostics)?;
    if inner.has("json") && inner.has("body") {
        cx.diagnostics
            .error("one-of-keys", &node.at, "`json` and `body` exclude each other");
    }
    let headers = inner.take("headers", cx.diagnostics);
    let made = PlanReply {
        status: template(&mut inner, "status", cx),
        headers: headers.map(|node| planned_headers(node, cx)).unwrap_or_default(),
        json: payload(&mut inner, "json", cx),
        body: template(&mut inner, "body", cx),
    };
    inner.finish(cx.diagnostics);
    Some(made)
}

/// Header lines, with moments that are looked at here, so that a wrong one is told before anything runs.
fn planned_headers(node: &Node, cx: &mut Context<'_>) -> Vec<(Spanned<String>, Data)> {
    for (name, value) in node.map().unwrap_or_default() {
        super::headers::header_name(name, cx);
        for one in fields::one_or_many(value)
            .iter()
            .filter(|one| one.map().is_some())
        {
            let Some(mut inner) = Fields::of(one, &tables::DUE, cx.diagnostics) else {
                continue;
            };
            let d = &mut *cx.diagnostics;
            inner.need("in", d);
            // A row may say which.
            if let Some(node) = inner.need("as", d)
                && !node.text().is_some_and(|text| text.contains("${"))
            {
                fields::word(node, tables::DUE_FORMS, "form of a moment", d);
            }
            inner.finish(d);
        }
    }
    fields::members(node, "headers", cx.diagnostics)
}

fn redirect(node: &Node, cx: &mut Context<'_>) -> Option<Redirect> {
    if node.map().is_none() {
        return Some(Redirect {
            to: fields::template(node, cx.diagnostics)?,
            status: None,
        });
    }
    let mut inner = Fields::of(node, &tables::REDIRECT, cx.diagnostics)?;
    let to = inner
        .need("to", cx.diagnostics)
        .and_then(|node| fields::template(node, cx.diagnostics));
    let status = template(&mut inner, "status", cx);
    inner.finish(cx.diagnostics);
    Some(Redirect { to: to?, status })
}

/// The kind `requests`.
pub(super) fn requests(node: &Node, cx: &mut Context<'_>) -> Option<Selection> {
    let mut inner = Fields::of(node, &tables::REQUESTS, cx.diagnostics)?;
    let traits = traits(&mut inner, cx);
    let mut that = inner
        .take("that", cx.diagnostics)
        .and_then(|node| expect::expect(node, cx));
    if let Some(node) = inner.take("status", cx.diagnostics)
        && let Some(matcher) = expect::status(node, cx)
    {
        let clause = Clause {
            kind: ClauseKind::Is(Selector::Status, matcher),
            at: node.at.clone(),
        };
        let at = node.at.clone();
        that.get_or_insert_with(|| Expect { clauses: vec![], at })
            .clauses
            .push(clause);
    }
    let carrying = payload(&mut inner, "carrying", cx);
    let d = &mut *cx.diagnostics;
    let within = inner.take("in", d).map(fields::one_or_many).unwrap_or_default();
    let within: Vec<Spanned<String>> = within
        .iter()
        .filter_map(|node| fields::word(node, tables::PARTS, "part of a request", d))
        .collect();
    if let (None, Some(first)) = (&carrying, within.first()) {
        d.error(
            "stray-key",
            &first.at,
            "`in` belongs to `carrying`, which is not here",
        );
    }
    let after = inner.take("after", d).and_then(|node| fields::text(node, d));
    let before = inner.take("before", d).and_then(|node| fields::text(node, d));
    let life = inner.take("life", d).and_then(|node| fields::count(node, 1, d));
    inner.finish(d);
    Some(Selection {
        traits,
        after,
        before,
        that,
        carrying: carrying.map(|what| Carrying { what, within }),
        life,
    })
}

/// The kind `ended`; `ended: {}` where there is nothing more to say.
pub(super) fn ended(node: &Node, cx: &mut Context<'_>) -> Option<EndedLook> {
    let mut inner = Fields::of(node, &tables::ENDED, cx.diagnostics)?;
    let d = &mut *cx.diagnostics;
    let after = inner.take("after", d).and_then(|node| fields::text(node, d));
    let life = inner.take("life", d).and_then(|node| fields::count(node, 1, d));
    inner.finish(d);
    Some(EndedLook { after, life })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::diagnostic::Diagnostics;

    const TEXT: &str = "agent: A 429 is waited out\nrules: [CBACK-01]\ntask: call-twice\nworld:\n  plan:\n    - { id: limited, when: { tool: storage, nth: 2 }, reply: { status: 429, headers: { Retry-After: \"3\" } } }\njudge:\n  - check: not-before-time\n    requests: { tool: storage, after: limited }\n    expect: { each: { since: { limited: { gte: 3s } } } }\n    or: [ { info: gave up, count: { is: 0 } } ]\n";

    fn decoded(text: &str) -> (Option<Scenario>, Vec<String>) {
        let file = Arc::new(SourceFile {
            path: "a.yaml".to_owned(),
            text: text.to_owned(),
        });
        let mut found = Diagnostics::new();
        let scenario = super::super::decode(&file, "a", &mut found);
        let codes = found.iter().map(|one| one.code.to_owned()).collect();
        (scenario, codes)
    }

    #[test]
    fn the_example_of_the_language_decodes() {
        let (scenario, codes) = decoded(TEXT);
        assert!(codes.is_empty(), "{codes:?}");
        let scenario = scenario.unwrap();
        let Kind::Agent(step) = &scenario.steps[0].kind else {
            panic!("the command runs first");
        };
        assert_eq!(step.task.name.value, "call-twice");
        assert_eq!(step.world.plan[0].when.nth, Some((2, 2)));
        assert!(matches!(scenario.steps[1].kind, Kind::Requests(_)));
    }

    #[test]
    fn which_of_them() {
        let table = [
            ("2", Some((2, 2))),
            ("1..3", Some((1, 3))),
            ("3..", Some((3, u64::MAX))),
            ("0", None),
            ("3..1", None),
            ("x", None),
        ];
        for (text, expected) in table {
            assert_eq!(nth(text), expected, "{text}");
        }
    }

    #[test]
    fn mistakes_are_told() {
        let table = [
            (TEXT.replace("call-twice", "call-thrice"), "unknown-word"),
            (TEXT.replace("nth: 2", "nth: two"), "not-a-count"),
            (
                TEXT.replace("reply: {", "redirect: trap, reply: {"),
                "one-of-keys",
            ),
            (
                TEXT.replace("tool: storage, after", "tol: storage, after"),
                "unknown-key",
            ),
        ];
        for (text, code) in table {
            let (_, codes) = decoded(&text);
            assert!(codes.iter().any(|found| found == code), "{code}: {codes:?}");
        }
    }
}
