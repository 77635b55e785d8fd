//! From a message to the headers of its delivery.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::key::{Key, unhex};
use super::scheme::{Digest, Encoding, Part, Scheme};

/// What a signature is over.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// Of the event; the same on every attempt.
    pub id: &'a str,
    /// Seconds since 1970, as written.
    pub timestamp: &'a str,
    /// Exactly the bytes that are sent.
    pub body: &'a [u8],
}

/// The bytes that are signed.
pub fn content(scheme: &Scheme, message: &Message<'_>) -> Vec<u8> {
    let parts = scheme.signed.iter().map(|part| match part {
        Part::Id => message.id.as_bytes(),
        Part::Timestamp => message.timestamp.as_bytes(),
        Part::Body => message.body,
        Part::Text(text) => text.as_bytes(),
    });
    parts.collect::<Vec<_>>().concat()
}

/// A signature as it is written; `None` where the key does not fit the digest.
pub fn entry(scheme: &Scheme, digest: Digest, key: &Key, message: &Message<'_>) -> Option<String> {
    let signature = key.sign(digest, &content(scheme, message))?;
    Some(written(scheme.encoding, &signature))
}

/// A signature that is right in its first bytes and wrong in all that follow; `None` where the text is none.
pub fn spoilt(scheme: &Scheme, signature: &str, keeps: usize) -> Option<String> {
    let mut bytes = match scheme.encoding {
        Encoding::Base64 => STANDARD.decode(signature).ok()?,
        Encoding::Hex => unhex(signature)?,
    };
    bytes.iter_mut().skip(keeps).for_each(|byte| *byte = !*byte);
    Some(written(scheme.encoding, &bytes))
}

fn written(encoding: Encoding, bytes: &[u8]) -> String {
    match encoding {
        Encoding::Base64 => STANDARD.encode(bytes),
        Encoding::Hex => bytes.iter().fold(String::new(), |mut text, byte| {
            // Writing to a text cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        }),
    }
}

/// The headers of a delivery, with these signatures under their labels.
pub fn headers(
    scheme: &Scheme,
    id: &str,
    timestamp: &str,
    entries: &[(String, String)],
) -> Vec<(String, String)> {
    let labelled = |label: &str, value: &str| match label {
        "" => value.to_owned(),
        label => format!("{label}{}{value}", scheme.joint),
    };
    let stamp = scheme
        .timestamp_label
        .as_deref()
        .map(|label| labelled(label, timestamp));
    let written: Vec<String> = stamp
        .into_iter()
        .chain(entries.iter().map(|(label, value)| labelled(label, value)))
        .collect();
    let mut headers = Vec::new();
    if let Some(name) = &scheme.headers.id {
        headers.push((name.clone(), id.to_owned()));
    }
    if let Some(name) = &scheme.headers.timestamp {
        headers.push((name.clone(), timestamp.to_owned()));
    }
    headers.push((scheme.headers.signature.clone(), written.join(&scheme.between)));
    headers
}
