//! Changing who is a member of what.

use super::{Caller, Demand, Entity, Membership, Mode, Platform, Refusal, Role};

impl Platform {
    /// Makes a user a member, or gives a member another role.
    ///
    /// # Errors
    /// 403 without administration mode or role; 404 for a user that is not there; 406 for a role above the caller's.
    pub fn add_member(
        &mut self,
        caller: &Caller,
        now: i64,
        (entity, id): (Entity, &str),
        user: &str,
        role: Role,
    ) -> Result<(), Refusal> {
        self.permit(caller, &administration(entity, id))?;
        if !self.users.contains_key(user) {
            return Err(Refusal::not_found());
        }
        if role > Role::Admin {
            return Err(Refusal::validation("role", "must be guest, member or admin"));
        }
        self.memberships.retain(|m| m.user != user || m.id != id);
        self.memberships.push(Membership {
            user: user.to_owned(),
            entity,
            id: id.to_owned(),
            role,
            ended: false,
        });
        self.note(
            caller,
            now,
            "membership_updated",
            place(entity, id),
            Some(user),
            "member added",
        );
        Ok(())
    }

    /// Ends a membership.
    pub fn expel_member(
        &mut self,
        caller: &Caller,
        now: i64,
        (entity, id): (Entity, &str),
        user: &str,
    ) -> Result<(), Refusal> {
        self.permit(caller, &administration(entity, id))?;
        let ends = |m: &Membership| m.user == user && m.id == id && m.role != Role::Owner && !m.ended;
        if !self.memberships.iter().any(ends) {
            return Err(Refusal::not_found());
        }
        self.remove_member(user, Some(id));
        self.note(
            caller,
            now,
            "membership_updated",
            place(entity, id),
            Some(user),
            "member removed",
        );
        Ok(())
    }
}

/// What administering an organisation or workspace asks.
pub fn administration(entity: Entity, id: &str) -> Demand {
    if entity == Entity::Org {
        Demand::org(id, Mode::Rwa)
    } else {
        Demand::workspace(id, Mode::Rwa)
    }
}

fn place(entity: Entity, id: &str) -> Option<&str> {
    (entity == Entity::Workspace).then_some(id)
}
