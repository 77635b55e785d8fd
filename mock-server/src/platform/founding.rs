//! Making organisations and workspaces. Whoever makes one owns it.

use super::draw::Draw;
use super::seedling::{Seedling, Size};
use super::{
    Caller, Credits, Demand, Entity, Membership, Mode, Org, OrgView, Platform, Refusal, Role, Storage,
    Workspace, WorkspaceView,
};

/// Credits for a workspace.
const COST: u32 = 1;

impl Platform {
    /// Makes an organisation that the caller owns.
    ///
    /// # Errors
    /// 403 without `user rw`; 409 for a domain that is taken; 406 for one that is no domain.
    pub fn create_org(
        &mut self,
        caller: &Caller,
        now: i64,
        domain: &str,
        name: &str,
    ) -> Result<OrgView, Refusal> {
        self.permit(caller, &Demand::account(Mode::Rw))?;
        check_domain(domain)?;
        if self.org_named(domain).is_some() {
            return Err(Refusal::taken("domain"));
        }
        let mut draw = self.next_draw();
        let org = Org {
            id: draw.profile_id('3'),
            domain: domain.to_owned(),
            name: name.to_owned(),
            canary: draw.canary(),
            created: now,
            owner: caller.user.clone(),
            credits: Credits::whole(now),
        };
        let id = org.id.clone();
        self.orgs.insert(id.clone(), org);
        self.own(Entity::Org, &id, &caller.user);
        self.note_org(caller, now, "org_created", &id, Some(&id), "organisation created");
        self.org_details(caller, &id)
    }

    /// Makes an empty workspace in an organisation.
    ///
    /// # Errors
    /// 403 without the right to write there; 409 for a folder name that is taken; 406 for one that is none; 402 without
    /// a credit.
    pub fn create_workspace(
        &mut self,
        caller: &Caller,
        now: i64,
        org: &str,
        folder_name: &str,
    ) -> Result<WorkspaceView, Refusal> {
        self.permit(caller, &Demand::org(org, Mode::Rw))?;
        check_domain(folder_name)?;
        let taken = |place: &Workspace| place.org == org && place.folder_name == folder_name;
        if self.workspaces.values().any(taken) {
            return Err(Refusal::taken("name"));
        }
        self.spend(now, org, COST)?;
        let mut draw = self.next_draw();
        let (id, canary) = (draw.profile_id('4'), draw.canary());
        let seedling = Seedling {
            seed: self.seed,
            label: format!("workspace/{id}"),
            canary: canary.clone(),
            created: now,
            size: Size::WHOLE,
        };
        let place = Workspace {
            id: id.clone(),
            org: org.to_owned(),
            folder_name: folder_name.to_owned(),
            canary,
            created: now,
            intelligence: true,
            storage: Storage::empty(seedling),
        };
        let line = format!("workspace created: {}", place.origin());
        self.workspaces.insert(id.clone(), place);
        self.own(Entity::Workspace, &id, &caller.user);
        self.note(caller, now, "workspace_created", Some(&id), Some(&id), &line);
        self.workspace_details(caller, &id)
    }

    fn own(&mut self, entity: Entity, id: &str, user: &str) {
        self.memberships.enter(Membership {
            user: user.to_owned(),
            entity,
            id: id.to_owned(),
            role: Role::Owner,
            ended: false,
        });
    }

    fn next_draw(&mut self) -> Draw {
        self.minted += 1;
        Draw::named(self.seed, &format!("made/{}", self.minted))
    }
}

/// 2 to 63 letters, digits and dashes, in lower case.
fn check_domain(text: &str) -> Result<(), Refusal> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if (2..=63).contains(&text.len()) && text.chars().all(fits) {
        return Ok(());
    }
    Err(Refusal::validation(
        "domain",
        "must be 2 to 63 lower-case letters, digits and dashes",
    ))
}
