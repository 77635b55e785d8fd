//! Client ID metadata documents (draft-ietf-oauth-client-id-metadata-document, MCP client registration): a client
//! whose id is the address of what it says of itself.
//!
//! An address must be https; this server has no TLS, so it takes http as well, on this computer, from the hosts that
//! the world lists. What is fetched is small, is not followed anywhere, and is kept as long as its headers say.

use serde_json::{Map, Value};
use url::Url;

use super::client::{AuthMethod, Client, Origin};
use super::fetch::{self, Fetched};
use super::redirect;
use super::register::Metadata;
use crate::defect::{DefectSet, cimd};
use crate::serve::exchange::Exchange;

/// Kept for so many seconds where the headers say nothing.
const KEPT: i64 = 60;
/// Kept no longer than this.
const LONGEST: i64 = 86_400;

/// Whether a `client_id` is an address.
pub(super) fn is_address(id: &str) -> bool {
    id.starts_with("https://") || id.starts_with("http://")
}

/// The client that a document describes.
pub(super) async fn client(exchange: &Exchange<'_>, id: &str) -> Result<Client, &'static str> {
    let defects = &exchange.view.defects;
    if defects.has(cimd::CIMD_REFUSED) {
        return Err("This application is not known here.");
    }
    let now = exchange.world.clock.now();
    let kept = exchange.world.oauth().document(id, now);
    if let (Some(client), false) = (kept, defects.has(cimd::CIMD_EVERY_TIME)) {
        return Ok(client);
    }
    let fetched = fetched(exchange, id).await?;
    let life = life(&fetched);
    let client = described(id, &fetched, defects, now)?;
    exchange.world.oauth().keep_document(client.clone(), now + life);
    Ok(client)
}

async fn fetched(exchange: &Exchange<'_>, id: &str) -> Result<Fetched, &'static str> {
    let url = Url::parse(id).map_err(|_| "The address of this application is malformed.")?;
    if !well_formed(&url, id) {
        return Err("The address of this application is malformed.");
    }
    let anywhere = exchange.view.defects.has(cimd::CIMD_SSRF);
    if !anywhere && !exchange.world.oauth().is_document_host(&url) {
        return Err("The address of this application is not one that is asked.");
    }
    let mut fetched = fetch::get(id)
        .await
        .map_err(|_| "The application does not answer at its address.")?;
    if let (true, Some(to)) = (anywhere && fetched.status / 100 == 3, fetched.location.clone()) {
        fetched = fetch::get(&to)
            .await
            .map_err(|_| "The application does not answer at its address.")?;
    }
    if fetched.status != 200 {
        return Err("There is no document at the address of this application.");
    }
    Ok(fetched)
}

/// A path, no fragment, no userinfo, no dot segments: the URL that was parsed is the text that was sent.
fn well_formed(url: &Url, id: &str) -> bool {
    let named = url.username().is_empty() && url.password().is_none();
    named && url.fragment().is_none() && url.path() != "/" && url.as_str() == id
}

/// What is said, if it is enough and fits the address.
fn described(id: &str, fetched: &Fetched, defects: &DefectSet, now: i64) -> Result<Client, &'static str> {
    let lenient = defects.has(cimd::CIMD_LENIENT);
    let members: Map<String, Value> = serde_json::from_slice(&fetched.body)
        .map_err(|_| "The document of this application is no JSON object.")?;
    let named = |name: &str| {
        members
            .get(name)
            .and_then(Value::as_str)
            .is_some_and(|text| !text.is_empty())
    };
    if !lenient && (!fetched.is_json || !named("client_name")) {
        return Err("The document of this application does not say enough.");
    }
    if members.get("client_id").and_then(Value::as_str) != Some(id) && !defects.has(cimd::CIMD_ID_UNCHECKED) {
        return Err("The document of this application is that of another one.");
    }
    if members.contains_key("client_secret") {
        return Err("The document of this application holds a secret.");
    }
    let mut members = members;
    // Nobody can have shared a secret with it.
    members
        .entry("token_endpoint_auth_method")
        .or_insert_with(|| Value::from("none"));
    let wished = Metadata::read(&members, &DefectSet::default())
        .map_err(|_| "The document of this application is not usable here.")?;
    if !matches!(wished.auth, AuthMethod::None | AuthMethod::Assertion) {
        return Err("The document of this application asks for a secret.");
    }
    if wished.redirect_uris.iter().any(|uri| !redirect::registrable(uri)) {
        return Err("The document of this application names an address that cannot be returned to.");
    }
    Ok(Client {
        id: id.to_owned(),
        name: wished.name.clone(),
        origin: Origin::Document,
        auth: wished.auth,
        redirect_uris: wished.redirect_uris.clone(),
        grant_types: wished.grant_types.clone(),
        application_type: wished.application_type,
        inspector: false,
        secret_expires: None,
        created: now,
        metadata: Value::Null,
        secret: None,
        keys: wished.keys.clone(),
        registration_token: None,
    })
}

/// Seconds that a document may be kept (RFC 9111 §4.2.1, §5.2.2).
fn life(fetched: &Fetched) -> i64 {
    let Some(said) = &fetched.cache_control else {
        return KEPT;
    };
    let directives: Vec<String> = said
        .split(',')
        .map(|one| one.trim().to_ascii_lowercase())
        .collect();
    if directives
        .iter()
        .any(|one| one == "no-store" || one == "no-cache")
    {
        return 0;
    }
    let age = directives
        .iter()
        .find_map(|one| one.strip_prefix("max-age=")?.parse().ok());
    age.unwrap_or(KEPT).clamp(0, LONGEST)
}
