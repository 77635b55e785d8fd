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
        self.permit(caller, &self.inviting(caller, entity, id))?;
        if !self.users.contains_key(user) {
            return Err(Refusal::not_found());
        }
        self.grant_role((entity, id), user, role)?;
        self.note_member(caller, now, (entity, id), user, "member added");
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
        let ends = |m: &Membership| m.id == id && m.role != Role::Owner && !m.ended;
        if !self.memberships.of(user).any(ends) {
            return Err(Refusal::not_found());
        }
        self.remove_member(user, Some(id));
        self.note_member(caller, now, (entity, id), user, "member removed");
        Ok(())
    }

    /// Gives a member another role.
    ///
    /// # Errors
    /// As for [`Platform::add_member`]; 404 for a user who is no member.
    pub fn update_member(
        &mut self,
        caller: &Caller,
        now: i64,
        (entity, id): (Entity, &str),
        user: &str,
        role: Role,
    ) -> Result<(), Refusal> {
        self.permit(caller, &administration(entity, id))?;
        if self.direct_role(user, id).is_none() {
            return Err(Refusal::not_found());
        }
        self.grant_role((entity, id), user, role)?;
        self.note_member(caller, now, (entity, id), user, "member's role changed");
        Ok(())
    }

    /// Ownership is handed over, never given or taken with a role.
    fn grant_role(&mut self, (entity, id): (Entity, &str), user: &str, role: Role) -> Result<(), Refusal> {
        if role > Role::Admin {
            return Err(Refusal::validation("role", "must be guest, member or admin"));
        }
        if self.direct_role(user, id) == Some(Role::Owner) {
            return Err(Refusal::validation(
                "user_id",
                "is the owner, who hands over first",
            ));
        }
        self.set_role(entity, id, user, role);
        Ok(())
    }

    /// Makes this the one membership of a user in a thing.
    pub(super) fn set_role(&mut self, entity: Entity, id: &str, user: &str, role: Role) {
        self.memberships.forget(user, id);
        self.memberships.enter(Membership {
            user: user.to_owned(),
            entity,
            id: id.to_owned(),
            role,
            ended: false,
        });
    }

    /// What adding a member asks: to administer the thing; with the defect `agent-regrants`, to have done so once.
    pub fn inviting(&self, caller: &Caller, entity: Entity, id: &str) -> Demand {
        let once = |m: &Membership| m.id == id && m.role >= Role::Admin;
        if self.switches.transfer.regrants && self.memberships.of(&caller.user).any(once) {
            return Demand::own();
        }
        administration(entity, id)
    }

    fn note_member(
        &mut self,
        caller: &Caller,
        now: i64,
        (entity, id): (Entity, &str),
        user: &str,
        line: &str,
    ) {
        let event = "membership_updated";
        match entity {
            Entity::Org => self.note_org(caller, now, event, id, Some(user), line),
            _ => self.note(caller, now, event, Some(id), Some(user), line),
        }
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
