//! The authorization server's own documents (RFC 8414 §2, OpenID Connect Discovery §3).

use http::header::HOST;
use serde_json::{Map, Value, json};

use super::resource;
use crate::authority::issuer;
use crate::authority::protected::WITH_TOKENS;
use crate::defect::{asmd, oac, pkce, tok};
use crate::serve::exchange::Exchange;
use crate::variant;

/// RFC 8414 §2 for the issuer of that path.
pub(super) fn oauth(exchange: &Exchange<'_>, path: &str) -> Value {
    Value::Object(members(exchange, path))
}

/// The same with what OpenID Connect adds.
pub(super) fn openid(exchange: &Exchange<'_>) -> Value {
    let mut members = members(exchange, issuer::path(exchange.world));
    members.insert("subject_types_supported".to_owned(), json!(["public"]));
    members.insert(
        "id_token_signing_alg_values_supported".to_owned(),
        json!(["ES256"]),
    );
    let claims = json!([
        "sub",
        "iss",
        "aud",
        "exp",
        "iat",
        "auth_time",
        "nonce",
        "name",
        "email"
    ]);
    members.insert("claims_supported".to_owned(), claims);
    if exchange.view.defects.has(asmd::OIDC_WITHOUT_PKCE) {
        members.remove("code_challenge_methods_supported");
    }
    if exchange.view.defects.has(asmd::TWO_DOCS_DIFFER) {
        let elsewhere = format!("{}/current/oauth2/v1/token", exchange.world.origin());
        members.insert("token_endpoint".to_owned(), json!(elsewhere));
    }
    Value::Object(members)
}

fn members(exchange: &Exchange<'_>, path: &str) -> Map<String, Value> {
    let defects = &exchange.view.defects;
    let base = base(exchange, defects.has(asmd::XFH_REFLECTED));
    let at = |endpoint: &str| json!(format!("{base}/current/oauth/{endpoint}/"));
    let secret = json!(["client_secret_basic", "client_secret_post", "private_key_jwt"]);
    let any = json!([
        "none",
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt"
    ]);
    let resources: Vec<String> = WITH_TOKENS
        .iter()
        .map(|resource| resource.identifier(exchange.world))
        .collect();
    let document = json!({
        "issuer": format!("{base}{path}"),
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "registration_endpoint": at("register"),
        "revocation_endpoint": at("revoke"),
        "introspection_endpoint": at("introspect"),
        "jwks_uri": at("jwks"),
        "scopes_supported": scopes(),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "token_endpoint_auth_methods_supported": any,
        "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
        "revocation_endpoint_auth_methods_supported": any,
        "revocation_endpoint_auth_signing_alg_values_supported": ["ES256"],
        "introspection_endpoint_auth_methods_supported": secret,
        "introspection_endpoint_auth_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "client_id_metadata_document_supported": true,
        "protected_resources": resources,
    });
    let Value::Object(mut members) = document else {
        return Map::new();
    };
    spoil(exchange, &mut members);
    if exchange.view.variants.has(variant::METADATA_EXTRA_MEMBERS) {
        members.insert("x_acme_build".to_owned(), json!({ "number": 41, "dirty": false }));
        members.insert("ui_locales_supported".to_owned(), json!(["en", "de-CH"]));
        members.insert("acme_token_families".to_owned(), json!(["sid"]));
    }
    members
}

/// Rights that anybody can be granted some of, and the words about identity.
fn scopes() -> Vec<&'static str> {
    let words = ["openid", "profile", "email", "offline_access"];
    resource::RIGHTS.into_iter().chain(words).collect()
}

/// What defects do to the document.
fn spoil(exchange: &Exchange<'_>, members: &mut Map<String, Value>) {
    let on = |defect| exchange.view.defects.has(defect);
    let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
    let issuer = issuer::issuer(exchange.world);
    if on(asmd::ISSUER_SLASH) {
        set("issuer", json!(format!("{issuer}/")));
    }
    if on(asmd::ISSUER_QUERY) {
        set("issuer", json!(format!("{issuer}?tenant=acme")));
    }
    if on(asmd::ALG_NONE_LISTED) {
        set(
            "token_endpoint_auth_signing_alg_values_supported",
            json!(["ES256", "none"]),
        );
        set("acr_values_supported", json!([]));
    }
    if on(asmd::METADATA_LIE) {
        let device = "urn:ietf:params:oauth:grant-type:device_code";
        set(
            "grant_types_supported",
            json!([
                "authorization_code",
                "refresh_token",
                "client_credentials",
                "password",
                device
            ]),
        );
        set("code_challenge_methods_supported", json!(["S256", "plain"]));
        set(
            "token_endpoint_auth_methods_supported",
            json!([
                "none",
                "client_secret_basic",
                "client_secret_post",
                "private_key_jwt",
                "client_secret_jwt"
            ]),
        );
    }
    if on(tok::FRAGMENT_ENDPOINT) {
        let endpoint = members["token_endpoint"].as_str().unwrap_or_default().to_owned();
        members.insert("token_endpoint".to_owned(), json!(format!("{endpoint}#token")));
    }
    if on(pkce::NO_CCMS) {
        members.remove("code_challenge_methods_supported");
    }
    if on(oac::ISS_LEFT_OUT) || on(oac::ISS_UNADVERTISED) {
        members.remove("authorization_response_iss_parameter_supported");
    }
    if on(asmd::PLAIN_ENDPOINT) {
        members.insert(
            "pushed_authorization_request_endpoint".to_owned(),
            json!("http://as.example.com/par"),
        );
    }
    if on(asmd::NO_REGISTRATION) {
        members.remove("registration_endpoint");
    }
    if on(asmd::RTS_MISSING) {
        members.remove("response_types_supported");
    }
}

/// Scheme and authority of published addresses: the world's own, whatever the request says of itself.
pub(super) fn base(exchange: &Exchange<'_>, believing: bool) -> String {
    let said = |name: &str| {
        let value = exchange.head.headers.get(name)?.to_str().ok()?;
        value.split(',').next().map(str::trim)
    };
    if !believing {
        return exchange.world.origin().to_owned();
    }
    let scheme = said("x-forwarded-proto").unwrap_or("http");
    let host = said("x-forwarded-host").or_else(|| said(HOST.as_str()));
    match host {
        Some(host) => format!("{scheme}://{host}"),
        None => exchange.world.origin().to_owned(),
    }
}
