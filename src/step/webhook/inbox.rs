//! Inboxes: where deliveries come in, and what came.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use url::Url;

use super::challenge;
use crate::expect::Single;
use crate::scenario::model::{ChallengeAnswer, Data, InboxAnswer, Step, Template, WebhookStep};
use crate::step::act::{pass, silent};
use crate::step::serve::as_came;
use crate::step::{Fill, Problem};
use crate::webhook::{Key, Scheme, check};
use crate::wire::{Answer, Listener, Passed};

/// What a delivery is answered where nothing else is said.
const ACCEPTED: u16 = 204;
/// Between two tries for a port that another case holds.
const TURN: Duration = Duration::from_millis(50);
/// Between two looks at an inbox.
const LOOK: Duration = Duration::from_millis(50);
/// The same where waiting costs nothing.
const VIRTUAL_LOOK: Duration = Duration::from_secs(1);
/// Looks at an inbox during one wait, where waiting costs nothing.
const MOST_LOOKS: u32 = 1_000;

/// The inboxes of a case, by handle.
#[derive(Default)]
pub(in crate::step) struct Inboxes(Mutex<BTreeMap<String, Arc<Inbox>>>);

/// One of them.
pub(in crate::step) struct Inbox {
    listener: Listener,
    /// As the sender under test reaches it.
    url: Url,
    scheme: Scheme,
}

impl Inboxes {
    fn keep(&self, handle: String, inbox: Inbox) {
        let mut inboxes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inboxes.insert(handle, Arc::new(inbox));
    }

    fn get(&self, handle: &str) -> Option<Arc<Inbox>> {
        let inboxes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inboxes.get(handle).cloned()
    }

    /// `${inbox.url}` and `${inbox.host}`.
    pub(in crate::step) fn part(&self, handle: &str, part: &str) -> Option<String> {
        let inbox = self.get(handle)?;
        match part {
            "url" => Some(inbox.url.to_string()),
            "host" => Some(inbox.listener.authority()),
            _ => None,
        }
    }
}

/// Opens an inbox and tells a test door that it may be delivered to.
pub(super) async fn listen(
    step: &Step,
    scheme: &Template,
    (answers, challenge): (&[InboxAnswer], Option<&ChallengeAnswer>),
    fill: Fill<'_>,
) -> Result<Single, Problem> {
    let start = Instant::now();
    let scheme = super::scheme(&fill.text(scheme)?, fill)?;
    let handle = step.handle().map_or_else(String::new, |name| name.value.clone());
    let webhooks = fill.world.target().target.webhooks.as_ref();
    let listener = bound(webhooks.and_then(|webhooks| webhooks.listen), fill).await?;
    let public = fill
        .world
        .target()
        .webhooks
        .as_ref()
        .and_then(|webhooks| webhooks.url.clone());
    let base = public.map_or_else(|| listener.url(), |url| url.to_string());
    let name = fill
        .world
        .fresh("hex", &format!("inbox-{handle}"))
        .unwrap_or_default();
    let written = format!("{}/hallmark-{name}", base.trim_end_matches('/'));
    let url = Url::parse(&written).map_err(|error| Problem::Unusable(format!("`{written}`: {error}")))?;
    if let Some(door) = &fill.world.parts.door {
        // A server without such a list delivers to wherever it delivers.
        let _ = door
            .act("webhook-hosts", &Json::from(vec![listener.authority()]))
            .await;
    }
    let answers = answers
        .iter()
        .map(|one| answer(one, fill))
        .collect::<Result<Vec<_>, _>>()?;
    let answers = if answers.is_empty() {
        vec![accepted()]
    } else {
        answers
    };
    if let Some(challenge) = challenge {
        listener.answer_first(challenge::answering(challenge, url.path(), fill)?);
    }
    listener.route_in_turn(BTreeMap::from([(url.path().to_owned(), answers)]));
    fill.world.inboxes.keep(
        handle,
        Inbox {
            listener,
            url,
            scheme,
        },
    );
    let mut single = silent(start);
    single.passed = fill.world.passed();
    Ok(single)
}

/// A port that the target file names is used by one case after the other.
async fn bound(port: Option<u16>, fill: Fill<'_>) -> Result<Listener, Problem> {
    let passed = passed(fill);
    let Some(port) = port else {
        let listener = Listener::bind_to(0, Some(passed)).await;
        return listener.map_err(|error| Problem::Failed(format!("no port on 127.0.0.1: {error}")));
    };
    loop {
        match Listener::bind_to(port, Some(passed.clone())).await {
            Ok(listener) => return Ok(listener),
            Err(error) if Instant::now() + TURN >= fill.world.deadline() => {
                return Err(Problem::Failed(format!("port {port} on 127.0.0.1: {error}")));
            }
            Err(_) => tokio::time::sleep(TURN).await,
        }
    }
}

/// The time of the case, virtual time included.
fn passed(fill: Fill<'_>) -> Passed {
    let elapsed = Arc::clone(&fill.world.elapsed);
    Arc::new(move |since| since.elapsed() + elapsed.now().saturating_sub(elapsed.at(since)))
}

fn accepted() -> Answer {
    Answer {
        status: ACCEPTED,
        ..Answer::default()
    }
}

fn answer(written: &InboxAnswer, fill: Fill<'_>) -> Result<Answer, Problem> {
    let mut answer = accepted();
    if let Some(status) = &written.status {
        answer.status = crate::step::serve::status(&fill.text(status)?)?;
    }
    for (name, data) in &written.headers {
        if let Some(text) = fill.data(data)?.text() {
            answer.headers.push((name.value.clone(), text));
        }
    }
    if let Some(after) = &written.after {
        answer.after = fill.time(after)?;
    }
    Ok(answer)
}

/// What came to an inbox so far, in order, with what its signatures are worth.
pub fn delivered(from: &WebhookStep, fill: Fill<'_>) -> Result<Vec<Single>, Problem> {
    let WebhookStep::From {
        inbox: handle,
        secret,
        only,
    } = from
    else {
        return Ok(Vec::new());
    };
    let handle = handle.value.as_str();
    let inbox = fill.world.inboxes.get(handle).ok_or_else(|| {
        Problem::Unusable(format!(
            "`webhook: {{ from: {handle} }}`: that step has opened no inbox"
        ))
    })?;
    let keys = match secret {
        Some(data) => keys(data, &inbox.scheme, fill)?,
        None => Vec::new(),
    };
    let came = inbox
        .listener
        .heard()
        .into_iter()
        .map(|exchange| as_came(exchange, fill.world));
    let mine = came.filter(|single| single.trace.path.as_deref() == Some(inbox.url.path()));
    let wanted = |single: &Single| {
        let body = single
            .exchange
            .as_ref()
            .map(|exchange| &exchange.request.body[..]);
        only.as_ref()
            .is_none_or(|sort| challenge::sort(body.unwrap_or_default()) == sort.value)
    };
    Ok(mine
        .filter(wanted)
        .map(|single| judged(single, &inbox.scheme, &keys, fill))
        .collect())
}

fn judged(mut single: Single, scheme: &Scheme, keys: &[Key], fill: Fill<'_>) -> Single {
    if let Some(exchange) = &single.exchange {
        let arrived = fill.world.unix_at(exchange.timing.start);
        let sent = &exchange.request;
        let checked = check(scheme, keys, &sent.headers, &sent.body, arrived);
        single.trace.signature = Some(checked.to_json());
    }
    "the sender".clone_into(&mut single.sender);
    single
}

/// A key or several; whatever they are is a credential.
fn keys(data: &Data, scheme: &Scheme, fill: Fill<'_>) -> Result<Vec<Key>, Problem> {
    let texts = match fill.data(data)?.to_json() {
        Json::Array(items) => items,
        one => vec![one],
    };
    let keys = texts.iter().filter_map(Json::as_str).map(|text| {
        fill.world.scrubber().learn("webhook secret", text);
        Key::read(text, scheme)
            .map_err(|why| Problem::Unusable(format!("a secret of {} cannot be used: {why}", scheme.name)))
    });
    keys.collect()
}

/// Lets time pass between two looks, `left` at the most: how much it was.
pub async fn pause(
    every: Option<Duration>,
    whole: Duration,
    left: Duration,
    fill: Fill<'_>,
) -> Result<Duration, Problem> {
    let virtual_time = fill.world.has_clock() && !fill.scope.is_branch();
    let usual = if virtual_time {
        VIRTUAL_LOOK.max(whole / MOST_LOOKS)
    } else {
        LOOK
    };
    let by = every.unwrap_or(usual).min(left);
    pass(by, fill).await?;
    Ok(by)
}
