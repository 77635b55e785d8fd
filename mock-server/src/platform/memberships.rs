//! Who is a member of what. Found by user: every decision asks for that, and a world may have thousands.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::Membership;

/// All memberships, those that ended among them.
#[derive(Debug, Clone, Default)]
pub(super) struct Memberships {
    /// By user, each with its number.
    by_user: BTreeMap<String, Vec<(u64, Membership)>>,
    entered: u64,
}

impl Memberships {
    /// Those of a user, in the order they were entered.
    pub(super) fn of(&self, user: &str) -> impl Iterator<Item = &Membership> {
        let own = self.by_user.get(user).into_iter().flatten();
        own.map(|(_, membership)| membership)
    }

    pub(super) fn of_mut(&mut self, user: &str) -> impl Iterator<Item = &mut Membership> {
        let own = self.by_user.get_mut(user).into_iter().flatten();
        own.map(|(_, membership)| membership)
    }

    /// All of them, in the order they were entered.
    pub(super) fn all(&self) -> Vec<&Membership> {
        let mut all: Vec<&(u64, Membership)> = self.by_user.values().flatten().collect();
        all.sort_by_key(|(number, _)| *number);
        all.into_iter().map(|(_, membership)| membership).collect()
    }

    pub(super) fn enter(&mut self, membership: Membership) {
        self.entered += 1;
        let own = self.by_user.entry(membership.user.clone()).or_default();
        own.push((self.entered, membership));
    }

    /// Forgets those of a user in one thing.
    pub(super) fn forget(&mut self, user: &str, id: &str) {
        if let Some(own) = self.by_user.get_mut(user) {
            own.retain(|(_, membership)| membership.id != id);
        }
    }
}

impl Serialize for Memberships {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.all())
    }
}
