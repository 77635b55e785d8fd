//! A delivery to the receiver under test: right, or wrong in exactly what the step says.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Value as Json, json};
use url::Url;

use super::keys::{self, Keys};
use crate::expect::{Single, Value};
use crate::scenario::model::{DeliveryContent, Sending, Step};
use crate::step::send::{Outgoing, Sender, Written, evidence, latin1, send};
use crate::step::{Fill, Problem, Scope};
use crate::target::{MAIN, OWN, Receiver, ResolvedReceiver, ResolvedSubscription};
use crate::webhook::{Digest, Key, Message, Scheme, entry, headers, spoilt};
use crate::wire::{HeaderLine, Read};

/// Most signatures that one entry of `sign` stands for.
const MOST_TIMES: usize = 10_000;
/// The longest body that is filled up.
const MOST_BYTES: usize = 64 << 20;

/// What is sent.
struct Delivery {
    id: String,
    timestamp: String,
    body: Bytes,
}

pub(super) async fn perform(step: &Step, sending: &Sending, fill: Fill<'_>) -> Result<Single, Problem> {
    let to = sending.to.as_ref().map(|to| fill.text(to)).transpose()?;
    // An address, or a receiver by its name.
    let elsewhere = to.as_deref().filter(|to| to.contains("://"));
    let name = to.as_deref().filter(|to| !to.contains("://")).unwrap_or(MAIN);
    let (declared, receiver) = receiver(name, fill)?;
    let scheme = match &sending.scheme {
        Some(name) => super::scheme(&fill.text(name)?, fill)?,
        None => super::scheme(declared.scheme_name(), fill)?,
    };
    let url = match elsewhere {
        Some(to) => {
            Url::parse(to).map_err(|error| Problem::Unusable(format!("`{to}` is no URL: {error}")))?
        }
        None => receiver.url.clone(),
    };
    let subscription = match scheme.subscription_header() {
        Some(header) => Some((header, subscription(sending, receiver, fill)?)),
        None => None,
    };
    let delivery = delivery(sending, declared, subscription.is_some(), fill)?;
    let keys = Keys {
        receiver,
        secret: match &subscription {
            Some((_, subscription)) => Some(&subscription.secret),
            None => receiver.secret.as_ref(),
        },
    };
    let mut lines = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    if let Some((header, subscription)) = &subscription {
        lines.push(((*header).to_owned(), id_of(subscription, fill)));
    }
    if let Some(entries) = entries(sending, &scheme, &delivery, &keys, fill)? {
        lines.extend(headers(&scheme, &delivery.id, &delivery.timestamp, &entries));
    }
    lines.extend(crate::step::send::standing(fill.world));
    let outgoing = Outgoing {
        method: "POST".to_owned(),
        url,
        target: None,
        headers: spelt(Written::of(&step.headers, fill)?.over(&lines), sending, fill)?,
        body: delivery.body,
        read: Read::Whole,
        redirects: 0,
    };
    let exchange = send(outgoing, step, fill).await?;
    let sender = Sender {
        name: "the sender".to_owned(),
        authorization: None,
        able: None,
    };
    let mut single = evidence(exchange, Vec::new(), None, &sender, fill);
    single.sent_ids = vec![delivery.id, delivery.timestamp];
    Ok(single)
}

/// Header names in another case, which only a verbatim line keeps.
fn spelt(lines: Vec<HeaderLine>, sending: &Sending, fill: Fill<'_>) -> Result<Vec<HeaderLine>, Problem> {
    let Some(names) = &sending.names else {
        return Ok(lines);
    };
    let respelt: fn(&str) -> String = match fill.text(names)?.as_str() {
        "upper" => str::to_ascii_uppercase,
        "title" => title,
        other => {
            return Err(Problem::Unusable(format!(
                "`names: {other}`: it is upper or title"
            )));
        }
    };
    let verbatim = |line| match line {
        HeaderLine::Field(name, value) => {
            HeaderLine::Verbatim([respelt(&name).as_bytes(), b": ", &value].concat())
        }
        verbatim @ HeaderLine::Verbatim(_) => verbatim,
    };
    Ok(lines.into_iter().map(verbatim).collect())
}

/// `webhook-id` → `Webhook-Id`.
fn title(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
    });
    words.collect::<Vec<_>>().join("-")
}

/// As declared, and with its secrets.
fn receiver<'w>(name: &str, fill: Fill<'w>) -> Result<(&'w Receiver, &'w ResolvedReceiver), Problem> {
    let target = fill.world.target();
    let declared = target.target.webhooks.as_ref();
    let declared = declared.and_then(|webhooks| webhooks.receivers.get(name));
    let resolved = target
        .webhooks
        .as_ref()
        .and_then(|webhooks| webhooks.receivers.get(name));
    declared.zip(resolved).ok_or_else(|| Problem::Undeclared {
        what: "a webhook receiver".to_owned(),
        unlock: "webhooks: { receiver: { url: https://…, secret: \"${env.NAME}\" } }".to_owned(),
    })
}

/// The subscription that a delivery is of.
fn subscription<'r>(
    sending: &Sending,
    receiver: &'r ResolvedReceiver,
    fill: Fill<'_>,
) -> Result<&'r ResolvedSubscription, Problem> {
    match &sending.subscription {
        Some(role) => keys::subscription(&fill.text(role)?, receiver),
        None => keys::subscription(OWN, receiver),
    }
}

/// What names it. An offered secret has no id yet: one that nobody knows, the same all through the case.
fn id_of(subscription: &ResolvedSubscription, fill: Fill<'_>) -> String {
    let unknown = || {
        let fresh = fill.world.fresh("hex", "subscription").unwrap_or_default();
        format!("sub_{fresh}")
    };
    subscription.id.clone().unwrap_or_else(unknown)
}

fn delivery(
    sending: &Sending,
    declared: &Receiver,
    of_events: bool,
    fill: Fill<'_>,
) -> Result<Delivery, Problem> {
    let id = match &sending.id {
        Some(id) => fill.text(id)?,
        None => format!(
            "msg_{}",
            fill.world.parts.run_id.clone() + &fill.world.next_id().to_string()
        ),
    };
    let timestamp = match &sending.timestamp {
        Some(timestamp) => fill.text(timestamp)?,
        None => fill.world.now().to_string(),
    };
    let body = match &sending.content {
        Some(DeliveryContent::Body(text)) => fill.text(text)?.into(),
        Some(DeliveryContent::Bytes(text)) => latin1(&fill.text(text)?)?.into(),
        Some(DeliveryContent::Json(data)) => fill.data(data)?.to_json().to_string().into(),
        None => {
            let about = match &sending.event_id {
                Some(id) => fill.text(id)?,
                None => id.clone(),
            };
            let event = fill.text(&sending.event)?;
            payload((&event, &about, &timestamp), declared, of_events, fill)?
        }
    };
    let body = match &sending.size {
        Some(size) => filled_up(&body, &fill.text(size)?)?,
        None => body,
    };
    Ok(Delivery { id, timestamp, body })
}

/// The body, and blanks behind it.
fn filled_up(body: &Bytes, size: &str) -> Result<Bytes, Problem> {
    let size: Option<usize> = size.parse().ok();
    let size = size
        .filter(|size| *size <= MOST_BYTES)
        .ok_or_else(|| Problem::Unusable(format!("`size` is a number up to {MOST_BYTES}")))?;
    let mut filled = body.to_vec();
    filled.resize(size.max(body.len()), b' ');
    Ok(filled.into())
}

/// The body of a genuine delivery: the target's, else an occurrence (SEP-3415) or the shape that Standard Webhooks
/// recommends.
fn payload(
    (event, id, timestamp): (&str, &str, &str),
    declared: &Receiver,
    of_events: bool,
    fill: Fill<'_>,
) -> Result<Bytes, Problem> {
    let json = match &declared.payload {
        Some(data) => {
            let texts = [("event", event), ("id", id), ("timestamp", timestamp)];
            let inputs = texts.map(|(name, text)| (name.to_owned(), Value::json(text)));
            let scope = Scope::inside(BTreeMap::from(inputs));
            Fill::new(fill.world, &scope).data(data)?.to_json()
        }
        None if of_events => json!({
            "eventId": id,
            "name": event,
            "timestamp": moment(timestamp, fill),
            "data": { "id": id },
            "cursor": format!("after-{id}"),
        }),
        None => json!({ "type": event, "data": { "id": id } }),
    };
    Ok(json.to_string().into())
}

/// The second that a timestamp names, or this one, as RFC 3339 writes it.
fn moment(timestamp: &str, fill: Fill<'_>) -> String {
    let second = timestamp.parse().unwrap_or_else(|_| fill.world.now());
    jiff::Timestamp::from_second(second)
        .unwrap_or_default()
        .to_string()
}

/// Labelled signatures; `None`: the delivery carries none of the scheme's headers.
fn entries(
    sending: &Sending,
    scheme: &Scheme,
    delivery: &Delivery,
    keys: &Keys<'_>,
    fill: Fill<'_>,
) -> Result<Option<Vec<(String, String)>>, Problem> {
    let asked = match &sending.sign {
        Some(data) => fill.data(data)?.to_json(),
        None => json!({}),
    };
    let list = match asked {
        Json::String(_) => return Ok(None),
        Json::Array(list) => list,
        one => vec![one],
    };
    let mut entries = Vec::new();
    for asked in &list {
        let one = signature(asked, scheme, delivery, keys, fill)?;
        let times = number(asked, "times").unwrap_or(1).min(MOST_TIMES);
        entries.extend(std::iter::repeat_n(one, times));
    }
    Ok(Some(entries))
}

fn number(asked: &Json, name: &str) -> Option<usize> {
    let value = asked.get(name)?;
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    usize::try_from(number).ok()
}

fn signature(
    asked: &Json,
    scheme: &Scheme,
    delivery: &Delivery,
    keys: &Keys<'_>,
    fill: Fill<'_>,
) -> Result<(String, String), Problem> {
    let text = |name: &str| {
        asked
            .get(name)
            .and_then(|value| Value::json(value.clone()).text())
    };
    let (asked_key, version) = (text("key"), text("version"));
    let key = match text("subscription") {
        Some(role) => keys
            .of(&role)?
            .key(asked_key.as_deref(), version.as_deref(), scheme, fill)?,
        None => keys.key(asked_key.as_deref(), version.as_deref(), scheme, fill)?,
    };
    let pair = matches!(key, Key::Private(_));
    let fits = |digest: &Digest| (*digest == Digest::Ed25519) == pair;
    let label = version.unwrap_or_else(|| {
        let own = scheme.versions.iter().find(|(_, digest)| fits(digest));
        own.map_or_else(|| scheme.first_label().to_owned(), |(label, _)| label.clone())
    });
    if let Some(value) = text("value") {
        return Ok((label, value));
    }
    let other = if pair { Digest::Ed25519 } else { Digest::HmacSha256 };
    let of_label = scheme.digest(&label).filter(fits);
    let digest = of_label
        .or_else(|| scheme.versions.iter().map(|(_, digest)| *digest).find(fits))
        .unwrap_or(other);
    let body = match (text("over"), text("over-bytes")) {
        (Some(text), _) => Bytes::from(text),
        (None, Some(bytes)) => latin1(&bytes)?.into(),
        (None, None) => delivery.body.clone(),
    };
    let (id, timestamp) = (text("over-id"), text("over-timestamp"));
    let message = Message {
        id: id.as_deref().unwrap_or(&delivery.id),
        timestamp: timestamp.as_deref().unwrap_or(&delivery.timestamp),
        body: &body,
    };
    let value = entry(scheme, digest, &key, &message);
    let value = match number(asked, "keeps") {
        Some(keeps) => value.and_then(|value| spoilt(scheme, &value, keeps)),
        None => value,
    };
    value
        .map(|value| (label, value))
        .ok_or_else(|| Problem::Failed("nothing can be signed with that key".to_owned()))
}
