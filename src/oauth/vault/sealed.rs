//! A grant as it lies on a disk: JSON, sealed by `age` (age-encryption.org/v1), which also finds what was cut off or
//! changed.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Grant, Key};

/// The version that is written.
pub(super) const FORMAT: u32 = 1;

/// What is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// Of this shape.
    pub(super) format: u32,
    /// The lease it was committed under. Counting goes on from it where the lease file is lost.
    pub(super) fencing: u64,
    /// The grant.
    pub(super) grant: Grant,
}

/// Why sealed bytes cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// With another key.
    OtherKey,
    /// Of a later version.
    Newer(u32),
    /// Anything else.
    Damaged(String),
}

pub(super) fn seal(record: &Record, key: &Key) -> Result<Vec<u8>, String> {
    let plain = Zeroizing::new(serde_json::to_vec(record).map_err(|error| error.to_string())?);
    age::encrypt(&key.identity.to_public(), &plain).map_err(|error| error.to_string())
}

pub(super) fn open(sealed: &[u8], key: &Key) -> Result<Record, Unreadable> {
    let plain = age::decrypt(&key.identity, sealed).map_err(|error| match error {
        age::DecryptError::NoMatchingKeys => Unreadable::OtherKey,
        age::DecryptError::Io(_) => Unreadable::Damaged("cut short, or changed".to_owned()),
        age::DecryptError::InvalidHeader | age::DecryptError::UnknownFormat => {
            Unreadable::Damaged("its head is not one of age".to_owned())
        }
        _ => Unreadable::Damaged("it was changed".to_owned()),
    })?;
    let plain = Zeroizing::new(plain);
    match serde_json::from_slice::<Record>(&plain) {
        Ok(record) if record.format == FORMAT => Ok(record),
        Ok(record) => Err(Unreadable::Newer(record.format)),
        Err(_) => Err(later(&plain)),
    }
}

/// A later version may have another shape; its number stands in the same place. The parser's words could quote what
/// is sealed, so they are left out.
fn later(plain: &[u8]) -> Unreadable {
    #[derive(Deserialize)]
    struct Head {
        format: u32,
    }
    match serde_json::from_slice::<Head>(plain) {
        Ok(head) if head.format > FORMAT => Unreadable::Newer(head.format),
        _ => Unreadable::Damaged("what is sealed is no login".to_owned()),
    }
}

#[cfg(test)]
#[path = "sealed_tests.rs"]
mod tests;
