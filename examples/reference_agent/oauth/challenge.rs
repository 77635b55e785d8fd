//! WWW-Authenticate, read whole (RFC 9110 §11.6.1): several fields, several challenges in one, quoted commas, token68.

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

use crate::habits::{self, on};

/// One challenge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Challenge {
    scheme: String,
    /// Names in lower case.
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// A parameter's value.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(key, _)| key == name)?;
        Some(found.1.as_str())
    }

    fn is_bearer(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("bearer")
    }
}

/// The challenge for a bearer token; of several the one that says where metadata is.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<Challenge> {
    let fields = headers.get_all(WWW_AUTHENTICATE).iter();
    let mut all: Vec<Challenge> = fields
        .filter_map(|field| field.to_str().ok())
        .flat_map(read)
        .collect();
    if on(habits::FIRST_CHALLENGE_ONLY) {
        all.truncate(1);
    }
    all.retain(Challenge::is_bearer);
    let told = all
        .iter()
        .position(|challenge| challenge.get("resource_metadata").is_some());
    (!all.is_empty()).then(|| all.swap_remove(told.unwrap_or(0)))
}

fn read(field: &str) -> Vec<Challenge> {
    let mut challenges: Vec<Challenge> = Vec::new();
    for item in items(field) {
        // `scheme`, `scheme token68`, `scheme name=value` or `name=value`
        let item = item.trim();
        let (head, rest) = item
            .split_once([' ', '\t'])
            .map_or((item, ""), |(head, rest)| (head, rest.trim()));
        if !head.contains('=') && !rest.starts_with('=') {
            challenges.push(Challenge {
                scheme: head.to_owned(),
                parameters: Vec::new(),
            });
            push(&mut challenges, rest);
        } else {
            push(&mut challenges, item);
        }
    }
    challenges
}

fn push(challenges: &mut [Challenge], text: &str) {
    if let (Some(challenge), Some((name, value))) = (challenges.last_mut(), text.split_once('=')) {
        challenge
            .parameters
            .push((name.trim().to_ascii_lowercase(), unquoted(value.trim())));
    }
}

/// The items between commas that are not quoted.
fn items(field: &str) -> Vec<&str> {
    let (mut items, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, byte) in field.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted || on(habits::SPLIT_COMMA) => {
                items.push(&field[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    items.push(&field[start..]);
    items.retain(|item| !item.trim().is_empty());
    items
}

fn unquoted(value: &str) -> String {
    let Some(inside) = value.strip_prefix('"') else {
        return value.to_owned();
    };
    let mut text = String::new();
    let mut escaped = false;
    for letter in inside.chars() {
        match letter {
            _ if escaped => {
                text.push(letter);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => break,
            _ => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(fields: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(WWW_AUTHENTICATE, field.parse().unwrap());
        }
        bearer(&headers)?.get("resource_metadata").map(str::to_owned)
    }

    #[test]
    fn shapes() {
        for fields in [
            &["Bearer resource_metadata=\"https://a/m\""][..],
            &["bearer realm=\"x\", RESOURCE_METADATA=\"https://a/m\""],
            &["Basic realm=\"a, b\", Bearer resource_metadata=\"https://a/m\", error=\"invalid_token\""],
            &[
                "Negotiate dG9rZW42OA==, Bearer error_description=\"a, \\\"b\\\" = c\" , resource_metadata=\"https://a/m\"",
            ],
            &["Negotiate", "BEARER resource_metadata = https://a/m"],
            &["Bearer", "Bearer resource_metadata=\"https://a/m\""],
            &[
                "Unknown a=1, b=\"Bearer resource_metadata=\\\"https://evil\\\"\",\tBearer\tresource_metadata=\"https://a/m\"",
            ],
        ] {
            assert_eq!(metadata(fields).as_deref(), Some("https://a/m"), "{fields:?}");
        }
        assert_eq!(
            metadata(&["Basic realm=\"Bearer resource_metadata=https://a/m\""]),
            None
        );
    }
}
