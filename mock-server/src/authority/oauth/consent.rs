//! What a person decides about a request, and what comes of it. The page and the control door end here.

use super::callback::{self, Told};
use super::grant::{Code, Family};
use super::issue;
use super::request::AuthorizationRequest;
use super::scopes::{Scopes, Word};
use crate::defect::{pkce, scope};
use crate::platform::{Entity, Mode, Scope};
use crate::state::{State, View};

/// A decision about one request.
#[derive(Debug, Clone)]
pub(crate) struct Decision {
    /// Id of the account.
    pub(crate) user: String,
    pub(crate) approve: bool,
    /// What is granted of what was asked for; `None` all of it.
    pub(crate) scopes: Option<Scopes>,
    /// Unix seconds at which the person signed in.
    pub(crate) auth_time: i64,
}

/// What of a request this person can grant at all: rights as far as their own roles reach.
pub(crate) fn offered(world: &State, request: &AuthorizationRequest, user: &str) -> Scopes {
    match &request.scopes {
        Some(asked) => possible(world, asked, user),
        None => usual(world, user),
    }
}

/// Words a person can grant, and rights cut down to what their roles let them do.
pub(super) fn possible(world: &State, asked: &Scopes, user: &str) -> Scopes {
    let platform = world.platform();
    let words = asked.words().iter().filter_map(|word| match word {
        Word::Identity(_) => Some(word.clone()),
        Word::Right(scope) => platform.granted_of(user, scope).map(Word::Right),
    });
    words.collect()
}

/// What is granted where nothing was asked for: to read the account's workspaces.
pub(super) fn usual(world: &State, user: &str) -> Scopes {
    let own = world.platform().grantable_by(user);
    if world.view().defects.has(scope::DEFAULT_ALL) {
        return Scopes::of_rights(own);
    }
    let reading = own.into_iter().map(|scope| {
        Scope::on(
            Entity::Workspace,
            scope.id.as_deref().unwrap_or_default(),
            Mode::R,
        )
    });
    Scopes::of_rights(reading)
}

/// Answers a request that still waits; gives where the browser goes then. `None` when it is over or unknown.
pub(crate) fn decide(world: &State, view: &View, request_id: &str, decision: &Decision) -> Option<String> {
    let now = world.clock.now();
    let request = world.oauth().take_request(request_id, now)?;
    let answer = |told: Told<'_>| {
        let issuer = &world.fixtures.oauth.issuer;
        callback::location(
            issuer,
            &view.defects,
            &request.redirect_uri,
            request.state.as_deref(),
            told,
        )
    };
    if let Some(failure) = request.failure {
        return Some(answer(Told::Error(failure)));
    }
    let disabled = world.platform().is_disabled(&decision.user);
    let offered = offered(world, &request, &decision.user);
    let granted = match &decision.scopes {
        Some(chosen) => chosen.within(&offered),
        None => offered,
    };
    if !decision.approve || disabled || granted.is_empty() {
        return Some(answer(Told::Error("access_denied")));
    }
    if request.implicit {
        let token = implicit(world, view, &request, decision, granted);
        return Some(answer(Told::Token(&token)));
    }
    let code = Code {
        client: request.client.clone(),
        redirect_uri: request.redirect_uri.clone(),
        challenge: request.challenge.clone(),
        nonce: request.nonce.clone(),
        user: decision.user.clone(),
        scopes: granted,
        resources: request.resources.clone(),
        agent_name: request.agent_name.clone(),
        issued: now,
        auth_time: decision.auth_time,
        spent: None,
    };
    let mut store = world.oauth();
    let text = code_text(&mut store, view, &code);
    store.admit_code(&text, code);
    drop(store);
    Some(answer(Told::Code(&text)))
}

/// 256 bits that say nothing, unless a defect writes into them.
fn code_text(store: &mut super::Store, view: &View, code: &Code) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let secret = store.secret();
    let challenge = code
        .challenge
        .as_ref()
        .map_or("", |challenge| challenge.text.as_str());
    if view.defects.has(pkce::CHALLENGE_IN_CODE) {
        let told = serde_json::json!({ "code_challenge": challenge, "id": secret });
        return URL_SAFE_NO_PAD.encode(told.to_string());
    }
    secret
}

/// What the defect `implicit-on` sends at the front.
fn implicit(
    world: &State,
    view: &View,
    request: &AuthorizationRequest,
    decision: &Decision,
    granted: Scopes,
) -> String {
    let now = world.clock.now();
    let mut store = world.oauth();
    let family = Family {
        sid: store.id(),
        user: Some(decision.user.clone()),
        client: request.client.clone(),
        scopes: granted.clone(),
        resources: request.resources.clone(),
        device_name: None,
        agent_name: request.agent_name.clone(),
        created: now,
        auth_time: decision.auth_time,
        last_used: now,
        ended: None,
        access_survives: false,
        nonce: request.nonce.clone(),
    };
    let sid = family.sid.clone();
    store.admit_family(family);
    drop(store);
    issue::access_token(world, view, &sid, &granted, &request.resources).text
}
