//! What the headers of a delivery are worth.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::key::{Key, unhex};
use super::scheme::{Encoding, Scheme};
use super::sign::{Message, content};

/// Entries of a signature header that are looked at.
const MOST_ENTRIES: usize = 100;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Some signature is of these bytes and one of these keys.
    pub valid: bool,
    /// What is missing or wrong, where nothing was to be verified.
    pub why: Option<String>,
    /// The id as sent.
    pub id: Option<String>,
    /// The timestamp as sent.
    pub timestamp: Option<String>,
    /// Seconds from the timestamp to the arrival; negative: it lies ahead.
    pub age: Option<i64>,
    /// In the order of the header.
    pub entries: Vec<Entry>,
}

/// A signature of the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its version.
    pub label: String,
    /// The place of the key that it is of, from 1.
    pub signer: Option<usize>,
}

impl Checked {
    /// As scenarios look at it: `valid`, `why`, `id`, `timestamp`, `age`, `count`, `versions`, `signers` (places of keys
    /// from 1, in order and once each).
    pub fn to_json(&self) -> Value {
        let versions: Vec<&str> = self.entries.iter().map(|entry| entry.label.as_str()).collect();
        let mut signers: Vec<usize> = self.entries.iter().filter_map(|entry| entry.signer).collect();
        signers.sort_unstable();
        signers.dedup();
        let mut members = json!({
            "valid": self.valid,
            "count": self.entries.len(),
            "versions": versions,
            "signers": signers,
        });
        let texts = [
            ("why", &self.why),
            ("id", &self.id),
            ("timestamp", &self.timestamp),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                members[name] = text.as_str().into();
            }
        }
        if let Some(age) = self.age {
            members["age"] = age.into();
        }
        members
    }
}

/// Looks at a delivery that came with these headers at that moment (seconds since 1970). Its age is told, not judged.
pub fn check(
    scheme: &Scheme,
    keys: &[Key],
    headers: &[(String, Vec<u8>)],
    body: &[u8],
    arrived: i64,
) -> Checked {
    let mut checked = Checked::default();
    let found = parts(scheme, headers, &mut checked);
    let whole = seconds(checked.timestamp.as_deref());
    checked.age = whole.map(|stamp| arrived.saturating_sub(stamp));
    let entries = match found {
        Ok(entries) => entries,
        Err(why) => {
            checked.why = Some(why);
            return checked;
        }
    };
    let content = content(
        scheme,
        &Message {
            id: checked.id.as_deref().unwrap_or_default(),
            timestamp: checked.timestamp.as_deref().unwrap_or_default(),
            body,
        },
    );
    for (label, written) in entries {
        let signer = scheme.digest(&label).and_then(|digest| {
            let signature = decoded(scheme.encoding, &written)?;
            let fits = |key: &Key| key.verifies(digest, &content, &signature);
            keys.iter().position(fits).map(|place| place + 1)
        });
        checked.entries.push(Entry { label, signer });
    }
    checked.valid = checked.entries.iter().any(|entry| entry.signer.is_some());
    if !checked.valid {
        checked.why = Some("no signature is of these bytes and a key that is known here".to_owned());
    }
    checked
}

/// Whole seconds without a sign.
fn seconds(text: Option<&str>) -> Option<i64> {
    text.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?
        .parse()
        .ok()
}

/// Id and timestamp go into `checked`; the labelled signatures come back.
fn parts(
    scheme: &Scheme,
    headers: &[(String, Vec<u8>)],
    checked: &mut Checked,
) -> Result<Vec<(String, String)>, String> {
    let id = scheme.headers.id.as_deref().map(|name| only(name, headers));
    let timestamp = scheme
        .headers
        .timestamp
        .as_deref()
        .map(|name| only(name, headers));
    let signature = only(&scheme.headers.signature, headers);
    let mut entries = Vec::new();
    for one in signature.as_deref().unwrap_or_default().split(&scheme.between) {
        let one = one.trim();
        let (label, value) = match one.split_once(&scheme.joint) {
            Some((label, value)) if !scheme.first_label().is_empty() => (label, value),
            _ => ("", one),
        };
        if scheme.timestamp_label.as_deref() == Some(label) {
            checked.timestamp.get_or_insert_with(|| value.to_owned());
        } else if !one.is_empty() && entries.len() < MOST_ENTRIES {
            entries.push((label.to_owned(), value.to_owned()));
        }
    }
    if let Some(Ok(id)) = &id {
        checked.id = Some(id.clone());
    }
    if let Some(Ok(timestamp)) = &timestamp {
        checked.timestamp = Some(timestamp.clone());
    }
    if let Some(label) = &scheme.timestamp_label
        && checked.timestamp.is_none()
    {
        return Err(format!("`{}` has no `{label}`", scheme.headers.signature));
    }
    id.transpose()?;
    timestamp.transpose()?;
    signature?;
    Ok(entries)
}

/// The value of a header that must be there once.
fn only(name: &str, headers: &[(String, Vec<u8>)]) -> Result<String, String> {
    let mut values = headers
        .iter()
        .filter(|(field, _)| field.eq_ignore_ascii_case(name));
    match (values.next(), values.next()) {
        (None, _) => Err(format!("there is no header `{name}`")),
        (Some(_), Some(_)) => Err(format!("there are several headers `{name}`")),
        (Some((_, value)), None) => Ok(String::from_utf8_lossy(value).into_owned()),
    }
}

fn decoded(encoding: Encoding, written: &str) -> Option<Vec<u8>> {
    match encoding {
        Encoding::Base64 => STANDARD.decode(written).ok(),
        Encoding::Hex => unhex(written),
    }
}
