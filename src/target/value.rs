//! `${target.…}`: everything a scenario may read of the target.

use serde_json::{Map, Value, json};
use url::Url;

use super::probe::{Area, Call, Effect, Probe};
use super::resolved::Resolved;
use super::webhooks::{MAIN, OFFERED};

/// The value at the path after `target`; `None`: this target has no such thing.
///
/// | path | value |
/// |---|---|
/// | `name` | text |
/// | `mcp`, `api`, `plain`, `SIBLING.mcp` and each with `.url .origin .scheme .host .port .path` | text, port a number |
/// | `promise.NAME`, `rate.NAME`, `events.NAME…`, `own.NAME…`, `foreign.NAME…` | as written; `rate.most` is limit and burst together |
/// | `places.NAME.ID` | as written |
/// | `access.permit`, `.deny`, `.invisible`, `.invisible-reads`, `.invisible-writes` | map cell → `who`, `probe`, `place`, `expected` |
/// | `siblings.NAME` | the URL of a sibling, with the same parts |
/// | `oauth.issuer`, `oauth.MEMBER` | text; any member of the authorization server's metadata, where that is known |
/// | `oauth.client.NAME.id`, `.redirect`, `.secret` | text; the last is **secret** |
/// | `scopes.NAME` | list of texts |
/// | `principals.all`, `principals.reading` | map name → name, without those whose limit may be used up; reading: every scope is one of `scopes.read` |
/// | `principals.NAME.scopes`, `.canary`, `.tenant` | list, first canary, text |
/// | `probes.all`, `.reading`, `.writing`, `.destroying` | map name → name, by effect (writing: write or destructive) |
/// | `probes.aimed-reads`, `probes.aimed-writes` | those that can be aimed at a place, by effect |
/// | `probes.reads-by-INPUT`, `.writes-by-INPUT`, `.tool-reads-by-INPUT`, `.http-reads-by-INPUT` | those that read `${with.INPUT}`, by effect and door |
/// | `probes.giving-OUTPUT` | map name → name of the probes that give that output |
/// | `probes.restricted.DOOR.CLASS` | map name → `{ probe, as }` of those that say who may make them and need no input; DOOR: `mcp`, `http`; CLASS: `reading`, `writing`, `account` |
/// | `probes.by-INPUT`, `probes.with-INPUT` | map name → name of the probes that read `${with.INPUT}` |
/// | `probes.NAME.tool`, `.method`, `.effect`, `.name` | text |
/// | `credentials`, `credentials.NAME` | map or text; **secret** |
/// | `webhooks.scheme`, `webhooks.also` | the sender's scheme; map scheme → `{ scheme, probe }` of the others it can be asked for |
/// | `webhooks.receiver`, `webhooks.unconfigured`, each with `.url .origin …` | the URL of the receiver under test, and of the one without its secret |
/// | `webhooks.unsigned-id` | map name → name of the receivers whose scheme does not sign the id |
/// | `webhooks.events` | the name of the receiver that is an endpoint of MCP Events |
/// | `webhooks.secret` | what the receiver under test verifies with; **secret** |
/// | `webhooks.offered` | the secret that it waits to learn the id for; **secret** |
/// | `declares`, `revisions` | list of texts |
pub fn value(resolved: &Resolved, path: &[String]) -> Option<Value> {
    let target = &resolved.target;
    let (root, rest) = path.split_first()?;
    match root.as_str() {
        "name" => end(rest, || target.name.clone().into()),
        // The URL of a receiver is none of an MCP endpoint.
        "mcp" if target.is_receiver_alone() => None,
        "mcp" => url(&resolved.mcp, rest),
        "api" => url(resolved.api.as_ref()?, rest),
        "plain" => url(resolved.plain.as_ref()?, rest),
        "promise" | "promises" => member(&resolved.promises, rest),
        "rate" => member(&resolved.rate, rest),
        "events" => member(&resolved.events, rest),
        "own" => member(&resolved.own, rest),
        "foreign" => member(&resolved.foreign, rest),
        "places" => {
            let (name, rest) = rest.split_first()?;
            member(resolved.place(name)?, rest)
        }
        "access" => access(resolved, rest),
        "oauth" => super::oauth::value(resolved, resolved.authority.as_deref(), rest),
        "siblings" => {
            let (name, rest) = rest.split_first()?;
            url(resolved.siblings.get(name)?, rest)
        }
        "scopes" => {
            let (name, rest) = rest.split_first()?;
            let scopes = resolved.scopes.get(name)?;
            end(rest, || scopes.clone().into())
        }
        "principals" => principals(resolved, rest),
        "probes" => probes(resolved, rest),
        "credentials" => credentials(resolved, rest),
        "webhooks" => webhooks(resolved, rest),
        "declares" => end(rest, || target.declares.iter().cloned().collect()),
        "revisions" => {
            let revisions = target.revisions.as_ref()?;
            end(rest, || {
                revisions.iter().map(|revision| revision.value.clone()).collect()
            })
        }
        sibling => {
            let endpoint = resolved.siblings.get(sibling)?;
            match rest.split_first() {
                Some((name, rest)) if name == "mcp" => url(endpoint, rest),
                _ => None,
            }
        }
    }
}

fn webhooks(resolved: &Resolved, path: &[String]) -> Option<Value> {
    let declared = resolved.target.webhooks.as_ref();
    let (part, rest) = path.split_first()?;
    match part.as_str() {
        "scheme" => end(rest, || {
            declared
                .map_or("standard-webhooks", |webhooks| webhooks.sender_scheme())
                .into()
        }),
        "also" => {
            let names = &declared?.also;
            end(rest, || {
                let named = names.iter().map(|(scheme, probe)| {
                    let both = json!({ "scheme": scheme.value, "probe": probe.value });
                    (scheme.value.clone(), both)
                });
                Value::Object(named.collect())
            })
            .filter(|_| !names.is_empty())
        }
        "receiver" => url(&resolved.webhooks.as_ref()?.receivers.get(MAIN)?.url, rest),
        "unconfigured" => url(
            resolved
                .webhooks
                .as_ref()?
                .receivers
                .get(MAIN)?
                .unconfigured
                .as_ref()?,
            rest,
        ),
        "events" => {
            let (name, _) = declared?.events()?;
            end(rest, || name.into())
        }
        "secret" => {
            let secret = resolved.webhooks.as_ref()?.receivers.get(MAIN)?.secret.as_ref()?;
            end(rest, || secret.expose().into())
        }
        "offered" => {
            let (name, _) = declared?.events()?;
            let receiver = resolved.webhooks.as_ref()?.receivers.get(name)?;
            let offered = receiver.subscriptions.get(OFFERED)?;
            end(rest, || offered.secret.expose().into())
        }
        "unsigned-id" => {
            let names = declared?
                .with_unsigned_ids()
                .map(|name| (name.to_owned(), name.into()));
            let named: Map<String, Value> = names.collect();
            (!named.is_empty()).then(|| end(rest, || Value::Object(named)))?
        }
        _ => None,
    }
}

fn end(rest: &[String], value: impl FnOnce() -> Value) -> Option<Value> {
    rest.is_empty().then(value)
}

fn url(url: &Url, rest: &[String]) -> Option<Value> {
    let Some((part, rest)) = rest.split_first() else {
        return Some(url.as_str().into());
    };
    let value = match part.as_str() {
        "url" => url.as_str().into(),
        "origin" => url.origin().ascii_serialization().into(),
        "scheme" => url.scheme().into(),
        "host" => {
            let name = url.host_str()?;
            url.port()
                .map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"))
                .into()
        }
        "hostname" => url.host_str()?.into(),
        "port" => url.port_or_known_default()?.into(),
        "path" => url.path().into(),
        _ => return None,
    };
    end(rest, || value)
}

fn member(map: &std::collections::BTreeMap<String, Value>, rest: &[String]) -> Option<Value> {
    let Some((name, rest)) = rest.split_first() else {
        return Some(Value::Object(
            map.iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        ));
    };
    inside(map.get(name)?, rest)
}

/// Into data that the author wrote: members by name, items by number.
fn inside(value: &Value, rest: &[String]) -> Option<Value> {
    let Some((name, rest)) = rest.split_first() else {
        return Some(value.clone());
    };
    match value {
        Value::Object(members) => inside(members.get(name)?, rest),
        Value::Array(items) => inside(items.get(name.parse::<usize>().ok()?)?, rest),
        _ => None,
    }
}

fn principals(resolved: &Resolved, rest: &[String]) -> Option<Value> {
    let (name, rest) = rest.split_first()?;
    // Who is there to be pushed over a limit would be in the way elsewhere.
    let spent = |name: &str| {
        ["exhaust", "twin"]
            .iter()
            .any(|key| resolved.rate.get(*key).is_some_and(|one| one == name))
    };
    let everybody = resolved
        .principals
        .iter()
        .filter(|principal| !spent(&principal.name));
    match name.as_str() {
        "all" => return end(rest, || names(everybody.map(|principal| principal.name.as_str()))),
        "reading" => {
            let read = resolved.scopes.get("read")?;
            let only_read = everybody.filter(|principal| {
                !principal.scopes.is_empty() && principal.scopes.iter().all(|scope| read.contains(scope))
            });
            return end(rest, || names(only_read.map(|principal| principal.name.as_str())));
        }
        _ => {}
    }
    let principal = resolved.principal(name)?;
    let (part, rest) = rest.split_first()?;
    let value = match part.as_str() {
        "name" => principal.name.clone().into(),
        "scopes" => principal.scopes.clone().into(),
        "canary" => principal.canaries.first()?.clone().into(),
        "tenant" => principal.tenant.clone()?.into(),
        _ => return None,
    };
    end(rest, || value)
}

fn probes(resolved: &Resolved, rest: &[String]) -> Option<Value> {
    let target = &resolved.target;
    let probes = &target.probes;
    let (name, rest) = rest.split_first()?;
    let group = |admits: &dyn Fn(&Probe) -> bool| {
        end(rest, || {
            names(
                probes
                    .values()
                    .filter(|probe| admits(probe))
                    .map(|probe| probe.name.value.as_str()),
            )
        })
    };
    match name.as_str() {
        "all" => return group(&|_| true),
        "reading" => return group(&|probe| probe.effect == Effect::Read),
        "writing" => return group(&|probe| probe.effect != Effect::Read),
        "aimed-reads" => {
            return group(&|probe| target.aimable(probe) && probe.effect == Effect::Read);
        }
        "aimed-writes" => {
            return group(&|probe| target.aimable(probe) && probe.effect != Effect::Read);
        }
        "restricted" => return restricted(resolved, rest),
        "destroying" => return group(&|probe| probe.effect == Effect::Destructive),
        _ => {}
    }
    if let Some(input) = name.strip_prefix("by-").or_else(|| name.strip_prefix("with-")) {
        return group(&|probe| probe.inputs.contains(input));
    }
    let http = |probe: &Probe| matches!(probe.call, Call::Http(_));
    for (prefix, admits) in [
        (
            "reads-by-",
            &(|probe: &Probe| probe.effect == Effect::Read) as &dyn Fn(&Probe) -> bool,
        ),
        ("writes-by-", &|probe| probe.effect != Effect::Read),
        ("tool-reads-by-", &|probe| {
            probe.effect == Effect::Read && !http(probe)
        }),
        ("http-reads-by-", &|probe| {
            probe.effect == Effect::Read && http(probe)
        }),
    ] {
        if let Some(input) = name.strip_prefix(prefix) {
            return group(&|probe| probe.inputs.contains(input) && admits(probe));
        }
    }
    if let Some(output) = name.strip_prefix("giving-") {
        return group(&|probe| probe.gives.contains_key(output));
    }
    let probe = probes.get(name)?;
    let (part, rest) = rest.split_first()?;
    let value = match (part.as_str(), &probe.call) {
        ("name", _) => probe.name.value.clone(),
        ("effect", _) => probe.effect.as_str().to_owned(),
        ("tool", Call::Tool { tool, .. }) => tool.as_literal()?.to_owned(),
        ("method", Call::Method { method, .. }) => method.as_literal()?.to_owned(),
        ("method", Call::Tool { .. }) => "tools/call".to_owned(),
        ("method", Call::Http(call)) => call.sent_with()?.to_owned(),
        _ => return None,
    };
    end(rest, || value.into())
}

/// Cells of the access table, by name; a map whose rows a scenario can draw.
fn access(resolved: &Resolved, rest: &[String]) -> Option<Value> {
    let (group, rest) = rest.split_first()?;
    let cells = resolved.target.cells();
    let wanted = cells
        .iter()
        .filter(|cell| cell.group() == group || cell.expected.as_str() == group);
    let drawn: Map<String, Value> = wanted
        .map(|cell| {
            let value = serde_json::json!({
                "who": cell.who, "probe": cell.probe, "place": cell.place, "expected": cell.expected.as_str(),
            });
            (cell.name(), value)
        })
        .collect();
    (!drawn.is_empty()).then(|| end(rest, || Value::Object(drawn)))?
}

/// The probes that somebody must be refused: those that say who may make them, and that a scenario can make as they are.
fn restricted(resolved: &Resolved, rest: &[String]) -> Option<Value> {
    let [door, class] = rest else { return None };
    let http = match door.as_str() {
        "mcp" => false,
        "http" => true,
        _ => return None,
    };
    let wanted = |probe: &Probe| match (probe.area, probe.effect) {
        (Area::Account, _) => class == "account",
        (Area::Data, Effect::Read) => class == "reading",
        (Area::Data, _) => class == "writing",
    };
    let ready = |probe: &&Probe| {
        matches!(probe.call, Call::Http(_)) == http
            && wanted(probe)
            && probe.inputs.iter().all(|input| probe.with.contains_key(input))
    };
    let entry = |probe: &Probe| {
        let who = probe.who.as_ref()?;
        let call = serde_json::json!({ "probe": probe.name.value, "as": who.value });
        Some((probe.name.value.clone(), call))
    };
    let probes = resolved.target.probes.values().filter(ready);
    Some(Value::Object(probes.filter_map(entry).collect()))
}

fn credentials(resolved: &Resolved, rest: &[String]) -> Option<Value> {
    let Some((name, rest)) = rest.split_first() else {
        let all = resolved
            .credentials
            .iter()
            .map(|(name, secret)| (name.clone(), secret.expose().into()));
        return Some(Value::Object(all.collect()));
    };
    let secret = resolved.credentials.get(name)?;
    end(rest, || secret.expose().into())
}

/// A map name → name: both the rows' ids and their values.
fn names<'a>(names: impl Iterator<Item = &'a str>) -> Value {
    Value::Object(
        names
            .map(|name| (name.to_owned(), name.into()))
            .collect::<Map<_, _>>(),
    )
}
