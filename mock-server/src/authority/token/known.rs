//! Signatures that were checked before. A signature does not change: what is asked at each request is whether the token is
//! for this resource, whether its time is over, and whether its grant stands. Checking one takes longer than all else.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use super::{Asked, Claims, jws};
use crate::authority::gate::Denial;
use crate::authority::oauth::client::Hashed;
use crate::defect::DefectSet;

/// Tokens of one generation; there are two.
const MOST: usize = 8_192;

/// Claims of tokens whose signatures hold, by their text. The older half goes when the younger one is full.
#[derive(Default)]
pub(crate) struct Known {
    /// Under which defects they were checked: others check otherwise.
    under: Option<Arc<DefectSet>>,
    young: BTreeMap<Hashed, Arc<Claims>>,
    old: BTreeMap<Hashed, Arc<Claims>>,
}

impl Known {
    fn get(&mut self, text: &Hashed, defects: &Arc<DefectSet>) -> Option<Arc<Claims>> {
        if !self
            .under
            .as_ref()
            .is_some_and(|under| Arc::ptr_eq(under, defects))
        {
            *self = Self {
                under: Some(Arc::clone(defects)),
                ..Self::default()
            };
        }
        if let Some(claims) = self.young.get(text) {
            return Some(Arc::clone(claims));
        }
        let claims = self.old.remove(text)?;
        self.keep(text.clone(), Arc::clone(&claims));
        Some(claims)
    }

    fn keep(&mut self, text: Hashed, claims: Arc<Claims>) {
        if self.young.len() >= MOST {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(text, claims);
    }
}

/// The claims of a token whose signature holds, checked now or before.
pub(super) fn claims(asked: &Asked<'_>, text: &str) -> Result<Arc<Claims>, Denial> {
    if asked.fetched.is_some() {
        return jws::claims(asked, text).map(Arc::new);
    }
    let (hashed, defects) = (Hashed::of(text), &asked.view.defects);
    let known = asked.world.known_tokens().get(&hashed, defects);
    if let Some(claims) = known {
        return Ok(claims);
    }
    let claims = Arc::new(jws::claims(asked, text)?);
    asked.world.known_tokens().keep(hashed, Arc::clone(&claims));
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_bounded_and_goes_with_the_defects() {
        let (mut known, defects) = (Known::default(), Arc::new(DefectSet::default()));
        let text = |n: usize| Hashed::of(&n.to_string());
        assert!(known.get(&text(0), &defects).is_none());
        for n in 0..=2 * MOST {
            known.keep(text(n), Arc::default());
        }
        assert!(known.young.len() + known.old.len() <= 2 * MOST);
        assert!(known.get(&text(0), &defects).is_none());
        // What is used again outlives its generation.
        assert!(known.get(&text(2 * MOST - 1), &defects).is_some());
        let others = Arc::new(DefectSet::default());
        assert!(known.get(&text(2 * MOST - 1), &others).is_none());
    }
}
