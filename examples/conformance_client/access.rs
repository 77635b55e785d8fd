//! The token of the moment, and what is done about a refusal.

use std::time::{Duration, SystemTime};

use hallmark::oauth::challenge::{self, Challenge};
use hallmark::oauth::client::{By, Known, Login, Loopback, StepUp};
use hallmark::oauth::dpop::Prover;
use hallmark::oauth::vault::{Clock, Grant};
use hallmark::secret::Secret;
use hallmark::wire::{HeaderLine, Read, Request, Response, Wire, WireConfig};
use url::Url;

use super::context::{Context, Granting};
use super::say;

const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Access {
    pub(crate) wire: Wire,
    clock: Clock,
    endpoint: Url,
    context: Context,
    prover: Option<Prover>,
    grant: Option<Grant>,
    step_up: Option<StepUp>,
}

impl Access {
    pub(crate) fn new(endpoint: Url, context: Context) -> Result<Self, String> {
        let config = WireConfig {
            no_proxy: true,
            ..WireConfig::default()
        };
        Ok(Self {
            wire: Wire::new(config).map_err(|error| error.to_string())?,
            clock: Clock::new(|| SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default()),
            endpoint,
            prover: context.bound.then(Prover::fresh).flatten(),
            context,
            grant: None,
            step_up: None,
        })
    }

    /// What goes with a request to the endpoint; nothing before the first refusal.
    pub(crate) fn headers(&self, method: &str) -> Vec<HeaderLine> {
        let field = |name: &str, value: String| HeaderLine::Field(name.to_owned(), value.into_bytes());
        let Some(token) = self.token() else {
            return Vec::new();
        };
        let Some(prover) = &self.prover else {
            return vec![field("Authorization", format!("Bearer {}", token.expose()))];
        };
        let proof = prover.proof(method, &self.endpoint, Some(token), self.clock.seconds());
        vec![
            field("Authorization", format!("DPoP {}", token.expose())),
            field("DPoP", proof),
        ]
    }

    fn token(&self) -> Option<&Secret> {
        let access = self.grant.as_ref()?.tokens()?.access.as_ref()?;
        Some(&access.token)
    }

    /// Does what can be done about an answer. Whether the request should be sent again. `denied` says whether it was
    /// refused with 401 already: a new token that is refused, too, is refused for good.
    pub(crate) async fn heed(&mut self, response: &Response, denied: &mut bool) -> Result<bool, String> {
        let nonce = self.prover.as_ref();
        if nonce.is_some_and(|prover| prover.heed(&self.endpoint, response)) {
            return Ok(true);
        }
        let challenge = challenge_of(response);
        match response.status {
            401 if !*denied => {
                *denied = true;
                // Another server may be in charge now, with other scopes.
                self.context.wishes.scopes = None;
                self.login(challenge.as_ref()).await?;
                Ok(true)
            }
            403 => {
                let step_up = self.step_up.as_mut().zip(challenge.as_ref());
                let Some(scopes) = step_up.and_then(|(step_up, challenge)| step_up.after(challenge)) else {
                    return Ok(false);
                };
                say(&format!("more is wanted: asking for {}", scopes.join(" ")));
                self.context.wishes.scopes = Some(scopes);
                self.login(challenge.as_ref()).await?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    async fn login(&mut self, challenge: Option<&Challenge>) -> Result<(), String> {
        let wire = self.wire.clone();
        let browser = move |url: &Url| {
            let (wire, url) = (wire.clone(), url.clone());
            tokio::spawn(async move { wire.send(&visit(url)).await });
        };
        let person = Loopback::listen(0, PATIENCE, browser, |progress| say(&progress.to_string()))
            .await
            .map_err(|error| error.to_string())?;
        let by = match &self.context.by {
            Granting::Person => By::Person(&person),
            Granting::Client => By::Client,
            Granting::Workload(assertion) => By::Workload(assertion),
            Granting::Identity(identity) => By::Identity(identity),
        };
        let login = Login {
            wire: &self.wire,
            clock: &self.clock,
            endpoint: &self.endpoint,
            wishes: &self.context.wishes,
            challenge,
            by,
            prover: self.prover.as_ref(),
            progress: &|progress| say(&progress.to_string()),
        };
        let grant = login.run().await.map_err(|error| error.to_string())?;
        self.context.wishes.before = Some(Known {
            issuer: grant.issuer.clone(),
            client: grant.client.clone(),
        });
        // How often more may be asked for is counted over all of the grants.
        self.step_up.get_or_insert_with(|| StepUp::from(&grant.scope));
        self.grant = Some(grant);
        Ok(())
    }
}

/// The browser: the suite's authorization endpoint asks nobody and redirects to the listener at once.
fn visit(url: Url) -> Request {
    Request {
        method: "GET".to_owned(),
        url,
        target: None,
        headers: Vec::new(),
        body: Vec::new().into(),
        timeout: PATIENCE,
        redirects: 3,
        read: Read::Whole,
    }
}

fn challenge_of(response: &Response) -> Option<Challenge> {
    let values: Vec<&[u8]> = response.header_values("www-authenticate").collect();
    let challenges = challenge::parse(&values);
    let bearer = challenges.of("Bearer");
    bearer.or_else(|| challenges.of("DPoP")).cloned()
}
