//! Handing an organisation over: an agent makes a claim token, a person claims it and owns the organisation from then
//! on, and the agent stays an administrator until the owner ends that. An owner may also name a member its successor.

use serde::Serialize;

use super::{Caller, Demand, Entity, Mode, Platform, Refusal, Role, UserKind, administration, stamp};

/// How long a claim token lives, in seconds.
const LIFE: i64 = 72 * 3600;
/// How many of one organisation may be open at once.
const OPEN: usize = 5;

/// A claim token as it is kept. Its value is not: it follows from the id.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Claim {
    id: String,
    org: String,
    /// Who made it, and by which credential.
    user: String,
    credential: String,
    /// The address of the only person who may use it; `None` is anybody.
    email: Option<String>,
    created: i64,
    expires: i64,
    /// It was used, taken back, or overtaken by another.
    ended: bool,
}

/// A claim token as its organisation's administrators see it after the first time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClaimView {
    /// Opaque id.
    pub id: String,
    /// The organisation.
    pub org_id: String,
    /// The only person who may use it, if it is meant for one.
    pub email: Option<String>,
    /// When it was made.
    pub created: String,
    /// When it ends.
    pub expires: String,
    /// Whether it can still be used.
    pub active: bool,
}

impl Platform {
    /// Makes a claim token: what it says of itself, and its value, 64 characters that are shown this once.
    ///
    /// # Errors
    /// 403 for whoever does not own the organisation with an agent's account; 412 while five are open.
    pub fn create_claim(
        &mut self,
        caller: &Caller,
        now: i64,
        org: &str,
        email: Option<&str>,
    ) -> Result<(ClaimView, String), Refusal> {
        self.owns(caller, Entity::Org, org)?;
        if self.kind_of(caller) != Some(UserKind::Agent) {
            return Err(Refusal::agents_only());
        }
        if self.claims_of(org).filter(|claim| claim.open(now)).count() >= OPEN {
            return Err(Refusal::too_many_claims());
        }
        let claim = Claim {
            id: self.next_id("e"),
            org: org.to_owned(),
            user: caller.user.clone(),
            credential: caller.credential.clone(),
            email: email.map(str::to_owned),
            created: now,
            expires: now + LIFE,
            ended: false,
        };
        let (view, value) = (claim.view(now), self.claim_value(&claim.id));
        let event = "org_transfer_token_created";
        self.note_transfer(caller, now, event, org, Some(&claim.id), "claim token made");
        self.claims.push(claim);
        Ok((view, value))
    }

    /// The claim tokens of an organisation, oldest first, without their values.
    pub fn list_claims(&self, caller: &Caller, now: i64, org: &str) -> Result<Vec<ClaimView>, Refusal> {
        self.permit(caller, &Demand::org(org, Mode::Rwa))?;
        Ok(self.claims_of(org).map(|claim| claim.view(now)).collect())
    }

    /// Takes a claim token back.
    pub fn delete_claim(&mut self, caller: &Caller, now: i64, org: &str, id: &str) -> Result<(), Refusal> {
        self.permit(caller, &Demand::org(org, Mode::Rwa))?;
        let own = |claim: &&mut Claim| claim.org == org && claim.id == id && !claim.ended;
        let claim = self.claims.iter_mut().find(own).ok_or_else(Refusal::not_found)?;
        claim.ended = true;
        let event = "org_transfer_token_deleted";
        self.note_transfer(caller, now, event, org, Some(id), "claim token taken back");
        Ok(())
    }

    /// Takes an organisation over: the caller owns it and its maker's workspaces, the maker administers them, and no
    /// other claim token of it is good any more.
    ///
    /// # Errors
    /// 403 for an agent; 404 for a token that is unknown, over, used, or another person's: one answer for all.
    pub fn claim_org(&mut self, caller: &Caller, now: i64, value: &str) -> Result<super::OrgView, Refusal> {
        self.permit(caller, &Demand::account(Mode::Rw))?;
        if self.kind_of(caller) != Some(UserKind::Human) {
            return Err(Refusal::people_only());
        }
        let found = self
            .claims
            .iter()
            .find(|claim| self.claim_value(&claim.id) == value);
        let claim = found.ok_or_else(Refusal::not_found)?.clone();
        let switches = self.switches.transfer;
        let unused = !claim.ended || switches.reusable || switches.looked_free;
        let in_time = now < claim.expires || switches.immortal;
        let own = self.user(&caller.user).map(|user| user.email.as_str());
        let meant = switches.unbound || claim.email.is_none() || claim.email.as_deref() == own;
        if !(unused && in_time && meant) {
            return Err(Refusal::not_found());
        }
        self.hand_over(Entity::Org, &claim.org, &claim.user, &caller.user);
        if switches.kills_token {
            self.keys.revoke(&claim.credential, now);
        }
        let line = "organisation claimed";
        self.note_transfer(
            caller,
            now,
            "org_transfer_completed",
            &claim.org,
            Some(&claim.id),
            line,
        );
        self.org_details(caller, &claim.org)
    }

    /// Makes another member the owner; the old one administers from then on.
    ///
    /// # Errors
    /// 403 for whoever does not own it; 404 for a user who is no member.
    pub fn transfer_ownership(
        &mut self,
        caller: &Caller,
        now: i64,
        (entity, id): (Entity, &str),
        user: &str,
    ) -> Result<(), Refusal> {
        self.owns(caller, entity, id)?;
        if user == caller.user {
            return Err(Refusal::validation("user_id", "owns it already"));
        }
        if self.direct_role(user, id).is_none() {
            return Err(Refusal::not_found());
        }
        self.hand_over(entity, id, &caller.user, user);
        let line = "ownership handed over";
        match entity {
            Entity::Org => {
                self.note_transfer(caller, now, "org_transfer_completed", id, Some(user), line);
            }
            _ => self.note(caller, now, "membership_updated", Some(id), Some(user), line),
        }
        Ok(())
    }

    /// Whether any claim token that fits can be used now.
    pub fn any_claim(&self, now: i64, fits: impl Fn(&str) -> bool) -> bool {
        let mut open = self.claims.iter().filter(|claim| claim.open(now));
        open.any(|claim| fits(&self.claim_value(&claim.id)))
    }

    /// Ownership goes from one to the other in one step: there is never none, and never two.
    fn hand_over(&mut self, entity: Entity, id: &str, from: &str, to: &str) {
        let inside: Vec<String> = match entity {
            Entity::Org => {
                let places = self.workspaces.values().filter(|place| place.org == id);
                let owned = places.filter(|place| self.direct_role(from, &place.id) == Some(Role::Owner));
                owned.map(|place| place.id.clone()).collect()
            }
            _ => Vec::new(),
        };
        self.swap(entity, id, from, to);
        for place in inside {
            self.swap(Entity::Workspace, &place, from, to);
        }
        if entity != Entity::Org {
            return;
        }
        for claim in self.claims.iter_mut().filter(|claim| claim.org == id) {
            claim.ended = true;
        }
        if let Some(org) = self.orgs.get_mut(id)
            && !self.switches.transfer.stale_owner
        {
            to.clone_into(&mut org.owner);
        }
        if self.switches.transfer.follows_owner {
            self.follow(from, to);
        }
    }

    fn swap(&mut self, entity: Entity, id: &str, from: &str, to: &str) {
        self.set_role(entity, id, from, Role::Admin);
        self.set_role(entity, id, to, Role::Owner);
    }

    /// The defect `admin-of-owner`: whoever handed something over administers all that its new owner owns.
    fn follow(&mut self, from: &str, to: &str) {
        let owned = self.memberships.of(to);
        let owned = owned.filter(|m| m.role == Role::Owner && !m.ended);
        let owned: Vec<(Entity, String)> = owned.map(|m| (m.entity, m.id.clone())).collect();
        for (entity, id) in owned {
            self.set_role(entity, &id, from, Role::Admin);
        }
    }

    /// What only an owner may do, and only with administration mode.
    fn owns(&self, caller: &Caller, entity: Entity, id: &str) -> Result<(), Refusal> {
        self.permit(caller, &administration(entity, id))?;
        let role = match entity {
            Entity::Workspace => self.workspace_role(&caller.user, id),
            _ => self.direct_role(&caller.user, id),
        };
        if role == Some(Role::Owner) {
            return Ok(());
        }
        Err(Refusal::role())
    }

    fn kind_of(&self, caller: &Caller) -> Option<UserKind> {
        self.user(&caller.user).map(|user| user.kind)
    }

    fn claims_of<'a>(&'a self, org: &'a str) -> impl Iterator<Item = &'a Claim> {
        self.claims.iter().filter(move |claim| claim.org == org)
    }

    fn claim_value(&self, id: &str) -> String {
        self.seal(&format!("claim/{id}")) + &self.seal(&format!("claim/more/{id}"))
    }

    fn note_transfer(
        &mut self,
        caller: &Caller,
        now: i64,
        event: &str,
        org: &str,
        object: Option<&str>,
        line: &str,
    ) {
        if !self.switches.transfer.unlogged {
            self.note_org(caller, now, event, org, object, line);
        }
    }
}

impl Claim {
    fn open(&self, now: i64) -> bool {
        !self.ended && now < self.expires
    }

    fn view(&self, now: i64) -> ClaimView {
        ClaimView {
            id: self.id.clone(),
            org_id: self.org.clone(),
            email: self.email.clone(),
            created: stamp(self.created),
            expires: stamp(self.expires),
            active: self.open(now),
        }
    }
}
