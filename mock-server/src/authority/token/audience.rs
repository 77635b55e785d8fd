//! Whether a token is meant for a resource (RFC 9068 §4, RFC 7519 §4.1.3, RFC 8707 §2).

use serde_json::Value;

use super::Claims;
use crate::authority::protected::canonical;
use crate::defect::{DefectSet, jwt, resource, rind};

/// The texts of `aud`, one or many.
pub(super) fn named(claims: &Claims) -> Vec<&str> {
    match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Whether `aud` names one of these resources, as a whole, alone or among others.
pub(super) fn fits(defects: &DefectSet, claims: &Claims, wanted: &[String]) -> bool {
    let named = named(claims);
    let any = |fits: &dyn Fn(&str, &str) -> bool| {
        let mut pairs = named
            .iter()
            .flat_map(|aud| wanted.iter().map(move |own| (aud, own)));
        pairs.any(|(aud, own)| fits(aud, own))
    };
    let as_text = claims.get("aud").is_some_and(Value::is_array) && defects.has(jwt::AUD_ARRAY_TOSTRING);
    match () {
        () if defects.has(jwt::AUD_UNCHECKED) => true,
        // An ID token is for its client.
        () if defects.has(jwt::ID_TOKEN_OK) && claims.contains_key("auth_time") => true,
        () if defects.has(jwt::AUD_SUBSTRING) => {
            let same = |aud: &str, own: &str| canonical(aud).as_deref() == Some(own);
            any(&|aud, own| own.contains(aud) || aud.contains(own) || same(aud, own))
        }
        () if as_text => wanted.iter().any(|own| named.join(",").starts_with(own)),
        () if defects.has(rind::AUD_HOST_ONLY) => any(&|aud, own| origin(aud) == origin(own)),
        () if defects.has(resource::RESOURCE_CASE_EXACT) => any(&|aud, own| aud == own),
        () => any(&|aud, own| canonical(aud).as_deref() == Some(own)),
    }
}

fn origin(text: &str) -> Option<String> {
    let whole = canonical(text)?;
    let (scheme, rest) = whole.split_once("://")?;
    let host = rest.split(['/', '?']).next()?;
    Some(format!("{scheme}://{host}"))
}
