//! Organisations and workspaces: what a caller may see of them.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Caller, Credits, Demand, Flaw, Mode, Platform, Refusal, Role, Storage, stamp};

/// A tenant.
#[derive(Debug, Clone, Serialize)]
pub struct Org {
    /// Nineteen digits, the first is 3.
    pub id: String,
    /// A short name, unique among organisations.
    pub domain: String,
    /// A name for people.
    pub name: String,
    /// The mark every answer about it holds.
    pub canary: String,
    /// Unix seconds.
    pub created: i64,
    /// The account that owns it, as answers show it; what counts is its membership.
    pub owner: String,
    /// What it may use up.
    pub credits: Credits,
}

/// A place with files in it.
#[derive(Debug, Clone, Serialize)]
pub struct Workspace {
    /// Nineteen digits, the first is 4.
    pub id: String,
    /// The organisation it belongs to.
    pub org: String,
    /// A short name, unique in the organisation only.
    pub folder_name: String,
    /// The mark every object in it holds.
    pub canary: String,
    /// Unix seconds.
    pub created: i64,
    /// Whether questions may be asked of its files, and searches score them.
    pub intelligence: bool,
    /// Files, folders and notes.
    pub storage: Storage,
}

/// An organisation as an answer shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrgView {
    /// Profile id.
    pub id: String,
    /// Short name.
    pub domain: String,
    /// Name for people.
    pub name: String,
    /// The account that owns it.
    pub owner: String,
    /// The caller's role, if it is a member of the organisation itself.
    pub role: Option<Role>,
    /// When it was made.
    pub created: String,
}

/// A workspace as an answer shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WorkspaceView {
    /// Profile id.
    pub id: String,
    /// The organisation's id.
    pub org_id: String,
    /// Short name.
    pub folder_name: String,
    /// Short name with the canary.
    pub name: String,
    /// A sentence with the canary.
    pub description: String,
    /// The caller's role.
    pub role: Option<Role>,
    /// Whether its files are indexed for questions.
    pub intelligence: bool,
    /// When it was made.
    pub created: String,
}

/// A member as an answer shows it. Holds no account canary: that belongs to the account alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MemberView {
    /// Profile id of the user.
    pub id: String,
    /// The account's name.
    pub name: String,
    /// Its address.
    pub email: String,
    /// Its role here.
    pub role: Role,
    /// Of what it is a member: the name and canary of the organisation or workspace.
    pub of: String,
}

impl Platform {
    /// The organisations the caller is a member of and its scopes cover, by id.
    pub fn list_orgs(&self, caller: &Caller) -> Result<Vec<OrgView>, Refusal> {
        self.permit(caller, &Demand::own())?;
        let readable = |id: &str| self.permit(caller, &Demand::org(id, Mode::R)).is_ok();
        let near = self.orgs_of(caller);
        Ok(self
            .orgs
            .values()
            .filter(|org| near.as_ref().is_none_or(|near| near.contains(&org.id)) && readable(&org.id))
            .map(|org| self.view_org(caller, org))
            .collect())
    }

    /// The organisations the caller knows only through a workspace it may read, by id.
    pub fn list_external_orgs(&self, caller: &Caller) -> Result<Vec<OrgView>, Refusal> {
        let workspaces = self.readable_workspaces(caller)?;
        let through = |org: &Org| workspaces.iter().any(|workspace| workspace.org == org.id);
        Ok(self
            .orgs
            .values()
            .filter(|org| self.direct_role(&caller.user, &org.id).is_none() && through(org))
            .map(|org| self.view_org(caller, org))
            .collect())
    }

    /// One organisation.
    pub fn org_details(&self, caller: &Caller, id: &str) -> Result<OrgView, Refusal> {
        self.permit(caller, &Demand::org(id, Mode::R))?;
        let org = self.orgs.get(id).ok_or_else(Refusal::not_found)?;
        Ok(self.view_org(caller, org))
    }

    /// The workspaces of an organisation that the caller may read, by id.
    pub fn org_workspaces(&self, caller: &Caller, id: &str) -> Result<Vec<WorkspaceView>, Refusal> {
        self.permit(caller, &Demand::org(id, Mode::R))?;
        let readable = self.readable_workspaces(caller)?;
        Ok(readable
            .into_iter()
            .filter(|ws| ws.org == id)
            .map(|ws| self.view_workspace(caller, ws))
            .collect())
    }

    /// The members of an organisation.
    pub fn org_members(&self, caller: &Caller, id: &str) -> Result<Vec<MemberView>, Refusal> {
        self.permit(caller, &Demand::org(id, Mode::R))?;
        Ok(self.members_of(id))
    }

    /// Every workspace the caller may read, by id.
    pub fn list_workspaces(&self, caller: &Caller) -> Result<Vec<WorkspaceView>, Refusal> {
        let readable = self.readable_workspaces(caller)?;
        Ok(readable
            .into_iter()
            .map(|workspace| self.view_workspace(caller, workspace))
            .collect())
    }

    /// One workspace.
    pub fn workspace_details(&self, caller: &Caller, id: &str) -> Result<WorkspaceView, Refusal> {
        let workspace = self.workspace(caller, id, Mode::R)?;
        Ok(self.view_workspace(caller, workspace))
    }

    /// Switches the intelligence of a workspace on or off.
    pub fn update_workspace(
        &mut self,
        caller: &Caller,
        now: i64,
        id: &str,
        intelligence: bool,
    ) -> Result<WorkspaceView, Refusal> {
        self.workspace_mut(caller, id, Mode::Rwa)?.intelligence = intelligence;
        let line = if intelligence {
            "intelligence on"
        } else {
            "intelligence off"
        };
        self.note(caller, now, "workspace_updated", Some(id), Some(id), line);
        self.workspace_details(caller, id)
    }

    /// The members of a workspace.
    pub fn workspace_members(&self, caller: &Caller, id: &str) -> Result<Vec<MemberView>, Refusal> {
        if !self.members_open(caller, id) {
            self.workspace(caller, id, Mode::R)?;
        }
        Ok(self.members_of(id))
    }

    /// Whether the members are told without asking for the right to the workspace; on a healthy platform never.
    pub fn members_open(&self, caller: &Caller, id: &str) -> bool {
        let org = self.workspaces.get(id).map(|workspace| &workspace.org);
        let known = org.is_some_and(|org| self.acquainted(&caller.user, org));
        known && self.switches.flaws.has(Flaw::MembersOpen)
    }

    /// A workspace the caller may use in that mode.
    pub(super) fn workspace(&self, caller: &Caller, id: &str, mode: Mode) -> Result<&Workspace, Refusal> {
        self.permit(caller, &Demand::workspace(id, mode))?;
        self.workspaces.get(id).ok_or_else(Refusal::not_found)
    }

    /// The same, to be changed.
    pub(super) fn workspace_mut(
        &mut self,
        caller: &Caller,
        id: &str,
        mode: Mode,
    ) -> Result<&mut Workspace, Refusal> {
        self.permit(caller, &Demand::workspace(id, mode))?;
        self.workspaces.get_mut(id).ok_or_else(Refusal::not_found)
    }

    pub(super) fn readable_workspaces(&self, caller: &Caller) -> Result<Vec<&Workspace>, Refusal> {
        self.permit(caller, &Demand::own())?;
        let readable = |id: &str| self.permit(caller, &Demand::workspace(id, Mode::R)).is_ok();
        let near = self.orgs_of(caller);
        Ok(self
            .workspaces
            .values()
            .filter(|workspace| near.as_ref().is_none_or(|near| near.contains(&workspace.org)))
            .filter(|workspace| readable(&workspace.id))
            .collect())
    }

    /// The organisations that a caller is acquainted with, which alone it can have a right in: a world may have
    /// thousands of others. `None` where nobody's right is asked for.
    fn orgs_of(&self, caller: &Caller) -> Option<BTreeSet<&String>> {
        let waved = self.switches.flaws.has(Flaw::Waved);
        (!waved).then(|| self.acquaintances(&caller.user).collect())
    }

    fn members_of(&self, id: &str) -> Vec<MemberView> {
        let org = self
            .orgs
            .get(id)
            .map(|org| format!("{} {}", org.name, org.canary));
        let place = self.workspaces.get(id).map(Workspace::origin);
        let of = org.or(place).unwrap_or_default();
        let member = |m: &super::Membership| {
            let user = self.users.get(&m.user)?;
            let (name, email) = (user.name.clone(), user.email.clone());
            Some(MemberView {
                id: user.id.clone(),
                name,
                email,
                role: m.role,
                of: of.clone(),
            })
        };
        self.memberships
            .all()
            .into_iter()
            .filter(|m| m.id == id && !m.ended)
            .filter_map(member)
            .collect()
    }

    fn view_org(&self, caller: &Caller, org: &Org) -> OrgView {
        OrgView {
            id: org.id.clone(),
            domain: org.domain.clone(),
            name: format!("{} {}", org.name, org.canary),
            owner: org.owner.clone(),
            role: self.direct_role(&caller.user, &org.id),
            created: stamp(org.created),
        }
    }

    fn view_workspace(&self, caller: &Caller, workspace: &Workspace) -> WorkspaceView {
        WorkspaceView {
            id: workspace.id.clone(),
            org_id: workspace.org.clone(),
            folder_name: workspace.folder_name.clone(),
            name: format!("{} {}", workspace.folder_name, workspace.canary),
            description: format!("Files of {} ({}).", workspace.folder_name, workspace.canary),
            role: self.workspace_role(&caller.user, &workspace.id),
            intelligence: workspace.intelligence,
            created: stamp(workspace.created),
        }
    }
}
