//! Places that hold credentials by their name: masked even when the value is not known.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Header fields whose value is masked.
const HEADERS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "api-key",
    "x-auth-token",
    "mcp-session-id",
    "webhook-signature",
    "x-hallmark-control",
];

const MEMBERS: &str = "access_token|refresh_token|id_token|registration_access_token|client_secret|client_assertion|\
                       assertion|code|code_verifier|api_key|apikey|auth_token|token|ticket|password|secret|subject_token";

#[expect(clippy::expect_used, reason = "constant patterns, compiled by every test")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

static JSON_MEMBER: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r#"(\\*"(?i:{MEMBERS})\\*"\s*:\s*\\*")([^"\\]+)"#)));
static PARAMETER: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r#"((?:^|[?&\s;])(?i:{MEMBERS})=)([^&\s"';,<>]+)"#)));
static USERINFO: LazyLock<Regex> = LazyLock::new(|| pattern(r"(://)([^/@\s:]*:[^/@\s]+)(@)"));
static WORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"\[[^\]\s]*\]|[^\s,;=]+"));

/// Whether the header's value is a credential by its name.
pub(super) fn is_secret_header(name: &str) -> bool {
    HEADERS.iter().any(|header| header.eq_ignore_ascii_case(name))
}

/// Masks JSON members, form and query parameters and URL userinfo; `mask` turns a value into its mask.
pub(super) fn mask_members(text: &str, mask: &dyn Fn(&str) -> String) -> String {
    let masked = |value: &str| {
        if is_mask(value) {
            value.to_owned()
        } else {
            mask(value)
        }
    };
    let text = JSON_MEMBER.replace_all(text, |c: &Captures<'_>| format!("{}{}", &c[1], masked(&c[2])));
    let text = PARAMETER.replace_all(&text, |c: &Captures<'_>| format!("{}{}", &c[1], masked(&c[2])));
    USERINFO
        .replace_all(&text, |c: &Captures<'_>| {
            format!("{}{}{}", &c[1], masked(&c[2]), &c[3])
        })
        .into_owned()
}

/// Masks the words of a credential header that could be a credential; scheme names and placeholders stay readable.
pub(super) fn mask_header(value: &str, mask: &dyn Fn(&str) -> String) -> String {
    WORD.replace_all(value, |c: &Captures<'_>| {
        let word = &c[0];
        if is_mask(word) || is_harmless(word) {
            word.to_owned()
        } else {
            mask(word)
        }
    })
    .into_owned()
}

fn is_mask(text: &str) -> bool {
    text.starts_with('[') && text.ends_with(']') && text.contains(':')
}

/// A scheme name, a placeholder such as `YOUR_API_KEY`, or something too short to be a credential.
fn is_harmless(word: &str) -> bool {
    word.len() < 6
        || (word.len() <= 16
            && word
                .bytes()
                .all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(_: &str) -> String {
        "[x:1]".to_owned()
    }

    #[test]
    fn members_parameters_and_userinfo() {
        for (text, expected) in [
            (
                r#"{"access_token":"abc","token_type":"Bearer"}"#,
                r#"{"access_token":"[x:1]","token_type":"Bearer"}"#,
            ),
            (r#"{\"api_key\": \"abc\"}"#, r#"{\"api_key\": \"[x:1]\"}"#),
            (
                "GET /mcp?access_token=abc&x=1 HTTP/1.1",
                "GET /mcp?access_token=[x:1]&x=1 HTTP/1.1",
            ),
            (
                "grant_type=refresh_token&refresh_token=abc",
                "grant_type=refresh_token&refresh_token=[x:1]",
            ),
            ("http://bob:pw@host/", "http://[x:1]@host/"),
            ("a plain sentence about a token", "a plain sentence about a token"),
        ] {
            assert_eq!(mask_members(text, &mask), expected);
        }
    }

    #[test]
    fn header_words() {
        for (value, expected) in [
            ("Bearer abcdefgh1234", "Bearer [x:1]"),
            ("Bearerabcdefgh1234", "[x:1]"),
            ("Bearer YOUR_API_KEY", "Bearer YOUR_API_KEY"),
            ("Bearer", "Bearer"),
            ("Bearer [reader:0a1b2c3d]", "Bearer [reader:0a1b2c3d]"),
        ] {
            assert_eq!(mask_header(value, &mask), expected);
        }
    }
}
