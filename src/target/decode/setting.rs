//! Capabilities, promises, parameters, header lines, certificates, the control door, timeouts.

use std::collections::{BTreeMap, BTreeSet};

use super::address;
use super::reference::{self, Place};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::{Data, Spanned, Template};
use crate::scenario::yaml::Node;
use crate::scenario::{suggest, time};
use crate::target::keys::{CAPABILITIES, CONTROL, PROMISES, PromiseShape, TIMEOUTS, TLS};
use crate::target::model::{ControlDoor, Params, Timeouts, Tls};

/// `declares:`; a name of your own is fine unless it looks like a mistyped known one.
pub(super) fn capabilities(node: &Node, diagnostics: &mut Diagnostics) -> BTreeSet<String> {
    let known = || CAPABILITIES.iter().map(|(name, _)| *name);
    let mut declared = BTreeSet::new();
    for node in fields::list(node, diagnostics) {
        let Some(name) = fields::text(node, diagnostics) else {
            continue;
        };
        if !known().any(|other| other == name.value)
            && let Some(near) = suggest::nearest(&name.value, known())
        {
            diagnostics
                .warning(
                    "unknown-capability",
                    &name.at,
                    format!("no shipped scenario needs `{}`", name.value),
                )
                .meant(Some(near));
        }
        if !declared.insert(name.value.clone()) {
            diagnostics.warning(
                "declared-twice",
                &name.at,
                format!("`{}` is declared twice", name.value),
            );
        }
    }
    declared
}

/// `promises:`; those that shipped scenarios read have a shape.
pub(super) fn promises(node: &Node, diagnostics: &mut Diagnostics) -> BTreeMap<String, Data> {
    let mut promises = BTreeMap::new();
    for (name, node) in fields::entries(node, "promises", diagnostics) {
        if node.map().is_some() || node.list().is_some() || node.is_null() {
            let message = format!(
                "a promise is a number, a duration or a rate, got {}",
                node.type_name()
            );
            diagnostics.error("wrong-type", &node.at, message);
            continue;
        }
        shape(name, node, diagnostics);
        promises.insert(
            name.value.clone(),
            reference::data(node, Place::Fact, diagnostics),
        );
    }
    promises
}

fn shape(name: &Spanned<String>, node: &Node, diagnostics: &mut Diagnostics) {
    let Some((_, shape, _)) = PROMISES.iter().find(|(known, ..)| *known == name.value) else {
        if let Some(near) = suggest::nearest(&name.value, PROMISES.iter().map(|(known, ..)| *known)) {
            let message = format!("no shipped scenario reads the promise `{}`", name.value);
            diagnostics
                .warning("unknown-promise", &name.at, message)
                .meant(Some(near));
        }
        return;
    };
    let Some(text) = node.text().filter(|text| !text.contains("${")) else {
        return;
    };
    match shape {
        PromiseShape::Duration if time::duration(text).is_none() => {
            let message = format!("`{}` is a duration, got `{text}`", name.value);
            diagnostics
                .error("not-a-duration", &node.at, message)
                .help(time::duration_help(text));
        }
        PromiseShape::Rate if rate(text).is_none() => {
            let message = format!("`{}` is a rate, got `{text}`", name.value);
            diagnostics
                .error("not-a-rate", &node.at, message)
                .help("expected a rate such as `60/min` or `10/s`");
        }
        PromiseShape::Count if text.parse::<u32>().is_err() => {
            let message = format!("`{}` is a count, got `{text}`", name.value);
            diagnostics
                .error("not-a-count", &node.at, message)
                .help("expected a whole number such as `40`");
        }
        PromiseShape::Duration | PromiseShape::Rate | PromiseShape::Count => {}
    }
}

/// `60/min` → requests per second.
fn rate(text: &str) -> Option<f64> {
    let (count, unit) = text.split_once('/')?;
    let seconds = match unit {
        "s" => 1.0,
        "min" | "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    let count: f64 = count.parse().ok()?;
    (count.is_finite() && count > 0.0).then_some(count / seconds)
}

/// `params:`: a value for every rule, or a map for one.
pub(super) fn params(node: &Node, diagnostics: &mut Diagnostics) -> Params {
    let mut params = Params::default();
    for (name, node) in fields::entries(node, "parameters", diagnostics) {
        if let Some(own) = node.map() {
            let own = own.iter().map(|(name, node)| {
                (
                    name.value.clone(),
                    reference::data(node, Place::Fact, diagnostics),
                )
            });
            params.by_rule.insert(name.value.clone(), own.collect());
        } else {
            params.every.insert(
                name.value.clone(),
                reference::data(node, Place::Fact, diagnostics),
            );
        }
    }
    params
}

/// `headers:` on every request.
pub(super) fn headers(node: &Node, diagnostics: &mut Diagnostics) -> Vec<(Spanned<String>, Template)> {
    let mut headers = Vec::new();
    for (name, node) in fields::entries(node, "header lines", diagnostics) {
        if name.value.eq_ignore_ascii_case("authorization") {
            diagnostics.conceal(&node.at);
            diagnostics
                .error("reserved-name", &name.at, "Authorization belongs to principals")
                .help("principals:\n  reader: { bearer: \"${env.READER_TOKEN}\" }");
            continue;
        }
        if name.value.is_empty() || !name.value.bytes().all(is_token_byte) {
            diagnostics
                .error(
                    "bad-name",
                    &name.at,
                    format!("`{}` is not a field name", name.value),
                )
                .help("letters, digits and !#$%&'*+-.^_`|~ (RFC 9110 §5.6.2)");
            continue;
        }
        let line = if carries_a_secret(&name.value) {
            let line = format!(
                "{}: \"${{env.{}}}\"",
                name.value,
                reference::variable(&name.value)
            );
            reference::secret(node, &line, diagnostics)
        } else {
            reference::text(node, Place::Fact, diagnostics)
        };
        if let Some(line) = line {
            headers.push((name.clone(), line));
        }
    }
    headers
}

/// `X-Api-Key`, `Cookie`, `Proxy-Authorization`, …
fn carries_a_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["key", "token", "secret", "cookie", "auth", "password"]
        .iter()
        .any(|word| name.contains(word))
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// `tls:`.
pub(super) fn tls(node: &Node, diagnostics: &mut Diagnostics) -> Tls {
    let Some(mut entries) = Fields::of(node, &TLS, diagnostics) else {
        return Tls::default();
    };
    let mut path = |key: &str| fields::text(entries.take(key, diagnostics)?, diagnostics);
    let (ca_file, client_cert) = (path("ca"), path("cert"));
    let insecure = entries
        .take("insecure", diagnostics)
        .map(|node| (node, fields::boolean(node, diagnostics)));
    if let Some((node, Some(true))) = insecure {
        diagnostics
            .warning(
                "insecure",
                &node.at,
                "any certificate is accepted: whoever is in between reads the credentials",
            )
            .help("trust the certificate instead: `tls: { ca: ca.pem }`");
    }
    entries.finish(diagnostics);
    Tls {
        ca_file,
        client_cert,
        insecure: insecure.and_then(|(_, insecure)| insecure).unwrap_or(false),
    }
}

/// `control:`.
pub(super) fn control(node: &Node, diagnostics: &mut Diagnostics) -> Option<ControlDoor> {
    let mut entries = Fields::of(node, &CONTROL, diagnostics)?;
    let url = entries
        .need("url", diagnostics)
        .and_then(|node| address::endpoint(node, diagnostics));
    let line = "secret: \"${env.CONTROL_SECRET}\"";
    let secret = entries
        .take("secret", diagnostics)
        .and_then(|node| reference::secret(node, line, diagnostics));
    entries.finish(diagnostics);
    Some(ControlDoor { url: url?, secret })
}

/// `timeouts:`.
pub(super) fn timeouts(node: &Node, diagnostics: &mut Diagnostics) -> Timeouts {
    let Some(mut entries) = Fields::of(node, &TIMEOUTS, diagnostics) else {
        return Timeouts::default();
    };
    let mut duration = |key: &str| {
        let node = entries.take(key, diagnostics)?;
        let duration = fields::duration(node, diagnostics)?;
        if duration.is_zero() {
            diagnostics.error("zero-timeout", &node.at, "a timeout of nothing ends everything");
        }
        Some(duration)
    };
    let timeouts = Timeouts {
        connect: duration("connect"),
        exchange: duration("exchange"),
        case: duration("case"),
    };
    entries.finish(diagnostics);
    timeouts
}
