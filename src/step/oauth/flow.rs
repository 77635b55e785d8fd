//! From the authorization request to the callback (RFC 6749 §4.1, OAuth 2.1 §4.1).

use bytes::Bytes;
use url::Url;

use super::authority::{self, unsafe_to_call};
use super::client::{Client, nonce};
use super::grant::{default_resources, or_written, scopes};
use super::jar::Jar;
use super::memory::Origin;
use super::parameters::{self, Parameters};
use super::principal::Person;
use crate::expect::Trace;
use crate::oauth::callback::Callback;
use crate::oauth::metadata::is_private;
use crate::oauth::pkce::{Verifier, s256};
use crate::scenario::model::{Grant, Step};
use crate::step::send::{Outgoing, Written, send};
use crate::step::{Fill, Problem};
use crate::wire::{Exchange, HeaderLine, Read, Response};

/// Most redirects in a row.
const MOST_HOPS: usize = 12;

/// Where a code flow is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// With the endpoint's own first answer.
    Authorize,
    /// With the page a person would see.
    Consent,
    /// With the callback.
    Code,
    /// With the token.
    Token,
}

/// A request to a page.
pub(super) struct Hop {
    pub method: &'static str,
    pub url: Url,
    pub body: Bytes,
    pub headers: Vec<HeaderLine>,
}

impl Hop {
    pub(super) fn get(url: Url) -> Self {
        Self {
            method: "GET",
            url,
            body: Bytes::new(),
            headers: Vec::new(),
        }
    }
}

/// A flow on its way.
pub(super) struct Flow {
    pub exchanges: Vec<Exchange>,
    pub forms: Vec<usize>,
    /// Where the last redirect led, followed or not.
    pub led_to: Option<Url>,
    /// What was asked for.
    pub scopes: Vec<String>,
    endpoint: Url,
    parameters: Parameters,
    jar: Jar,
    browser: Option<String>,
    redirect_uris: Vec<String>,
    /// What a code of this flow was asked for with; a page that is only visited gives none.
    origin: Option<Origin>,
    public: bool,
}

impl Flow {
    /// The authorization request, not sent yet.
    pub(super) async fn begin(
        grant: &Grant,
        client: &Client,
        person: &Person,
        step: &Step,
        fill: Fill<'_>,
    ) -> Result<Self, Problem> {
        let _ = step;
        let authority = authority::of_case(fill).await?;
        let redirect = or_written(grant.redirect_uri.as_ref(), fill, || client.redirect.clone())?;
        let verifier = or_written(grant.verifier.as_ref(), fill, || {
            Some(Verifier::random().expose().to_owned())
        })?;
        let own = person
            .credential
            .as_ref()
            .map(|credential| credential.scopes.as_slice());
        let asked = scopes(grant.scopes.as_ref(), own.unwrap_or_default(), fill)?;
        let resources = match &grant.resource {
            Some(written) => parameters::list(written, fill)?.unwrap_or_default(),
            None => default_resources(fill).await?,
        };
        let mut parameters = Parameters::default();
        parameters.add("response_type", "code");
        parameters.add("client_id", client.id.clone());
        if let Some(redirect) = &redirect {
            parameters.add("redirect_uri", redirect.clone());
        }
        if !asked.is_empty() {
            parameters.add("scope", asked.join(" "));
        }
        parameters.add("state", nonce());
        if let Some(verifier) = &verifier {
            fill.world.scrubber().learn("code_verifier", verifier);
            parameters.add("code_challenge", s256(verifier));
            parameters.add("code_challenge_method", "S256");
        }
        parameters.add_all("resource", &resources);
        parameters.overrule(grant.authorize.as_ref(), fill)?;
        let mut redirect_uris = parameters.all("redirect_uri");
        let sent = redirect_uris.first().cloned();
        redirect_uris.extend(client.redirect.clone());
        let browser = match &grant.browser {
            Some(template) => fill.template(template)?.text(),
            None => None,
        };
        Ok(Self {
            exchanges: Vec::new(),
            forms: Vec::new(),
            led_to: None,
            scopes: asked,
            endpoint: authority.endpoint("authorization_endpoint")?,
            origin: Some(Origin {
                client: client.clone(),
                verifier,
                // Only what was sent is repeated at the token endpoint (RFC 6749 §4.1.3).
                redirect_uri: sent,
                resources: parameters.all("resource"),
            }),
            parameters,
            jar: browser
                .as_ref()
                .map(|name| fill.world.oauth.jar(name))
                .unwrap_or_default(),
            browser,
            redirect_uris,
            public: !is_private(&fill.world.target().mcp),
        })
    }

    /// A page in a fresh browser, not opened yet. Nothing is asked for, and no redirect is a callback.
    pub(super) fn to_page(url: Url, fill: Fill<'_>) -> Self {
        Self {
            exchanges: Vec::new(),
            forms: Vec::new(),
            led_to: None,
            scopes: Vec::new(),
            endpoint: url,
            parameters: Parameters::default(),
            jar: Jar::default(),
            browser: None,
            redirect_uris: Vec::new(),
            origin: None,
            public: !is_private(&fill.world.target().mcp),
        }
    }

    /// Why this page is not opened, where its address is not one to call.
    pub(super) fn unsafe_page(&self) -> Option<&'static str> {
        unsafe_to_call(&self.endpoint, self.public)
    }

    /// Goes as far as it is to go; the callback, if that was reached.
    pub(super) async fn go(
        &mut self,
        stop: Stop,
        grant: &Grant,
        person: &Person,
        step: &Step,
        fill: Fill<'_>,
    ) -> Result<Option<Callback>, Problem> {
        let mut first = Hop::get(self.parameters.in_query(self.endpoint.clone()));
        if stop != Stop::Token {
            first.headers = Written::of(&step.headers, fill)?.over(&[]);
        }
        let way = super::consent::way(grant, fill)?;
        let follow = stop != Stop::Authorize && !(way.is_door() && stop != Stop::Consent);
        let mut callback = self.travel(first, follow, step, fill).await?;
        if callback.is_none() && stop != Stop::Authorize {
            callback = self.consent(way, stop, grant, person, step, fill).await?;
        }
        if let Some(name) = &self.browser {
            fill.world.oauth.keep_jar(name, self.jar.clone());
        }
        let code = callback.as_ref().and_then(|back| back.get("code"));
        if let (Some(code), Some(origin)) = (code, &self.origin) {
            fill.world.scrubber().learn("code", code);
            fill.world.oauth.memory().keep_code(code, origin.clone());
        }
        Ok(callback)
    }

    /// Sends a request and follows redirects, never to a redirect URI.
    pub(super) async fn travel(
        &mut self,
        hop: Hop,
        follow: bool,
        step: &Step,
        fill: Fill<'_>,
    ) -> Result<Option<Callback>, Problem> {
        let mut hop = hop;
        for _ in 0..MOST_HOPS {
            let (url, method, body) = (hop.url.clone(), hop.method, hop.body.clone());
            let Some(response) = self.visit(hop, step, fill).await? else {
                return Ok(None);
            };
            let (300..400, Some(location)) = (response.status, response.header("location")) else {
                return Ok(None);
            };
            if let Some(callback) = self.called(&location, &url) {
                learn(&callback, fill);
                return Ok(Some(callback));
            }
            let Ok(next) = url.join(&location) else {
                return Ok(None);
            };
            self.led_to = Some(next.clone());
            if !follow || unsafe_to_call(&next, self.public).is_some() {
                return Ok(None);
            }
            hop = Hop::get(next);
            // 307 and 308 repeat the method (RFC 9110 §15.4.8); what was typed goes to no other origin.
            if matches!(response.status, 307 | 308) && method == "POST" {
                if hop.url.origin() != url.origin() {
                    return Ok(None);
                }
                (hop.method, hop.body) = (method, body);
            }
        }
        Err(Problem::Failed(format!(
            "the authorization server redirects without end: {MOST_HOPS} times in a row"
        )))
    }

    /// One page. `None`: no readable answer.
    async fn visit(&mut self, hop: Hop, step: &Step, fill: Fill<'_>) -> Result<Option<Response>, Problem> {
        let mut headers = hop.headers;
        let named = |headers: &[HeaderLine], name: &str| {
            headers
                .iter()
                .any(|line| matches!(line, HeaderLine::Field(field, _) if field.eq_ignore_ascii_case(name)))
        };
        let mut field = |name: &str, value: &str| {
            if !named(&headers, name) {
                headers.push(HeaderLine::Field(name.to_owned(), value.as_bytes().to_vec()));
            }
        };
        field("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5");
        if let Some(line) = self.jar.line(&hop.url) {
            field("Cookie", &line);
        }
        if hop.method == "POST" {
            field("Content-Type", "application/x-www-form-urlencoded");
            field("Origin", &hop.url.origin().ascii_serialization());
        }
        let outgoing = Outgoing {
            method: hop.method.to_owned(),
            url: hop.url.clone(),
            target: None,
            headers,
            body: hop.body,
            read: Read::Whole,
            redirects: 0,
        };
        let exchange = send(outgoing, step, fill).await?;
        let response = exchange.response.as_ref().ok().cloned();
        self.exchanges.push(exchange);
        if let Some(response) = &response {
            self.jar.keep(&hop.url, response);
            for value in self.jar.values() {
                fill.world.scrubber().learn("cookie", value);
            }
        }
        Ok(response)
    }

    /// The callback that a location is.
    pub(super) fn called(&self, location: &str, base: &Url) -> Option<Callback> {
        let sent: Vec<&str> = self.redirect_uris.iter().map(String::as_str).collect();
        Callback::read_any(location, base, &sent)
    }

    pub(super) fn endpoint(&self) -> &Url {
        &self.endpoint
    }

    /// What the last answer was.
    pub(super) fn last(&self) -> Option<&Response> {
        self.exchanges.last()?.response.as_ref().ok()
    }

    /// The URL of the last answer.
    pub(super) fn place(&self) -> Option<Url> {
        Url::parse(&self.exchanges.last()?.request.url).ok()
    }

    pub(super) fn end(self, fill: Fill<'_>) -> (Vec<Exchange>, Trace, Option<Origin>) {
        let _ = fill;
        let trace = Trace {
            redirect_uris: self.redirect_uris,
            forms: self.forms,
            ..Trace::default()
        };
        (self.exchanges, trace, self.origin)
    }
}

/// What a callback brings is a credential, wherever it was sent.
pub(super) fn learn(callback: &Callback, fill: Fill<'_>) {
    for name in ["code", "access_token", "id_token", "refresh_token"] {
        if let Some(text) = callback.get(name).filter(|text| !text.is_empty()) {
            fill.world.scrubber().learn(name, text);
        }
    }
}
