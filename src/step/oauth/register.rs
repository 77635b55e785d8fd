//! Dynamic client registration (RFC 7591).

use serde_json::{Map, Value as Json, json};

use super::client::{Client, overrule};
use super::{authority, evidence, outcome, parameters};
use crate::expect::{Single, Trace, Value};
use crate::oauth::response;
use crate::scenario::model::{Data, OAuthStep, Step};
use crate::secret::Secret;
use crate::step::send::{Outgoing, PATIENCE, Written, send};
use crate::step::{Fill, Problem};
use crate::wire::{Exchange, HeaderLine, Read, Request};

/// The redirect URI of clients that this program registers. Nobody listens there.
const REDIRECT: &str = "http://127.0.0.1:19836/callback";

pub(super) async fn perform(
    step: &Step,
    metadata: &Data,
    oauth: &OAuthStep,
    fill: Fill<'_>,
) -> Result<Single, Problem> {
    let mut asked = defaults(None, fill);
    overrule(&mut asked, parameters::members(metadata, fill)?);
    let endpoint = authority::of_case(fill)
        .await?
        .endpoint("registration_endpoint")?;
    let form = match &oauth.send {
        Some(template) => fill.text(template)? == "form",
        None => false,
    };
    let (body, kind) = if form {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in asked.as_object().into_iter().flatten() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            form.append_pair(name, &text);
        }
        (form.finish(), "application/x-www-form-urlencoded")
    } else {
        (asked.to_string(), "application/json")
    };
    let derived = [
        ("Content-Type".to_owned(), kind.to_owned()),
        ("Accept".to_owned(), "application/json".to_owned()),
    ];
    let outgoing = Outgoing {
        method: "POST".to_owned(),
        url: endpoint,
        target: None,
        headers: Written::of(&step.headers, fill)?.over(&derived),
        body: body.into(),
        read: Read::Whole,
        redirects: 0,
    };
    let exchange = send(outgoing, step, fill).await?;
    if let Some(client) = registered(&exchange, &asked, fill) {
        fill.world.oauth.memory().keep_client(client);
    }
    let decision = |exchange: &Exchange| outcome::of_members(exchange, &["client_id"]);
    evidence(vec![exchange], Trace::default(), decision, "nobody", fill)
}

/// A client of the target file that registers itself.
pub(super) async fn once(metadata: &Json, redirect: Option<&str>, fill: Fill<'_>) -> Result<Client, Problem> {
    let mut asked = defaults(redirect, fill);
    let written = metadata.as_object().into_iter().flatten();
    let written = written.map(|(name, value)| (name.clone(), Value::json(value.clone())));
    overrule(&mut asked, written.collect());
    let request = Request {
        method: "POST".to_owned(),
        url: authority::of_case(fill)
            .await?
            .endpoint("registration_endpoint")?,
        target: None,
        headers: vec![HeaderLine::Field(
            "Content-Type".to_owned(),
            b"application/json".to_vec(),
        )],
        body: asked.to_string().into(),
        timeout: PATIENCE,
        redirects: 0,
        read: Read::Whole,
    };
    fill.world.count_request();
    let exchange = fill.world.parts.wire.send(&request).await;
    registered(&exchange, &asked, fill).ok_or_else(|| {
        let why = match &exchange.response {
            Ok(answer) => match response::refusal(answer) {
                Some(refusal) => format!("HTTP {}, {}", answer.status, refusal.error),
                None => format!("HTTP {} without a client_id", answer.status),
            },
            Err(error) => error.to_string(),
        };
        Problem::Failed(format!("a client could not register itself: {why}"))
    })
}

fn defaults(redirect: Option<&str>, fill: Fill<'_>) -> Json {
    json!({
        "client_name": format!("hallmark {}", fill.world.parts.run_id),
        "redirect_uris": [redirect.unwrap_or(REDIRECT)],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    })
}

/// The client that an answer tells of; what is secret in it is learned.
fn registered(exchange: &Exchange, asked: &Json, fill: Fill<'_>) -> Option<Client> {
    let answer = exchange.response.as_ref().ok()?;
    let members: Map<String, Json> = serde_json::from_slice(&answer.body).ok()?;
    for name in ["client_secret", "registration_access_token"] {
        if let Some(secret) = members.get(name).and_then(Json::as_str) {
            fill.world.scrubber().learn(name, secret);
        }
    }
    if !(200..300).contains(&answer.status) {
        return None;
    }
    let said = |name: &str| members.get(name).or_else(|| asked.get(name));
    let secret = members.get("client_secret").and_then(Json::as_str);
    let method = said("token_endpoint_auth_method").and_then(Json::as_str);
    let auth = match method {
        Some("client_secret_basic") => "basic",
        Some("client_secret_post") => "post",
        Some("private_key_jwt") => "assertion",
        None if secret.is_some() => "basic",
        _ => "none",
    };
    let redirects = said("redirect_uris").and_then(Json::as_array);
    let redirect = redirects.and_then(|list| list.first()).and_then(Json::as_str);
    Some(Client {
        id: members.get("client_id")?.as_str()?.to_owned(),
        redirect: redirect.map(str::to_owned),
        secret: secret.map(Secret::new),
        auth: auth.to_owned(),
        key: None,
    })
}
