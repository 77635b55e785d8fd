//! A whole login: from a challenge to tokens.

use std::collections::BTreeSet;

use url::Url;

pub(crate) use super::register::Registered;

use super::authorize::{Ask, Code, NoCode};
use super::callback::Listener;
use super::challenge::Challenge;
use super::metadata::{self, Resource};
use super::server::Server;
use super::token::{Login, redeem};
use super::{register, scope};
use crate::config::Client;
use crate::failure::Failure;
use crate::habits::{self, on};
use crate::http::{Http, may_fetch};
use crate::say::say;

/// What a login needs to know of this client.
#[derive(Debug)]
pub(crate) struct Flow {
    pub(crate) http: Http,
    pub(crate) endpoint: Url,
    pub(crate) endpoint_text: String,
    /// A client that was registered by hand, and the issuer it is for where that is known.
    pub(crate) client: Option<Client>,
    pub(crate) issuer: Option<String>,
    pub(crate) program: String,
}

impl Flow {
    /// Logs in. `known`: what was registered here before; `had`: the scopes so far.
    pub(crate) async fn login(
        &self,
        challenge: Option<&Challenge>,
        known: Option<&Registered>,
        had: &BTreeSet<String>,
    ) -> Result<Login, Failure> {
        let resource = self.resource(challenge).await?;
        let issuer = resource
            .servers
            .first()
            .ok_or_else(|| none("the resource names no authorization server"))?;
        self.may_ask(issuer)?;
        let server = Server::find(&self.http, &self.endpoint, issuer).await?;
        let scopes = scope::choose(challenge, &resource, &server, had);
        let mut resource = resource;
        if on(habits::RESOURCE_WITH_FRAGMENT) {
            resource.identifier.push_str("#agent");
        }
        let mut rounds = if on(habits::RETRY_AUTHORIZE) || on(habits::FOREIGN_ERROR_ACTED_ON) {
            4
        } else {
            1
        };
        let mut proof = true;
        loop {
            let listener = Listener::bind().await?;
            let redirect_uri = listener.redirect_uri();
            let client = self.client(&server, known, &redirect_uri).await?;
            let ask = Ask {
                server: &server,
                client: &client,
                resource: &resource.identifier,
                scopes: &scopes,
                program: &self.program,
            };
            rounds -= 1;
            match ask.code(listener, proof).await {
                Ok(code) => return self.redeemed(&ask, &resource, code, redirect_uri).await,
                Err(NoCode::Failed(why)) => return Err(why),
                Err(NoCode::Denied(_)) if on(habits::RETRY_PLAIN) && proof => proof = false,
                Err(NoCode::Denied(error)) if rounds == 0 => {
                    return Err(none(&format!("the authorization server said {error}")));
                }
                Err(NoCode::Denied(error)) => say(&format!("{error}; once more")),
            }
        }
    }

    /// The resource's metadata. Where there is none at all, the server is taken for its own authorization server, which
    /// is what MCP did before 2025-06-18.
    async fn resource(&self, challenge: Option<&Challenge>) -> Result<Resource, Failure> {
        let told = challenge.and_then(|challenge| challenge.get("resource_metadata"));
        let found = if on(habits::NO_PRM) {
            None
        } else {
            metadata::resource(&self.http, &self.endpoint, &self.endpoint_text, told).await?
        };
        let own = || Resource {
            identifier: self.endpoint_text.clone(),
            servers: vec![self.endpoint.origin().ascii_serialization()],
            scopes: Vec::new(),
        };
        Ok(found.unwrap_or_else(own))
    }

    fn may_ask(&self, issuer: &str) -> Result<(), Failure> {
        let url = Url::parse(issuer).map_err(|_| none(&format!("{issuer} is no issuer")))?;
        may_fetch(&url, &self.endpoint).map_err(Failure::Login)
    }

    /// The client that this issuer knows: registered by hand, registered here before, or registered now.
    async fn client(
        &self,
        server: &Server,
        known: Option<&Registered>,
        redirect_uri: &str,
    ) -> Result<Registered, Failure> {
        let theirs =
            self.issuer.as_ref().is_none_or(|issuer| *issuer == server.issuer) || on(habits::ANY_ISSUER);
        if let Some(client) = self.client.as_ref().filter(|_| theirs && !on(habits::DCR_FIRST)) {
            return Ok(by_hand(client, server));
        }
        let known = known.filter(|known| known.lives());
        if let Some(known) = known.filter(|known| known.issuer == server.issuer || on(habits::ANY_ISSUER)) {
            return Ok(Registered {
                issuer: server.issuer.clone(),
                ..known.clone()
            });
        }
        register::register(&self.http, server, redirect_uri).await
    }

    async fn redeemed(
        &self,
        ask: &Ask<'_>,
        resource: &Resource,
        code: Code,
        redirect_uri: String,
    ) -> Result<Login, Failure> {
        let mut endpoint = ask.server.token_endpoint.clone();
        if let Some(last) = resource.servers.last().filter(|_| on(habits::MIXUP)) {
            endpoint = Server::find(&self.http, &self.endpoint, last)
                .await?
                .token_endpoint;
        }
        let mut form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", code.verifier),
        ];
        if !on(habits::NO_RESOURCE_PARAM) {
            form.push(("resource", ask.resource.to_owned()));
        }
        let asked = (ask.resource, ask.scopes);
        let login = redeem(&self.http, ask.client, &endpoint, form, asked).await;
        login.map_err(|fault| none(&format!("the code was not redeemed: {fault}")))
    }
}

fn none(why: &str) -> Failure {
    Failure::Login(why.to_owned())
}

fn by_hand(client: &Client, server: &Server) -> Registered {
    let has = |method: &str| server.auth_methods.iter().any(|known| known == method);
    let auth = match &client.secret {
        None => "none",
        Some(_) if has("client_secret_post") && !has("client_secret_basic") => "client_secret_post",
        Some(_) => "client_secret_basic",
    };
    Registered {
        issuer: server.issuer.clone(),
        id: client.id.clone(),
        secret: client.secret.clone(),
        auth: auth.to_owned(),
        secret_ends: 0,
    }
}
