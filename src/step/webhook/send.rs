//! A delivery to the receiver under test: right, or wrong in exactly what the step says.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Value as Json, json};
use url::Url;

use crate::expect::{Single, Value};
use crate::scenario::model::{DeliveryContent, Sending, Step};
use crate::secret::Secret;
use crate::step::send::{Outgoing, Sender, Written, evidence, latin1, send};
use crate::step::{Fill, Problem, Scope};
use crate::target::{MAIN, Receiver, ResolvedReceiver};
use crate::webhook::{Digest, Key, Message, Scheme, entry, headers};
use crate::wire::{HeaderLine, Read};

/// Most signatures that one entry of `sign` stands for.
const MOST_TIMES: usize = 10_000;

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
    let delivery = delivery(sending, declared, fill)?;
    let mut lines = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    if let Some(entries) = entries(sending, &scheme, &delivery, receiver, fill)? {
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

fn delivery(sending: &Sending, declared: &Receiver, fill: Fill<'_>) -> Result<Delivery, Problem> {
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
        None => payload(&fill.text(&sending.event)?, &id, &timestamp, declared, fill)?,
    };
    Ok(Delivery { id, timestamp, body })
}

/// The body of a genuine delivery: the target's, else the shape that Standard Webhooks recommends.
fn payload(
    event: &str,
    id: &str,
    timestamp: &str,
    declared: &Receiver,
    fill: Fill<'_>,
) -> Result<Bytes, Problem> {
    let json = match &declared.payload {
        Some(data) => {
            let texts = [("event", event), ("id", id), ("timestamp", timestamp)];
            let inputs = texts.map(|(name, text)| (name.to_owned(), Value::json(text)));
            let scope = Scope::inside(BTreeMap::from(inputs));
            Fill::new(fill.world, &scope).data(data)?.to_json()
        }
        None => json!({ "type": event, "data": { "id": id } }),
    };
    Ok(json.to_string().into())
}

/// Labelled signatures; `None`: the delivery carries none of the scheme's headers.
fn entries(
    sending: &Sending,
    scheme: &Scheme,
    delivery: &Delivery,
    receiver: &ResolvedReceiver,
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
        let one = signature(asked, scheme, delivery, receiver, fill)?;
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
    receiver: &ResolvedReceiver,
    fill: Fill<'_>,
) -> Result<(String, String), Problem> {
    let text = |name: &str| {
        asked
            .get(name)
            .and_then(|value| Value::json(value.clone()).text())
    };
    let key = key(
        text("key").as_deref(),
        text("version").as_deref(),
        scheme,
        receiver,
        fill,
    )?;
    let pair = matches!(key, Key::Private(_));
    let fits = |digest: &Digest| (*digest == Digest::Ed25519) == pair;
    let label = text("version").unwrap_or_else(|| {
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
    value
        .map(|value| (label, value))
        .ok_or_else(|| Problem::Failed("nothing can be signed with that key".to_owned()))
}

/// The key that is asked for; that of the receiver where nothing is said.
fn key(
    asked: Option<&str>,
    version: Option<&str>,
    scheme: &Scheme,
    receiver: &ResolvedReceiver,
    fill: Fill<'_>,
) -> Result<Key, Problem> {
    let read = |text: &str| {
        Key::read(text, scheme)
            .map_err(|why| Problem::Unusable(format!("the webhook key cannot be used: {why}")))
    };
    let pair = version.and_then(|version| scheme.digest(version)) == Some(Digest::Ed25519);
    let no_randomness = || Problem::Failed("the system gives no randomness".to_owned());
    match asked {
        None if pair => read(declared(receiver.signing_key.as_ref(), "signing-key")?.expose()),
        None => read(declared(receiver.secret.as_ref(), "secret")?.expose()),
        Some("wrong") if pair => Key::generate().ok_or_else(no_randomness),
        Some("wrong") => {
            let seed = fill.world.fresh("hex", "webhook-wrong-key").unwrap_or_default();
            Ok(Key::bytes(format!("nobody trusts {seed}").as_bytes()))
        }
        Some("empty") => Ok(Key::bytes(b"")),
        Some("literal") => Ok(Key::bytes(
            declared(receiver.secret.as_ref(), "secret")?.expose().as_bytes(),
        )),
        Some("signing") => read(declared(receiver.signing_key.as_ref(), "signing-key")?.expose()),
        Some("public") => {
            let pair = read(declared(receiver.signing_key.as_ref(), "signing-key")?.expose())?;
            let text = pair
                .public()
                .ok_or_else(|| Problem::Unusable("`signing-key` is no key pair".to_owned()))?;
            Ok(Key::bytes(text.as_bytes()))
        }
        Some(text) => {
            fill.world.scrubber().learn("webhook secret", text);
            read(text)
        }
    }
}

fn declared<'r>(secret: Option<&'r Secret>, name: &str) -> Result<&'r Secret, Problem> {
    secret.ok_or_else(|| Problem::Undeclared {
        what: format!("the `{name}` of the webhook receiver"),
        unlock: format!("webhooks: {{ receiver: {{ {name}: \"${{env.NAME}}\" }} }}"),
    })
}
