//! Streamable HTTP of 2026-07-28: POST alone, every request complete in itself, nothing remembered.
//!
//! The order of refusals: media types, JSON, revision, `_meta`, mirrored headers, method. So a request whose
//! headers and body differ is refused before anything looks at what it asks for.

use http::Method;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use super::Era;
use super::accept::{Accepts, accepts, essence};
use super::features;
use super::meta::{self, Meta};
use super::rpc::{self, Message, Outcome, Post, Unreadable};
use super::session::REVISIONS;
use super::session_era::server_info;
use super::{call, events, input, kept, listen, mirror, progress, stream, tasks};
use crate::authority::refusal;
use crate::defect::{DefectSet, evs, resource, transport};
use crate::platform::{Caller, Mode};
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;
use crate::variant;

/// The only revision of this era.
pub(crate) const REVISION: &str = "2026-07-28";
/// How long what this server says of itself may be kept, and how long a list, in milliseconds.
const DISCOVERY_FRESH: u32 = 3_600_000;
const LIST_FRESH: u32 = 60_000;
const READ_FRESH: u32 = 5_000;

pub(crate) fn answer(exchange: &mut Exchange<'_>, caller: &Caller) -> Answer {
    if exchange.head.method != Method::POST {
        exchange.stop("protocol", "method");
        let answer = protocol_error(405, "this endpoint knows POST alone");
        return answer::with(answer, "allow", "POST");
    }
    let accepts = accepts(&exchange.head.headers);
    if !accepts.json && !accepts.events {
        return stop(exchange, 406, "accept neither JSON nor an event stream");
    }
    let media_type = exchange.head.headers.get(CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok());
    if !media_type.is_some_and(|value| essence(value).eq_ignore_ascii_case("application/json")) {
        return stop(exchange, 415, "the body is not application/json");
    }
    match rpc::take(exchange) {
        Err(Unreadable { code, text }) => {
            exchange.stop("protocol", text);
            answer::json(400, &rpc::error(&Value::Null, code, text))
        }
        Ok(Post::Batch(messages)) if exchange.view.defects.has(transport::BATCHES_SERVED) => {
            batch(exchange, caller, accepts, messages)
        }
        Ok(Post::Batch(_)) => stop(exchange, 400, "this revision has no batches"),
        Ok(Post::One(Message::Response)) => stop(exchange, 400, "this server asked nothing"),
        Ok(Post::One(Message::Notification { method })) => noted(exchange, &method),
        Ok(Post::One(Message::Request { id, method, params })) => {
            if id.is_f64() {
                return stop(exchange, 400, "an id is a string or a whole number");
            }
            asked(exchange, caller, accepts, (&id, &method, &params))
        }
    }
}

/// A notification is accepted, unless its header names a revision that is not spoken here.
fn noted(exchange: &mut Exchange<'_>, method: &str) -> Answer {
    exchange.call(method);
    let said = meta::one(&exchange.head.headers, meta::VERSION_HEADER);
    let lax = exchange.view.defects.has(transport::VERSION_UNCHECKED);
    if said.is_some_and(|said| said != REVISION) && !lax {
        let data = supported(exchange, said.unwrap_or_default());
        exchange.stop("protocol", "version");
        let text = "the protocol version is not supported";
        return answer::json(
            400,
            &rpc::error_with(&Value::Null, rpc::UNSUPPORTED_VERSION, text, Some(data)),
        );
    }
    if exchange.view.defects.has(transport::NOTIFICATION_200) {
        return answer::json(200, &json!({ "ok": true }));
    }
    answer::empty(202)
}

/// What the defect `batches-served` does: the first request's answer stands for all.
fn batch(exchange: &mut Exchange<'_>, caller: &Caller, accepts: Accepts, messages: Vec<Message>) -> Answer {
    for message in messages {
        if let Message::Request { id, method, params } = message {
            return asked(exchange, caller, accepts, (&id, &method, &params));
        }
    }
    answer::empty(202)
}

fn asked(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    accepts: Accepts,
    (id, method, params): (&Value, &str, &Map<String, Value>),
) -> Answer {
    exchange.call(method);
    let caller = &believed(exchange, caller, params);
    if let Err(outcome) = fit(exchange, method, params) {
        let late = exchange.view.defects.has(transport::NAME_HEADER_LATE);
        if late
            && matches!(
                outcome,
                Outcome::Error {
                    code: rpc::HEADER_MISMATCH,
                    ..
                }
            )
        {
            // What it comes to is not told.
            let _ = features::answer(exchange, caller, Era::Stateless, method, params);
        }
        exchange.stop("protocol", "request metadata");
        return told(exchange, caller, accepts, id, (method, outcome));
    }
    if let Some(answer) = kept::answer(exchange, caller, (Era::Stateless, accepts), (id, method, params)) {
        return answer;
    }
    if method == "subscriptions/listen" && !exchange.view.variants.has(variant::NO_LISTEN) {
        if !accepts.events {
            return stop(exchange, 406, "a subscription answers with an event stream only");
        }
        return match listen::open(exchange, caller, id, params) {
            Ok(answer) => answer,
            Err(outcome) => told(exchange, caller, accepts, id, (method, outcome)),
        };
    }
    if method == "tools/call"
        && let Some(outcome) = call::lapsed(exchange)
    {
        return told(exchange, caller, accepts, id, (method, outcome));
    }
    if let Some(outcome) = tasks::answer_extension(exchange, caller, method, params) {
        return told(exchange, caller, accepts, id, (method, outcome));
    }
    if method == "tools/call"
        && accepts.events
        && let Some(token) = progress::token(params)
    {
        return match progress::open(exchange, caller, (id, params, token)) {
            Ok(answer) => answer,
            Err(outcome) => told(exchange, caller, accepts, id, (method, outcome)),
        };
    }
    if let Some(answered) = events::answer(exchange, caller, accepts, id, (method, params)) {
        return match answered {
            Ok(answer) => answer,
            Err(outcome) => told(exchange, caller, accepts, id, (method, outcome)),
        };
    }
    let outcome = match method {
        "server/discover" => discover(exchange),
        "tools/call" if input::needed(params) => input::call(exchange, caller, params),
        _ => features::answer(exchange, caller, Era::Stateless, method, params)
            .unwrap_or_else(|| unknown(exchange, method)),
    };
    told(exchange, caller, accepts, id, (method, outcome))
}

/// The caller, who may do more by a name of its own choice where a defect believes it.
fn believed(exchange: &Exchange<'_>, caller: &Caller, params: &Map<String, Value>) -> Caller {
    let mut caller = caller.clone();
    let trusted = exchange.view.defects.has(resource::CLIENT_INFO_TRUSTED);
    if trusted
        && Meta::of(params)
            .client()
            .is_some_and(|name| name.contains("admin"))
    {
        for scope in &mut caller.scopes {
            scope.mode = Mode::Rwa;
        }
    }
    caller
}

/// Revision, required metadata, mirrored headers.
fn fit(exchange: &Exchange<'_>, method: &str, params: &Map<String, Value>) -> Result<(), Outcome> {
    let (headers, defects) = (&exchange.head.headers, &exchange.view.defects);
    let meta = Meta::of(params);
    let said = meta::one(headers, meta::VERSION_HEADER);
    if let (Some(said), Some(meant)) = (said, meta.version())
        && said != meant
        && !defects.has(transport::VERSIONS_UNCOMPARED)
    {
        let text = "the MCP-Protocol-Version header is not the version of _meta";
        return Err(Outcome::error(rpc::HEADER_MISMATCH, text));
    }
    let uncompared = defects.has(transport::VERSIONS_UNCOMPARED)
        && [said, meta.version()]
            .into_iter()
            .flatten()
            .all(|version| version == REVISION || REVISIONS.contains(&version));
    let lax = defects.has(transport::VERSION_UNCHECKED) || uncompared;
    if let Some(asked) = said.or(meta.version()).filter(|asked| *asked != REVISION)
        && !lax
    {
        if defects.has(transport::VERSION_ERROR_BARE) {
            return Err(malformed("protocolVersion"));
        }
        return Err(Outcome::Error {
            code: rpc::UNSUPPORTED_VERSION,
            text: "the protocol version is not supported".to_owned(),
            data: Some(supported(exchange, asked)),
        });
    }
    if said.is_none() {
        let text = "the MCP-Protocol-Version header is missing or cannot be read";
        return Err(Outcome::error(rpc::HEADER_MISMATCH, text));
    }
    let complete = meta.version().is_some() && meta.capabilities().is_some();
    if !complete && !defects.has(transport::META_UNCHECKED) {
        let lacks = if meta.version().is_none() {
            "protocolVersion"
        } else {
            "clientCapabilities"
        };
        return Err(malformed(lacks));
    }
    mirror::check(headers, defects, method, params).map_err(|text| Outcome::error(rpc::HEADER_MISMATCH, text))
}

/// A request without required metadata; 400, unlike other invalid parameters.
fn malformed(member: &str) -> Outcome {
    Outcome::Error {
        code: rpc::INVALID_PARAMS,
        text: format!("_meta lacks io.modelcontextprotocol/{member}"),
        data: Some(json!({ "malformed": true })),
    }
}

fn supported(exchange: &Exchange<'_>, requested: &str) -> Value {
    let requested: String = requested.chars().take(64).collect();
    json!({ "supported": spoken(exchange), "requested": requested })
}

/// Newest first, as a client should choose.
fn spoken(exchange: &Exchange<'_>) -> Vec<&'static str> {
    let mut revisions = super::revisions(&exchange.view.variants);
    revisions.reverse();
    revisions
}

fn discover(exchange: &Exchange<'_>) -> Outcome {
    let mut capabilities = features::capabilities(exchange);
    events::advertise(&exchange.view, &mut capabilities);
    if tasks::are_known(exchange) {
        capabilities["extensions"][tasks::EXTENSION] = json!({});
    }
    Outcome::Result(json!({
        "supportedVersions": spoken(exchange),
        "capabilities": capabilities,
        "instructions": "Workspaces with files and notes. Begin with workspace list.",
    }))
}

/// An unknown method. Who still sends `initialize` is told what is spoken here (versioning).
fn unknown(exchange: &mut Exchange<'_>, method: &str) -> Outcome {
    exchange.stop("object", "unknown method");
    Outcome::Error {
        code: rpc::METHOD_NOT_FOUND,
        text: "the method is not known here".to_owned(),
        data: (method == "initialize").then(|| json!({ "supported": spoken(exchange) })),
    }
}

/// An outcome as an HTTP answer.
fn told(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    accepts: Accepts,
    id: &Value,
    (method, outcome): (&str, Outcome),
) -> Answer {
    match outcome {
        Outcome::Refused(refused) => refusal::insufficient(exchange, caller, &refused),
        Outcome::Error { code, text, data } => {
            let malformed = code == rpc::INVALID_PARAMS && data.is_some();
            let status = match code {
                rpc::METHOD_NOT_FOUND if exchange.view.defects.has(transport::UNKNOWN_METHOD_200) => 200,
                rpc::METHOD_NOT_FOUND => 404,
                rpc::HEADER_MISMATCH | rpc::MISSING_CAPABILITY | rpc::UNSUPPORTED_VERSION => 400,
                _ if malformed => 400,
                _ => 200,
            };
            answer::json(status, &rpc::error_with(id, code, &text, data))
        }
        Outcome::Result(result) => {
            let reply = rpc::result(id, dressed(&exchange.view.defects, method, result));
            let wanted = exchange.view.variants.has(variant::SSE_ANSWERS) && accepts.events;
            let answer = if wanted || accepts.events_first || !accepts.json {
                stream::finished(&[reply])
            } else {
                answer::json(200, &reply)
            };
            if exchange.view.defects.has(transport::STATELESS_SESSION) {
                return answer::with(answer, "mcp-session-id", &exchange.world.mint().hex(32));
            }
            answer
        }
    }
}

/// What every result carries, and the caching hints of those that may be kept.
pub(super) fn dressed(defects: &DefectSet, method: &str, mut result: Value) -> Value {
    let bare = method.starts_with("events/") && defects.has(evs::NO_RESULT_TYPE);
    if result.get("resultType").is_none() && !bare {
        result["resultType"] = json!("complete");
    }
    result["_meta"][meta::SERVER_INFO] = server_info();
    let hints = match method {
        "server/discover" => Some((DISCOVERY_FRESH, "public")),
        "resources/templates/list" => Some((LIST_FRESH, "public")),
        // What is filtered by permission belongs to one credential.
        "tools/list" | "prompts/list" | "resources/list" => Some((LIST_FRESH, "private")),
        "resources/read" => Some((READ_FRESH, "private")),
        _ => None,
    };
    if let Some((fresh, scope)) = hints {
        let more = result.get("nextCursor").is_some();
        let shared = defects.has(resource::PRIVATE_LIST_PUBLIC)
            || (defects.has(resource::CACHE_SCOPE_BY_PAGE) && !more);
        result["ttlMs"] = json!(fresh);
        if defects.has(resource::TTL_NEGATIVE) {
            result["ttlMs"] = json!(-1);
        }
        result["cacheScope"] = json!(if shared { "public" } else { scope });
    }
    result
}

fn stop(exchange: &mut Exchange<'_>, status: u16, why: &'static str) -> Answer {
    exchange.stop("protocol", why);
    protocol_error(status, why)
}

fn protocol_error(status: u16, text: &str) -> Answer {
    answer::json(status, &rpc::error(&Value::Null, rpc::INVALID_REQUEST, text))
}
