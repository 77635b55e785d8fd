//! A step: its kind and its siblings.

use super::{Context, cases, expect, headers, kinds, level, selector, tables};
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::{Count, Expect, Headers, Measure, MeasureEnd, Over, Spanned, Step, Who};
use crate::scenario::yaml::Node;

pub(super) fn steps(node: &Node, cx: &mut Context<'_>) -> Vec<Step> {
    fields::list(node, cx.diagnostics)
        .iter()
        .filter_map(|item| step(item, cx))
        .collect()
}

fn step(node: &Node, cx: &mut Context<'_>) -> Option<Step> {
    let mut fields = Fields::of(node, &tables::STEP, cx.diagnostics)?;
    let kind = kinds::kind(&mut fields, cx);
    let mut made = Step {
        at: node.at.clone(),
        check: slug(&mut fields, "check", cx),
        id: slug(&mut fields, "id", cx),
        kind,
        who: None,
        over: None,
        headers: Headers::Derived,
        needs: vec![],
        revisions: None,
        rule: None,
        level: None,
        timeout: None,
        copies: small(&mut fields, "copies", cx),
        times: small(&mut fields, "times", cx),
        every: None,
        lasting: None,
        until: None,
        each_of: None,
        expect: None,
        or: vec![],
        capture: vec![],
        measure: vec![],
    };
    plain_siblings(&mut made, &mut fields, cx);
    judging_siblings(&mut made, &mut fields, cx);
    misplaced(&mut fields, cx);
    fields.finish(cx.diagnostics);
    Some(made)
}

/// Keys of a kind that were written beside it.
fn misplaced(fields: &mut Fields<'_>, cx: &mut Context<'_>) {
    let inner = [
        ("with", "mcp: { probe: …, with: { … } }"),
        ("probe", "mcp: { probe: … }"),
        ("tool", "mcp: { tool: … }"),
        ("arguments", "mcp: { tool: …, arguments: { … } }"),
        ("url", "http: { url: … }"),
        ("body", "http: { url: …, body: … }"),
    ];
    for (key, place) in inner {
        if let Some(name) = fields.remove_unknown(key) {
            cx.diagnostics
                .error(
                    "misplaced-key",
                    &name.at,
                    format!("`{key}` stands inside the kind, not beside it"),
                )
                .help(format!("`{place}`"));
        }
    }
}

fn plain_siblings(made: &mut Step, fields: &mut Fields<'_>, cx: &mut Context<'_>) {
    made.who = fields.take("as", cx.diagnostics).and_then(|node| who(node, cx));
    made.over = fields
        .take("over", cx.diagnostics)
        .and_then(|node| over(node, cx));
    if let Some(node) = fields.take("headers", cx.diagnostics) {
        made.headers = headers::headers(node, cx);
    }
    let d = &mut *cx.diagnostics;
    made.needs = fields
        .take("needs", d)
        .map(|node| fields::texts(node, d))
        .unwrap_or_default();
    made.revisions = fields.take("revisions", d).map(|node| super::revisions(node, d));
    made.rule = fields.take("rule", d).and_then(|node| fields::text(node, d));
    made.level = fields.take("level", d).and_then(|node| level(node, d));
    made.timeout = fields
        .take("timeout", d)
        .and_then(|node| fields::duration(node, d));
    made.every = fields.take("every", d).and_then(|node| fields::moment(node, d));
    made.lasting = fields.take("for", d).and_then(|node| fields::moment(node, d));
    made.each_of = fields
        .take("each_of", d)
        .and_then(|node| fields::template(node, d));
}

fn judging_siblings(made: &mut Step, fields: &mut Fields<'_>, cx: &mut Context<'_>) {
    made.until = fields
        .take("until", cx.diagnostics)
        .and_then(|node| expect::expect(node, cx));
    // One that could not be read is an empty one: the check does expect something.
    made.expect = fields.take("expect", cx.diagnostics).map(|node| {
        expect::expect(node, cx).unwrap_or_else(|| Expect {
            clauses: vec![],
            at: node.at.clone(),
        })
    });
    if let Some(node) = fields.take("or", cx.diagnostics) {
        made.or = fields::one_or_many(node)
            .iter()
            .filter_map(|item| expect::alternative(item, cx))
            .collect();
    }
    if let Some(node) = fields.take("capture", cx.diagnostics) {
        for (name, value) in fields::entries(node, "captures", cx.diagnostics) {
            cases::value_name(name, cx);
            made.capture
                .push((name.clone(), selector::captured(name, value, cx)));
        }
    }
    if let Some(node) = fields.take("measure", cx.diagnostics) {
        let map = fields::entries(node, "measures", cx.diagnostics);
        made.measure = map
            .iter()
            .filter_map(|(name, value)| measure(name, value, cx))
            .collect();
    }
}

pub(super) fn slug(fields: &mut Fields<'_>, key: &str, cx: &mut Context<'_>) -> Option<Spanned<String>> {
    let node = fields.take(key, cx.diagnostics)?;
    let text = fields::text(node, cx.diagnostics)?;
    if !fields::is_slug(&text.value) {
        let fixed: String = text
            .value
            .to_lowercase()
            .split(|c: char| !c.is_ascii_alphanumeric())
            .collect::<Vec<_>>()
            .join("-");
        cx.diagnostics
            .error(
                "not-a-slug",
                &text.at,
                format!("`{}` cannot name a step", text.value),
            )
            .help(format!(
                "lower-case letters, digits and `-`, starting with a letter: `{}`",
                fixed.trim_matches('-')
            ));
    }
    Some(text)
}

fn small(fields: &mut Fields<'_>, key: &str, cx: &mut Context<'_>) -> Option<Count> {
    let node = fields.take(key, cx.diagnostics)?;
    if node.text().is_some_and(|text| text.contains("${")) {
        let template = fields::template(node, cx.diagnostics)?;
        if template.as_reference().is_none() {
            cx.diagnostics
                .error(
                    "not-a-count",
                    &node.at,
                    "a count is a number or one reference, not a mix",
                )
                .help("calculate with a filter: `${target.rate.flood | times 0.5}`");
        }
        return Some(Count::Reference(template));
    }
    let number = fields::count(node, 1, cx.diagnostics)?;
    let small = u32::try_from(number).ok().filter(|number| *number <= 1_000_000);
    if small.is_none() {
        cx.diagnostics
            .error("not-a-count", &node.at, format!("`{key}` is at most 1000000"));
    }
    small.map(Count::Fixed)
}

pub(super) fn who(node: &Node, cx: &mut Context<'_>) -> Option<Who> {
    if node.map().is_none() {
        return fields::template(node, cx.diagnostics).map(Who::Principal);
    }
    let mut fields = Fields::of(node, &tables::TOKEN, cx.diagnostics)?;
    let token = fields
        .need("token", cx.diagnostics)
        .and_then(|node| fields::template(node, cx.diagnostics));
    fields.finish(cx.diagnostics);
    token.map(Who::Token)
}

fn over(node: &Node, cx: &mut Context<'_>) -> Option<Over> {
    if node.map().is_none() {
        return fields::text(node, cx.diagnostics).map(|id| Over { id, http: None });
    }
    let mut fields = Fields::of(node, &tables::OVER, cx.diagnostics)?;
    let id = fields
        .need("id", cx.diagnostics)
        .and_then(|node| fields::text(node, cx.diagnostics));
    let http = fields
        .take("http", cx.diagnostics)
        .and_then(|node| fields::template(node, cx.diagnostics));
    if let Some(template) = &http
        && let Some(text) = template.as_literal()
        && !["h1", "h2"].contains(&text)
    {
        let text = Spanned {
            value: text.to_owned(),
            at: template.at.clone(),
        };
        fields::unknown_word(&text, &["h1", "h2"], "HTTP version", cx.diagnostics);
    }
    fields.finish(cx.diagnostics);
    id.map(|id| Over { id, http })
}

fn measure(name: &Spanned<String>, node: &Node, cx: &mut Context<'_>) -> Option<Measure> {
    let mut fields = Fields::of(node, &tables::MEASURE, cx.diagnostics)?;
    let since = fields
        .take("since", cx.diagnostics)
        .and_then(|node| fields::text(node, cx.diagnostics));
    let to = match fields.take("to", cx.diagnostics) {
        Some(node) => measure_end(node, cx)?,
        None => MeasureEnd::End,
    };
    let rest = fields.rest();
    let matcher = (!rest.is_empty()).then(|| super::matcher::tests(&rest, &node.at, &tables::MEASURE, cx));
    Some(Measure {
        name: name.clone(),
        since,
        to,
        matcher,
    })
}

fn measure_end(node: &Node, cx: &mut Context<'_>) -> Option<MeasureEnd> {
    if node.map().is_none() {
        let words = &["end", "first_byte", "close"];
        let word = fields::word(node, words, "end of a measure", cx.diagnostics)?;
        return Some(match word.value.as_str() {
            "end" => MeasureEnd::End,
            "close" => MeasureEnd::Close,
            _ => MeasureEnd::FirstByte,
        });
    }
    let mut fields = Fields::of(node, &tables::MEASURE_TO, cx.diagnostics)?;
    let first = fields
        .take("first", cx.diagnostics)
        .and_then(|node| expect::expect(node, cx));
    let last = fields
        .take("last", cx.diagnostics)
        .and_then(|node| expect::expect(node, cx));
    fields.finish(cx.diagnostics);
    match (first, last) {
        (Some(first), None) => Some(MeasureEnd::First(first)),
        (None, Some(last)) => Some(MeasureEnd::Last(last)),
        _ => {
            cx.diagnostics.error(
                "one-of-keys",
                &node.at,
                "a measure ends at `first` or at `last`, one of them",
            );
            None
        }
    }
}
