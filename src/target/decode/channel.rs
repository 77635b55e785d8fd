//! `streams:` and `sockets:`.

use std::collections::{BTreeMap, BTreeSet};

use super::call::http;
use super::reference::{self, Place, walk};
use super::visit::inputs;
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::{Data, Spanned};
use crate::scenario::suggest;
use crate::scenario::table::Table;
use crate::scenario::yaml::Node;
use crate::target::channel::{Channel, Message};
use crate::target::keys::EFFECTS;
use crate::target::keys::channel::{MESSAGE, SOCKET, STREAM};
use crate::target::model::Target;
use crate::target::probe::{Call, Effect, HttpContent};

/// The name that stands for the MCP endpoint's own stream.
const RESERVED: &str = "mcp";

/// `streams:`.
pub(super) fn streams(node: &Node, d: &mut Diagnostics) -> BTreeMap<String, Channel> {
    let channels = channels(node, "streams", &STREAM, d);
    if let Some(channel) = channels.get(RESERVED) {
        d.error(
            "reserved-name",
            &channel.name.at,
            "`mcp` is the stream of the MCP endpoint itself",
        )
        .help("choose another name");
    }
    channels
}

/// `sockets:`.
pub(super) fn sockets(node: &Node, d: &mut Diagnostics) -> BTreeMap<String, Channel> {
    let channels = channels(node, "sockets", &SOCKET, d);
    for channel in channels.values() {
        let get = channel
            .call
            .method
            .as_ref()
            .and_then(|method| method.as_literal());
        let plain = matches!(channel.call.content, HttpContent::Empty);
        if !plain || get.is_some_and(|method| method != "GET") {
            d.error(
                "socket-not-get",
                &channel.name.at,
                "a WebSocket is opened with a GET without content (RFC 6455 §4.1)",
            );
        }
    }
    channels
}

fn channels(
    node: &Node,
    what: &str,
    table: &'static Table,
    d: &mut Diagnostics,
) -> BTreeMap<String, Channel> {
    let mut channels = BTreeMap::new();
    for (name, node) in super::named(node, what, d) {
        if let Some(channel) = channel(name, node, table, d) {
            channels.insert(name.value.clone(), channel);
        }
    }
    channels
}

fn channel(
    name: &Spanned<String>,
    node: &Node,
    table: &'static Table,
    d: &mut Diagnostics,
) -> Option<Channel> {
    let mut entries = Fields::of(node, table, d)?;
    let call = entries
        .need("http", d)
        .and_then(|node| http(node, Place::Call, d));
    let ticket = entries.take("ticket", d).and_then(|node| fields::text(node, d));
    let defaults = entries
        .take("with", d)
        .map(|node| fields::entries(node, "inputs", d));
    let socket = std::ptr::eq(table, &raw const SOCKET);
    let first = if socket {
        entries
            .take_raw("first")
            .map(|(_, node)| reference::data(node, Place::Call, d))
    } else {
        None
    };
    let messages = if socket {
        let node = entries.take("messages", d);
        node.map(|node| messages(node, d)).unwrap_or_default()
    } else {
        BTreeMap::new()
    };
    entries.finish(d);
    let call = Call::Http(call?);
    let mut used = inputs(&call);
    used.extend(first.iter().flat_map(inputs_of));
    let with = with(defaults.unwrap_or_default(), &used, d);
    let Call::Http(call) = call else { return None };
    used.extend(with.keys().cloned());
    Some(Channel {
        name: name.clone(),
        call,
        ticket,
        with,
        inputs: used,
        first,
        messages,
    })
}

fn messages(node: &Node, d: &mut Diagnostics) -> BTreeMap<String, Message> {
    let mut messages = BTreeMap::new();
    for (name, node) in super::named(node, "messages", d) {
        if let Some(message) = message(name, node, d) {
            messages.insert(name.value.clone(), message);
        }
    }
    messages
}

fn message(name: &Spanned<String>, node: &Node, d: &mut Diagnostics) -> Option<Message> {
    let mut entries = Fields::of(node, &MESSAGE, d)?;
    let data = entries
        .need("send", d)
        .map(|node| reference::data(node, Place::Call, d));
    let effect = entries
        .take("effect", d)
        .and_then(|node| fields::word(node, EFFECTS, "effect", d))
        .and_then(|word| Effect::parse(&word.value))
        .unwrap_or_default();
    let defaults = entries
        .take("with", d)
        .map(|node| fields::entries(node, "inputs", d));
    entries.finish(d);
    let data = data?;
    let mut used = inputs_of(&data);
    let with = with(defaults.unwrap_or_default(), &used, d);
    used.extend(with.keys().cloned());
    Some(Message {
        name: name.clone(),
        data,
        effect,
        with,
        inputs: used,
    })
}

/// The names of `${with.NAME}` in data.
fn inputs_of(data: &Data) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    walk(data, &mut |template| {
        for reference in template.references() {
            if let [root, name, ..] = reference.path.as_slice()
                && root == "with"
            {
                names.insert(name.clone());
            }
        }
    });
    names
}

fn with(
    defaults: &[(Spanned<String>, Node)],
    used: &BTreeSet<String>,
    d: &mut Diagnostics,
) -> BTreeMap<String, Data> {
    let mut with = BTreeMap::new();
    for (input, node) in defaults {
        if !used.contains(&input.value) {
            d.warning(
                "unused-input",
                &input.at,
                format!("nothing here reads `${{with.{}}}`", input.value),
            )
            .meant(suggest::nearest(&input.value, used.iter().map(String::as_str)));
        }
        with.insert(input.value.clone(), reference::data(node, Place::Call, d));
    }
    with
}

/// Probes of tickets exist and give one, and something carries it.
pub(super) fn check_names(target: &Target, d: &mut Diagnostics) {
    for channel in target.streams.values().chain(target.sockets.values()) {
        let Some(name) = &channel.ticket else { continue };
        match target.probes.get(&name.value) {
            None => {
                let known = target.probes.keys().map(String::as_str);
                d.error(
                    "unknown-probe",
                    &name.at,
                    format!("there is no probe `{}`", name.value),
                )
                .meant(suggest::nearest(&name.value, known));
            }
            Some(probe) if !probe.gives.contains_key("ticket") => {
                d.error(
                    "no-ticket",
                    &name.at,
                    format!("the probe `{}` gives no `ticket`", name.value),
                )
                .help(format!(
                    "probes: {{ {}: {{ gives: {{ ticket: $.token }} }} }}",
                    name.value
                ));
            }
            Some(_) => {}
        }
        if !channel.inputs.contains("ticket") {
            d.error(
                "no-ticket",
                &channel.name.at,
                format!("nothing of `{}` carries the ticket", channel.name.value),
            )
            .help("`${with.ticket}` in its `url`, in a header, or in `first`");
        }
    }
}
