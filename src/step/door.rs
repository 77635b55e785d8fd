//! The test-only door of a target: its clock, and acts such as revoking a credential.

use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::{Value as Json, json};
use url::Url;

use crate::secret::Secret;
use crate::wire::{HeaderLine, Read, Request, Wire};

/// What a door can be asked.
pub trait Door: Send + Sync {
    /// Lets time pass in the target without anybody waiting.
    fn advance(&self, by: Duration) -> BoxFuture<'_, Result<(), DoorProblem>>;
    /// `revoke`, `expire`, … of a named credential or group.
    fn act<'a>(&'a self, verb: &'a str, object: &'a Json) -> BoxFuture<'a, Result<(), DoorProblem>>;
    /// A user's decision on an authorization request, which is named by its id or by the address of its page; for
    /// these scopes only, where some are given. Where the server then sends the browser.
    fn consent<'a>(
        &'a self,
        request: &'a str,
        user: &'a str,
        approve: bool,
        scopes: Option<&'a [String]>,
    ) -> BoxFuture<'a, Result<String, DoorProblem>> {
        let _ = (request, user, approve, scopes);
        Box::pin(async { Err(DoorProblem::Unsupported("consent".to_owned())) })
    }
}

/// Who is removed, and from what: a name, or `{ who, from }`.
pub(crate) fn removal(object: &Json) -> Option<(&str, Option<&str>)> {
    match object {
        Json::String(name) => Some((name, None)),
        _ => Some((
            object.get("who")?.as_str()?,
            object.get("from").and_then(Json::as_str),
        )),
    }
}

/// Why a door did not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DoorProblem {
    /// It has no such act.
    #[error("the target has no means to {0}")]
    Unsupported(String),
    /// It tried and failed.
    #[error("{0}")]
    Failed(String),
}

/// Whose scopes become which: the object of `set-scopes`.
pub(crate) fn scopes_of(object: &Json) -> Result<(String, Vec<String>), DoorProblem> {
    let name = object.get("of").and_then(Json::as_str);
    let scopes = object.get("to").and_then(Json::as_array).and_then(|scopes| {
        let texts = scopes.iter().map(|scope| scope.as_str().map(str::to_owned));
        texts.collect::<Option<Vec<String>>>()
    });
    match (name, scopes) {
        (Some(name), Some(scopes)) => Ok((name.to_owned(), scopes)),
        _ => Err(DoorProblem::Failed(
            "`set-scopes` wants `{ of: NAME, to: [SCOPE, …] }`".to_owned(),
        )),
    }
}

/// What fails, and how: the object of `break`.
pub(crate) fn fault_of(object: &Json) -> Result<(&str, &str), DoorProblem> {
    let text = |name| object.get(name).and_then(Json::as_str);
    text("what")
        .zip(text("how"))
        .ok_or_else(|| DoorProblem::Failed("`break` wants `{ what: NAME, how: WORD }`".to_owned()))
}

/// The mock's control door over HTTP (`hallmark mock`, started elsewhere).
pub struct ControlDoor {
    url: Url,
    secret: Secret,
    wire: Wire,
}

impl ControlDoor {
    /// At `url`, opened by the per-run secret.
    pub fn new(url: Url, secret: Secret, wire: Wire) -> Self {
        Self { url, secret, wire }
    }

    async fn post(&self, path: &str, body: Json) -> Result<(), DoorProblem> {
        self.send("POST", path, body).await
    }

    async fn send(&self, method: &str, path: &str, body: Json) -> Result<(), DoorProblem> {
        self.ask(method, path, body).await.map(drop)
    }

    /// The same, with what it answered.
    async fn ask(&self, method: &str, path: &str, body: Json) -> Result<Json, DoorProblem> {
        let url = self
            .url
            .join(path)
            .map_err(|error| DoorProblem::Failed(error.to_string()))?;
        let request = Request {
            method: method.to_owned(),
            url,
            target: None,
            headers: vec![
                HeaderLine::Field(
                    "X-Hallmark-Control".to_owned(),
                    self.secret.expose().as_bytes().to_vec(),
                ),
                HeaderLine::Field("Content-Type".to_owned(), b"application/json".to_vec()),
            ],
            body: body.to_string().into(),
            timeout: Duration::from_secs(10),
            redirects: 0,
            read: Read::Whole,
        };
        match self.wire.send(&request).await.response {
            Ok(response) if (200..300).contains(&response.status) => {
                Ok(serde_json::from_slice(&response.body).unwrap_or_default())
            }
            Ok(response) => Err(DoorProblem::Failed(format!(
                "the control door answered {}",
                response.status
            ))),
            Err(error) => Err(DoorProblem::Failed(format!("the control door: {error}"))),
        }
    }
}

impl Door for ControlDoor {
    fn advance(&self, by: Duration) -> BoxFuture<'_, Result<(), DoorProblem>> {
        Box::pin(self.post("clock", json!({ "advance": by.as_secs_f64() })))
    }

    fn act<'a>(&'a self, verb: &'a str, object: &'a Json) -> BoxFuture<'a, Result<(), DoorProblem>> {
        Box::pin(async move {
            match (verb, object.as_str()) {
                ("revoke" | "expire" | "disable" | "sign-out", Some(name)) => {
                    self.post(&format!("credentials/{name}/{verb}"), json!({})).await
                }
                ("remove-member", _) => {
                    let (name, from) = removal(object)
                        .ok_or_else(|| DoorProblem::Failed("remove-member names nobody".to_owned()))?;
                    let body = from.map_or_else(|| json!({}), |from| json!({ "from": from }));
                    self.post(&format!("credentials/{name}/remove-member"), body)
                        .await
                }
                ("break", _) => {
                    let (what, how) = fault_of(object)?;
                    self.send("PUT", what, json!(how)).await
                }
                ("mend", Some(what)) => self.send("PUT", what, Json::Null).await,
                ("set-scopes", _) => {
                    let (name, scopes) = scopes_of(object)?;
                    let path = format!("credentials/{name}/scopes");
                    self.send("PUT", &path, json!(scopes)).await
                }
                ("restart", _) => self.post("restart", json!({})).await,
                ("extend", _) => self.post("extend-events", json!({})).await,
                ("repoint", Some(host)) => self.post("repoint", json!(host)).await,
                ("rotate", Some(what)) => self.post(&format!("rotate/{what}"), json!({})).await,
                ("documents", _) => self.send("PUT", "documents", object.clone()).await,
                ("webhook-hosts", _) => self.post("webhook-hosts", object.clone()).await,
                _ => Err(DoorProblem::Unsupported(verb.to_owned())),
            }
        })
    }

    fn consent<'a>(
        &'a self,
        request: &'a str,
        user: &'a str,
        approve: bool,
        scopes: Option<&'a [String]>,
    ) -> BoxFuture<'a, Result<String, DoorProblem>> {
        Box::pin(async move {
            let decision = if approve { "approve" } else { "deny" };
            let mut body = json!({ "user": user, "decision": decision });
            if let Some(scopes) = scopes {
                body["scopes"] = scopes.into();
            }
            let path = format!("consent/{}", request_id(request));
            let said = self.ask("POST", &path, body).await?;
            let location = said.get("location").and_then(Json::as_str);
            location
                .map(str::to_owned)
                .ok_or_else(|| DoorProblem::Failed("the control door named no location".to_owned()))
        })
    }
}

/// The id in the query of a login URL, or the text itself; in a form that fits into a path.
fn request_id(text: &str) -> String {
    let url = Url::parse(text).ok();
    let found = url.and_then(|url| {
        let mut pairs = url.query_pairs();
        pairs
            .find(|(name, _)| name == "auth_request_id")
            .map(|(_, id)| id.into_owned())
    });
    let id = found.unwrap_or_else(|| text.to_owned());
    percent_encoding::utf8_percent_encode(&id, percent_encoding::NON_ALPHANUMERIC).to_string()
}
