//! Principals with `oauth:`: who consents, and the token that one of them presents, obtained at its first call and
//! again when it has expired.

use super::accounts::Held;
use super::client::{self, Assertion, Client};
use super::flow::{Flow, Stop};
use super::grant::default_resources;
use super::parameters::Parameters;
use super::token::{Asking, ask};
use super::{authority, outcome};
use crate::expect::Outcome;
use crate::oauth::response;
use crate::scenario::lint;
use crate::scenario::model::{At, Data, Grant, Kind, OAuthAct, OAuthStep, Reference, Step, Template, Who};
use crate::secret::Secret;
use crate::step::{Fill, Problem};
use crate::target::{NOBODY, ResolvedCredential, ResolvedUser};

/// A token is renewed this long before it expires.
const EARLY: i64 = 5;

/// Somebody who is asked.
pub(super) struct Person {
    pub name: String,
    pub credential: Option<ResolvedCredential>,
    user: Option<ResolvedUser>,
}

impl Person {
    /// Somebody without an account here.
    pub(super) fn nobody() -> Self {
        Self {
            name: NOBODY.to_owned(),
            credential: None,
            user: None,
        }
    }

    pub(super) fn is_nobody(&self) -> bool {
        self.name == NOBODY
    }

    /// Who signs in.
    pub(super) fn user(&self) -> Result<&ResolvedUser, Problem> {
        self.user.as_ref().ok_or_else(|| Problem::Undeclared {
            what: format!("a user behind `{}`", self.name),
            unlock: "oauth: { users: { alice: { name: …, password: \"${env.NAME}\" } } }".to_owned(),
        })
    }
}

/// The principal of `as`, else the first with `oauth:`.
pub(super) fn person(who: Option<&Who>, fill: Fill<'_>) -> Result<Person, Problem> {
    let target = fill.world.target();
    let name = match who {
        Some(Who::Principal(template)) => Some(fill.text(template)?).filter(|name| name != NOBODY),
        Some(Who::Token(_)) => {
            return Err(Problem::Unusable(
                "a token gives no consent: `as` names a principal with `oauth`".to_owned(),
            ));
        }
        None => None,
    };
    let principal = match &name {
        Some(name) => target.principal(name),
        None => target.principals.iter().find(|one| one.oauth.is_some()),
    };
    let Some(credential) = principal.and_then(|principal| principal.oauth.clone()) else {
        let name = name.unwrap_or_else(|| "grantee".to_owned());
        return Err(Problem::Undeclared {
            what: format!("who consents as `{name}`"),
            unlock: format!("principals: {{ {name}: {{ oauth: {{ client: …, user: … }} }} }}"),
        });
    };
    let users = target.oauth.as_ref();
    let user = credential
        .user
        .as_ref()
        .and_then(|user| users.and_then(|oauth| oauth.user(user)).cloned());
    Ok(Person {
        name: principal.map_or_else(String::new, |principal| principal.name.clone()),
        credential: Some(credential),
        user,
    })
}

/// The access token of a principal; `None` where it has none to obtain.
pub(in crate::step) async fn token_of(name: &str, fill: Fill<'_>) -> Result<Option<Secret>, Problem> {
    let world = fill.world;
    let Some(credential) = world.target().principal(name).and_then(|one| one.oauth.clone()) else {
        return Ok(None);
    };
    let accounts = &world.parts.accounts;
    if let Some(account) = &credential.vault {
        let Some(vault) = accounts.vault() else {
            return Err(Problem::Unusable(format!(
                "`{name}` uses the account `{account}` of the vault, and there is none here"
            )));
        };
        let token = vault.token(account).await;
        let token = token.map_err(|why| Problem::NoToken(format!("the account `{account}`: {why}")))?;
        know(name, &token, fill);
        // For templates that name it; the vault says each time which one is good.
        world.keep_own_token(name, &token, None);
        return Ok(Some(token));
    }
    if let Some(token) = world.own_token(name) {
        return Ok(Some(token));
    }
    let alone = accounts.alone(name);
    let _alone = alone.lock().await;
    let held = match accounts.held(name) {
        Some(held) if fresh(&held, fill) => held,
        Some(held) => match Box::pin(renew(&held, fill)).await {
            Some(renewed) => renewed,
            None => Box::pin(obtain(name, &credential, fill)).await?,
        },
        None => Box::pin(obtain(name, &credential, fill)).await?,
    };
    know(name, &held.access, fill);
    world.keep_own_token(name, &held.access, held.expires.map(|at| at - EARLY));
    let token = held.access.clone();
    accounts.hold(name, held);
    Ok(Some(token))
}

fn fresh(held: &Held, fill: Fill<'_>) -> bool {
    held.expires.is_none_or(|at| fill.world.now() < at - EARLY)
}

fn know(name: &str, token: &Secret, fill: Fill<'_>) {
    fill.world.scrubber().learn(name, token.expose());
    fill.world.scan().knows(name, token);
}

/// A step of ours, for what no author wrote.
fn own_step() -> Step {
    let at = At {
        file: std::sync::Arc::new(crate::scenario::model::SourceFile {
            path: "the token of a principal".to_owned(),
            text: String::new(),
        }),
        line: 1,
        column: 1,
        len: 1,
    };
    Step::bare(at, Kind::Steps(Vec::new()))
}

fn plain(grant: Grant) -> OAuthStep {
    OAuthStep {
        act: OAuthAct::Grant(Box::new(grant)),
        client: None,
        auth: None,
        token: None,
        send: None,
    }
}

fn grant_of(kind: &str, step: &Step) -> Grant {
    Grant {
        kind: Template::literal(kind, step.at.clone()),
        scopes: None,
        resource: None,
        redirect_uri: None,
        code: None,
        verifier: None,
        refresh_token: None,
        stop_at: None,
        decision: None,
        consent: None,
        browser: None,
        assertion: None,
        narrow: None,
        authorize: None,
    }
}

/// A token by the whole flow, or by client credentials where no user stands behind the principal.
async fn obtain(name: &str, credential: &ResolvedCredential, fill: Fill<'_>) -> Result<Held, Problem> {
    let step = own_step();
    let client = client::of_step(None, None, Some(credential), fill).await?;
    let mut parameters = Parameters::default();
    let resources;
    if credential.user.is_some() {
        let grant = grant_of("authorization_code", &step);
        let who = Who::Principal(Template::literal(name, step.at.clone()));
        let person = person(Some(&who), fill)?;
        let mut flow = Flow::begin(&grant, &client, &person, &step, fill).await?;
        let callback = flow.go(Stop::Code, &grant, &person, &step, fill).await?;
        let Some(code) = callback.as_ref().and_then(|back| back.get("code")) else {
            let (exchanges, ..) = flow.end(fill);
            let last = exchanges.last();
            let decided = last.map_or(Outcome::Broken, |one| {
                outcome::of_callback(one, callback.as_ref())
            });
            let error = callback.as_ref().and_then(|back| back.error());
            return Err(Problem::NoToken(format!(
                "`{name}` got no code: {decided}{}",
                error.map(|error| format!(", {error}")).unwrap_or_default()
            )));
        };
        let (_, _, origin) = flow.end(fill);
        parameters.add("grant_type", "authorization_code");
        parameters.add("code", code);
        let asked = origin.as_ref();
        if let Some(redirect) = asked.and_then(|asked| asked.redirect_uri.clone()) {
            parameters.add("redirect_uri", redirect);
        }
        if let Some(verifier) = asked.and_then(|asked| asked.verifier.clone()) {
            parameters.add("code_verifier", verifier);
        }
        resources = origin.map(|origin| origin.resources).unwrap_or_default();
    } else {
        parameters.add("grant_type", "client_credentials");
        if !credential.scopes.is_empty() {
            parameters.add("scope", credential.scopes.join(" "));
        }
        resources = default_resources(fill).await?;
    }
    parameters.add_all("resource", &resources);
    let exchange = redeem(&client, parameters, &step, fill).await?;
    held(&exchange, client, resources, fill)
        .map_err(|why| Problem::NoToken(format!("`{name}` got no token: {why}")))
}

/// The same grant goes on; `None` where it does not.
async fn renew(held_before: &Held, fill: Fill<'_>) -> Option<Held> {
    let (_, renewed) = exchanged(held_before, fill).await?;
    renewed.ok()
}

/// A refresh of a token that may still be good.
#[derive(Debug)]
pub struct Refreshed {
    /// What was sent and what came; `None`: somebody else's refresh was waited for, or the vault decides.
    pub exchange: Option<crate::wire::Exchange>,
    /// The token, or why there is none.
    pub token: Result<Secret, String>,
}

/// Renews the token of a principal with `oauth:` now, once for all who ask together: `presented` is what the caller
/// has, and when another is held by the time it is its turn, that one is the answer.
pub(in crate::step) async fn refresh(
    name: &str,
    presented: Option<&Secret>,
    fill: Fill<'_>,
) -> Result<Refreshed, Problem> {
    let waited = |token| Refreshed {
        exchange: None,
        token: Ok(token),
    };
    let accounts = &fill.world.parts.accounts;
    let alone = accounts.alone(name);
    let turn = alone.lock().await;
    let Some(held) = accounts.held(name) else {
        drop(turn);
        let token = token_of(name, fill).await?;
        return token.map(waited).ok_or_else(|| no_login(name));
    };
    if presented.is_some_and(|presented| *presented != held.access) && fresh(&held, fill) {
        return Ok(waited(held.access));
    }
    let (exchange, renewed) = exchanged(&held, fill).await.ok_or_else(|| no_login(name))?;
    let token = renewed.map(|renewed| {
        know(name, &renewed.access, fill);
        let until = renewed.expires.map(|at| at - EARLY);
        fill.world.keep_own_token(name, &renewed.access, until);
        let token = renewed.access.clone();
        accounts.hold(name, renewed);
        token
    });
    Ok(Refreshed {
        exchange: Some(exchange),
        token,
    })
}

fn no_login(name: &str) -> Problem {
    Problem::Unusable(format!("`{name}` has no login that could be refreshed"))
}

/// Sends the refresh token of a login; `None` where it has none, or where it could not be sent.
async fn exchanged(
    held_before: &Held,
    fill: Fill<'_>,
) -> Option<(crate::wire::Exchange, Result<Held, String>)> {
    let refresh = held_before.refresh.as_ref()?;
    let step = own_step();
    let mut parameters = Parameters::default();
    parameters.add("grant_type", "refresh_token");
    parameters.add("refresh_token", refresh.expose());
    parameters.add_all("resource", &held_before.resources);
    let client = held_before.client.clone();
    let exchange = redeem(&client, parameters, &step, fill).await.ok()?;
    let renewed = held(&exchange, client, held_before.resources.clone(), fill).map(|mut renewed| {
        // Without a new one the old one goes on (RFC 6749 §6).
        renewed.refresh = renewed.refresh.or_else(|| Some(refresh.clone()));
        renewed
    });
    Some((exchange, renewed))
}

async fn redeem(
    client: &Client,
    parameters: Parameters,
    step: &Step,
    fill: Fill<'_>,
) -> Result<crate::wire::Exchange, Problem> {
    let asking = Asking {
        endpoint: authority::of_case(fill).await?.endpoint("token_endpoint")?,
        client,
        assertion: Assertion::default(),
    };
    let oauth = plain(grant_of("", step));
    ask(asking, parameters, &oauth, step, fill).await
}

fn held(
    exchange: &crate::wire::Exchange,
    client: Client,
    resources: Vec<String>,
    fill: Fill<'_>,
) -> Result<Held, String> {
    let answer = exchange.response.as_ref().map_err(ToString::to_string)?;
    let issued = response::token(answer).map_err(|why| why.to_string())?;
    let expires = issued
        .expires_in
        .map(|life| fill.world.now() + i64::try_from(life.as_secs()).unwrap_or(i64::MAX / 2));
    Ok(Held {
        access: issued.access_token,
        refresh: issued.refresh_token,
        expires,
        client,
        resources,
    })
}

/// A token that was revoked is nobody's any more: other cases get a fresh one.
pub(super) fn forget_token(text: &str, fill: Fill<'_>) {
    let accounts = &fill.world.parts.accounts;
    for principal in &fill.world.target().principals {
        let Some(held) = accounts.held(&principal.name) else {
            continue;
        };
        let refresh = held.refresh.as_ref().map(Secret::expose);
        if held.access.expose() == text || refresh == Some(text) {
            accounts.forget(&principal.name);
        }
    }
}

/// Gets ready what a step's references need and what only a request can tell: tokens of principals, the server's
/// metadata.
pub(in crate::step) async fn prepare(references: &[Reference], fill: Fill<'_>) -> Result<(), Problem> {
    let mut names: Vec<&str> = Vec::new();
    let mut metadata = false;
    for reference in references {
        let path: Vec<&str> = reference.path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["principal", name, "token"] if !names.contains(name) => names.push(name),
            ["target", "oauth", "client" | "clients", name, _] => {
                let target = fill.world.target().oauth.as_ref();
                let declared = target.and_then(|oauth| oauth.client(name));
                if declared.is_some_and(|client| client.register.is_some()) {
                    client::named(name, fill).await?;
                }
            }
            ["target", "oauth", ..] => metadata = true,
            _ => {}
        }
    }
    if metadata && fill.world.target().oauth.is_some() {
        authority::of_case(fill).await?;
    }
    for name in names {
        token_of(name, fill).await?;
    }
    Ok(())
}

/// Every reference of a step and of what is expected of it.
pub(in crate::step) fn refs_of(step: &Step) -> Vec<Reference> {
    let mut found = Vec::new();
    lint::templates_of(step, &mut |template| found.extend(template.references().cloned()));
    found
}

/// Every reference of written data.
pub(in crate::step) fn refs_in(data: &Data) -> Vec<Reference> {
    let mut found = Vec::new();
    lint::templates_in(data, &mut |template| found.extend(template.references().cloned()));
    found
}
