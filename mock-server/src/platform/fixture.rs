//! The world every run starts with: two tenants with equally named workspaces, their people, files and
//! the keys their agents hold. All of it follows from the seed.

use std::collections::BTreeMap;

use super::draw::Draw;
use super::memberships::Memberships;
use super::seedling::{Seedling, Size};
use super::{
    Caller, Credits, Entity, KeyRecord, Keys, Membership, Mode, NodeKind, Org, Platform, Role, Scope, Share,
    ShareKind, Storage, Switches, Trail, User, UserKind, Webhooks, Workspace,
};

const DAY: i64 = 86_400;

/// Domain, name for people, folder names of the workspaces.
const TENANTS: &[(&str, &str, &[&str])] = &[
    ("acme", "Acme Works", &["finance", "support"]),
    ("globex", "Globex Trading", &["finance"]),
];

/// A place in the fixture: an organisation, or a workspace of it.
type Place = (&'static str, Option<&'static str>);

const ACME: Place = ("acme", None);
const GLOBEX: Place = ("globex", None);
const FINANCE: Place = ("acme", Some("finance"));
const SUPPORT: Place = ("acme", Some("support"));
const GLOBEX_FINANCE: Place = ("globex", Some("finance"));

/// What an account is where.
type Roles = &'static [(Place, Role)];

/// Accounts without a key: name, kind, roles.
const PEOPLE: &[(&str, UserKind, Roles)] = &[
    ("acme-owner", UserKind::Human, &[(ACME, Role::Owner)]),
    ("globex-owner", UserKind::Human, &[(GLOBEX, Role::Owner)]),
    ("acme-guest", UserKind::Human, &[(SUPPORT, Role::Guest)]),
    (VISITOR, UserKind::Agent, &[(FINANCE, Role::Guest)]),
    // They sign in to the authorization server; a service acts for itself.
    (
        "alice",
        UserKind::Human,
        &[(FINANCE, Role::Member), (SUPPORT, Role::Guest)],
    ),
    ("bob", UserKind::Human, &[(GLOBEX_FINANCE, Role::Member)]),
    ("service", UserKind::Agent, &[(FINANCE, Role::Guest)]),
];

const VISITOR: &str = "visitor";

/// Keys whose account is a person's.
const PERSONS: &[&str] = &["recipient", "second-recipient"];

/// A key of the fixture; each has an account of its own, of the same name: an agent's, unless it is one of [`PERSONS`].
struct Sketch {
    name: &'static str,
    roles: Roles,
    /// `None` grants the account.
    grants: &'static [(Option<Place>, Mode)],
    end: End,
}

#[derive(Clone, Copy, PartialEq)]
enum End {
    Never,
    Expired,
    Revoked,
}

const fn sketch(
    name: &'static str,
    roles: Roles,
    grants: &'static [(Option<Place>, Mode)],
    end: End,
) -> Sketch {
    Sketch {
        name,
        roles,
        grants,
        end,
    }
}

const KEYS: &[Sketch] = &[
    sketch(
        "finance-ro",
        &[(FINANCE, Role::Member)],
        &[(Some(FINANCE), Mode::R)],
        End::Never,
    ),
    sketch(
        "finance-rw",
        &[(FINANCE, Role::Member)],
        &[(Some(FINANCE), Mode::Rw)],
        End::Never,
    ),
    sketch(
        "outsider",
        &[(GLOBEX_FINANCE, Role::Member)],
        &[(Some(GLOBEX_FINANCE), Mode::Rw)],
        End::Never,
    ),
    sketch(
        "org-admin",
        &[(ACME, Role::Admin)],
        &[(Some(ACME), Mode::Rwa)],
        End::Never,
    ),
    sketch(
        "full",
        &[
            (ACME, Role::Member),
            (FINANCE, Role::Member),
            (SUPPORT, Role::Member),
        ],
        &[(None, Mode::Rw)],
        End::Never,
    ),
    sketch(
        "support-ro",
        &[(SUPPORT, Role::Guest)],
        &[(Some(SUPPORT), Mode::R)],
        End::Never,
    ),
    sketch(
        "two-ws",
        &[(FINANCE, Role::Member), (SUPPORT, Role::Member)],
        &[(Some(FINANCE), Mode::Rw), (Some(SUPPORT), Mode::R)],
        End::Never,
    ),
    sketch(
        "support-rw",
        &[(SUPPORT, Role::Member)],
        &[(Some(SUPPORT), Mode::Rw)],
        End::Never,
    ),
    // An administrator's agent that may write but not administer: what it issues must not do more.
    sketch("minter", &[(ACME, Role::Admin)], &[(None, Mode::Rw)], End::Never),
    // Its scopes and its user may be taken away: nothing else depends on them.
    sketch(
        "adjustable",
        &[(FINANCE, Role::Member)],
        &[(Some(FINANCE), Mode::Rw)],
        End::Never,
    ),
    sketch(
        "leaver",
        &[(FINANCE, Role::Member)],
        &[(Some(FINANCE), Mode::Rw)],
        End::Never,
    ),
    // Makes subscriptions, and may be revoked for it.
    sketch(
        "hook-owner",
        &[(FINANCE, Role::Admin)],
        &[(Some(FINANCE), Mode::Rwa)],
        End::Never,
    ),
    // LOCK: another agent where `finance-rw` writes.
    sketch(
        "second-writer",
        &[(FINANCE, Role::Member)],
        &[(Some(FINANCE), Mode::Rw)],
        End::Never,
    ),
    // XFER: an agent that builds and hands over, and people who may take over.
    sketch("builder", &[], &[(None, Mode::Rwa)], End::Never),
    sketch("recipient", &[], &[(None, Mode::Rwa)], End::Never),
    sketch("second-recipient", &[], &[(None, Mode::Rwa)], End::Never),
    // Live, but without any scope.
    sketch("scopeless", &[(FINANCE, Role::Member)], &[], End::Never),
    sketch(
        "expired",
        &[(FINANCE, Role::Member)],
        &[(Some(FINANCE), Mode::R)],
        End::Expired,
    ),
    sketch(
        "revoked",
        &[(FINANCE, Role::Member)],
        &[(Some(FINANCE), Mode::R)],
        End::Revoked,
    ),
    // RATE
    sketch(
        "limited",
        &[(FINANCE, Role::Member)],
        &[(Some(FINANCE), Mode::Rw)],
        End::Never,
    ),
    sketch(
        "limited-twin",
        &[(FINANCE, Role::Member)],
        &[(Some(FINANCE), Mode::Rw)],
        End::Never,
    ),
    sketch(
        "metered",
        &[(FINANCE, Role::Member)],
        &[(Some(FINANCE), Mode::R)],
        End::Never,
    ),
];

impl Platform {
    /// Two tenants, `acme` (`finance`, `support`) and `globex` (`finance`). The same seed and time give
    /// the same platform. Files are grown when they are first looked at.
    pub fn two_tenants(seed: u64, now: i64) -> Platform {
        let mut platform = Platform {
            seed,
            switches: Switches::default(),
            keys: Keys::default(),
            users: BTreeMap::new(),
            orgs: BTreeMap::new(),
            workspaces: BTreeMap::new(),
            memberships: Memberships::default(),
            intents: BTreeMap::new(),
            webhooks: Webhooks::default(),
            chats: BTreeMap::new(),
            comments: BTreeMap::new(),
            shares: BTreeMap::new(),
            file_shares: BTreeMap::new(),
            blobs: BTreeMap::new(),
            uploads: BTreeMap::new(),
            sources: BTreeMap::new(),
            home: String::new(),
            locks: BTreeMap::new(),
            claims: Vec::new(),
            trail: Trail::default(),
            minted: 0,
            born: now,
        };
        for (domain, name, folders) in TENANTS {
            platform.found_org((domain, name), folders, Size::WHOLE, now - 90 * DAY);
        }
        for (name, kind, roles) in PEOPLE {
            platform.join(name, *kind, roles);
        }
        for key in KEYS {
            let kind = if PERSONS.contains(&key.name) {
                UserKind::Human
            } else {
                UserKind::Agent
            };
            platform.join(key.name, kind, key.roles);
        }
        platform.open_trail(now - 90 * DAY);
        platform
    }

    /// Puts the fixture's key of this name in place with the token the authority shaped, and gives its id;
    /// `None` when the fixture knows no such key. The token's text is not kept, and no event is written.
    pub fn admit_fixture_key(&mut self, name: &str, token: &str) -> Option<String> {
        let sketch = KEYS.iter().find(|sketch| sketch.name == name)?;
        let user = self.users.values().find(|user| user.name == name)?;
        let mut record = KeyRecord::blank(self.seed, name, &user.id, self.born - 30 * DAY);
        record.scopes = sketch
            .grants
            .iter()
            .filter_map(|grant| self.granted(grant))
            .collect();
        record.expires = (sketch.end == End::Expired).then_some(self.born - 3600);
        record.revoked = (sketch.end == End::Revoked).then_some(self.born - 3600);
        Some(self.admit_key(record, token))
    }

    /// A caller that may read `acme`'s `finance` and holds no key: what a door without a lock lets in.
    pub fn visitor(&self) -> Caller {
        let finance = self.place_id(FINANCE).unwrap_or_default();
        let user = self.users.values().find(|user| user.name == VISITOR);
        Caller {
            credential: VISITOR.to_owned(),
            user: user.map(|user| user.id.clone()).unwrap_or_default(),
            agent_name: VISITOR.to_owned(),
            canary: user.map(|user| user.canary.clone()).unwrap_or_default(),
            scopes: vec![Scope::on(Entity::Workspace, &finance, Mode::R)],
        }
    }

    fn granted(&self, (place, mode): &(Option<Place>, Mode)) -> Option<Scope> {
        let Some(place) = *place else {
            return Some(Scope::all(Entity::User, *mode));
        };
        Some(Scope::on(entity(place), &self.place_id(place)?, *mode))
    }

    fn place_id(&self, (domain, folder): Place) -> Option<String> {
        match folder {
            None => self.org_named(domain).map(|org| org.id.clone()),
            Some(folder) => self
                .workspace_named(domain, folder)
                .map(|workspace| workspace.id.clone()),
        }
    }

    pub(super) fn found_org(
        &mut self,
        (domain, name): (&str, &str),
        folders: &[&str],
        size: Size,
        created: i64,
    ) {
        let id = Draw::named(self.seed, &format!("org/{domain}")).profile_id('3');
        for folder in folders {
            let label = format!("workspace/{domain}/{folder}");
            let canary = Draw::named(self.seed, &format!("{label}/canary")).canary();
            let workspace = Workspace {
                id: Draw::named(self.seed, &label).profile_id('4'),
                org: id.clone(),
                folder_name: (*folder).to_owned(),
                canary: canary.clone(),
                created,
                intelligence: true,
                storage: Storage::planted(Seedling {
                    seed: self.seed,
                    label,
                    canary,
                    created,
                    size,
                }),
            };
            self.share_first_folder(&workspace);
            self.workspaces.insert(workspace.id.clone(), workspace);
        }
        let org = Org {
            id,
            domain: domain.to_owned(),
            name: name.to_owned(),
            canary: Draw::named(self.seed, &format!("org/{domain}/canary")).canary(),
            created,
            owner: String::new(),
            credits: credits(domain, self.born),
        };
        self.orgs.insert(org.id.clone(), org);
    }

    fn share_first_folder(&mut self, workspace: &Workspace) {
        let mut nodes = workspace.storage.nodes().values();
        let share = Share {
            id: Draw::named(self.seed, &format!("share/{}", workspace.id)).profile_id('5'),
            workspace: workspace.id.clone(),
            folder: nodes
                .find(|node| node.kind == NodeKind::Folder)
                .map(|node| node.id.clone()),
            kind: ShareKind::Send,
            name: format!("For the auditors {}", workspace.canary),
            created: workspace.created,
        };
        self.shares.insert(share.id.clone(), share);
    }

    fn join(&mut self, name: &str, kind: UserKind, roles: Roles) {
        let label = format!("user/{name}");
        let user = User {
            id: Draw::named(self.seed, &label).profile_id('2'),
            name: name.to_owned(),
            email: format!("{name}@example.com"),
            kind,
            canary: Draw::named(self.seed, &format!("{label}/canary")).canary(),
            disabled: false,
        };
        for &(place, role) in roles {
            if let Some(id) = self.place_id(place) {
                if let Some(org) = self.orgs.get_mut(&id).filter(|_| role == Role::Owner) {
                    org.owner.clone_from(&user.id);
                }
                self.memberships.enter(Membership {
                    user: user.id.clone(),
                    entity: entity(place),
                    id,
                    role,
                    ended: false,
                });
            }
        }
        self.users.insert(user.id.clone(), user);
    }

    /// Gives every workspace a first event, so that a search finds something before anybody wrote.
    fn open_trail(&mut self, at: i64) {
        let made: Vec<(String, String)> = self
            .workspaces
            .values()
            .map(|place| (place.id.clone(), place.origin()))
            .collect();
        let system = Caller {
            credential: "system".to_owned(),
            user: "system".to_owned(),
            agent_name: "system".to_owned(),
            canary: String::new(),
            scopes: Vec::new(),
        };
        for (id, origin) in made {
            let line = format!("workspace created: {origin}");
            self.note(&system, at, "workspace_created", Some(&id), Some(&id), &line);
        }
    }
}

/// One tenant has plenty, the other all but nothing.
fn credits(domain: &str, now: i64) -> Credits {
    let whole = Credits::whole(now);
    if domain == "globex" {
        whole.with_left(3)
    } else {
        whole
    }
}

fn entity(place: Place) -> Entity {
    if place.1.is_some() {
        Entity::Workspace
    } else {
        Entity::Org
    }
}
