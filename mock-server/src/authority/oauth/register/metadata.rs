//! What a client says of itself (RFC 7591 §2), as far as it is believed.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use url::Url;

use super::super::client::{AUTHORIZATION_CODE, AuthMethod, CLIENT_CREDENTIALS, REFRESH_TOKEN};
use super::super::error::OAuthError;
use super::super::redirect;
use super::super::scopes::Word;
use crate::defect::{DefectSet, dcr, rdir};

/// Texts that are only shown again.
const TEXTS: &[&str] = &[
    "client_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "jwks_uri",
    "software_id",
    "software_version",
];
/// All that is known; the rest is ignored (RFC 7591 §2).
const KNOWN: &[&str] = &[
    "application_type",
    "client_id",
    "client_name",
    "client_secret",
    "client_uri",
    "contacts",
    "grant_types",
    "jwks",
    "jwks_uri",
    "logo_uri",
    "policy_uri",
    "redirect_uris",
    "response_types",
    "scope",
    "software_id",
    "software_statement",
    "software_version",
    "token_endpoint_auth_method",
    "tos_uri",
];
/// The longest name that fits on a page.
const LONGEST_NAME: usize = 128;

/// RFC 7591 §3.2.2.
pub(super) fn invalid(description: &'static str) -> OAuthError {
    OAuthError::of("invalid_client_metadata", description)
}

fn invalid_redirect(description: &'static str) -> OAuthError {
    OAuthError::of("invalid_redirect_uri", description)
}

/// Metadata that was read and found good.
#[derive(Clone)]
pub(in super::super) struct Metadata {
    pub(in super::super) name: String,
    pub(in super::super) auth: AuthMethod,
    pub(in super::super) redirect_uris: Vec<String>,
    pub(in super::super) grant_types: BTreeSet<String>,
    pub(in super::super) application_type: &'static str,
    pub(in super::super) keys: Vec<Value>,
    /// Members that are shown again as they came.
    texts: Map<String, Value>,
    scope: Option<String>,
    jwks: Option<Value>,
}

impl Metadata {
    /// Reads and judges.
    pub(in super::super) fn read(
        members: &Map<String, Value>,
        defects: &DefectSet,
    ) -> Result<Self, OAuthError> {
        if defects.has(dcr::DCR_STRICT) && members.keys().any(|name| !KNOWN.contains(&name.as_str())) {
            return Err(invalid("a member is not known here"));
        }
        let auth = match members.get("token_endpoint_auth_method") {
            // RFC 7591 §2: the default.
            None => AuthMethod::Basic,
            Some(word) => word
                .as_str()
                .and_then(AuthMethod::parse)
                .ok_or(invalid("token_endpoint_auth_method is not known here"))?,
        };
        let grant_types = grant_types(members, defects)?;
        response_types(members)?;
        let redirect_uris = redirect_uris(members, &grant_types, defects)?;
        let application_type = application_type(members, &redirect_uris)?;
        let (keys, jwks) = keys(members, auth)?;
        let mut texts = Map::new();
        for name in TEXTS {
            if let Some(value) = members.get(*name) {
                let text = value.as_str().ok_or(invalid("a member must be a text"))?;
                if name.ends_with("_uri") && Url::parse(text).is_err() {
                    return Err(invalid("an address is not a URL"));
                }
                texts.insert((*name).to_owned(), value.clone());
            }
        }
        if let Some(contacts) = members.get("contacts") {
            strings(contacts).ok_or(invalid("contacts must be a list of texts"))?;
            texts.insert("contacts".to_owned(), contacts.clone());
        }
        Ok(Self {
            name: name(members)?,
            auth,
            redirect_uris,
            grant_types,
            application_type,
            keys,
            texts,
            scope: scope(members, defects)?,
            jwks,
        })
    }

    /// What was registered, as it is told again (RFC 7591 §3.2.1): what was dropped is not in it.
    pub(in super::super) fn told(&self) -> Map<String, Value> {
        let mut told = self.texts.clone();
        let responses: &[&str] = if self.grant_types.contains(AUTHORIZATION_CODE) {
            &["code"]
        } else {
            &[]
        };
        told.insert("client_name".to_owned(), json!(self.name));
        told.insert("redirect_uris".to_owned(), json!(self.redirect_uris));
        told.insert("grant_types".to_owned(), json!(self.grant_types));
        told.insert("response_types".to_owned(), json!(responses));
        told.insert("token_endpoint_auth_method".to_owned(), json!(self.auth));
        told.insert("application_type".to_owned(), json!(self.application_type));
        told.extend(self.scope.clone().map(|scope| ("scope".to_owned(), json!(scope))));
        told.extend(self.jwks.clone().map(|jwks| ("jwks".to_owned(), jwks)));
        told
    }
}

fn strings(value: &Value) -> Option<Vec<String>> {
    let all = value.as_array()?;
    all.iter().map(|one| one.as_str().map(str::to_owned)).collect()
}

fn name(members: &Map<String, Value>) -> Result<String, OAuthError> {
    let Some(value) = members.get("client_name") else {
        return Ok("An application without a name".to_owned());
    };
    let name = value.as_str().ok_or(invalid("client_name must be a text"))?;
    Ok(name.chars().take(LONGEST_NAME).collect())
}

/// Codes and refresh tokens; what would let a client act without a person is dropped (RFC 7591 §5).
fn grant_types(members: &Map<String, Value>, defects: &DefectSet) -> Result<BTreeSet<String>, OAuthError> {
    let Some(value) = members.get("grant_types") else {
        return Ok(BTreeSet::from([AUTHORIZATION_CODE.to_owned()]));
    };
    let asked = strings(value).ok_or(invalid("grant_types must be a list of texts"))?;
    let anything = defects.has(dcr::DCR_GRANTS_ANYTHING);
    let allowed = |word: &String| {
        [AUTHORIZATION_CODE, REFRESH_TOKEN].contains(&word.as_str())
            || (anything && word == CLIENT_CREDENTIALS)
    };
    let granted: BTreeSet<String> = asked.into_iter().filter(allowed).collect();
    if granted.is_empty() {
        return Err(invalid(
            "none of the grant types is for clients that register themselves",
        ));
    }
    Ok(granted)
}

fn response_types(members: &Map<String, Value>) -> Result<(), OAuthError> {
    let Some(value) = members.get("response_types") else {
        return Ok(());
    };
    let asked = strings(value).ok_or(invalid("response_types must be a list of texts"))?;
    if asked.is_empty() || asked.iter().any(|word| word == "code") {
        return Ok(());
    }
    Err(invalid("response_types must hold code"))
}

fn redirect_uris(
    members: &Map<String, Value>,
    grant_types: &BTreeSet<String>,
    defects: &DefectSet,
) -> Result<Vec<String>, OAuthError> {
    let needed = grant_types.contains(AUTHORIZATION_CODE);
    let Some(value) = members.get("redirect_uris") else {
        return if needed {
            Err(invalid_redirect("redirect_uris is missing"))
        } else {
            Ok(Vec::new())
        };
    };
    let uris = strings(value).ok_or(invalid_redirect("redirect_uris must be a list of texts"))?;
    if uris.is_empty() && needed {
        return Err(invalid_redirect("redirect_uris is empty"));
    }
    let plain = |uri: &str| {
        let http = Url::parse(uri).is_ok_and(|url| url.scheme() == "http" && url.fragment().is_none());
        http && !uri.contains('*') && defects.has(rdir::HTTP_REDIRECT_OK)
    };
    let good = |uri: &String| redirect::registrable(uri) || plain(uri) || defects.has(dcr::DCR_ANY_REDIRECT);
    if uris.iter().all(good) {
        return Ok(uris);
    }
    Err(invalid_redirect(
        "a redirect URI must be https, loopback, or of a scheme of the application's own",
    ))
}

/// What it says it is must fit its addresses (OpenID Connect Registration §2). Most that run on a person's computer do
/// not say, so the addresses speak where it does not.
fn application_type(members: &Map<String, Value>, uris: &[String]) -> Result<&'static str, OAuthError> {
    let web = |uri: &String| uri.starts_with("https://");
    match members.get("application_type").map(Value::as_str) {
        None | Some(Some("web")) if uris.iter().all(web) => Ok("web"),
        None | Some(Some("native")) => Ok("native"),
        Some(Some("web")) => Err(invalid_redirect("a web application has https redirect URIs")),
        Some(_) => Err(invalid("application_type must be web or native")),
    }
}

/// Public keys for assertions. By value only: addresses of a stranger's choice are not fetched (RFC 7591 §5).
fn keys(members: &Map<String, Value>, auth: AuthMethod) -> Result<(Vec<Value>, Option<Value>), OAuthError> {
    let jwks = members.get("jwks");
    if jwks.is_some() && members.contains_key("jwks_uri") {
        // RFC 7591 §2: they must not both be present.
        return Err(invalid("jwks and jwks_uri exclude each other"));
    }
    let keys = match jwks {
        None => Vec::new(),
        Some(jwks) => jwks["keys"]
            .as_array()
            .cloned()
            .ok_or(invalid("jwks is no key set"))?,
    };
    if keys
        .iter()
        .any(|key| key.get("d").is_some() || key.get("k").is_some())
    {
        return Err(invalid("jwks must hold public keys only"));
    }
    if auth == AuthMethod::Assertion && keys.is_empty() {
        return Err(invalid("private_key_jwt needs keys in jwks"));
    }
    Ok((keys, jwks.cloned()))
}

/// Words that are known and do not administer; the rest is dropped.
fn scope(members: &Map<String, Value>, defects: &DefectSet) -> Result<Option<String>, OAuthError> {
    let Some(value) = members.get("scope") else {
        return Ok(None);
    };
    let text = value.as_str().ok_or(invalid("scope must be a text"))?;
    if defects.has(dcr::DCR_GRANTS_ANYTHING) {
        return Ok(Some(text.to_owned()));
    }
    let harmless = |word: &&str| match Word::parse(word) {
        Ok(Word::Right(scope)) => scope.mode < crate::platform::Mode::Rwa,
        Ok(Word::Identity(_)) => true,
        Err(_) => false,
    };
    let kept: Vec<&str> = text.split(' ').filter(harmless).collect();
    Ok((!kept.is_empty()).then(|| kept.join(" ")))
}
