//! From a token to the key it is.
//!
//! The healthy way is the platform's exact lookup by hash. The other ways here are what defects do.

use crate::defect::{DefectSet, bearer, resource};
use crate::state::State;

/// Tokens in the clear, for the lookups that compare less than all of a token. Never exported.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Token and key id, in the order they were made.
    pub(crate) keys: Vec<(String, String)>,
    /// Secrets of other kinds.
    pub(crate) others: Vec<String>,
}

/// Characters a lookup by prefix compares: `fiok_` and seven more.
const PREFIX: usize = 12;
/// What is left of 72 bytes after a pepper of 32.
const HASHED: usize = 72 - 32;
/// Length of 256 bits in base64url, a common shape of random tokens; no key of ours has it.
const GUEST_LENGTH: usize = 43;

/// The id of the key this token is, whatever the key's state.
pub(crate) fn key_of(state: &State, defects: &DefectSet, token: &str) -> Option<String> {
    if let Some(found) = state.platform().keys.lookup(token) {
        return Some(found.id.clone());
    }
    let ledger = state.ledger();
    let same = |equal: &dyn Fn(&str) -> bool| {
        ledger
            .keys
            .iter()
            .find(|(known, _)| equal(known))
            .map(|(_, id)| id.clone())
    };
    if defects.has(bearer::CI_COLLATION) {
        return same(&|known| known.eq_ignore_ascii_case(token));
    }
    if defects.has(bearer::PREFIX_LOOKUP) {
        return same(&|known| token.len() >= PREFIX && known.get(..PREFIX) == token.get(..PREFIX));
    }
    if defects.has(bearer::BCRYPT_72) {
        return same(&|known| first(known, HASHED) == first(token, HASHED));
    }
    let typed = ledger.others.iter().any(|other| other == token);
    if typed && defects.has(bearer::TYPELESS_STORE) {
        return state.fixtures.reader_id();
    }
    if !typed && token.len() == GUEST_LENGTH && defects.has(resource::UNKNOWN_TOKEN_ACCEPTED) {
        return state.fixtures.reader_id();
    }
    None
}

fn first(text: &str, n: usize) -> &[u8] {
    &text.as_bytes()[..n.min(text.len())]
}
