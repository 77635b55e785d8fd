//! The `mcp` step: a probe, a tool or any method, in a session of the sender's own unless another is named.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::http_sse::{NotOpen, joined};
use super::send::{Sender, Written, evidence, sender, with_query};
use super::session::{Held, Message, Opened, Shut, client, forget, headers, open, post, say, stream};
use super::{Fill, Problem};
use crate::expect::Single;
use crate::mcp::{self, Session};
use crate::scenario::model::{Data, HttpStep, McpCall, McpStep, Step, Template};
use crate::target::{Call, Probe, Resolved};
use crate::wire::{Cut, Read};

/// What is to be asked, resolved.
#[derive(Clone)]
struct Question {
    method: String,
    params: Option<Json>,
    gives: BTreeMap<String, String>,
    sent_ids: Vec<String>,
}

pub(super) async fn perform(step: &Step, call: &McpStep, fill: Fill<'_>) -> Result<Single, Problem> {
    if let McpCall::Probe(name) = &call.call
        && matches!(
            declared_probe(fill.world.target(), &fill.text(name)?)?.call,
            Call::Http(_)
        )
    {
        return super::http::perform(step, &as_http(name, call), fill).await;
    }
    let single = put(step, call, question(call, fill)?, fill).await?;
    if let McpCall::Probe(name) = &call.call {
        let given = (call.with.as_slice(), call.aim.as_ref());
        super::undo::remember(&fill.text(name)?, given, &single, step, fill)?;
    }
    Ok(single)
}

/// The probe by the door it is written for.
fn as_http(probe: &Template, call: &McpStep) -> HttpStep {
    HttpStep {
        method: None,
        url: None,
        probe: Some(probe.clone()),
        with: call.with.clone(),
        aim: call.aim.clone(),
        session: None,
        query: call.query.clone(),
        body: None,
        json: None,
        form: Vec::new(),
        read: None,
        follow: false,
    }
}

/// A call that is no step of its own: a hook, or what takes a probe back.
pub(super) async fn call(step: &Step, call: &Call, inner: Fill<'_>) -> Result<Single, Problem> {
    let plain = McpStep::bare(McpCall::Method {
        method: Template::literal("", step.at.clone()),
        params: None,
    });
    put(step, &plain, asked(call, inner)?, inner).await
}

/// The endpoint that is asked: the target's own, or a sibling.
fn endpoint(call: &McpStep, fill: Fill<'_>) -> Result<url::Url, Problem> {
    let target = fill.world.target();
    let Some(name) = &call.endpoint else {
        return Ok(target.mcp.clone());
    };
    let sibling = target.siblings.get(&name.value).cloned();
    sibling.ok_or_else(|| Problem::Undeclared {
        what: format!("an endpoint `{}`", name.value),
        unlock: format!("siblings: {{ {}: https://… }}", name.value),
    })
}

async fn put(step: &Step, call: &McpStep, question: Question, fill: Fill<'_>) -> Result<Single, Problem> {
    if fill.world.target().target.without_mcp {
        return Err(Problem::Undeclared {
            what: "an MCP endpoint".to_owned(),
            unlock: "mcp: https://…".to_owned(),
        });
    }
    let mut sender = sender(step.who.as_ref(), fill).await?;
    let able = call
        .capabilities
        .as_ref()
        .map(|able| fill.data(able))
        .transpose()?;
    sender.able = able.map(|able| able.to_json());
    let written = Written::of(&step.headers, fill)?;
    let endpoint = endpoint(call, fill)?;
    let url = with_query(endpoint.clone(), &call.query, fill)?;
    let parts = (step, &sender, &written);
    if fill.world.parts.revision.is_stateless() {
        // There is no session to carry it; whose it would have been does not matter.
        return ask(&url, question, None, Vec::new(), call, parts, fill).await;
    }
    let before;
    let session = if question.method == "initialize" {
        match first(&url, &sender, &written, step, fill).await? {
            Ok((held, opening)) => {
                before = opening;
                held
            }
            Err(not) => {
                let shut = Shut {
                    exchange: *not.exchange,
                    id: Json::Null,
                    why: not.why,
                };
                return Ok(refused(shut, question, call, &sender, fill));
            }
        }
    } else {
        let (opener, opener_written, opener_url) = match &call.session {
            Some(owner) => (
                super::send::sender_named(&fill.text(owner)?, fill).await?,
                Written::default(),
                endpoint,
            ),
            None => (sender.clone(), written.clone(), url.clone()),
        };
        match open(&opener_url, &opener, &opener_written, step, fill).await? {
            Opened::Session(held, opening) => {
                before = opening;
                Some(held)
            }
            Opened::Refused(shut) => {
                return Ok(refused(*shut, question, call, &sender, fill));
            }
        }
    };
    let lasting = |held: &Held| held.session.id.is_some() || held.link.is_some();
    let own =
        question.method != "initialize" && session.as_ref().is_some_and(lasting) && call.session.is_none();
    let mut over = own && session.as_ref().is_some_and(Held::is_over);
    let mut single = None;
    if !over {
        let asked = ask(
            &url,
            question.clone(),
            session.as_ref(),
            before,
            call,
            parts,
            fill,
        )
        .await?;
        over = own && is_gone(&asked);
        single = Some(asked);
    }
    // A client whose session is gone must open another ("Session Management"); others may share the credential.
    let mut tries = 0;
    while single.is_none() || (over && tries < REOPENED) {
        tries += 1;
        forget(&url, &sender, &written, step, fill).await;
        let asked = match open(&url, &sender, &written, step, fill).await? {
            Opened::Session(held, opening) => {
                ask(&url, question.clone(), Some(&held), opening, call, parts, fill).await?
            }
            Opened::Refused(shut) => {
                return Ok(refused(*shut, question, call, &sender, fill));
            }
        };
        over = is_gone(&asked);
        single = Some(asked);
    }
    single.ok_or_else(|| Problem::Unusable("nothing was asked".to_owned()))
}

/// What `initialize` needs before it can be said: nothing, but a stream over HTTP+SSE. `Err`: how that was refused.
async fn first(
    url: &url::Url,
    sender: &Sender,
    written: &Written,
    step: &Step,
    fill: Fill<'_>,
) -> Result<Result<(Option<Held>, Vec<crate::wire::Exchange>), NotOpen>, Problem> {
    let revision = fill.world.parts.revision;
    if !revision.is_http_sse() {
        return Ok(Ok((None, Vec::new())));
    }
    let session = Session {
        revision,
        id: None,
        server: mcp::ServerInfo::default(),
        instructions: None,
    };
    Ok(
        match stream(url, (sender, &written.without_protocol()), step, fill).await {
            Ok((link, opening)) => {
                let link = Some(std::sync::Arc::new(link));
                Ok((Some(Held { session, link }), vec![opening]))
            }
            Err(not) => Err(not),
        },
    )
}

/// How often a lost session is opened again for one request.
const REOPENED: usize = 3;

fn is_gone(single: &Single) -> bool {
    let response = single
        .exchange
        .as_ref()
        .and_then(|exchange| exchange.response.as_ref().ok());
    response.is_some_and(|response| response.status == 404)
}

/// Opening the session was refused: that refusal is the evidence. A refusal of somebody else's session is not.
fn refused(shut: Shut, question: Question, call: &McpStep, sender: &Sender, fill: Fill<'_>) -> Single {
    let Shut { exchange, id, why } = shut;
    let mut answer = mcp::answer(&exchange, &id);
    if let Some(why) = why {
        answer.rpc = mcp::Rpc::None(mcp::NoAnswer::NoEndpoint(why));
    } else if let (mcp::Rpc::Result(_), Err(problem)) =
        (&answer.rpc, mcp::opened(&exchange, fill.world.parts.revision))
    {
        // Granted, but no session to ask in: nothing was decided about the question.
        let why = problem.to_string();
        answer.rpc = mcp::Rpc::None(mcp::NoAnswer::NoSession { why });
    }
    let mut single = evidence(exchange, Vec::new(), Some(answer), sender, fill);
    if call.session.is_some() {
        single.outcome = crate::expect::Outcome::Broken;
    }
    single.gives = question.gives;
    single
}

async fn ask(
    url: &url::Url,
    question: Question,
    held: Option<&Held>,
    before: Vec<crate::wire::Exchange>,
    call: &McpStep,
    (step, sender, written): (&Step, &Sender, &Written),
    fill: Fill<'_>,
) -> Result<Single, Problem> {
    let notification = call.notification || question.method.starts_with("notifications/");
    let id = if notification {
        Json::Null
    } else {
        fill.world.next_id()
    };
    let mut body = if notification {
        mcp::notify(&question.method, question.params)
    } else {
        mcp::call(&id, &question.method, question.params)
    };
    let mut derived = headers(held.map(|held| &held.session), sender);
    let revision = fill.world.parts.revision;
    if revision.is_stateless() {
        // What the headers say is derived before anything of the message is overruled, so that the two can differ.
        derived.extend(mcp::mirrored(&body, revision, &fill.world.parts.mirrored));
        mcp::with_meta(&mut body, revision, &client(), sender.able.as_ref());
    }
    overrule(&mut body, call, fill)?;
    if let Some(link) = held.and_then(|held| held.link.as_ref()) {
        let message = Message {
            url: with_query(link.post.clone(), &call.query, fill)?,
            body,
            derived,
            read: call.read.as_ref().map(|time| fill.time(time)).transpose()?,
        };
        let (posted, heard) = say(link, message, written, step, fill).await?;
        let mut single = on_stream(posted, heard, &id, before, (call, sender), fill);
        learn_gifts(single.answer.as_ref(), &question.gives, fill);
        single.gives = question.gives;
        single.sent_ids = question.sent_ids;
        return Ok(single);
    }
    let read = match (&call.read, call.events) {
        (Some(time), Some(most)) => Read::Events {
            most: usize::try_from(most).unwrap_or(usize::MAX),
            within: fill.time(time)?,
        },
        (Some(time), None) => Read::For(fill.time(time)?),
        (None, _) if notification => Read::Whole,
        (None, _) => Read::UntilRpc(id.clone()),
    };
    let exchange = post(url, &body, derived, written, read, step, fill).await?;
    let mut answer = mcp::answer(&exchange, &id);
    if revision.is_stateless() {
        answer = mcp::completed(answer);
    }
    learn_gifts(Some(&answer), &question.gives, fill);
    let open = call.read.is_some() && is_open(&exchange, &answer);
    let mut single = evidence(exchange, before, Some(answer), sender, fill);
    if open {
        single.outcome = crate::expect::Outcome::Done;
    }
    single.gives = question.gives;
    single.sent_ids = question.sent_ids;
    Ok(single)
}

/// What a POST came to whose answer is due on the stream. Accepted is not answered: what decides is what the stream says.
fn on_stream(
    posted: crate::wire::Exchange,
    heard: Option<crate::wire::Exchange>,
    id: &Json,
    before: Vec<crate::wire::Exchange>,
    (call, sender): (&McpStep, &Sender),
    fill: Fill<'_>,
) -> Single {
    let Some(heard) = heard else {
        let answer = mcp::answer(&posted, id);
        return evidence(posted, before, Some(answer), sender, fill);
    };
    let answer = mcp::answer(&heard, id);
    let open = call.read.is_some() && is_open(&heard, &answer);
    let outcome = if open {
        crate::expect::Outcome::Done
    } else {
        crate::expect::Outcome::of(&heard, Some(&answer))
    };
    let mut single = evidence(joined(posted, &heard), before, Some(answer), sender, fill);
    single.outcome = outcome;
    single
}

/// What the author wrote beats what was derived.
fn overrule(body: &mut Json, call: &McpStep, fill: Fill<'_>) -> Result<(), Problem> {
    let Json::Object(envelope) = body else {
        return Ok(());
    };
    if let Some(meta) = &call.meta {
        let params = envelope
            .entry("params")
            .or_insert_with(|| Json::Object(Map::new()));
        if let Json::Object(params) = params {
            overrule_meta(params, meta, fill)?;
        }
    }
    for (name, data) in &call.envelope {
        set(envelope, &name.value, &fill.data(data)?);
    }
    Ok(())
}

/// A map changes members, anything else stands for the whole.
fn overrule_meta(params: &mut Map<String, Json>, meta: &Data, fill: Fill<'_>) -> Result<(), Problem> {
    let Data::Map(members, _) = meta else {
        set(params, "_meta", &fill.data(meta)?);
        return Ok(());
    };
    let own = params.entry("_meta").or_insert_with(|| Json::Object(Map::new()));
    if let Json::Object(own) = own {
        for (name, data) in members {
            set(own, &name.value, &fill.data(data)?);
        }
    }
    Ok(())
}

fn set(object: &mut Map<String, Json>, name: &str, value: &crate::expect::Value) {
    if value.is_omit() {
        object.shift_remove(name);
    } else {
        object.insert(name.to_owned(), value.to_json());
    }
}

/// The stream was read as long as was asked, and it had not ended: nothing is missing.
fn is_open(exchange: &crate::wire::Exchange, answer: &mcp::Answer) -> bool {
    let response = exchange.response.as_ref().ok();
    matches!(answer.rpc, mcp::Rpc::None(_))
        && response.is_some_and(|response| {
            (200..300).contains(&response.status)
                && response.is_event_stream()
                && response.cut == Some(Cut::Enough)
        })
}

/// Outputs of a probe that are credentials by their name are masked from the moment they arrive.
fn learn_gifts(answer: Option<&mcp::Answer>, gives: &BTreeMap<String, String>, fill: Fill<'_>) {
    let Some(mcp::Rpc::Result(result)) = answer.map(|answer| &answer.rpc) else {
        return;
    };
    let Some(said) = mcp::tool_said(result).and_then(|said| said.value) else {
        return;
    };
    for (name, path) in gives
        .iter()
        .filter(|(name, _)| crate::scenario::is_secret_name(name))
    {
        if let Ok(path) = serde_json_path::JsonPath::parse(path) {
            for secret in path.query(&said).all().into_iter().filter_map(Json::as_str) {
                fill.world.scrubber().learn(name, secret);
            }
        }
    }
}

fn question(call: &McpStep, fill: Fill<'_>) -> Result<Question, Problem> {
    match &call.call {
        McpCall::Probe(template) => probe(&fill.text(template)?, call, fill),
        McpCall::Tool { tool, arguments } => {
            let arguments = arguments
                .as_ref()
                .map(|data| fill.data(data))
                .transpose()?
                .map_or(Json::Object(Map::new()), |v| v.to_json());
            Ok(tool_call(&fill.text(tool)?, arguments))
        }
        McpCall::Method { method, params } => {
            let method = fill.text(method)?;
            let params = params
                .as_ref()
                .map(|data| fill.data(data))
                .transpose()?
                .map(|value| value.to_json());
            let params = match (method.as_str(), params) {
                ("initialize", None) => mcp::initialize_request(fill.world.parts.revision, &client())
                    .get("params")
                    .cloned(),
                (_, params) => params,
            };
            Ok(Question {
                method,
                params,
                gives: BTreeMap::new(),
                sent_ids: Vec::new(),
            })
        }
    }
}

fn tool_call(tool: &str, arguments: Json) -> Question {
    let params = serde_json::json!({ "name": tool, "arguments": arguments });
    Question {
        method: "tools/call".to_owned(),
        params: Some(params),
        gives: BTreeMap::new(),
        sent_ids: Vec::new(),
    }
}

/// The target translates: a scenario never knows an argument's name.
fn probe(name: &str, call: &McpStep, fill: Fill<'_>) -> Result<Question, Problem> {
    let target = fill.world.target();
    let probe = declared_probe(target, name)?;
    let inputs = super::fill::inputs(probe.takes(), &call.with, call.aim.as_ref(), fill)?;
    let sent_ids = inputs.values().filter_map(crate::expect::Value::text).collect();
    let scope = super::Scope::inside(inputs);
    let inner = Fill::new(fill.world, &scope);
    let mut question = asked(&probe.call, inner)?;
    question.gives = probe
        .gives
        .iter()
        .map(|(name, path)| (name.clone(), path.value.clone()))
        .collect();
    question.sent_ids = sent_ids;
    Ok(question)
}

/// What a call of the target file asks, its inputs being in scope.
fn asked(call: &Call, inner: Fill<'_>) -> Result<Question, Problem> {
    Ok(match call {
        Call::Tool { tool, arguments } => {
            let arguments = arguments
                .as_ref()
                .map(|data| inner.data(data))
                .transpose()?
                .map_or(Json::Object(Map::new()), |v| v.to_json());
            tool_call(&inner.text(tool)?, arguments)
        }
        Call::Method { method, params } => Question {
            method: inner.text(method)?,
            params: params
                .as_ref()
                .map(|data| inner.data(data))
                .transpose()?
                .map(|value| value.to_json()),
            gives: BTreeMap::new(),
            sent_ids: Vec::new(),
        },
        Call::Http(_) => {
            return Err(Problem::Unusable(
                "this probe is a plain HTTP request: use `http: { probe: … }`".to_owned(),
            ));
        }
    })
}

/// A probe of the target that this run may use.
pub(super) fn declared_probe<'a>(target: &'a Resolved, name: &str) -> Result<&'a Probe, Problem> {
    let probe = target
        .target
        .probes
        .get(name)
        .ok_or_else(|| Problem::Undeclared {
            what: format!("a probe `{name}`"),
            // Where there is no MCP endpoint, a tool would be an error.
            unlock: if target.target.without_mcp {
                format!("probes: {{ {name}: {{ http: {{ url: https://… }} }} }}")
            } else {
                format!("probes: {{ {name}: {{ tool: … }} }}")
            },
        })?;
    match probe.effect.needs() {
        Some(permission) if !target.target.allow.contains(&permission) => Err(Problem::NotAllowed {
            what: format!("the probe `{name}` ({})", probe.effect.as_str()),
            unlock: format!("allow: [{}]", permission.as_str()),
        }),
        _ => Ok(probe),
    }
}
