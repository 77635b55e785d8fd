//! The one decision: role ∩ scope. The order is scope mode, scope entity, role; the object comes after.

use serde::Serialize;

use super::people::Role;
use super::{Entity, Flaw, Mode, Platform, Refusal, Scope};

/// Who asks: what the authority found out about a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Caller {
    /// The credential's id, never its value.
    pub credential: String,
    /// The account the credential acts for.
    pub user: String,
    /// What the credential calls itself, without the canary.
    pub agent_name: String,
    /// The account's canary.
    pub canary: String,
    /// What the credential may touch.
    pub scopes: Vec<Scope>,
}

/// What an operation touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Nothing that belongs to somebody: the operation filters what it shows.
    Own,
    /// The caller's account.
    Account,
    /// An organisation, by id.
    Org(String),
    /// A workspace, by id.
    Workspace(String),
    /// A share, by id.
    Share(String),
}

/// What an operation asks of its caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// What it touches.
    pub target: Target,
    /// The least mode of a scope that covers the target.
    pub mode: Mode,
}

impl Demand {
    /// Any live credential will do.
    pub fn own() -> Demand {
        Demand {
            target: Target::Own,
            mode: Mode::R,
        }
    }

    /// The account, in that mode.
    pub fn account(mode: Mode) -> Demand {
        Demand {
            target: Target::Account,
            mode,
        }
    }

    /// An organisation, in that mode.
    pub fn org(id: &str, mode: Mode) -> Demand {
        Demand {
            target: Target::Org(id.to_owned()),
            mode,
        }
    }

    /// A workspace, in that mode.
    pub fn workspace(id: &str, mode: Mode) -> Demand {
        Demand {
            target: Target::Workspace(id.to_owned()),
            mode,
        }
    }

    /// A share, in that mode.
    pub fn share(id: &str, mode: Mode) -> Demand {
        Demand {
            target: Target::Share(id.to_owned()),
            mode,
        }
    }

    /// The scope that would satisfy this demand.
    pub fn scope(&self) -> Scope {
        match &self.target {
            Target::Own | Target::Account => Scope::all(Entity::User, self.mode),
            Target::Org(id) => Scope::on(Entity::Org, id, self.mode),
            Target::Workspace(id) => Scope::on(Entity::Workspace, id, self.mode),
            Target::Share(id) => Scope::on(Entity::Share, id, self.mode),
        }
    }
}

impl Caller {
    /// The widest mode of any scope.
    pub fn widest_mode(&self) -> Option<Mode> {
        self.scopes.iter().map(|scope| scope.mode).max()
    }
}

impl Platform {
    /// Decides whether the caller may do what is demanded.
    ///
    /// # Errors
    /// 403 where a scope or the role lacks; 404 where the target is unknown to the caller's tenant, with
    /// the same answer whether it exists elsewhere or nowhere.
    pub fn permit(&self, caller: &Caller, demand: &Demand) -> Result<(), Refusal> {
        let mode = self.asked_mode(demand.mode);
        let unchecked = self.switches.scopes.unchecked;
        if caller.widest_mode() < Some(mode) && !unchecked {
            return Err(mode_lacks(caller, demand));
        }
        if self.switches.flaws.has(Flaw::Waved) {
            return Ok(());
        }
        let (covered, role) = match &demand.target {
            Target::Own => return Ok(()),
            Target::Account if self.switches.scopes.account_open => return Ok(()),
            Target::Account => (account_mode(caller), Some(Role::Owner)),
            Target::Org(id) => {
                self.known(caller, self.orgs.get(id).map(|org| &org.id))?;
                (org_mode(caller, id), self.direct_role(&caller.user, id))
            }
            Target::Workspace(id) => {
                let org = self.workspaces.get(id).map(|workspace| &workspace.org);
                let org = match self.known(caller, org) {
                    Err(_) if org.is_some() && self.switches.flaws.has(Flaw::AdmitsExistence) => {
                        return Err(Refusal::scope_entity(caller, demand.scope().to_string()));
                    }
                    known => known?,
                };
                (
                    self.workspace_mode(caller, id, org),
                    self.workspace_role(&caller.user, id),
                )
            }
            Target::Share(id) => {
                let place = self.share_of(id).map(|(_, place)| place);
                let org = self.known(caller, place.map(|place| &place.org))?;
                let workspace = place.map_or("", |place| place.id.as_str());
                let of_share = widest(caller, |scope| scope.names(Entity::Share, id));
                (
                    self.workspace_mode(caller, workspace, org).max(of_share),
                    self.workspace_role(&caller.user, workspace),
                )
            }
        };
        let hides = self.switches.ungranted_not_found && demand.target != Target::Account;
        // Only grants of the authorization server are compared like that: keys are another family's matter.
        let exact = self.switches.scopes.exact && self.keys.get(&caller.credential).is_none();
        match covered {
            _ if unchecked => {}
            _ if exact && !caller.scopes.contains(&demand.scope()) => return Err(mode_lacks(caller, demand)),
            None if hides => return Err(Refusal::not_found()),
            None => return Err(Refusal::scope_entity(caller, demand.scope().to_string())),
            Some(granted) if granted < mode => return Err(mode_lacks(caller, demand)),
            Some(_) => {}
        }
        match role {
            None if hides => Err(Refusal::not_found()),
            None => Err(Refusal::not_member()),
            Some(role) if role < least_role(demand.mode) => Err(Refusal::role()),
            Some(_) => Ok(()),
        }
    }

    /// The mode a scope must have; the place where an unchecked write scope bites.
    fn asked_mode(&self, mode: Mode) -> Mode {
        if self.switches.write_scope_unchecked {
            Mode::R
        } else {
            mode
        }
    }

    fn workspace_mode(&self, caller: &Caller, workspace: &str, org: &str) -> Option<Mode> {
        let any = self.switches.scopes.any_workspace;
        org_mode(caller, org).max(widest(caller, |scope| {
            scope.names(Entity::Workspace, workspace) || (any && scope.entity == Entity::Workspace)
        }))
    }

    fn known<'a>(&self, caller: &Caller, org: Option<&'a String>) -> Result<&'a String, Refusal> {
        org.filter(|org| self.acquainted(&caller.user, org))
            .ok_or_else(Refusal::not_found)
    }

    /// Whether one of the issuer's scopes contains this one, so that a key may be given it.
    pub(super) fn contains(&self, issuer: &Caller, scope: &Scope) -> bool {
        issuer
            .scopes
            .iter()
            .any(|held| held.mode >= scope.mode && self.holds(held, scope))
    }

    fn holds(&self, held: &Scope, scope: &Scope) -> bool {
        if held.entity == scope.entity && (held.id.is_none() || held.id == scope.id) {
            return true;
        }
        match (held.entity, scope.entity) {
            (Entity::User, Entity::Org | Entity::Workspace | Entity::Share)
            | (Entity::Org, Entity::Workspace)
            | (Entity::Workspace, Entity::Share)
                if held.id.is_none() =>
            {
                true
            }
            (Entity::Org, Entity::Workspace) => {
                let org = scope
                    .id
                    .as_ref()
                    .and_then(|id| self.workspaces.get(id))
                    .map(|ws| &ws.org);
                org.is_some() && org == held.id.as_ref()
            }
            _ => false,
        }
    }
}

fn least_role(mode: Mode) -> Role {
    match mode {
        Mode::R => Role::Guest,
        Mode::Rw => Role::Member,
        Mode::Rwa => Role::Admin,
    }
}

fn mode_lacks(caller: &Caller, demand: &Demand) -> Refusal {
    let needed = demand.scope().to_string();
    match demand.mode {
        Mode::R => Refusal::scope_entity(caller, needed),
        Mode::Rw => Refusal::scope_write(caller, needed),
        Mode::Rwa => Refusal::scope_admin(caller, needed),
    }
}

fn widest(caller: &Caller, covers: impl Fn(&Scope) -> bool) -> Option<Mode> {
    caller
        .scopes
        .iter()
        .filter(|scope| covers(scope))
        .map(|scope| scope.mode)
        .max()
}

fn account_mode(caller: &Caller) -> Option<Mode> {
    widest(caller, |scope| scope.names(Entity::User, &caller.user))
}

fn org_mode(caller: &Caller, org: &str) -> Option<Mode> {
    widest(caller, |scope| {
        scope.names(Entity::User, &caller.user) || scope.names(Entity::Org, org)
    })
}
