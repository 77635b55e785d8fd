//! `webhooks:`.

use std::collections::BTreeMap;

use super::address;
use super::reference::{self, Place};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::{At, Spanned, Template};
use crate::scenario::suggest;
use crate::scenario::table::Table;
use crate::scenario::yaml::Node;
use crate::target::keys::webhooks::{
    DIGESTS, ENCODINGS, HEADERS, OFFERED_SUBSCRIPTION, RECEIVER, SCHEME, SCHEMES, SECRET_FORMS, SUBSCRIPTION,
    SUBSCRIPTIONS, WEBHOOKS,
};
use crate::target::webhooks::{
    EVENTS, MAIN, OFFERED, OWN, OwnScheme, ROLES, Receiver, Subscription, Webhooks,
};

const OWN_SUBSCRIPTION: &str = "subscriptions: { own: { id: …, secret: \"${env.NAME}\" } }";
const FIVE_MINUTES: std::time::Duration = std::time::Duration::from_mins(5);

pub(super) fn webhooks(node: &Node, diagnostics: &mut Diagnostics) -> Option<Webhooks> {
    let mut entries = Fields::of(node, &WEBHOOKS, diagnostics)?;
    let schemes: Vec<OwnScheme> = match entries.take("schemes", diagnostics) {
        Some(node) => super::named(node, "schemes", diagnostics)
            .iter()
            .filter_map(|(name, node)| scheme(name, node, diagnostics))
            .collect(),
        None => Vec::new(),
    };
    let sender = entries.take("scheme", diagnostics);
    let sender = sender.and_then(|node| known(fields::text(node, diagnostics)?, &schemes, diagnostics));
    let also = match entries.take("also", diagnostics) {
        Some(node) => fields::entries(node, "schemes and probes", diagnostics)
            .iter()
            .filter_map(|(name, node)| {
                let probe = fields::text(node, diagnostics)?;
                Some((known(name.clone(), &schemes, diagnostics)?, probe))
            })
            .collect(),
        None => Vec::new(),
    };
    let listen = entries.take("listen", diagnostics);
    let listen = listen.and_then(|node| port(node, diagnostics));
    let url = entries.take("url", diagnostics);
    let url = url.and_then(|node| address::endpoint(node, diagnostics));
    if let (Some(url), None) = (&url, listen) {
        diagnostics
            .error(
                "missing-key",
                &url.at,
                "the address leads to a port, and none is named",
            )
            .help("webhooks: { listen: 9099, url: https://… }");
    }
    let mut receivers = BTreeMap::new();
    if let Some(node) = entries.take("receivers", diagnostics) {
        for (name, node) in super::named(node, "receivers", diagnostics) {
            let receiver = receiver(node, &schemes, diagnostics);
            receivers.extend(receiver.map(|receiver| (name.value.clone(), receiver)));
        }
    }
    if let Some(node) = entries.take("receiver", diagnostics) {
        let receiver = receiver(node, &schemes, diagnostics);
        receivers.extend(receiver.map(|receiver| (MAIN.to_owned(), receiver)));
    }
    entries.finish(diagnostics);
    Some(Webhooks {
        scheme: sender,
        also,
        schemes,
        listen,
        url,
        receivers,
    })
}

fn port(node: &Node, diagnostics: &mut Diagnostics) -> Option<u16> {
    let number = fields::count(node, 1, diagnostics)?;
    let port = u16::try_from(number).ok();
    if port.is_none() {
        diagnostics.error("bad-port", &node.at, format!("{number} is no port"));
    }
    port
}

/// The name of a scheme that exists.
fn known(name: Spanned<String>, own: &[OwnScheme], diagnostics: &mut Diagnostics) -> Option<Spanned<String>> {
    let names = || {
        SCHEMES
            .iter()
            .copied()
            .chain(own.iter().map(|own| own.name.value.as_str()))
    };
    if names().any(|known| known == name.value) {
        return Some(name);
    }
    let near = suggest::nearest(&name.value, names());
    diagnostics
        .error(
            "unknown-word",
            &name.at,
            format!("there is no scheme `{}`", name.value),
        )
        .help(format!("schemes: {}", suggest::listed(names())))
        .meant(near);
    None
}

fn receiver(node: &Node, own: &[OwnScheme], diagnostics: &mut Diagnostics) -> Option<Receiver> {
    let mut entries = Fields::of(node, &RECEIVER, diagnostics)?;
    let url = entries
        .need("url", diagnostics)
        .and_then(|node| address::endpoint(node, diagnostics));
    let places = ["secret", "subscriptions"].map(|key| entries.place(key).cloned());
    let mut secret = |key: &str, line: &str, diagnostics: &mut Diagnostics| -> Option<Template> {
        reference::secret(entries.take(key, diagnostics)?, line, diagnostics)
    };
    let shared = secret("secret", "secret: \"${env.WEBHOOK_SECRET}\"", diagnostics);
    let signing_key = secret("signing-key", "signing-key: \"${env.WEBHOOK_KEY}\"", diagnostics);
    let scheme = entries.take("scheme", diagnostics);
    let scheme = scheme.and_then(|node| known(fields::text(node, diagnostics)?, own, diagnostics));
    let unconfigured = entries.take("unconfigured", diagnostics);
    let unconfigured = unconfigured.and_then(|node| address::endpoint(node, diagnostics));
    let payload = entries.take_raw("payload");
    let payload = payload.map(|(_, node)| reference::data(node, Place::Call, diagnostics));
    let subscriptions = match entries.take("subscriptions", diagnostics) {
        Some(node) => subscriptions(node, diagnostics),
        None => BTreeMap::new(),
    };
    fits(places, scheme.as_ref(), diagnostics);
    entries.finish(diagnostics);
    Some(Receiver {
        url: url?,
        secret: shared,
        signing_key,
        scheme,
        payload,
        unconfigured,
        subscriptions,
    })
}

/// An endpoint of MCP Events has a secret for each subscription, any other one secret.
fn fits(
    [secret, subscriptions]: [Option<At>; 2],
    scheme: Option<&Spanned<String>>,
    diagnostics: &mut Diagnostics,
) {
    let events = scheme.filter(|scheme| scheme.value == EVENTS);
    match (events, &secret, &subscriptions) {
        (None, _, Some(at)) => {
            diagnostics
                .error(
                    "misplaced-key",
                    at,
                    "only an endpoint of MCP Events holds subscriptions",
                )
                .help("scheme: mcp-events");
        }
        (Some(_), Some(at), _) => {
            diagnostics
                .error(
                    "misplaced-key",
                    at,
                    "with mcp-events each subscription has a secret of its own",
                )
                .help(OWN_SUBSCRIPTION);
        }
        (Some(scheme), None, None) => {
            diagnostics
                .error(
                    "missing-key",
                    &scheme.at,
                    "mcp-events needs a subscription to sign for",
                )
                .help(OWN_SUBSCRIPTION);
        }
        (None, _, None) | (Some(_), None, Some(_)) => {}
    }
}

fn subscriptions(node: &Node, diagnostics: &mut Diagnostics) -> BTreeMap<String, Subscription> {
    let mut found = BTreeMap::new();
    let Some(mut entries) = Fields::of(node, &SUBSCRIPTIONS, diagnostics) else {
        return found;
    };
    for &role in ROLES {
        let table = if role == OFFERED {
            &OFFERED_SUBSCRIPTION
        } else {
            &SUBSCRIPTION
        };
        let node = if role == OWN {
            entries.need(role, diagnostics)
        } else {
            entries.take(role, diagnostics)
        };
        let subscription = node.and_then(|node| subscription(node, table, diagnostics));
        found.extend(subscription.map(|subscription| (role.to_owned(), subscription)));
    }
    entries.finish(diagnostics);
    found
}

fn subscription(node: &Node, table: &'static Table, diagnostics: &mut Diagnostics) -> Option<Subscription> {
    let mut entries = Fields::of(node, table, diagnostics)?;
    let id = if table.names().any(|name| name == "id") {
        let node = entries.need("id", diagnostics)?;
        Some(reference::text(node, Place::Fact, diagnostics)?)
    } else {
        None
    };
    let secret = entries.need("secret", diagnostics)?;
    let secret = reference::secret(secret, "secret: \"${env.SUBSCRIPTION_SECRET}\"", diagnostics);
    entries.finish(diagnostics);
    Some(Subscription { id, secret: secret? })
}

fn scheme(name: &Spanned<String>, node: &Node, diagnostics: &mut Diagnostics) -> Option<OwnScheme> {
    if SCHEMES.contains(&name.value.as_str()) {
        diagnostics.error(
            "reserved-name",
            &name.at,
            format!("`{}` is a scheme that needs no description", name.value),
        );
    }
    let mut entries = Fields::of(node, &SCHEME, diagnostics)?;
    let headers = entries.need("headers", diagnostics)?;
    let mut names = Fields::of(headers, &HEADERS, diagnostics)?;
    let signature = names
        .need("signature", diagnostics)
        .and_then(|node| text(node, diagnostics));
    let timestamp = names
        .take("timestamp", diagnostics)
        .and_then(|node| text(node, diagnostics));
    let id = names
        .take("id", diagnostics)
        .and_then(|node| text(node, diagnostics));
    names.finish(diagnostics);
    let mut word = |key: &str, known: &'static [&'static str], default: &str, what: &str| {
        let found = entries.take(key, diagnostics);
        let found = found.and_then(|node| fields::word(node, known, what, diagnostics));
        found.map_or_else(|| default.to_owned(), |word| word.value)
    };
    let digest = word("digest", DIGESTS, "hmac-sha256", "digest");
    let encoding = word("encoding", ENCODINGS, "hex", "encoding");
    let secret = word("secret", SECRET_FORMS, "text", "form of a secret");
    let mut plain = |key: &str| {
        entries
            .take(key, diagnostics)
            .and_then(|node| text(node, diagnostics))
    };
    let (label, joint, between) = (plain("label"), plain("joint"), plain("between"));
    let timestamp_label = plain("timestamp-label");
    let tolerance = entries.take("tolerance", diagnostics);
    let tolerance = tolerance.and_then(|node| fields::duration(node, diagnostics));
    let signed = entries
        .take("signed", diagnostics)
        .and_then(|node| signed(node, diagnostics));
    let timed = timestamp.is_some() || timestamp_label.is_some();
    entries.finish(diagnostics);
    Some(OwnScheme {
        name: name.clone(),
        id,
        timestamp,
        signature: signature?,
        signed: signed.unwrap_or_else(|| "{body}".to_owned()),
        digest,
        encoding,
        secret,
        label: label.unwrap_or_default(),
        joint: joint.unwrap_or_else(|| "=".to_owned()),
        between: between.unwrap_or_else(|| ",".to_owned()),
        timestamp_label,
        tolerance: tolerance.or(timed.then_some(FIVE_MINUTES)),
    })
}

fn text(node: &Node, diagnostics: &mut Diagnostics) -> Option<String> {
    fields::text(node, diagnostics).map(|text| text.value)
}

/// What is signed: the body, and around it what braces name.
fn signed(node: &Node, diagnostics: &mut Diagnostics) -> Option<String> {
    let written = text(node, diagnostics)?;
    let left = ["{id}", "{timestamp}", "{body}"]
        .iter()
        .fold(written.clone(), |left, part| left.replace(part, ""));
    let why = if !written.contains("{body}") {
        "the body is not signed"
    } else if left.contains(['{', '}']) {
        "in braces there can be id, timestamp or body"
    } else {
        return Some(written);
    };
    diagnostics
        .error(
            "bad-scheme",
            &node.at,
            format!("`{written}` is not what can be signed: {why}"),
        )
        .help("for example `{id}.{timestamp}.{body}`");
    None
}
