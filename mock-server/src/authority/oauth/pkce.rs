//! Proof key for code exchange (RFC 7636): what a request says about its challenge, and whether a verifier is its.

use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use super::client::Client;
use super::error::OAuthError;
use super::params::Params;
use super::request::{Challenge, Method};
use crate::defect::{DefectSet, pkce};

/// RFC 7636 §4.1 and §4.2: the same alphabet and length for verifiers and challenges.
fn well_formed(text: &str) -> bool {
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    (43..=128).contains(&text.len()) && text.bytes().all(legal)
}

/// The challenge of an authorization request. Every client has to send one, and only S256 will do; without a method
/// it would mean `plain` (RFC 7636 §4.3).
pub(super) fn challenge(
    params: &Params,
    client: &Client,
    defects: &DefectSet,
) -> Result<Option<Challenge>, OAuthError> {
    let empty = params.raw("code_challenge").filter(|text| text.is_empty());
    if let (Some(text), true) = (empty, defects.has(crate::defect::oac::EMPTY_CHALLENGE)) {
        return Ok(Some(Challenge {
            text: text.to_owned(),
            method: Method::Plain,
        }));
    }
    let Some(text) = params.get("code_challenge") else {
        return if may_do_without(client, defects) {
            Ok(None)
        } else {
            Err(OAuthError::request("a code_challenge is needed"))
        };
    };
    let method = method(params.get("code_challenge_method"), defects)
        .ok_or(OAuthError::request("code_challenge_method must be S256"))?;
    if !well_formed(text) && !defects.has(pkce::SHORT_VERIFIER) {
        return Err(OAuthError::request("code_challenge is not well-formed"));
    }
    Ok(Some(Challenge {
        text: text.to_owned(),
        method,
    }))
}

fn may_do_without(client: &Client, defects: &DefectSet) -> bool {
    let free = if client.is_confidential() {
        pkce::PKCE_PUBLIC_ONLY
    } else {
        pkce::PKCE_OPTIONAL
    };
    defects.has(free) || defects.has(pkce::DOWNGRADE_ACCEPTED)
}

fn method(word: Option<&str>, defects: &DefectSet) -> Option<Method> {
    match word {
        Some("S256") => Some(Method::S256),
        Some("plain") | None if defects.has(pkce::PLAIN_ALLOWED) => Some(Method::Plain),
        None if defects.has(pkce::DEFAULT_S256) => Some(Method::S256),
        Some(other) if other != "plain" && defects.has(pkce::UNKNOWN_METHOD_PLAIN) => Some(Method::Plain),
        _ => None,
    }
}

/// Whether the token request proves to come from whoever made the authorization request (RFC 7636 §4.6).
pub(super) fn verify(
    challenge: Option<&Challenge>,
    params: &Params,
    defects: &DefectSet,
) -> Result<(), OAuthError> {
    let verifier = params.get("code_verifier");
    let Some(challenge) = challenge else {
        return match verifier {
            // RFC 9700 §4.8.2: somebody took the challenge away.
            Some(_) if !defects.has(pkce::DOWNGRADE_ACCEPTED) => {
                Err(OAuthError::grant("the request had no code_challenge"))
            }
            _ => Ok(()),
        };
    };
    let verifier = match verifier {
        Some(verifier) => verifier,
        None if challenge.text.is_empty() => "",
        None if defects.has(pkce::VERIFIER_OPTIONAL) => return Ok(()),
        None => return Err(OAuthError::grant("code_verifier is missing")),
    };
    let method = match params.get("code_challenge_method") {
        Some("plain") if defects.has(pkce::METHOD_FROM_TOKEN_REQUEST) => Method::Plain,
        _ => challenge.method,
    };

    let legal = well_formed(verifier) || challenge.text.is_empty() || defects.has(pkce::SHORT_VERIFIER);
    if defects.has(pkce::VERIFIER_IGNORED) || legal && made_of(verifier, method, defects) == challenge.text {
        return Ok(());
    }
    Err(OAuthError::grant("code_verifier is wrong"))
}

/// The challenge a verifier makes (RFC 7636 §4.2).
fn made_of(verifier: &str, method: Method, defects: &DefectSet) -> String {
    match method {
        Method::Plain => verifier.to_owned(),
        Method::S256 => {
            let digest = Sha256::digest(verifier.as_bytes());
            if defects.has(pkce::S256_PADDING) {
                return URL_SAFE.encode(digest);
            }
            URL_SAFE_NO_PAD.encode(digest)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, Appendix B.
    #[test]
    fn the_example_of_the_standard() {
        let challenge = Challenge {
            text: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned(),
            method: Method::S256,
        };
        let mut params = Params::default();
        let healthy = DefectSet::default();
        assert!(verify(Some(&challenge), &params, &healthy).is_err());
        params.push("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(verify(Some(&challenge), &params, &healthy), Ok(()));
        assert!(verify(None, &params, &healthy).is_err());
        let mut wrong = Params::default();
        wrong.push("code_verifier", &challenge.text);
        assert!(verify(Some(&challenge), &wrong, &healthy).is_err());
    }
}
