//! Reading the credential a request presents (RFC 6750 §2, RFC 9110 §11.4 and §11.6.2).
//!
//! The result says what was presented, not whether it is good. Values stay bytes until they proved to be
//! token68, so nothing is normalised on the way.

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};
use percent_encoding::percent_decode_str;
use unicode_normalization::UnicodeNormalization as _;

use crate::defect::{DefectSet, bearer};

/// Longest Authorization value looked at: twice the longest token the mock makes, under 8 KiB.
pub(crate) const LONGEST: usize = 8000;

/// What a request carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Presented {
    /// No Bearer credential: no header, or one of another scheme.
    Nothing,
    /// Something that is no credential at all.
    Malformed(Malformed),
    /// A token, syntactically sound.
    Token(String),
    /// Accepted without a token; only defects get here. The text names who it is taken for.
    Trusted(String),
    /// The reader of the header fell over; only defects get here.
    Crashed,
}

/// Why a header is malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Malformed {
    Empty,
    NoScheme,
    NoToken,
    Characters,
    SeveralLines,
    List,
    Overlong,
    TwoMethods,
}

impl Malformed {
    /// For `error_description` and the journal; never holds any of the input.
    pub(crate) fn why(self) -> &'static str {
        match self {
            Self::Empty => "the Authorization value is empty",
            Self::NoScheme => "the Authorization value has no scheme",
            Self::NoToken => "the Bearer scheme is followed by no token",
            Self::Characters => "the token has characters outside token68",
            Self::SeveralLines => "there is more than one Authorization line",
            Self::List => "the Authorization value is a list",
            Self::Overlong => "the Authorization value is too long",
            Self::TwoMethods => "the token is presented in more than one way",
        }
    }
}

/// Where a request may carry a token.
pub(crate) struct Places<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) query: Option<&'a str>,
    pub(crate) body: &'a [u8],
}

/// Reads the credential of a request.
pub(crate) fn present(places: &Places<'_>, defects: &DefectSet) -> Presented {
    if let Some(presented) = outside_the_header(places, defects) {
        return presented;
    }
    let presented = from_lines(places, defects);
    let has_token = !matches!(presented, Presented::Nothing);
    if has_token && (in_query(places).is_some() || in_body(places).is_some()) {
        return Presented::Malformed(Malformed::TwoMethods);
    }
    presented
}

/// The ways around the header that a healthy server does not know.
fn outside_the_header(places: &Places<'_>, defects: &DefectSet) -> Option<Presented> {
    let headers = places.headers;
    let absent = !headers.contains_key(AUTHORIZATION);
    if defects.has(bearer::HEADER_UNSUPPORTED) {
        let key = headers
            .get("x-api-key")
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        return Some(
            key.or_else(|| in_query(places))
                .map_or(Presented::Nothing, Presented::Token),
        );
    }
    if defects.has(bearer::TRUST_PROXY_HEADER) {
        let named = ["x-user-id", "x-forwarded-user", "x-workspace"]
            .iter()
            .find_map(|name| headers.get(*name));
        if let Some(name) = named {
            return Some(Presented::Trusted(
                String::from_utf8_lossy(name.as_bytes()).into_owned(),
            ));
        }
    }
    if defects.has(bearer::QUERY_WINS) && !absent {
        return in_query(places).map(Presented::Token);
    }
    if defects.has(bearer::QUERY_EXTRACTOR) && absent {
        return in_query(places).map(Presented::Token);
    }
    if defects.has(bearer::BODY_MERGE) && absent {
        return in_body(places).map(Presented::Token);
    }
    if defects.has(bearer::COOKIE_FALLBACK) && absent {
        return in_cookie(headers).map(Presented::Token);
    }
    None
}

fn from_lines(places: &Places<'_>, defects: &DefectSet) -> Presented {
    let mut lines = places.headers.get_all(AUTHORIZATION).iter();
    let Some(first) = lines.next() else {
        return Presented::Nothing;
    };
    if lines.next().is_some() && !defects.has(bearer::FIRST_AUTH_WINS) {
        return Presented::Malformed(Malformed::SeveralLines);
    }
    from_value(first.as_bytes(), defects)
}

fn from_value(value: &[u8], defects: &DefectSet) -> Presented {
    if value.len() > LONGEST {
        if defects.has(bearer::HEADER_500) {
            return Presented::Crashed;
        }
        return Presented::Malformed(Malformed::Overlong);
    }
    if defects.has(bearer::HEADER_DECODE_500) && !value.is_ascii() {
        return Presented::Crashed;
    }
    let value = value.trim_ascii();
    if value.is_empty() {
        return nothing_or_unset(Malformed::Empty, defects);
    }
    let value = match value.iter().position(|byte| *byte == b',') {
        Some(comma) if defects.has(bearer::COMMA_FIRST) => value[..comma].trim_ascii(),
        _ => value,
    };
    if defects.has(bearer::SPLIT_FIRST_SPACE) && value.windows(2).any(|pair| pair == b"  ") {
        return Presented::Token(String::new());
    }
    let (scheme, rest) = split_scheme(value);
    if scheme.eq_ignore_ascii_case(b"bearer") {
        if defects.has(bearer::SCHEME_EXACT) && scheme != b"Bearer" {
            return Presented::Nothing;
        }
        return from_credentials(rest, defects);
    }
    if rest.is_empty() {
        if defects.has(bearer::SCHEME_OPTIONAL) && is_token68(scheme) {
            return Presented::Token(String::from_utf8_lossy(scheme).into_owned());
        }
        return Presented::Malformed(Malformed::NoScheme);
    }
    if defects.has(bearer::LAST_WORD) {
        return from_credentials(
            rest.rsplit(|byte| *byte == b' ').next().unwrap_or_default(),
            defects,
        );
    }
    if scheme.iter().all(|byte| is_tchar(*byte)) {
        Presented::Nothing
    } else {
        Presented::Malformed(Malformed::NoScheme)
    }
}

/// What follows the scheme: `token68`, after one or more SP (RFC 6750 §2.1).
fn from_credentials(rest: &[u8], defects: &DefectSet) -> Presented {
    if rest.is_empty() || rest == b"\"\"" {
        return nothing_or_unset(
            if rest.is_empty() {
                Malformed::NoToken
            } else {
                Malformed::Characters
            },
            defects,
        );
    }
    if is_token68(rest) {
        return Presented::Token(String::from_utf8_lossy(rest).into_owned());
    }
    if defects.has(bearer::NFKC_TOKEN) {
        let normal: String = String::from_utf8_lossy(rest).nfkc().collect();
        return Presented::Token(normal);
    }
    let list = rest
        .iter()
        .position(|byte| *byte == b',')
        .is_some_and(|comma| rest[comma..].contains(&b' '));
    Presented::Malformed(if list {
        Malformed::List
    } else {
        Malformed::Characters
    })
}

fn nothing_or_unset(malformed: Malformed, defects: &DefectSet) -> Presented {
    if defects.has(bearer::EMPTY_EQUALS_UNSET) {
        return Presented::Trusted(String::new());
    }
    Presented::Malformed(malformed)
}

fn split_scheme(value: &[u8]) -> (&[u8], &[u8]) {
    match value.iter().position(|byte| *byte == b' ') {
        Some(blank) => {
            let rest = &value[blank..];
            let start = rest.iter().position(|byte| *byte != b' ').unwrap_or(rest.len());
            (&value[..blank], &rest[start..])
        }
        None => (value, &[]),
    }
}

/// RFC 9110 §11.2: `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`.
pub(crate) fn is_token68(bytes: &[u8]) -> bool {
    let end = bytes
        .iter()
        .rposition(|byte| *byte != b'=')
        .map_or(0, |last| last + 1);
    end > 0
        && bytes[..end]
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(byte))
}

fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn in_query(places: &Places<'_>) -> Option<String> {
    let query = places.query?;
    let names = ["access_token", "token", "api_key"];
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, value)| names.contains(&name.as_ref()) && !value.is_empty())
        .map(|(_, value)| value.into_owned())
}

/// `access_token` as a form field (RFC 6750 §2.2) or as a JSON member, which no standard knows.
fn in_body(places: &Places<'_>) -> Option<String> {
    const NAME: &[u8] = b"access_token";
    if !places.body.windows(NAME.len()).any(|window| window == NAME) {
        return None;
    }
    if let Ok(serde_json::Value::Object(members)) = serde_json::from_slice(places.body) {
        return members
            .get("access_token")
            .and_then(|value| value.as_str())
            .map(str::to_owned);
    }
    url::form_urlencoded::parse(places.body)
        .find(|(name, value)| name == "access_token" && !value.is_empty())
        .map(|(_, value)| value.into_owned())
}

fn in_cookie(headers: &HeaderMap) -> Option<String> {
    let cookies = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    cookies.flat_map(|line| line.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == "access_token").then(|| percent_decode_str(value).decode_utf8_lossy().into_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn healthy(lines: &[&[u8]]) -> Presented {
        read(lines, &DefectSet::default())
    }

    fn read(lines: &[&[u8]], defects: &DefectSet) -> Presented {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(AUTHORIZATION, http::HeaderValue::from_bytes(line).unwrap());
        }
        present(
            &Places {
                headers: &headers,
                query: None,
                body: b"",
            },
            defects,
        )
    }

    #[test]
    fn presentations() {
        let token = |text: &str| Presented::Token(text.to_owned());
        let table: &[(&[&[u8]], Presented)] = &[
            (&[], Presented::Nothing),
            (&[b"Bearer abc"], token("abc")),
            (&[b"bEaReR abc"], token("abc")),
            (&[b"Bearer    abc"], token("abc")),
            (&[b"Bearer abc=="], token("abc==")),
            (&[b"Basic abc"], Presented::Nothing),
            (&[b"XBearer abc"], Presented::Nothing),
            (&[b""], Presented::Malformed(Malformed::Empty)),
            (&[b"abc"], Presented::Malformed(Malformed::NoScheme)),
            (&[b"Bearerabc"], Presented::Malformed(Malformed::NoScheme)),
            (&[b"Bearer: abc"], Presented::Malformed(Malformed::NoScheme)),
            (&[b"Bearer\tabc"], Presented::Malformed(Malformed::NoScheme)),
            (&[b"Bearer"], Presented::Malformed(Malformed::NoToken)),
            (&[b"Bearer \"\""], Presented::Malformed(Malformed::Characters)),
            (&[b"Bearer a=b"], Presented::Malformed(Malformed::Characters)),
            (&[b"Bearer a\xff"], Presented::Malformed(Malformed::Characters)),
            (&[b"Bearer a, Bearer b"], Presented::Malformed(Malformed::List)),
            (
                &[b"Bearer a", b"Bearer b"],
                Presented::Malformed(Malformed::SeveralLines),
            ),
        ];
        for (lines, expected) in table {
            assert_eq!(&healthy(lines), expected, "{lines:?}");
        }
        let long = vec![b'a'; LONGEST + 1];
        assert_eq!(healthy(&[&long]), Presented::Malformed(Malformed::Overlong));
    }

    #[test]
    fn a_second_method_is_refused_and_alone_it_is_nothing() {
        let mut headers = HeaderMap::new();
        let body = br#"{"access_token":"abc"}"#;
        for (query, body) in [
            (Some("access_token=abc"), b"".as_slice()),
            (None, body),
            (None, b"access_token=abc"),
        ] {
            headers.remove(AUTHORIZATION);
            assert_eq!(
                present(
                    &Places {
                        headers: &headers,
                        query,
                        body
                    },
                    &DefectSet::default()
                ),
                Presented::Nothing
            );
            headers.insert(AUTHORIZATION, http::HeaderValue::from_static("Bearer abc"));
            assert_eq!(
                present(
                    &Places {
                        headers: &headers,
                        query,
                        body
                    },
                    &DefectSet::default()
                ),
                Presented::Malformed(Malformed::TwoMethods)
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn only_token68_ever_becomes_a_token(value in proptest::collection::vec(0x20_u8..=0xff, 0..60)) {
            let value: Vec<u8> = value.into_iter().filter(|byte| *byte != 0x7f).collect();
            let spelled = [b"Bearer ".as_slice(), &value].concat();
            if let Presented::Token(token) = healthy(&[&spelled]) {
                proptest::prop_assert!(is_token68(token.as_bytes()));
                proptest::prop_assert_eq!(token.as_bytes(), value.trim_ascii());
            }
        }
    }
}
