//! Requests to endpoints that a client calls: token, revocation (RFC 7009), introspection (RFC 7662).

use serde_json::{Map, Value as Json};
use url::Url;

use super::client::{self, Assertion, Client, Showing};
use super::parameters::Parameters;
use super::{authority, evidence, outcome};
use crate::expect::{Single, Trace};
use crate::scenario::model::{OAuthStep, Step, Template};
use crate::step::send::{Outgoing, Written, send};
use crate::step::{Fill, Problem};
use crate::wire::{Exchange, Read};

/// `revoke` and `introspect`.
pub(super) async fn perform(
    step: &Step,
    oauth: &OAuthStep,
    (token, hint): (&Template, Option<&Template>),
    introspect: bool,
    fill: Fill<'_>,
) -> Result<Single, Problem> {
    let token = fill.template(token)?;
    let text = token.text();
    let mut parameters = Parameters::default();
    if let Some(text) = &text {
        parameters.add("token", text.clone());
        fill.world.scrubber().learn("token", text);
    }
    if let Some(hint) = hint
        && let Some(hint) = fill.template(hint)?.text()
    {
        parameters.add("token_type_hint", hint);
    }
    let origin = text
        .as_ref()
        .and_then(|text| fill.world.oauth.memory().token(text).cloned());
    let client = client::of_step(oauth.client.as_ref(), origin.as_ref(), None, fill).await?;
    let member = if introspect {
        "introspection_endpoint"
    } else {
        "revocation_endpoint"
    };
    let endpoint = authority::of_case(fill).await?.endpoint(member)?;
    let asking = Asking {
        endpoint,
        client: &client,
        assertion: Assertion::default(),
    };
    let exchange = ask(asking, parameters, oauth, step, fill).await?;
    if !introspect && let Some(text) = &text {
        super::principal::forget_token(text, fill);
    }
    let decision = |exchange: &Exchange| {
        if introspect {
            outcome::of_members(exchange, &["active"])
        } else {
            outcome::of_status(exchange)
        }
    };
    evidence(vec![exchange], Trace::default(), decision, "the client", fill)
}

/// A request in the making.
pub(super) struct Asking<'a> {
    pub endpoint: Url,
    pub client: &'a Client,
    pub assertion: Assertion,
}

/// Sends parameters the way the step says, with what shows who the client is; learns what is secret in the answer.
pub(super) async fn ask(
    asking: Asking<'_>,
    mut parameters: Parameters,
    oauth: &OAuthStep,
    step: &Step,
    fill: Fill<'_>,
) -> Result<Exchange, Problem> {
    let showing = Showing {
        client: asking.client,
        auth: oauth.auth.as_ref(),
        endpoint: &asking.endpoint,
        assertion: asking.assertion,
    };
    let authorization = client::show(showing, &mut parameters, fill).await?;
    parameters.overrule(oauth.token.as_ref(), fill)?;
    let way = match &oauth.send {
        Some(template) => fill.text(template)?,
        None => "form".to_owned(),
    };
    let form = "application/x-www-form-urlencoded";
    let (method, url, body, kind) = match way.as_str() {
        "form" => ("POST", asking.endpoint, parameters.form(), Some(form)),
        "json" => {
            let json = parameters.json().to_string();
            ("POST", asking.endpoint, json, Some("application/json"))
        }
        "query" => {
            let url = parameters.in_query(asking.endpoint);
            ("POST", url, String::new(), Some(form))
        }
        "get" => ("GET", parameters.in_query(asking.endpoint), String::new(), None),
        other => {
            return Err(Problem::Unusable(format!(
                "`{other}` is no way to send parameters: form, json, query, get"
            )));
        }
    };
    let mut derived = vec![("Accept".to_owned(), "application/json".to_owned())];
    derived.extend(kind.map(|kind| ("Content-Type".to_owned(), kind.to_owned())));
    derived.extend(authorization.map(|line| ("Authorization".to_owned(), line)));
    let outgoing = Outgoing {
        method: method.to_owned(),
        url,
        target: None,
        headers: Written::of(&step.headers, fill)?.over(&derived),
        body: body.into(),
        read: Read::Whole,
        redirects: 0,
    };
    let exchange = send(outgoing, step, fill).await?;
    learn(&exchange, fill);
    Ok(exchange)
}

/// What is secret in an answer is masked from now on.
fn learn(exchange: &Exchange, fill: Fill<'_>) {
    let Some(members) = members(exchange) else {
        return;
    };
    for name in ["access_token", "refresh_token", "id_token", "client_secret"] {
        if let Some(text) = members.get(name).and_then(Json::as_str) {
            fill.world.scrubber().learn(name, text);
        }
    }
}

/// The members of a JSON answer.
pub(super) fn members(exchange: &Exchange) -> Option<Map<String, Json>> {
    serde_json::from_slice(&exchange.response.as_ref().ok()?.body).ok()
}
