//! From the headers of a delivery to what is to be verified.

use http::HeaderMap;
use sha2::{Digest as _, Sha256};

use super::{Door, Said as Refused, subject};
use crate::authority::mint::hex;
use crate::defect::{DefectSet, whr};
use crate::serve::exchange::Exchange;

/// Seconds by which a timestamp may be off.
pub(super) const TOLERANCE: i64 = 300;
/// Signatures of one delivery that are looked at.
const MOST_ENTRIES: usize = 100;

/// A delivery whose signature is still to be verified.
#[derive(Debug, Default)]
pub(super) struct Delivery {
    /// What it is recognised by when it comes again.
    pub(super) key: String,
    /// What it is about.
    pub(super) subject: String,
    pub(super) id: String,
    /// As it is signed: as it was sent.
    pub(super) timestamp: String,
    /// Version and value, in order.
    pub(super) entries: Vec<(String, String)>,
    /// There is no signature; only the defect `missing-is-valid` goes on then.
    pub(super) unsigned: bool,
}

impl Delivery {
    pub(super) fn read(exchange: &Exchange<'_>, door: Door, now: i64) -> Result<Self, Refused> {
        if door == Door::Github {
            return github(exchange);
        }
        let (headers, defects) = (&exchange.head.headers, &exchange.view.defects);
        let unsigned = !headers.contains_key("webhook-signature") && defects.has(whr::MISSING_IS_VALID);
        let id = only(headers, "webhook-id")?;
        if id.is_empty() || (id.contains('.') && !defects.has(whr::DOT_SPLIT)) {
            return Err((400, "webhook-id is no id"));
        }
        let sent = only(headers, "webhook-timestamp")?;
        let timestamp = stamp(&sent, defects).ok_or((400, "webhook-timestamp is no number of seconds"))?;
        let age = now
            - timestamp
                .parse::<i64>()
                .map_err(|_| (400, "webhook-timestamp is too large"))?;
        let late = age > TOLERANCE;
        let early = age < -TOLERANCE && !defects.has(whr::ONE_SIDED_TOLERANCE);
        if (late || early) && !defects.has(whr::NO_TOLERANCE) {
            return Err((400, "webhook-timestamp is not of now"));
        }
        let list = if unsigned {
            String::new()
        } else {
            only(headers, "webhook-signature")?
        };
        let entries = entries(&list);
        Ok(Self {
            key: id.clone(),
            subject: subject(&exchange.body).unwrap_or_else(|| id.clone()),
            id,
            timestamp,
            entries,
            unsigned,
        })
    }

    /// Of what could not be read, for a defect that does not mind.
    pub(super) fn unread(exchange: &Exchange<'_>) -> Self {
        let subject = subject(&exchange.body).unwrap_or_default();
        Self {
            key: format!("unread/{subject}"),
            subject,
            ..Self::default()
        }
    }
}

/// The id of a delivery is not signed there, so the body is what it is recognised by.
fn github(exchange: &Exchange<'_>) -> Result<Delivery, Refused> {
    let headers = &exchange.head.headers;
    let id = only(headers, "x-github-delivery")?;
    let signature = only(headers, "x-hub-signature-256")?;
    let (version, value) = signature
        .split_once('=')
        .ok_or((400, "x-hub-signature-256 is no signature"))?;
    let digest = hex(&Sha256::digest(&exchange.body));
    let by_id = exchange.view.defects.has(whr::UNSIGNED_ID_DEDUPE);
    Ok(Delivery {
        key: if by_id { id.clone() } else { digest },
        subject: subject(&exchange.body).unwrap_or_else(|| id.clone()),
        id,
        timestamp: String::new(),
        entries: vec![(version.to_owned(), value.to_owned())],
        unsigned: false,
    })
}

/// Version and value of the signatures in a header, in order.
pub(super) fn entries(list: &str) -> Vec<(String, String)> {
    let entries = list.split(' ').filter_map(|one| one.split_once(','));
    entries
        .take(MOST_ENTRIES)
        .map(|(version, value)| (version.to_owned(), value.to_owned()))
        .collect()
}

/// Digits and nothing else, unless a defect reads a number and writes it down again.
fn stamp(sent: &str, defects: &DefectSet) -> Option<String> {
    if defects.has(whr::REPARSE_TIMESTAMP) {
        let number: f64 = sent.trim().parse().ok()?;
        return Some(format!("{number:.0}"));
    }
    let digits = !sent.is_empty() && sent.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| sent.to_owned())
}

/// The value of a header that must be there once.
pub(super) fn only(headers: &HeaderMap, name: &str) -> Result<String, Refused> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(String::from_utf8_lossy(value.as_bytes()).into_owned()),
        (None, _) => Err((400, "a header of the signature is missing")),
        (Some(_), Some(_)) => Err((400, "a header of the signature is there twice")),
    }
}
