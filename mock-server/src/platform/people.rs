//! Users, and the roles that make them members.

use serde::Serialize;

use super::scope::{Entity, Mode, Scope};
use super::{Flaw, Platform};

/// Who a user is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum UserKind {
    /// A person.
    Human,
    /// An agent with its own account.
    Agent,
}

/// One account.
#[derive(Debug, Clone, Serialize)]
pub struct User {
    /// Nineteen digits, the first is 2.
    pub id: String,
    /// A name that tells accounts of one fixture apart; shown in member lists.
    pub name: String,
    /// An address under `example.com`.
    pub email: String,
    /// Person or agent.
    pub kind: UserKind,
    /// The mark that only answers about this account itself hold.
    pub canary: String,
    /// Nothing acts for it any more.
    pub disabled: bool,
}

/// What a member may do. The order is the order of power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads.
    Guest,
    /// Reads and writes.
    Member,
    /// Administers.
    Admin,
    /// Owns.
    Owner,
}

impl Role {
    /// The widest mode a role fills.
    pub(super) fn reach(self) -> Mode {
        match self {
            Role::Guest => Mode::R,
            Role::Member => Mode::Rw,
            Role::Admin | Role::Owner => Mode::Rwa,
        }
    }
}

/// A user's role in one organisation or workspace.
#[derive(Debug, Clone, Serialize)]
pub struct Membership {
    /// Whose.
    pub user: String,
    /// In what kind of thing.
    pub entity: Entity,
    /// In which one.
    pub id: String,
    /// As what.
    pub role: Role,
    /// Somebody removed it.
    pub ended: bool,
}

impl Platform {
    /// Whether the account was closed, so that nothing may act for it.
    pub fn is_disabled(&self, user: &str) -> bool {
        self.users.get(user).is_some_and(|user| user.disabled)
    }

    /// The account of this name. Names tell accounts of one fixture apart.
    pub fn user_named(&self, name: &str) -> Option<&User> {
        self.users.values().find(|user| user.name == name)
    }

    /// What an account can grant of each workspace it has a role in, by workspace.
    pub fn grantable_by(&self, user: &str) -> Vec<Scope> {
        let rights = self.workspaces.keys().filter_map(|id| {
            let mode = self.workspace_role(user, id)?.reach();
            Some(Scope::on(Entity::Workspace, id, mode))
        });
        rights.collect()
    }

    /// As much of a right as an account's own role lets it grant; `None` when that is nothing.
    pub fn granted_of(&self, user: &str, asked: &Scope) -> Option<Scope> {
        let role = match (asked.entity, &asked.id) {
            (Entity::Workspace, Some(id)) => self.workspace_role(user, id)?,
            (Entity::Org, Some(id)) => self.direct_role(user, id)?,
            (Entity::User | Entity::UserDetails, Some(id)) if id != user => return None,
            // A right on all of a kind is no more than the roles behind it: they are asked again with each call.
            (Entity::Share, Some(_)) => return None,
            _ => Role::Owner,
        };
        let mode = asked.mode.min(role.reach());
        Some(Scope {
            mode,
            ..asked.clone()
        })
    }

    /// Closes an account, whoever asks. `false` when there is none of this id.
    pub fn disable(&mut self, user: &str) -> bool {
        self.users
            .get_mut(user)
            .map(|user| user.disabled = true)
            .is_some()
    }

    /// The role a user holds by a membership in exactly this thing.
    pub(super) fn direct_role(&self, user: &str, id: &str) -> Option<Role> {
        self.memberships
            .of(user)
            .filter(|m| m.id == id && self.counts(m))
            .map(|m| m.role)
            .max()
    }

    fn counts(&self, membership: &Membership) -> bool {
        !membership.ended || self.switches.flaws.has(Flaw::MemberForever)
    }

    /// Ends a user's memberships, in one thing or in all; whether there was one.
    pub fn remove_member(&mut self, user: &str, id: Option<&str>) -> bool {
        let mut found = false;
        for membership in self.memberships.of_mut(user) {
            if id.is_none_or(|id| membership.id == id) {
                membership.ended = true;
                found = true;
            }
        }
        found
    }

    /// The role a user has in a workspace: its own, or an administrator's inherited from the organisation.
    pub(super) fn workspace_role(&self, user: &str, workspace: &str) -> Option<Role> {
        let own = self.direct_role(user, workspace);
        let org = self
            .workspaces
            .get(workspace)
            .and_then(|ws| self.direct_role(user, &ws.org));
        own.max(org.filter(|&role| role >= Role::Admin))
    }

    /// Whether a user is a member of the organisation or of anything in it. Who is not, must not learn
    /// that the organisation exists.
    pub(super) fn acquainted(&self, user: &str, org: &str) -> bool {
        self.acquaintances(user).any(|known| known == org)
    }

    /// The organisations that a user is a member of, or of anything in them.
    pub(super) fn acquaintances(&self, user: &str) -> impl Iterator<Item = &String> {
        let counting = self.memberships.of(user).filter(|m| self.counts(m));
        counting.map(|m| self.workspaces.get(&m.id).map_or(&m.id, |place| &place.org))
    }
}
