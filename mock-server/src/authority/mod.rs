//! Who is asking: credentials from their presentation in a request to a decision.
//!
//! Uses `platform` (key records) and `defect`. Must never run a tool or touch an object, and never hands a
//! token's text to anything that writes.

pub(crate) mod bucket;
pub(crate) mod cache;
pub(crate) mod challenge;
pub(crate) mod crowd;
pub(crate) mod dialect;
pub(crate) mod gate;
pub(crate) mod grants;
pub(crate) mod issuer;
pub(crate) mod lookup;
pub(crate) mod metadata;
pub(crate) mod meter;
pub(crate) mod mint;
pub(crate) mod oauth;
pub(crate) mod outage;
pub(crate) mod presentation;
pub(crate) mod protected;
pub(crate) mod refusal;
pub(crate) mod token;
