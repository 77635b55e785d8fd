//! A grant, from the first request that it needs to the token.

use super::client::{self, Assertion, Client};
use super::flow::{Flow, Stop};
use super::memory::Origin;
use super::parameters::{self, Parameters};
use super::token::{Asking, ask, members};
use super::{authority, evidence, outcome, principal};
use crate::expect::{Single, Trace, Value};
use crate::oauth::response;
use crate::scenario::model::{Data, Grant, OAuthStep, Step, Template};
use crate::step::{Fill, Problem};
use crate::wire::Exchange;

pub(super) async fn perform(
    step: &Step,
    oauth: &OAuthStep,
    grant: &Grant,
    fill: Fill<'_>,
) -> Result<Single, Problem> {
    let kind = fill.template(&grant.kind)?;
    let kind = kind.text();
    let code = match &grant.code {
        Some(template) => Some(fill.template(template)?),
        None => None,
    };
    if kind.as_deref() == Some("authorization_code") && code.is_none() {
        return whole_flow(step, oauth, grant, fill).await;
    }
    let refresh = match &grant.refresh_token {
        Some(template) => Some(fill.template(template)?),
        None => None,
    };
    let origin = {
        let memory = fill.world.oauth.memory();
        let of_code = code.as_ref().and_then(Value::text);
        let of_code = of_code.and_then(|code| memory.code(&code).cloned());
        let of_token = refresh.as_ref().and_then(Value::text);
        of_code.or_else(|| of_token.and_then(|token| memory.token(&token).cloned()))
    };
    let client = client::of_step(oauth.client.as_ref(), origin.as_ref(), None, fill).await?;
    let request = TokenRequest {
        kind,
        code,
        refresh,
        origin,
        client,
    };
    let exchange = request.send(step, oauth, grant, fill).await?;
    let decision = |exchange: &Exchange| outcome::of_members(exchange, &["access_token"]);
    let trace = Trace {
        reason: no_token(&exchange),
        ..Trace::default()
    };
    evidence(vec![exchange], trace, decision, "the client", fill)
}

/// What an answer is instead of a token.
fn no_token(exchange: &Exchange) -> Option<String> {
    let answer = exchange.response.as_ref().ok()?;
    response::token(answer).err().map(|why| why.to_string())
}

/// All of a code flow, up to where it is to end.
async fn whole_flow(
    step: &Step,
    oauth: &OAuthStep,
    grant: &Grant,
    fill: Fill<'_>,
) -> Result<Single, Problem> {
    let stop = match &grant.stop_at {
        Some(template) => fill.template(template)?.text(),
        None => None,
    };
    let stop = match stop.as_deref() {
        None => Stop::Token,
        Some("authorize") => Stop::Authorize,
        Some("consent") => Stop::Consent,
        Some("code") => Stop::Code,
        Some(other) => {
            return Err(Problem::Unusable(format!(
                "`{other}` is no place to stop: authorize, consent, code"
            )));
        }
    };
    let person = principal::person(step.who.as_ref(), fill)?;
    let client = client::of_step(oauth.client.as_ref(), None, person.credential.as_ref(), fill).await?;
    let mut flow = Flow::begin(grant, &client, &person, step, fill).await?;
    let callback = flow.go(stop, grant, &person, step, fill).await?;
    let (mut exchanges, mut trace, origin) = flow.end(fill);
    trace.callback.clone_from(&callback);
    let code = callback.as_ref().and_then(|back| back.get("code"));
    let (Stop::Token, Some(code)) = (stop, code) else {
        let decision = |exchange: &Exchange| match stop {
            Stop::Authorize | Stop::Consent => outcome::of_page(exchange, callback.as_ref()),
            Stop::Code | Stop::Token => outcome::of_callback(exchange, callback.as_ref()),
        };
        return evidence(exchanges, trace, decision, &person.name, fill);
    };
    let request = TokenRequest {
        kind: Some("authorization_code".to_owned()),
        code: Some(Value::json(code).tainted(true)),
        refresh: None,
        origin,
        client,
    };
    let exchange = request.send(step, oauth, grant, fill).await?;
    trace.reason = no_token(&exchange);
    exchanges.push(exchange);
    let decision = |exchange: &Exchange| outcome::of_members(exchange, &["access_token"]);
    evidence(exchanges, trace, decision, &person.name, fill)
}

/// A request to the token endpoint.
struct TokenRequest {
    kind: Option<String>,
    code: Option<Value>,
    refresh: Option<Value>,
    origin: Option<Origin>,
    client: Client,
}

impl TokenRequest {
    async fn send(
        self,
        step: &Step,
        oauth: &OAuthStep,
        grant: &Grant,
        fill: Fill<'_>,
    ) -> Result<Exchange, Problem> {
        let mut parameters = Parameters::default();
        if let Some(kind) = &self.kind {
            parameters.add("grant_type", kind.clone());
        }
        let of_code = self.kind.as_deref() == Some("authorization_code");
        if of_code {
            self.for_a_code(&mut parameters, grant, fill)?;
        }
        if let Some(token) = self.refresh.as_ref().and_then(Value::text) {
            fill.world.scrubber().learn("refresh_token", &token);
            parameters.add("refresh_token", token);
        }
        // A code was asked for with its scopes; the other grants ask for them here.
        if !of_code
            && let Some(scopes) = &grant.scopes
            && let Some(scopes) = parameters::list(scopes, fill)?
        {
            parameters.add("scope", scopes.join(" "));
        }
        let resources = self.resources(grant, fill).await?;
        parameters.add_all("resource", &resources);
        let authority = authority::of_case(fill).await?;
        let asking = Asking {
            endpoint: authority.endpoint("token_endpoint")?,
            client: &self.client,
            assertion: Assertion::read(grant.assertion.as_ref(), fill)?,
        };
        let exchange = ask(asking, parameters, oauth, step, fill).await?;
        self.remember(&exchange, &resources, fill);
        Ok(exchange)
    }

    fn for_a_code(&self, parameters: &mut Parameters, grant: &Grant, fill: Fill<'_>) -> Result<(), Problem> {
        if let Some(code) = self.code.as_ref().and_then(Value::text) {
            fill.world.scrubber().learn("code", &code);
            parameters.add("code", code);
        }
        let origin = self.origin.as_ref();
        let redirect = or_written(grant.redirect_uri.as_ref(), fill, || match origin {
            Some(origin) => origin.redirect_uri.clone(),
            None => self.client.redirect.clone(),
        })?;
        if let Some(redirect) = redirect {
            parameters.add("redirect_uri", redirect);
        }
        let verifier = or_written(grant.verifier.as_ref(), fill, || match origin {
            Some(origin) => origin.verifier.clone(),
            None => Some(crate::oauth::pkce::Verifier::random().expose().to_owned()),
        })?;
        if let Some(verifier) = verifier {
            fill.world.scrubber().learn("code_verifier", &verifier);
            parameters.add("code_verifier", verifier);
        }
        Ok(())
    }

    /// What is written, else what the code or token was for, else the MCP endpoint.
    async fn resources(&self, grant: &Grant, fill: Fill<'_>) -> Result<Vec<String>, Problem> {
        if let Some(written) = &grant.resource {
            return Ok(parameters::list(written, fill)?.unwrap_or_default());
        }
        match &self.origin {
            Some(origin) => Ok(origin.resources.clone()),
            None => default_resources(fill).await,
        }
    }

    fn remember(&self, exchange: &Exchange, resources: &[String], fill: Fill<'_>) {
        let Some(members) = members(exchange) else {
            return;
        };
        let mut memory = fill.world.oauth.memory();
        for name in ["access_token", "refresh_token"] {
            if let Some(token) = members.get(name).and_then(serde_json::Value::as_str) {
                let origin = Origin {
                    client: self.client.clone(),
                    verifier: None,
                    redirect_uri: None,
                    resources: resources.to_vec(),
                };
                memory.keep_token(token, origin);
            }
        }
    }
}

/// The identifier of the MCP endpoint: as its own metadata has it where that was looked up, else its URL.
async fn resource(fill: Fill<'_>) -> Result<String, Problem> {
    let found = authority::of_case(fill).await?.resource.clone();
    let target = fill.world.target();
    Ok(found.or_else(|| target.resource.clone()).unwrap_or_else(|| {
        let text = target.mcp.as_str();
        // An origin has no slash at its end where nothing follows (MCP, "Canonical Server URI").
        if target.mcp.path() == "/" && target.mcp.query().is_none() {
            text.trim_end_matches('/').to_owned()
        } else {
            text.to_owned()
        }
    }))
}

/// What a token is for where nothing is said; nothing where the authorization server is all there is.
pub(super) async fn default_resources(fill: Fill<'_>) -> Result<Vec<String>, Problem> {
    if fill.world.target().target.without_mcp {
        return Ok(Vec::new());
    }
    Ok(vec![resource(fill).await?])
}

/// A written text, nothing where it is left out, else what is derived.
pub(super) fn or_written(
    written: Option<&Template>,
    fill: Fill<'_>,
    derived: impl FnOnce() -> Option<String>,
) -> Result<Option<String>, Problem> {
    match written {
        Some(template) => Ok(fill.template(template)?.text()),
        None => Ok(derived()),
    }
}

/// The scopes to ask for: what is written, else those of the principal.
pub(super) fn scopes(written: Option<&Data>, own: &[String], fill: Fill<'_>) -> Result<Vec<String>, Problem> {
    match written {
        Some(data) => Ok(parameters::list(data, fill)?.unwrap_or_default()),
        None => Ok(own.to_vec()),
    }
}
