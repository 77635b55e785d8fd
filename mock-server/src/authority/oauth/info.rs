//! What a consent page of somebody else's needs to know of a request.

use http::Method;
use serde_json::json;

use super::error::{OAuthError, method_not_allowed};
use super::params::Params;
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;

pub(super) fn answer(exchange: &mut Exchange<'_>) -> Answer {
    if exchange.head.method != Method::GET {
        return method_not_allowed("GET");
    }
    let query = exchange.head.uri.query().unwrap_or_default();
    let params = Params::parse(query.as_bytes()).unwrap_or_default();
    let store = exchange.world.oauth();
    let request = params
        .get("auth_request_id")
        .and_then(|id| store.request(id, exchange.world.clock.now()));
    let Some(request) = request else {
        let gone = OAuthError {
            status: 404,
            ..OAuthError::request("there is no such request, or it is over")
        };
        return gone.answer();
    };
    let client = store.client(&request.client);
    answer::json(
        200,
        &json!({
            "client_id": request.client,
            "client_name": client.map(|client| &client.name),
            "redirect_uri": request.redirect_uri,
            "scope": request.scopes.as_ref().map(ToString::to_string),
            "resource": request.resources,
            "agent_name": request.agent_name,
        }),
    )
}
