//! Signed webhooks: schemes as data, keys, signing, checking.
//!
//! A scheme says which headers a delivery carries, what its signature is over and how it is written ([`Scheme`]); the
//! ones everybody knows are [`named`](Scheme::named), a target file describes others. [`sign`](sign::headers) makes the
//! headers of a delivery, [`check`](check::check) says what those of a delivery that came are worth.
//!
//! May use `wire` and `secret`. Sends nothing, listens nowhere, knows no clock: the moment comes in with the call.
//! Signatures are compared in constant time, by the library.

mod check;
mod key;
mod scheme;
mod sign;

pub use check::{Checked, Entry, check};
pub use key::{BadKey, Key};
pub use scheme::{Digest, Encoding, KNOWN, Names, Part, Scheme, SecretForm, bad_signed};
pub use sign::{Message, content, entry, headers, spoilt};

#[cfg(test)]
mod tests;
