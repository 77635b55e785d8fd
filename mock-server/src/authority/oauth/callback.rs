//! The way back to the client: its redirect URI with the answer added (RFC 6749 §4.1.2, RFC 9207).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::defect::{DefectSet, oac, rdir};

/// Everything but the unreserved characters of RFC 3986: one decoding gives back what was put in.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// What the defect `state-truncated` keeps.
const KEPT_STATE: usize = 255;

/// What a client is told.
#[derive(Debug, Clone, Copy)]
pub(super) enum Told<'a> {
    Code(&'a str),
    Error(&'static str),
    /// Only the defect `implicit-on` tells a token here.
    Token(&'a str),
}

/// Where the browser is sent.
pub(super) fn location(
    issuer: &str,
    defects: &DefectSet,
    redirect_uri: &str,
    state: Option<&str>,
    told: Told<'_>,
) -> String {
    let mut pairs: Vec<(&str, String)> = match told {
        Told::Code(code) => vec![("code", code.to_owned())],
        Told::Error(error) => vec![("error", error.to_owned())],
        Told::Token(token) => vec![
            ("access_token", token.to_owned()),
            ("token_type", "Bearer".to_owned()),
        ],
    };
    if let Some(state) = state {
        pairs.push(("state", returned(state, defects)));
    }
    let failed = matches!(told, Told::Error(_));
    let silent = defects.has(oac::ISS_LEFT_OUT) || (failed && defects.has(oac::ISS_ONLY_SUCCESS));
    if !silent {
        let slash = if defects.has(oac::ISS_WRONG) { "/" } else { "" };
        pairs.push(("iss", format!("{issuer}{slash}")));
    }
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, ENCODED)))
        .collect();
    let base = match redirect_uri.split_once('?') {
        Some((base, _)) if defects.has(rdir::QUERY_DROPPED) => base,
        _ => redirect_uri,
    };
    let joint = match told {
        Told::Token(_) => '#',
        _ if base.contains('?') => '&',
        _ => '?',
    };
    format!("{base}{joint}{}", pairs.join("&"))
}

/// The state as it came (RFC 6749 §4.1.2), unless a defect handles it.
fn returned(state: &str, defects: &DefectSet) -> String {
    if defects.has(oac::STATE_PLUS_SPACE) {
        return state.replace('+', " ");
    }
    if defects.has(oac::STATE_TRUNCATED) {
        return state.chars().take(KEPT_STATE).collect();
    }
    state.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_keeps_what_was_there() {
        let none = DefectSet::default();
        let made = |uri: &str, state| location("http://as", &none, uri, state, Told::Code("c"));
        assert_eq!(
            made("https://a/cb?tenant=1", Some("+/=&% ü")),
            "https://a/cb?tenant=1&code=c&state=%2B%2F%3D%26%25%20%C3%BC&iss=http%3A%2F%2Fas"
        );
        assert_eq!(
            made("com.example:/cb", None),
            "com.example:/cb?code=c&iss=http%3A%2F%2Fas"
        );
    }
}
