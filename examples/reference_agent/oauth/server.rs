//! An authorization server, as far as a login needs it.

use serde_json::Value;
use url::Url;

use super::metadata::{self, list, text};
use crate::failure::Failure;
use crate::habits::{self, on};
use crate::http::{Http, may_carry_token, may_fetch};

/// Read from its metadata and checked.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) registration_endpoint: Option<Url>,
    pub(super) scopes: Vec<String>,
    pub(super) sends_iss: bool,
    pub(super) auth_methods: Vec<String>,
}

impl Server {
    /// Finds the server of an issuer.
    pub(super) async fn find(http: &Http, endpoint: &Url, issuer: &str) -> Result<Self, Failure> {
        let document = metadata::server(http, endpoint, issuer).await?;
        let methods = list(&document, "code_challenge_methods_supported");
        if !methods.iter().any(|method| method == "S256") && !on(habits::NO_DETECT) {
            return Err(Failure::Login(format!(
                "{issuer} does not say that it knows S256"
            )));
        }
        let registration = text(&document, "registration_endpoint");
        Ok(Self {
            issuer: issuer.to_owned(),
            authorization_endpoint: shown(&text(&document, "authorization_endpoint"), endpoint)?,
            token_endpoint: asked(&text(&document, "token_endpoint"), endpoint)?,
            registration_endpoint: if registration.is_empty() {
                None
            } else {
                Some(asked(&registration, endpoint)?)
            },
            scopes: list(&document, "scopes_supported"),
            sends_iss: document.get("authorization_response_iss_parameter_supported")
                == Some(&Value::Bool(true)),
            auth_methods: list(&document, "token_endpoint_auth_methods_supported"),
        })
    }
}

fn address(text: &str) -> Result<Url, Failure> {
    Url::parse(text).map_err(|_| Failure::Login(format!("the metadata names no usable endpoint: {text:?}")))
}

/// An endpoint that this client sends secrets to.
fn asked(text: &str, endpoint: &Url) -> Result<Url, Failure> {
    let url = address(text)?;
    may_fetch(&url, endpoint).map_err(Failure::Login)?;
    if may_carry_token(&url) {
        Ok(url)
    } else {
        Err(Failure::Login(format!("{text} would get secrets without TLS")))
    }
}

/// The endpoint that is opened in a browser. Other schemes run programs or scripts there.
fn shown(text: &str, endpoint: &Url) -> Result<Url, Failure> {
    let url = address(text)?;
    if !on(habits::OPENS_ANY_URL) {
        may_fetch(&url, endpoint).map_err(Failure::Login)?;
    }
    Ok(url)
}
