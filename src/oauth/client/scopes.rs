//! What to ask for (MCP 2025-11-25, "Scope Selection Strategy", "Step-Up Authorization Flow").

use std::collections::BTreeSet;

use super::Wishes;
use super::discover::{Discovered, words};
use crate::oauth::challenge::Challenge;

pub(super) const OFFLINE: &str = "offline_access";

/// What was wished, else the scope of the challenge, else all that the resource names, else nothing; with
/// `offline_access` where a person will be gone later (`offline`) and the server knows it, for a refresh token.
pub(super) fn to_ask_for(wishes: &Wishes, found: &Discovered, offline: bool) -> Vec<String> {
    if let Some(wished) = &wishes.scopes {
        return wished.clone();
    }
    let named = found.challenged.clone().or_else(|| found.supported.clone());
    let mut scopes = named.unwrap_or_default();
    let knows = found
        .server
        .scopes
        .as_ref()
        .is_some_and(|all| all.iter().any(|one| one == OFFLINE));
    if offline && knows && !scopes.iter().any(|one| one == OFFLINE) {
        scopes.push(OFFLINE.to_owned());
    }
    scopes
}

/// Whether consent must be asked for again: some servers give no offline access without (OpenID Connect Core 1.0 §11).
pub(super) fn wants_consent(scopes: &[String]) -> bool {
    scopes.iter().any(|one| one == OFFLINE)
}

/// Asks for more where an endpoint says that the scope was not enough, a bounded number of times.
#[derive(Debug, Clone)]
pub struct StepUp {
    asked: BTreeSet<String>,
    left: u8,
}

impl StepUp {
    /// After a grant with that scope.
    pub fn from(scope: &[String]) -> Self {
        Self {
            asked: scope.iter().cloned().collect(),
            left: 3,
        }
    }

    /// What to ask for after a 403 with `insufficient_scope`: what was there and what is missing (RFC 6750 §3.1).
    /// `None`: that is no such challenge, it names nothing new, or it was tried often enough.
    pub fn after(&mut self, challenge: &Challenge) -> Option<Vec<String>> {
        if challenge.param("error") != Some("insufficient_scope") || self.left == 0 {
            return None;
        }
        let before = self.asked.len();
        self.asked
            .extend(challenge.param("scope").map(words).unwrap_or_default());
        if self.asked.len() == before {
            return None;
        }
        self.left -= 1;
        Some(self.asked.iter().cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::challenge::parse;

    fn after(step_up: &mut StepUp, field: &str) -> Option<String> {
        let challenges = parse(&[field.as_bytes()]);
        Some(
            step_up
                .after(challenges.of("Bearer").expect("a challenge"))?
                .join(" "),
        )
    }

    #[test]
    fn a_step_up_asks_for_the_union_and_ends() {
        let mut step_up = StepUp::from(&["b".to_owned()]);
        let need = |scope| format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
        assert_eq!(
            after(&mut step_up, "Bearer error=\"invalid_token\", scope=\"a\""),
            None
        );
        assert_eq!(after(&mut step_up, "Bearer error=\"insufficient_scope\""), None);
        assert_eq!(after(&mut step_up, &need("a")), Some("a b".to_owned()));
        assert_eq!(after(&mut step_up, &need("a b")), None);
        assert_eq!(after(&mut step_up, &need("c")), Some("a b c".to_owned()));
        assert_eq!(after(&mut step_up, &need("d")), Some("a b c d".to_owned()));
        assert_eq!(after(&mut step_up, &need("e")), None);
    }
}
