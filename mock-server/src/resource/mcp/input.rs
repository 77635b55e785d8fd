//! A call that needs the person behind the client (multi round-trip requests, 2026-07-28).
//!
//! `storage unseal` shows a file only after somebody agreed. What the server has to remember goes to the
//! client and back as `requestState`, sealed: who asked, for what, and until when.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::call;
use super::meta::Meta;
use super::rpc::{self, Outcome};
use crate::defect::transport;
use crate::platform::Caller;
use crate::resource::tools;
use crate::serve::exchange::Exchange;

const ASKED: &str = "agreement";
/// How long an answer is waited for, in seconds.
const PATIENCE: i64 = 600;

/// Whether this is the call that needs somebody.
pub(super) fn needed(params: &Map<String, Value>) -> bool {
    let action = params
        .get("arguments")
        .and_then(|arguments| arguments.get("action"));
    params.get("name") == Some(&json!("storage")) && action == Some(&json!("unseal"))
}

pub(super) fn call(exchange: &mut Exchange<'_>, caller: &Caller, params: &Map<String, Value>) -> Outcome {
    let (name, arguments) = match call::read(params) {
        Ok(read) => read,
        Err(outcome) => return outcome,
    };
    exchange.call("tools/call storage");
    let permitted = {
        let platform = exchange.world.platform_for(&exchange.view);
        tools::authorize(&platform, caller, name, &arguments)
    };
    if let Err(refused) = permitted {
        return call::refuse(exchange, refused);
    }
    let assumed = exchange.view.defects.has(transport::CAPABILITY_ASSUMED);
    if !asks_forms(&Meta::of(params)) && !assumed {
        exchange.stop("protocol", "capability");
        return Outcome::Error {
            code: rpc::MISSING_CAPABILITY,
            text: "this call needs the capability elicitation".to_owned(),
            data: Some(json!({ "requiredCapabilities": { "elicitation": { "form": {} } } })),
        };
    }
    let Some(answers) = params.get("inputResponses").and_then(Value::as_object) else {
        return ask(exchange, caller, &arguments);
    };
    let state = params.get("requestState").and_then(Value::as_str);
    if !state.is_some_and(|state| holds(exchange, caller, &arguments, state)) {
        exchange.stop("protocol", "request state");
        return Outcome::error(rpc::INVALID_PARAMS, "requestState is not one of this call");
    }
    let answer = answers.get(ASKED);
    let agreed =
        answer.is_some_and(|answer| answer["action"] == "accept" && answer["content"]["agree"] == true);
    if !agreed {
        return call::tool_error("Nobody agreed that the file is shown.");
    }
    let mut plain = arguments;
    plain.insert("action".to_owned(), json!("content"));
    call::run(exchange, caller, name, &plain)
}

/// `elicitation` without modes means forms.
fn asks_forms(meta: &Meta<'_>) -> bool {
    let declared = meta.capabilities().and_then(|all| all.get("elicitation"));
    declared
        .and_then(Value::as_object)
        .is_some_and(|modes| modes.is_empty() || modes.contains_key("form"))
}

fn ask(exchange: &Exchange<'_>, caller: &Caller, arguments: &Map<String, Value>) -> Outcome {
    let until = exchange.world.clock.now() + PATIENCE;
    Outcome::Result(json!({
        "resultType": "input_required",
        "inputRequests": { ASKED: {
            "method": "elicitation/create",
            "params": {
                "mode": "form",
                "message": "Show the text of this file to the agent?",
                "requestedSchema": {
                    "type": "object",
                    "properties": { "agree": { "type": "boolean", "title": "Show it" } },
                    "required": ["agree"],
                },
            },
        } },
        "requestState": format!("{until}.{}", seal(exchange, caller, arguments, until)),
    }))
}

fn holds(exchange: &Exchange<'_>, caller: &Caller, arguments: &Map<String, Value>, state: &str) -> bool {
    let Some((until, sealed)) = state.split_once('.') else {
        return false;
    };
    let Ok(until) = until.parse::<i64>() else {
        return false;
    };
    until >= exchange.world.clock.now() && sealed == seal(exchange, caller, arguments, until)
}

fn seal(exchange: &Exchange<'_>, caller: &Caller, arguments: &Map<String, Value>, until: i64) -> String {
    // A key of any length makes a MAC.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(exchange.world.secret.as_bytes()) else {
        return String::new();
    };
    let said = json!([until, caller.credential, arguments]);
    mac.update(said.to_string().as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}
