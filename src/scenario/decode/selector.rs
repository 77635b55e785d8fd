//! Selectors by name: for `capture`, `entropy`, and the keys of an expectation that hold further names.

use super::{Context, tables};
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::{Captured, Piece, Selector, Spanned, Template};
use crate::scenario::template;
use crate::scenario::yaml::Node;

/// Names that make a capture a secret by themselves.
const SECRET_WORDS: &[&str] = &["token", "secret", "key", "ticket", "password"];

/// Whether a capture or output of this name is a credential by its name alone.
pub fn is_secret_name(name: &str) -> bool {
    let lower = name.to_lowercase();
    SECRET_WORDS.iter().any(|word| lower.contains(word))
}

/// A selector that needs no further word.
pub(super) fn plain(name: &str) -> Option<Selector> {
    Some(match name {
        "outcome" => Selector::Outcome,
        "sees" => Selector::Sees,
        "strangers" => Selector::Strangers,
        "answer" => Selector::Answer,
        "status" => Selector::Status,
        "challenge" => Selector::Challenge,
        "result" => Selector::ResultWhole,
        "rpc_error" => Selector::RpcError,
        "body" => Selector::Body,
        "retry_after" => Selector::RetryAfter,
        "pause" => Selector::Pause,
        "duration" => Selector::Duration,
        "connection" => Selector::Connection,
        "close" => Selector::Close,
        "exit" => Selector::Exit,
        "end" => Selector::End,
        "method" => Selector::Method,
        "output" => Selector::Output,
        "path" => Selector::Path,
        name if tables::OAUTH_SELECTORS.contains(&name) => Selector::OAuth(name.to_owned()),
        _ => return None,
    })
}

/// What `capture: { NAME: … }` takes. After a mistake the name is kept, so that its uses are known.
pub(super) fn captured(name: &Spanned<String>, node: &Node, cx: &mut Context<'_>) -> Captured {
    let by_name = is_secret_name(&name.value);
    let (selector, secret) = source(node, cx).unwrap_or((Selector::Body, false));
    let credential = matches!(&selector, Selector::OAuth(name) | Selector::CallbackParam(name)
        if tables::CREDENTIALS.contains(&name.as_str()));
    Captured {
        selector,
        secret: secret || by_name || credential,
        at: node.at.clone(),
    }
}

/// A selector in the form captures have, and whether it says `secret: true`.
pub(super) fn source(node: &Node, cx: &mut Context<'_>) -> Option<(Selector, bool)> {
    if node.is_null() {
        cx.diagnostics
            .error("empty-value", &node.at, "nothing says what is taken")
            .help("`status`, `{ json: $.id }`, …");
        return None;
    }
    if node.map().is_none() {
        return by_word(&fields::text(node, cx.diagnostics)?, cx).map(|selector| (selector, false));
    }
    let mut fields = Fields::of(node, &tables::CAPTURE, cx.diagnostics)?;
    let secret = fields
        .take("secret", cx.diagnostics)
        .and_then(|node| fields::boolean(node, cx.diagnostics));
    let mut found = None;
    for key in [
        "of",
        "headers",
        "body",
        "json",
        "result",
        "since",
        "callback",
        "form",
        "query",
        "jwt",
        "challenge",
    ] {
        let Some(place) = fields.place(key).cloned() else {
            continue;
        };
        let Some(node) = fields.take(key, cx.diagnostics) else {
            continue;
        };
        let Some(text) = fields::text(node, cx.diagnostics) else {
            continue;
        };
        if found.is_some() {
            cx.diagnostics
                .error("one-of-keys", &place, "a capture takes one value");
        }
        found = Some(match key {
            "of" => by_word(&text, cx)?,
            "headers" => Selector::Header(text.value),
            "body" => Selector::InBody(group(&text, cx)?),
            "json" if text.value.contains("${") => Selector::JsonWith(filled_path(&text, cx)?),
            "json" => Selector::Json(json_path(&text, cx)?),
            "result" => result(&text, cx)?,
            "callback" => Selector::CallbackParam(text.value),
            "form" => Selector::Form(text.value),
            "query" => Selector::Query(text.value),
            "challenge" => Selector::ChallengeParam(text.value.to_ascii_lowercase()),
            "jwt" => Selector::Jwt {
                of: "access_token".to_owned(),
                path: Some(json_path(&text, cx)?),
            },
            _ => Selector::Since(text.value),
        });
    }
    let at = fields.at().clone();
    let unknown = fields.rest();
    if unknown.is_empty() && found.is_none() {
        cx.diagnostics
            .error("one-of-keys", &at, "a capture takes one value")
            .help("`status`, `{ json: $.id }`, …");
    }
    for (name, _) in unknown {
        if tables::LATER_SELECTORS.contains(&name.value.as_str()) {
            later(name, cx);
        } else {
            fields::unknown_key(name, "capture", tables::CAPTURE.names(), cx.diagnostics);
        }
    }
    found.map(|selector| (selector, secret.unwrap_or(false)))
}

/// A regular expression with a group to take.
fn group(text: &Spanned<String>, cx: &mut Context<'_>) -> Option<String> {
    let problem = match regex::Regex::new(&text.value) {
        Ok(pattern) if pattern.captures_len() > 1 => return Some(text.value.clone()),
        Ok(_) => "it has no group to take".to_owned(),
        Err(error) => error.to_string(),
    };
    cx.diagnostics
        .error(
            "bad-regex",
            &text.at,
            format!("not a pattern with a group: {problem}"),
        )
        .help("`{ body: 'id: (\\w+)' }` takes what the parentheses hold");
    None
}

fn by_word(text: &Spanned<String>, cx: &mut Context<'_>) -> Option<Selector> {
    if tables::PLAIN_SELECTORS.contains(&text.value.as_str()) {
        return plain(&text.value);
    }
    if tables::LATER_SELECTORS.contains(&text.value.as_str()) {
        later(text, cx);
    } else if text.value.starts_with('$') {
        cx.diagnostics
            .error(
                "unknown-selector",
                &text.at,
                "a JSONPath alone does not say where to look",
            )
            .help(format!(
                "`{{ json: {0} }}` for the HTTP body, `{{ result: {0} }}` for what the tool said",
                text.value
            ));
    } else {
        fields::unknown_word(text, tables::PLAIN_SELECTORS, "selector", cx.diagnostics);
    }
    None
}

pub(super) fn later(name: &Spanned<String>, cx: &mut Context<'_>) {
    cx.diagnostics.error(
        "later-kind",
        &name.at,
        format!("the selector `{}` is not in this version", name.value),
    );
}

/// A leading `$` makes a path, else the name of an output of the probe.
pub(super) fn result(text: &Spanned<String>, cx: &mut Context<'_>) -> Option<Selector> {
    if text.value.starts_with('$') {
        return json_path(text, cx).map(Selector::Result);
    }
    Some(Selector::Result(text.value.clone()))
}

/// A JSONPath with references; it must be one whatever letters they stand for.
fn filled_path(text: &Spanned<String>, cx: &mut Context<'_>) -> Option<Template> {
    let path = template::parse(&text.value, &text.at, cx.diagnostics);
    let letters = path.pieces.iter().map(|piece| match piece {
        Piece::Text(text) => text.as_str(),
        Piece::Reference(_) => "x",
    });
    let sample = Spanned {
        value: letters.collect(),
        at: text.at.clone(),
    };
    json_path(&sample, cx).map(|_| path)
}

/// Checks a JSONPath (RFC 9535).
pub(super) fn json_path(text: &Spanned<String>, cx: &mut Context<'_>) -> Option<String> {
    if !text.value.starts_with('$') {
        cx.diagnostics
            .error(
                "bad-jsonpath",
                &text.at,
                format!("`{}` is not a JSONPath: it does not start with `$`", text.value),
            )
            .help(format!("`$.{}`", text.value));
        return None;
    }
    match serde_json_path::JsonPath::parse(&text.value) {
        Ok(_) => Some(text.value.clone()),
        Err(problem) => {
            cx.diagnostics
                .error(
                    "bad-jsonpath",
                    &text.at,
                    format!("`{}` is not a JSONPath (RFC 9535)", text.value),
                )
                .help(format!(
                    "it cannot be read from character {} on",
                    problem.position() + 1
                ));
            None
        }
    }
}
