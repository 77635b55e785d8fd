//! Tenants by the number, for load: each an organisation with one workspace, and one person who owns both and holds
//! one key. All of them follow from the seed and their names, so that one more changes none before it.

use super::draw::Draw;
use super::seedling::Size;
use super::{Entity, KeyRecord, Membership, Mode, Platform, Role, Scope, User, UserKind};

const DAY: i64 = 86_400;
/// Name of the workspace in each of them.
const DESK: &str = "desk";

/// What was laid for one name.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Id of the person.
    pub user: String,
    /// Id of the organisation.
    pub org: String,
    /// Id of the workspace.
    pub workspace: String,
    /// Held by every object in the workspace.
    pub canary: String,
}

impl Tenant {
    /// What the key and the login of the person may touch: the workspace, to read and write.
    pub fn scopes(&self) -> Vec<Scope> {
        vec![Scope::on(Entity::Workspace, &self.workspace, Mode::Rw)]
    }
}

impl Platform {
    /// Lays a tenant of this name, which no other may bear.
    pub fn settle_tenant(&mut self, name: &str) -> Tenant {
        let (seed, born) = (self.seed, self.born);
        self.found_org((name, name), &[DESK], Size::SMALL, born - 90 * DAY);
        let draw = |label: &str| Draw::named(seed, label);
        let tenant = Tenant {
            user: draw(&format!("user/{name}")).profile_id('2'),
            org: draw(&format!("org/{name}")).profile_id('3'),
            workspace: draw(&format!("workspace/{name}/{DESK}")).profile_id('4'),
            canary: draw(&format!("workspace/{name}/{DESK}/canary")).canary(),
        };
        if let Some(org) = self.orgs.get_mut(&tenant.org) {
            org.owner.clone_from(&tenant.user);
        }
        self.memberships.enter(Membership {
            user: tenant.user.clone(),
            entity: Entity::Org,
            id: tenant.org.clone(),
            role: Role::Owner,
            ended: false,
        });
        let user = User {
            id: tenant.user.clone(),
            name: name.to_owned(),
            email: format!("{name}@example.com"),
            kind: UserKind::Human,
            canary: draw(&format!("user/{name}/canary")).canary(),
            disabled: false,
        };
        self.users.insert(user.id.clone(), user);
        tenant
    }

    /// Gives the person of a tenant its key, and the key's id; the token's text is not kept.
    pub fn admit_tenant_key(&mut self, name: &str, tenant: &Tenant, token: &str) -> String {
        let mut record = KeyRecord::blank(self.seed, name, &tenant.user, self.born - 30 * DAY);
        record.scopes = tenant.scopes();
        self.admit_key(record, token)
    }
}
