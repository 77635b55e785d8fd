//! `hallmark.yaml` into a [`Target`]; every mistake of the file at once.

mod access;
mod address;
mod alone;
mod call;
mod channel;
mod events;
mod oauth;
mod principal;
mod rate;
mod reference;
mod setting;
mod visit;
mod webhooks;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::keys::{PERMISSIONS, PROFILES, REVISIONS, TARGET_FILE};
use super::model::{Permission, Target};
use crate::rules::Profile;
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::{Data, SourceFile, Spanned, Template};
use crate::scenario::yaml::{self, Node};
use reference::Place;

pub(super) use address::parse as parse_url;

pub(super) use reference::walk as walk_data;
pub(super) use visit::{http as visit_http, visit as visit_call};

/// Reads a target file. `None` when it has no usable endpoint or is no YAML; problems are in `diagnostics` either way,
/// and a file with errors must not be run.
pub fn decode(file: &Arc<SourceFile>, diagnostics: &mut Diagnostics) -> Option<Target> {
    let Some(root) = yaml::parse(file, diagnostics) else {
        reference::conceal_secret_lines(file, diagnostics);
        return None;
    };
    let mut entries = Fields::of(&root, &TARGET_FILE, diagnostics)?;
    let name = entries
        .need("target", diagnostics)
        .and_then(|node| fields::text(node, diagnostics));
    let sse = entries
        .take("sse", diagnostics)
        .and_then(|node| address::endpoint(node, diagnostics));
    let only_sse = sse.is_some() && !entries.has("mcp");
    // An authorization server alone is a target, too, and so is a receiver of webhooks.
    let other = if only_sse || entries.has("mcp") {
        None
    } else {
        alone::endpoint(&root)
    };
    let mcp = if only_sse {
        sse.clone()
    } else if let Some(node) = other {
        // Its mistakes are told where `oauth` or `webhooks` is read.
        address::endpoint(node, &mut Diagnostics::new())
    } else {
        let node = entries.need("mcp", diagnostics);
        node.and_then(|node| address::endpoint(node, diagnostics))
    };
    let placeholder = Template::literal("", root.at.clone());
    let mut target = Target::bare(
        name.as_ref().map_or("", |name| name.value.as_str()),
        mcp.clone().unwrap_or(placeholder),
    );
    target.file = Some(Arc::clone(file));
    (target.sse, target.only_sse, target.without_mcp) = (sse, only_sse, other.is_some());
    endpoints(&mut target, &mut entries, diagnostics);
    people(&mut target, &mut entries, diagnostics);
    calls(&mut target, &mut entries, diagnostics);
    promises(&mut target, &mut entries, diagnostics);
    bounds(&mut target, &mut entries, diagnostics);
    entries.finish(diagnostics);
    call::check_names(&target, diagnostics);
    alone::check_doors(&target, diagnostics);
    channel::check_names(&target, diagnostics);
    oauth::check_names(&target, diagnostics);
    access::check_names(&target, root.get("access"), diagnostics);
    (name.is_some() && mcp.is_some()).then_some(target)
}

fn endpoints(target: &mut Target, entries: &mut Fields<'_>, diagnostics: &mut Diagnostics) {
    target.api = entries
        .take("api", diagnostics)
        .and_then(|node| address::endpoint(node, diagnostics));
    target.plain = entries
        .take("plain", diagnostics)
        .and_then(|node| address::plain(node, diagnostics));
    if let Some(node) = entries.take("siblings", diagnostics) {
        for (name, node) in named(node, "endpoints", diagnostics) {
            if let Some(url) = address::endpoint(node, diagnostics) {
                target.siblings.insert(name.value.clone(), url);
            }
        }
    }
    if let Some(node) = entries.take("headers", diagnostics) {
        target.headers = setting::headers(node, diagnostics);
    }
    target.tls = entries
        .take("tls", diagnostics)
        .map(|node| setting::tls(node, diagnostics))
        .unwrap_or_default();
    target.control = entries
        .take("control", diagnostics)
        .and_then(|node| setting::control(node, diagnostics));
    target.revisions = entries
        .take("revisions", diagnostics)
        .map(|node| revisions(node, diagnostics));
}

fn people(target: &mut Target, entries: &mut Fields<'_>, diagnostics: &mut Diagnostics) {
    match entries.place("principals").cloned() {
        Some(_) => {
            if let Some(node) = entries.take("principals", diagnostics) {
                target.principals = principal::principals(node, diagnostics);
            }
        }
        // A receiver takes no credential: it is the sender's signature that counts.
        None if target.without_mcp && !entries.has("oauth") => {}
        None => {
            diagnostics
                .warning(
                    "no-principals",
                    entries.at(),
                    "no principals: only requests without a credential can be judged",
                )
                .help("principals:\n  reader: { bearer: \"${env.READER_TOKEN}\" }");
        }
    }
    target.oauth = entries
        .take("oauth", diagnostics)
        .and_then(|node| oauth::server(node, diagnostics))
        .map(Box::new);
    if let Some(node) = entries.take("scopes", diagnostics) {
        for (name, node) in fields::entries(node, "scope lists", diagnostics) {
            let scopes = fields::one_or_many(node).iter();
            let scopes = scopes
                .filter_map(|node| reference::text(node, Place::Fact, diagnostics))
                .collect();
            target.scopes.insert(name.value.clone(), scopes);
        }
    }
    if let Some(node) = entries.take("credentials", diagnostics) {
        for (name, node) in named(node, "credentials", diagnostics) {
            let place = format!(
                "credentials: {{ {}: \"${{env.{}}}\" }}",
                name.value,
                reference::variable(&name.value)
            );
            if let Some(secret) = reference::secret(node, &place, diagnostics) {
                target.credentials.insert(name.value.clone(), secret);
            }
        }
    }
}

fn calls(target: &mut Target, entries: &mut Fields<'_>, diagnostics: &mut Diagnostics) {
    if let Some(node) = entries.take("probes", diagnostics) {
        target.probes = call::probes(node, diagnostics);
    }
    if let Some(node) = entries.take("streams", diagnostics) {
        target.streams = channel::streams(node, diagnostics);
    }
    if let Some(node) = entries.take("sockets", diagnostics) {
        target.sockets = channel::sockets(node, diagnostics);
    }
    if let Some(node) = entries.take("hooks", diagnostics) {
        target.hooks = call::hooks(node, diagnostics);
    }
    target.webhooks = entries
        .take("webhooks", diagnostics)
        .and_then(|node| webhooks::webhooks(node, diagnostics))
        .map(Box::new);
}

fn promises(target: &mut Target, entries: &mut Fields<'_>, diagnostics: &mut Diagnostics) {
    if let Some(node) = entries.take("declares", diagnostics) {
        target.declares = setting::capabilities(node, diagnostics);
    }
    if let Some(node) = entries.take("promises", diagnostics) {
        target.promises = setting::promises(node, diagnostics);
    }
    if let Some(node) = entries.take("rate", diagnostics) {
        target.rate = rate::rate(node, &target.principals, diagnostics);
    }
    if let Some(node) = entries.take("events", diagnostics) {
        target.events = events::events(node, &target.principals, diagnostics);
    }
    if let Some(node) = entries.take("params", diagnostics) {
        target.params = setting::params(node, diagnostics);
    }
    let profile = entries.take("rules-profile", diagnostics);
    let profile = profile.and_then(|node| fields::word(node, PROFILES, "rules profile", diagnostics));
    target.rules_profile = profile.and_then(|word| Profile::parse(&word.value));
    target.own = entries
        .take("own", diagnostics)
        .map(|node| facts(node, diagnostics))
        .unwrap_or_default();
    target.foreign = entries
        .take("foreign", diagnostics)
        .map(|node| facts(node, diagnostics))
        .unwrap_or_default();
    target.places = entries
        .take("places", diagnostics)
        .map(|node| access::places(node, diagnostics))
        .unwrap_or_default();
    target.access = entries
        .take("access", diagnostics)
        .and_then(|node| access::table(node, diagnostics));
}

fn bounds(target: &mut Target, entries: &mut Fields<'_>, diagnostics: &mut Diagnostics) {
    if let Some(node) = entries.take("allow", diagnostics) {
        for node in fields::list(node, diagnostics) {
            let word = fields::word(node, PERMISSIONS, "permission", diagnostics);
            target
                .allow
                .extend(word.and_then(|word| Permission::parse(&word.value)));
        }
    }
    let consent = entries.take("owner-consents-to-load", diagnostics);
    target.owner_consents_to_load = consent
        .and_then(|node| fields::boolean(node, diagnostics))
        .unwrap_or(false);
    let timeouts = entries.take("timeouts", diagnostics);
    target.timeouts = timeouts
        .map(|node| setting::timeouts(node, diagnostics))
        .unwrap_or_default();
    let concurrency = entries
        .take("concurrency", diagnostics)
        .and_then(|node| fields::count(node, 1, diagnostics));
    target.concurrency = concurrency.map(|count| usize::try_from(count).unwrap_or(usize::MAX));
    if let Some(node) = entries.take("skip-tags", diagnostics) {
        target.skip_tags = fields::texts(node, diagnostics)
            .into_iter()
            .map(|tag| tag.value)
            .collect();
    }
}

fn revisions(node: &Node, diagnostics: &mut Diagnostics) -> Vec<Spanned<String>> {
    let mut revisions = Vec::new();
    for node in fields::list(node, diagnostics) {
        let Some(revision) = fields::word(node, REVISIONS, "MCP revision", diagnostics) else {
            continue;
        };
        revisions.push(revision);
    }
    revisions
}

/// Members that hold ids and the like: data with references to the environment only.
fn facts(node: &Node, diagnostics: &mut Diagnostics) -> BTreeMap<String, Data> {
    let entries = fields::entries(node, "values", diagnostics);
    entries
        .iter()
        .map(|(name, node)| {
            (
                name.value.clone(),
                reference::data(node, Place::Fact, diagnostics),
            )
        })
        .collect()
}

/// The entries of a mapping whose keys are slugs.
fn named<'n>(node: &'n Node, what: &str, diagnostics: &mut Diagnostics) -> &'n [(Spanned<String>, Node)] {
    let entries = fields::entries(node, what, diagnostics);
    for (name, _) in entries {
        slug(name, diagnostics);
    }
    entries
}

fn slug(name: &Spanned<String>, diagnostics: &mut Diagnostics) {
    if !fields::is_slug(&name.value) {
        let better = name.value.to_lowercase().replace(['_', ' ', '.'], "-");
        let found = diagnostics.error("bad-name", &name.at, format!("`{}` cannot be a name", name.value));
        found.help("names are lower-case letters, digits and `-`, starting with a letter");
        if fields::is_slug(&better) {
            found.meant(Some(&better));
        }
    }
}
