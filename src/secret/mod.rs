//! Credentials and the only door through which text reaches a record.
//!
//! May use `reports` (for the type of clean text). Must never print, log or write: it masks, and hands back.

mod encodings;
mod places;
mod scrubber;
mod value;

pub(crate) use encodings::spellings;
pub use scrubber::{RunKey, Scrubber};
pub use value::Secret;
