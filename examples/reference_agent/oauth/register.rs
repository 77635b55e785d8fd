//! Dynamic client registration (RFC 7591).

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::server::Server;
use crate::failure::Failure;
use crate::habits::{self, on};
use crate::http::{Http, Request, may_fetch};
use crate::say;

/// A client as an authorization server knows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Registered {
    /// The issuer that this is a client of; it is nobody elsewhere.
    pub(crate) issuer: String,
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
    /// How it authenticates at the token endpoint.
    pub(crate) auth: String,
    /// Unix seconds; 0 is never.
    pub(crate) secret_ends: i64,
}

impl Registered {
    /// Whether it can still be used.
    pub(crate) fn lives(&self) -> bool {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        self.secret_ends == 0 || u64::try_from(self.secret_ends).is_ok_and(|ends| ends > now)
    }
}

/// Registers. What the server answers holds, not what was asked for (§3.2.1).
pub(super) async fn register(
    http: &Http,
    server: &Server,
    redirect_uri: &str,
) -> Result<Registered, Failure> {
    let Some(endpoint) = &server.registration_endpoint else {
        return Err(Failure::Login(format!(
            "{} registers no clients; set HALLMARK_CLIENT_ID to one that it knows",
            server.issuer
        )));
    };
    let body = wanted(redirect_uri);
    let mut tries = if on(habits::DCR_REFUSAL_LOOP) { 8 } else { 1 };
    let (status, answer) = loop {
        let request = Request::post(
            endpoint.clone(),
            "application/json",
            body.to_string().into_bytes(),
        )
        .with("Accept", "application/json");
        let fault = |why: crate::http::Fault| Failure::Login(format!("registration: {why}"));
        let answer = http
            .send(request, |url| may_fetch(url, endpoint))
            .await
            .map_err(fault)?;
        let status = answer.status;
        let body = answer.body().await.map_err(fault)?;
        tries -= 1;
        if status < 400 || tries == 0 {
            break (status, serde_json::from_slice::<Value>(&body).unwrap_or_default());
        }
    };
    let Some(id) = answer["client_id"]
        .as_str()
        .filter(|_| matches!(status, 200 | 201))
    else {
        let code = answer["error"].as_str().unwrap_or("no reason");
        let why = answer["error_description"].as_str().unwrap_or_default();
        return Err(Failure::Login(format!(
            "the registration was refused with {status} {code} {why}"
        )));
    };
    taken(server, id, &answer, redirect_uri)
}

fn wanted(redirect_uri: &str) -> Value {
    let mut body = json!({
        "client_name": "Hallmark reference agent",
        "application_type": "native",
        "redirect_uris": [redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    });
    if on(habits::NO_APPLICATION_TYPE) {
        body.as_object_mut()
            .map(|body| body.shift_remove("application_type"));
    }
    if on(habits::DCR_NO_REFRESH_GRANT) {
        body["grant_types"] = json!(["authorization_code"]);
    }
    body
}

fn taken(server: &Server, id: &str, answer: &Value, redirect_uri: &str) -> Result<Registered, Failure> {
    let own = on(habits::DCR_OWN_VALUES);
    let secret = answer["client_secret"].as_str().filter(|_| !own);
    if let Some(secret) = secret {
        say::learn(secret);
    }
    let uris = answer["redirect_uris"].as_array();
    if uris.is_some_and(|uris| !uris.iter().any(|uri| uri == redirect_uri)) && !own {
        return Err(Failure::Login(
            "the registration has another redirect URI than ours".to_owned(),
        ));
    }
    let auth = answer["token_endpoint_auth_method"].as_str().filter(|_| !own);
    let auth = auth.unwrap_or(if secret.is_some() {
        "client_secret_basic"
    } else {
        "none"
    });
    if !matches!(auth, "none" | "client_secret_basic" | "client_secret_post") {
        return Err(Failure::Login(format!(
            "the registration wants {auth}, which is not known here"
        )));
    }
    Ok(Registered {
        issuer: server.issuer.clone(),
        id: id.to_owned(),
        secret: secret.map(str::to_owned),
        auth: auth.to_owned(),
        secret_ends: answer["client_secret_expires_at"].as_i64().unwrap_or(0),
    })
}
