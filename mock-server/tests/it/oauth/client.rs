//! A small OAuth client that does what it is told, right or wrong.

use hallmark_mock::{ConsentDecision, World};
use serde_json::Value;
use url::form_urlencoded;

use crate::support::{Reply, raw, request};

/// RFC 7636, Appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Its challenge.
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Names and values; a later one of the same name beats an earlier one, and one of `-` leaves it out.
pub(crate) type Pairs<'a> = &'a [(&'a str, &'a str)];

/// `over` laid over `base`. A name in `over` that begins with `+` is added instead.
pub(crate) fn merged(base: &[(&str, String)], over: Pairs<'_>) -> String {
    let replaced = |name: &str| over.iter().any(|(other, _)| *other == name);
    let mut out = form_urlencoded::Serializer::new(String::new());
    for (name, value) in base.iter().filter(|(name, _)| !replaced(name)) {
        out.append_pair(name, value);
    }
    for (name, value) in over.iter().filter(|(_, value)| *value != "-") {
        out.append_pair(name.trim_start_matches('+'), value);
    }
    out.finish()
}

pub(crate) async fn get(world: &World, target: &str, lines: &[&str]) -> Reply {
    let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    raw(&world.urls().origin, &request("GET", target, &lines, "")).await
}

pub(crate) async fn send(world: &World, method: &str, target: &str, lines: &[&str], body: &str) -> Reply {
    let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    raw(&world.urls().origin, &request(method, target, &lines, body)).await
}

/// Posts a form to an endpoint below `/current/oauth/`.
pub(crate) async fn form(world: &World, endpoint: &str, lines: &[&str], body: &str) -> Reply {
    let mut all = vec!["Content-Type: application/x-www-form-urlencoded"];
    all.extend(lines);
    send(world, "POST", &format!("/current/oauth/{endpoint}/"), &all, body).await
}

pub(crate) fn id(world: &World, client: &str) -> String {
    world.fixtures().oauth.clients[client].id.clone()
}

pub(crate) fn redirect(world: &World, client: &str) -> String {
    world.fixtures().oauth.clients[client].redirect_uris[0].clone()
}

/// The Authorization line of a client that authenticates with Basic.
pub(crate) fn basic(world: &World, client: &str) -> String {
    let found = &world.fixtures().oauth.clients[client];
    basic_of(&found.id, found.secret.as_deref().unwrap_or_default())
}

pub(crate) fn basic_of(id: &str, secret: &str) -> String {
    use base64::Engine as _;
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encode(id), encode(secret));
    format!(
        "Authorization: Basic {}",
        base64::engine::general_purpose::STANDARD.encode(pair)
    )
}

/// Right of alice, in the mode that is asked for.
pub(crate) fn finance(world: &World, mode: &str) -> String {
    let id = &world.fixtures().workspace("acme", "finance").unwrap().id;
    format!("workspace:{id}:{mode}")
}

/// Sends an authorization request of this client.
pub(crate) async fn authorize(world: &World, client: &str, over: Pairs<'_>) -> Reply {
    let base = [
        ("response_type", "code".to_owned()),
        ("client_id", id(world, client)),
        ("redirect_uri", redirect(world, client)),
        ("scope", finance(world, "rw")),
        ("state", "st".to_owned()),
        ("code_challenge", CHALLENGE.to_owned()),
        ("code_challenge_method", "S256".to_owned()),
    ];
    get(
        world,
        &format!("/current/oauth/authorize/?{}", merged(&base, over)),
        &[],
    )
    .await
}

/// Where the client's answer is sent when alice approves; the answer of the endpoint itself where it does not ask her.
pub(crate) async fn callback(world: &World, client: &str, over: Pairs<'_>) -> String {
    let reply = authorize(world, client, over).await;
    let location = reply.header("location").unwrap_or_default().to_owned();
    if !location.contains("/connect?") {
        return format!("{} {location}", reply.status);
    }
    let told = world
        .control()
        .consent(&location, "alice", ConsentDecision::Approve, None);
    told.unwrap()
}

/// The value of a parameter in a URL's query.
pub(crate) fn param(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let query = query.split('#').next()?;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

/// A code that alice gave.
pub(crate) async fn code(world: &World, client: &str, over: Pairs<'_>) -> String {
    let told = callback(world, client, over).await;
    param(&told, "code").unwrap_or_else(|| panic!("no code in {told}"))
}

/// Credentials of a client: Basic for those that use it, else the id in the form.
pub(crate) fn lines(world: &World, client: &str) -> Vec<String> {
    if world.fixtures().oauth.clients[client].auth == "client_secret_basic" {
        vec![basic(world, client)]
    } else {
        Vec::new()
    }
}

/// Sends a token request of this client.
pub(crate) async fn token_request(
    world: &World,
    client: &str,
    base: &[(&str, String)],
    over: Pairs<'_>,
) -> Reply {
    let lines = lines(world, client);
    let mut base = base.to_vec();
    if lines.is_empty() {
        base.push(("client_id", id(world, client)));
    }
    if world.fixtures().oauth.clients[client].auth == "client_secret_post" {
        let secret = world.fixtures().oauth.clients[client].secret.clone();
        base.push(("client_secret", secret.unwrap_or_default()));
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    form(world, "token", &lines, &merged(&base, over)).await
}

pub(crate) async fn redeem(world: &World, client: &str, code: &str, over: Pairs<'_>) -> Reply {
    let base = [
        ("grant_type", "authorization_code".to_owned()),
        ("code", code.to_owned()),
        ("code_verifier", VERIFIER.to_owned()),
        ("redirect_uri", redirect(world, client)),
    ];
    token_request(world, client, &base, over).await
}

pub(crate) async fn refresh(world: &World, client: &str, token: &str, over: Pairs<'_>) -> Reply {
    let base = [
        ("grant_type", "refresh_token".to_owned()),
        ("refresh_token", token.to_owned()),
    ];
    token_request(world, client, &base, over).await
}

/// Tokens of a whole flow.
pub(crate) async fn tokens(world: &World, client: &str, over: Pairs<'_>) -> Value {
    let code = code(world, client, over).await;
    let reply = redeem(world, client, &code, &[]).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()
}

pub(crate) fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name} in {answer}"))
}

/// Status and error code.
pub(crate) fn told(reply: &Reply) -> String {
    let error = serde_json::from_str::<Value>(&reply.body).ok();
    let error = error.and_then(|body| body["error"].as_str().map(str::to_owned));
    format!("{} {}", reply.status, error.unwrap_or_default())
        .trim_end()
        .to_owned()
}

/// What introspection says of a token: the whole answer.
pub(crate) async fn introspect(world: &World, token: &str) -> Value {
    let line = basic(world, "inspector");
    let body = merged(&[("token", token.to_owned())], &[]);
    form(world, "introspect", &[&line], &body).await.json()
}

pub(crate) async fn is_active(world: &World, token: &str) -> bool {
    introspect(world, token).await["active"] == true
}

pub(crate) async fn revoke(world: &World, client: &str, token: &str, over: Pairs<'_>) -> Reply {
    let lines = lines(world, client);
    let mut base = vec![("token", token.to_owned())];
    if lines.is_empty() {
        base.push(("client_id", id(world, client)));
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    form(world, "revoke", &lines, &merged(&base, over)).await
}
