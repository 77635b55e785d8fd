//! A call that needs the person behind the client.
//!
//! `storage unseal` shows a file only after somebody agreed: in a form that the client shows (multi round-trip requests,
//! 2026-07-28), or on a page of this server (URL mode elicitation), as error -32042 in 2025-11-25. What the server has to
//! remember of a form goes to the client and back as `requestState`.

use serde_json::{Map, Value, json};

use super::links::Link;
use super::meta::Meta;
use super::rpc::{self, Outcome};
use super::{call, request_state};
use crate::defect::{resource, transport};
use crate::platform::Caller;
use crate::resource::tools;
use crate::serve::exchange::Exchange;

const ASKED: &str = "agreement";
const QUESTION: &str = "Show the text of this file to the agent?";
/// The page on which somebody agrees.
pub(crate) const PAGE: &str = "/agree";

/// How a client can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Form,
    Link,
}

/// Whether this is the call that needs somebody.
pub(super) fn needed(params: &Map<String, Value>) -> bool {
    let action = params
        .get("arguments")
        .and_then(|arguments| arguments.get("action"));
    params.get("name") == Some(&json!("storage")) && action == Some(&json!("unseal"))
}

/// The call in 2026-07-28.
pub(super) fn call(exchange: &mut Exchange<'_>, caller: &Caller, params: &Map<String, Value>) -> Outcome {
    let arguments = match permitted(exchange, caller, params) {
        Ok(arguments) => arguments,
        Err(outcome) => return outcome,
    };
    let assumed = exchange.view.defects.has(transport::CAPABILITY_ASSUMED);
    let Some(way) = way(Meta::of(params).capabilities()).or(assumed.then_some(Way::Form)) else {
        exchange.stop("protocol", "capability");
        return Outcome::Error {
            code: rpc::MISSING_CAPABILITY,
            text: "this call needs the capability elicitation".to_owned(),
            data: Some(json!({ "requiredCapabilities": { "elicitation": { "form": {} } } })),
        };
    };
    let answers = params.get("inputResponses").and_then(Value::as_object);
    let Some(answer) = answers.and_then(|answers| answers.get(ASKED)) else {
        return ask(exchange, caller, &arguments, way);
    };
    let state = params.get("requestState").and_then(Value::as_str);
    if !state.is_some_and(|state| request_state::holds(exchange, caller, &arguments, state)) {
        exchange.stop("protocol", "request state");
        return Outcome::error(rpc::INVALID_PARAMS, "requestState is not one of this call");
    }
    let accepted = answer["action"] == "accept";
    match way {
        Way::Form if accepted && answer["content"]["agree"] == true => show(exchange, caller, arguments),
        Way::Link if accepted && agreed_on_page(exchange, caller, &arguments) => {
            show(exchange, caller, arguments)
        }
        // Whoever only says that the page was opened has not agreed on it yet.
        Way::Link if accepted => ask(exchange, caller, &arguments, way),
        _ => call::tool_error("Nobody agreed that the file is shown."),
    }
}

/// The same in 2025-11-25, for a client that opens links.
pub(super) fn call_by_link(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    params: &Map<String, Value>,
) -> Outcome {
    let arguments = match permitted(exchange, caller, params) {
        Ok(arguments) => arguments,
        Err(outcome) => return outcome,
    };
    if agreed_on_page(exchange, caller, &arguments) {
        return show(exchange, caller, arguments);
    }
    let (id, url) = link(exchange, caller, &arguments);
    let asked = json!({ "mode": "url", "elicitationId": id, "url": url, "message": QUESTION });
    Outcome::Error {
        code: rpc::LINK_REQUIRED,
        text: "somebody must agree on a page first".to_owned(),
        data: Some(json!({ "elicitations": [asked] })),
    }
}

/// Whether these capabilities of a client include links.
pub(super) fn opens_links(capabilities: &Value) -> bool {
    capabilities["elicitation"]["url"].is_object()
}

/// The arguments, where the caller may see the file at all.
fn permitted(
    exchange: &mut Exchange<'_>,
    caller: &Caller,
    params: &Map<String, Value>,
) -> Result<Map<String, Value>, Outcome> {
    let (name, arguments) = call::read(params)?;
    exchange.call("tools/call storage");
    let permitted = {
        let platform = exchange.world.platform_for(&exchange.view);
        tools::authorize(&platform, caller, name, &arguments)
    };
    match permitted {
        Ok(()) => Ok(arguments),
        Err(refused) => Err(call::refuse(exchange, refused)),
    }
}

/// `elicitation` without modes means forms, and forms come first.
fn way(capabilities: Option<&Map<String, Value>>) -> Option<Way> {
    let modes = capabilities?.get("elicitation")?.as_object()?;
    if modes.is_empty() || modes.contains_key("form") {
        return Some(Way::Form);
    }
    modes.contains_key("url").then_some(Way::Link)
}

fn ask(exchange: &Exchange<'_>, caller: &Caller, arguments: &Map<String, Value>, way: Way) -> Outcome {
    let asked = match way {
        Way::Form => json!({
            "mode": "form",
            "message": QUESTION,
            "requestedSchema": {
                "type": "object",
                "properties": { "agree": { "type": "boolean", "title": "Show it" } },
                "required": ["agree"],
            },
        }),
        Way::Link => {
            let (_, url) = link(exchange, caller, arguments);
            json!({ "mode": "url", "url": url, "message": QUESTION })
        }
    };
    Outcome::Result(json!({
        "resultType": "input_required",
        "inputRequests": { ASKED: { "method": "elicitation/create", "params": asked } },
        "requestState": request_state::seal(exchange, caller, arguments),
    }))
}

/// A page for this call, as its id and its address. The address says nothing of who is asked.
fn link(exchange: &Exchange<'_>, caller: &Caller, arguments: &Map<String, Value>) -> (String, String) {
    let now = exchange.world.clock.now();
    let id = exchange.world.mint().hex(32);
    let link = Link::new(
        &caller.user,
        &caller.credential,
        &request_state::digest_of(arguments),
        now,
    );
    exchange.world.links().ask(id.clone(), link, now);
    let mut url = format!("{}{PAGE}?id={id}", exchange.world.origin());
    if exchange.view.defects.has(resource::ELICITATION_PERSONAL_DATA) {
        let platform = exchange.world.platform();
        let name = platform.user(&caller.user).map_or("", |user| user.name.as_str());
        url = format!("{url}&login_hint={name}%40acme.example");
    }
    (id, url)
}

fn agreed_on_page(exchange: &Exchange<'_>, caller: &Caller, arguments: &Map<String, Value>) -> bool {
    let what = request_state::digest_of(arguments);
    let now = exchange.world.clock.now();
    exchange.world.links().take(&caller.credential, &what, now)
}

fn show(exchange: &mut Exchange<'_>, caller: &Caller, mut arguments: Map<String, Value>) -> Outcome {
    arguments.insert("action".to_owned(), json!("content"));
    call::run(exchange, caller, "storage", &arguments)
}
