//! What a subscription is known by.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::authority::mint::hex;
use crate::defect::{DefectSet, evs};

/// Principal, address, name and arguments; none of the four ever changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// The credential: the id of an API key, or that of a grant, which outlives its access tokens.
    pub(crate) principal: String,
    pub(crate) url: String,
    pub(crate) name: String,
    pub(crate) arguments: Value,
}

impl Key {
    /// The id that follows from it, the same for ever. It may be logged, and opens nothing.
    pub(super) fn id(&self, defects: &DefectSet) -> String {
        let mut arguments = self.arguments.clone();
        if !defects.has(evs::KEY_ORDER_ID) {
            arguments.sort_all_objects();
        }
        let principal = if defects.has(evs::KEY_NO_PRINCIPAL) {
            ""
        } else {
            &self.principal
        };
        let whole = json!([principal, self.url, self.name, arguments]).to_string();
        let mut id = hex(&Sha256::digest(whole));
        id.truncate(32);
        format!("sub_{id}")
    }
}
