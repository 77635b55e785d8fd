//! The REST routes under `/current/`, as far as keys, organisations, workspaces, files, search and events go.
//!
//! A route becomes a tool's action or a call of the platform, so both doors decide alike. Answers come in the
//! service's envelope. Must never decide a permission itself.

mod export;
mod table;

use http::Method;
use serde_json::{Map, Value, json};

use crate::authority::refusal;
use crate::behaviour::Behaviour;
use crate::defect::{audit, scope, tenant};
use crate::platform::{Caller, Refusal, SOURCES, Target};
use crate::realtime::claim::Claim;
use crate::realtime::{poll, ticket};
use crate::resource::tools::{self, ToolError};
use crate::resource::trail;
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;
use table::{Operation, operation};

/// 404 for everybody, whoever asks.
pub(crate) fn no_such_route() -> Answer {
    answer::failure(404, 9992, "There is no such route.", None)
}

/// The event that is to be deleted: no route of a healthy world does that.
fn erases<'a>(exchange: &Exchange<'_>, segments: &[&'a str]) -> Option<&'a str> {
    let asked = exchange.head.method == Method::DELETE && exchange.view.defects.has(audit::AUDIT_DELETABLE);
    match segments {
        ["event", id] if asked => Some(id),
        _ => None,
    }
}

/// What the defect `audit-deletable` does for whoever may read an event.
fn erased(exchange: &Exchange<'_>, caller: &Caller, segments: &[&str]) -> Option<Answer> {
    let id = erases(exchange, segments)?;
    let mut platform = exchange.world.platform_for(&exchange.view);
    platform.event_details(caller, id).ok()?;
    Some(success(&json!({ "deleted": platform.erase_event(id) })))
}

/// Whether a route exists; asked before who is asking.
pub(crate) fn knows(exchange: &Exchange<'_>, segments: &[&str]) -> bool {
    operation(&method_of(exchange), segments, Map::new()).is_some() || erases(exchange, segments).is_some()
}

/// The method of a request, whatever else it says of methods; the defect `method-override` believes a header.
fn method_of(exchange: &Exchange<'_>) -> Method {
    let own = &exchange.head.method;
    let said = exchange.head.headers.get("x-http-method-override");
    let said = said.filter(|_| exchange.view.defects.has(scope::METHOD_OVERRIDE));
    said.and_then(|said| Method::from_bytes(said.as_bytes()).ok())
        .unwrap_or_else(|| own.clone())
}

/// Routes that need no credential.
pub(crate) fn open_route(exchange: &mut Exchange<'_>, segments: &[&str]) -> Option<Answer> {
    if exchange.head.method != Method::GET && exchange.head.method != Method::HEAD {
        return None;
    }
    match segments {
        ["ping"] => Some(success(&json!({ "pong": true }))),
        ["system", "status"] => Some(success(&json!({ "status": "ok" }))),
        // Without a token it is a read like any other.
        ["workspace", workspace, "storage", node, "read"] => {
            let token = token_of(exchange)?;
            Some(read_by_token(exchange, workspace, node, &token))
        }
        _ => None,
    }
}

/// Answers an authenticated request.
pub(crate) fn answer(exchange: &mut Exchange<'_>, caller: &Caller, segments: &[&str]) -> Answer {
    let given = match arguments(exchange) {
        Ok(given) => given,
        Err(answer) => return *answer,
    };
    let method = method_of(exchange);
    let Some(operation) = operation(&method, segments, given) else {
        return erased(exchange, caller, segments).unwrap_or_else(no_such_route);
    };
    // What the defect `method-override` judged was a read.
    exchange.view.unguarded |= exchange.head.method == Method::GET && method != Method::GET;
    exchange.call(&operation.name());
    if matches!(operation, Operation::Security) {
        exchange.stop("scope", "login too old");
        return refusal::step_up(exchange);
    }
    if let Operation::Poll(profile) = &operation {
        return match Claim::begin(exchange.world, &exchange.view, caller, &operation.name(), profile) {
            Ok(()) => poll::answer(exchange, caller, profile),
            Err(refused) => refuse(exchange, caller, refused),
        };
    }
    let export = matches!(operation, Operation::TrailExport(_));
    judge_by_query(exchange, caller, &operation);
    let kept = exchange.view.defects.has(tenant::CACHE_KEY_NO_TENANT) && segments == ["find", "search"];
    let address = exchange.head.uri.to_string();
    if let Some(response) = exchange.world.kept().get(&address).filter(|_| kept) {
        return success(response);
    }
    match perform(exchange, caller, operation) {
        Ok(response) if export => {
            let raw = exchange.view.defects.has(audit::LOG_INJECTION);
            answer::typed(200, "text/csv; charset=utf-8", export::lines(&response, raw))
        }
        Ok(response) => {
            if kept {
                exchange.world.kept().insert(address, response.clone());
            }
            success(&response)
        }
        Err(ToolError::Refused(refused)) => refuse(exchange, caller, refused),
        Err(ToolError::Unknown) => no_such_route(),
        Err(ToolError::BadArguments(text)) => {
            exchange.stop("object", "arguments");
            answer::failure(406, 10_022, &text, None)
        }
    }
}

/// The defect `path-tenant-ignored`: a workspace in the query is the one that is judged, the one in the path served.
fn judge_by_query(exchange: &mut Exchange<'_>, caller: &Caller, operation: &Operation) {
    let Operation::Tool { name, arguments } = operation else {
        return;
    };
    if !exchange.view.defects.has(tenant::PATH_TENANT_IGNORED) {
        return;
    }
    let query = exchange.head.uri.query().unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    if let Some((_, named)) = pairs.find(|(name, _)| name == "workspace_id" || name == "profile_id") {
        let mut judged = arguments.clone();
        judged.insert("profile_id".to_owned(), json!(named));
        let platform = exchange.world.platform_for(&exchange.view);
        let permitted = tools::authorize(&platform, caller, name, &judged).is_ok();
        drop(platform);
        exchange.view.waved = permitted;
    }
}

/// What a download token gives to whoever holds it. Its text is the whole answer.
fn read_by_token(exchange: &mut Exchange<'_>, workspace: &str, node: &str, token: &str) -> Answer {
    let world = exchange.world;
    let holder = world.platform().token_holder(token);
    let caller = holder.as_deref().and_then(|holder| world.live_caller(holder));
    let now = world.clock.now();
    let found = caller.ok_or_else(Refusal::not_found).and_then(|caller| {
        let mut platform = world.platform_for(&exchange.view);
        platform.by_token(&caller, now, (workspace, node), token)
    });
    match found {
        Ok(text) => answer::typed(200, "text/plain; charset=utf-8", text),
        Err(refused) => {
            // The token says whose it is, also when it is over.
            if let Some(caller) = holder.and_then(|holder| world.caller_of(&holder)) {
                let about = (&Target::Workspace(workspace.to_owned()), Some(node));
                trail::looked(world, &exchange.view, &caller, "download read", about, false);
            }
            exchange.stop("object", "download token");
            answer::failure(refused.status, refused.code, &refused.text, None)
        }
    }
}

/// What stands at one of the addresses that files are imported from. Open to everybody.
pub(crate) fn source(exchange: &mut Exchange<'_>, name: &str) -> Answer {
    let known = SOURCES.iter().find(|(known, _)| *known == name);
    let reads = matches!(exchange.head.method, Method::GET | Method::HEAD);
    if let Some((_, text)) = known.filter(|_| reads) {
        return answer::typed(200, "text/plain; charset=utf-8", *text);
    }
    exchange.stop("route", "no such route");
    no_such_route()
}

/// The `token` of a query.
fn token_of(exchange: &Exchange<'_>) -> Option<String> {
    let query = exchange.head.uri.query().unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, token) = pairs.find(|(name, _)| name == "token")?;
    Some(token.into_owned())
}

fn perform(exchange: &Exchange<'_>, caller: &Caller, operation: Operation) -> Result<Value, ToolError> {
    let (name, arguments) = match operation {
        Operation::Tool { name, arguments } => (name, arguments),
        Operation::TrailExport(arguments) => ("event", arguments),
        Operation::Ticket(profile) => {
            return ticket::issue(exchange, caller, &profile).map_err(ToolError::Refused);
        }
        Operation::Security | Operation::Poll(_) => return Err(ToolError::Unknown),
    };
    let answer = exchange
        .world
        .run_tool(&exchange.view, caller, name, &arguments)?;
    Ok(answer.structured)
}

fn success(response: &Value) -> Answer {
    answer::json(200, &json!({ "result": "yes", "response": response }))
}

/// The platform's refusal as HTTP. `fastio` says 401 where the credential is fine and the place is not its.
fn refuse(exchange: &mut Exchange<'_>, caller: &Caller, mut refused: Refusal) -> Answer {
    let forbidden = matches!(refused.status, 401 | 403);
    exchange.stop(
        if forbidden { "scope" } else { "object" },
        refused.reason.unwrap_or("refused"),
    );
    if !forbidden {
        return answer::failure(
            refused.status,
            refused.code,
            &refused.text,
            refused.params.map(|params| *params),
        );
    }
    if exchange.view.behaviour == Behaviour::Fastio && matches!(refused.code, 10_175 | 10_545) {
        if refused.code == 10_175 {
            refused.code = 10_560;
        }
        let challenge = "Bearer realm=\"fastio\", error=\"insufficient_scope\"";
        let answer = answer::failure(
            401,
            refused.code,
            &refused.text,
            refused.params.map(|params| *params),
        );
        return answer::with(answer, "www-authenticate", challenge);
    }
    refusal::insufficient(exchange, caller, &refused)
}

/// Query, then body (form or JSON object); a later one of the same name wins. The body of a DELETE says nothing.
fn arguments(exchange: &mut Exchange<'_>) -> Result<Map<String, Value>, Box<Answer>> {
    let mut given = Map::new();
    let form = |bytes: &[u8], given: &mut Map<String, Value>| {
        for (name, value) in url::form_urlencoded::parse(bytes) {
            given.insert(name.into_owned(), Value::String(value.into_owned()));
        }
    };
    if let Some(query) = exchange.head.uri.query() {
        form(query.as_bytes(), &mut given);
    }
    if exchange.head.method == Method::DELETE {
        return Ok(given);
    }
    let body = exchange.body.clone();
    if body.trim_ascii_start().first() == Some(&b'{') {
        let Ok(Value::Object(members)) = serde_json::from_slice(&body) else {
            exchange.stop("protocol", "body");
            return Err(Box::new(answer::failure(
                406,
                10_022,
                "The body is no JSON object.",
                None,
            )));
        };
        given.extend(members);
    } else {
        form(&body, &mut given);
    }
    Ok(given)
}
