//! The kind `webhook`.

use super::kinds::{members, one_of, only_with, payload, template};
use super::{Context, tables};
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::{ChallengeAnswer, DeliveryContent, InboxAnswer, Sending, Template, WebhookStep};
use crate::scenario::yaml::Node;

/// Keys that make sense beside one of the three.
const BESIDE: &[(&str, &[&str])] = &[
    ("listen", &["answer", "challenge"]),
    ("from", &["secret", "only"]),
    (
        "send",
        &[
            "id",
            "event-id",
            "subscription",
            "timestamp",
            "body",
            "bytes",
            "json",
            "size",
            "scheme",
            "to",
            "names",
            "sign",
        ],
    ),
];

pub(super) fn webhook(node: &Node, cx: &mut Context<'_>) -> Option<WebhookStep> {
    let mut fields = Fields::of(node, &tables::WEBHOOK, cx.diagnostics)?;
    let sound = one_of(&fields, &["listen", "from", "send"], &tables::WEBHOOK, cx);
    for (act, keys) in BESIDE {
        for key in *keys {
            only_with(&fields, key, act, cx);
            if !fields.has(act) {
                fields.take_raw(key);
            }
        }
    }
    let made = if fields.has("listen") {
        listen(&mut fields, cx)
    } else if fields.has("from") {
        from(&mut fields, cx)
    } else {
        send(&mut fields, cx)
    };
    if sound {
        fields.finish(cx.diagnostics);
    }
    made.filter(|_| sound)
}

fn listen(fields: &mut Fields<'_>, cx: &mut Context<'_>) -> Option<WebhookStep> {
    let scheme = template(fields, "listen", cx)?;
    let answers = fields.take("answer", cx.diagnostics);
    let answers = answers.map(fields::one_or_many).unwrap_or_default();
    let answers = answers.iter().filter_map(|node| answer(node, cx)).collect();
    let challenge = fields.take("challenge", cx.diagnostics);
    Some(WebhookStep::Listen {
        scheme,
        answers,
        challenge: challenge.and_then(|node| challenge_answer(node, cx)),
    })
}

/// A word, or a mapping.
fn challenge_answer(node: &Node, cx: &mut Context<'_>) -> Option<ChallengeAnswer> {
    if node.map().is_none() {
        return Some(ChallengeAnswer {
            echo: echo(node, cx)?,
            status: None,
            headers: Vec::new(),
            body: None,
        });
    }
    let mut inner = Fields::of(node, &tables::CHALLENGE_ANSWER, cx.diagnostics)?;
    let echo = match inner.take("echo", cx.diagnostics) {
        Some(node) => echo(node, cx)?,
        None => Template::literal("whole", node.at.clone()),
    };
    let answer = ChallengeAnswer {
        echo,
        status: template(&mut inner, "status", cx),
        headers: members(&mut inner, "headers", cx),
        body: template(&mut inner, "body", cx),
    };
    inner.finish(cx.diagnostics);
    Some(answer)
}

/// One of the words, or a reference to one.
fn echo(node: &Node, cx: &mut Context<'_>) -> Option<Template> {
    if !node.text().is_some_and(|text| text.contains("${")) {
        fields::word(node, tables::ECHOES, "echo", cx.diagnostics)?;
    }
    fields::template(node, cx.diagnostics)
}

/// A status, or a mapping.
fn answer(node: &Node, cx: &mut Context<'_>) -> Option<InboxAnswer> {
    if node.map().is_none() {
        let status = fields::template(node, cx.diagnostics)?;
        return Some(InboxAnswer {
            status: Some(status),
            ..InboxAnswer::default()
        });
    }
    let mut inner = Fields::of(node, &tables::INBOX_ANSWER, cx.diagnostics)?;
    let answer = InboxAnswer {
        status: template(&mut inner, "status", cx),
        headers: members(&mut inner, "headers", cx),
        after: inner
            .take("after", cx.diagnostics)
            .and_then(|node| fields::moment(node, cx.diagnostics)),
    };
    inner.finish(cx.diagnostics);
    Some(answer)
}

fn from(fields: &mut Fields<'_>, cx: &mut Context<'_>) -> Option<WebhookStep> {
    let inbox = fields
        .take("from", cx.diagnostics)
        .and_then(|node| fields::text(node, cx.diagnostics))?;
    let secret = payload(fields, "secret", cx);
    let only = fields.take("only", cx.diagnostics);
    let only =
        only.and_then(|node| fields::word(node, tables::INBOX_SORTS, "sort of delivery", cx.diagnostics));
    Some(WebhookStep::From { inbox, secret, only })
}

fn send(fields: &mut Fields<'_>, cx: &mut Context<'_>) -> Option<WebhookStep> {
    let event = template(fields, "send", cx)?;
    let contents = ["body", "bytes", "json"];
    if contents.iter().filter(|key| fields.has(key)).count() > 1 {
        one_of(fields, &contents, &tables::WEBHOOK, cx);
    }
    let body = template(fields, "body", cx).map(DeliveryContent::Body);
    let bytes = template(fields, "bytes", cx).map(DeliveryContent::Bytes);
    let json = payload(fields, "json", cx).map(DeliveryContent::Json);
    Some(WebhookStep::Send(Box::new(Sending {
        event,
        id: template(fields, "id", cx),
        event_id: template(fields, "event-id", cx),
        subscription: template(fields, "subscription", cx),
        timestamp: template(fields, "timestamp", cx),
        content: body.or(bytes).or(json),
        size: template(fields, "size", cx),
        scheme: template(fields, "scheme", cx),
        to: template(fields, "to", cx),
        names: template(fields, "names", cx),
        sign: sign(fields, cx),
    })))
}

/// `none` or a reference, an entry, or a list of entries; it stays data.
fn sign(fields: &mut Fields<'_>, cx: &mut Context<'_>) -> Option<crate::scenario::model::Data> {
    let node = fields.take("sign", cx.diagnostics)?;
    for entry in fields::one_or_many(node) {
        match entry.text() {
            Some(text) if text == "none" || text.contains("${") => {}
            Some(_) => {
                let text = fields::text(entry, cx.diagnostics)?;
                fields::unknown_word(&text, &["none"], "signature", cx.diagnostics);
            }
            None => {
                let mut inner = Fields::of(entry, &tables::SIGNATURE, cx.diagnostics)?;
                tables::SIGNATURE.names().for_each(|name| {
                    inner.take_raw(name);
                });
                inner.finish(cx.diagnostics);
            }
        }
    }
    Some(fields::data(node, cx.diagnostics))
}
