//! Identifiers are compared code point by code point (RFC 8414 §4, RFC 9728 §6).

use url::Url;

use crate::habits::{self, on};

/// Whether two identifiers are the same.
pub(super) fn same(a: &str, b: &str) -> bool {
    a == b || (on(habits::URL_NORMALISE) && normalised(a) == normalised(b))
}

/// What only a wrong habit compares: lower-case host, no closing slash, nothing escaped.
fn normalised(text: &str) -> String {
    let address = Url::parse(text).map_or_else(|_| text.to_owned(), String::from);
    let bytes: Vec<u8> = url::form_urlencoded::parse(format!("x={}", address.replace('+', "%2B")).as_bytes())
        .flat_map(|(_, value)| value.into_owned().into_bytes())
        .collect();
    String::from_utf8_lossy(&bytes).trim_end_matches('/').to_owned()
}

/// Whether a login for `resource` is one for the endpoint: it is the endpoint, or what the endpoint lies under.
pub(crate) fn covers(resource: &str, endpoint: &str) -> bool {
    let under = endpoint.strip_prefix(resource.trim_end_matches('/'));
    resource == endpoint || under.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
