//! The credentials and places every world starts with: two tenants whose workspaces bear the same names.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::RngCore as _;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::authority::issuer;
use crate::authority::lookup::Ledger;
use crate::authority::meter::OwnLimit;
use crate::authority::mint::{Mint, hex};
use crate::authority::oauth::{self, OAuthFixtures, Store};
use crate::authority::token;
use crate::defect::DefectSet;
use crate::delivery::inbound;
use crate::identity::{self, FixtureIdentity, Ground};
use crate::platform::{KeyState, NodeKind, Platform, Workspace};
use crate::resource::mcp::features::uri_of;
use crate::variant::VariantSet;
use crate::world::{Limits, Window, WorldConfig};

/// What a user of the mock needs to know of its content.
#[derive(Clone, Serialize)]
pub struct Fixtures {
    /// Sorted by name.
    pub credentials: Vec<FixtureCredential>,
    /// Real secrets that are no access tokens, by kind; none may ever authenticate.
    pub others: BTreeMap<String, String>,
    /// Sorted by tenant, then name.
    pub workspaces: Vec<FixtureWorkspace>,
    /// The authorization server's clients and people.
    pub oauth: OAuthFixtures,
    /// The endpoints that receive webhooks.
    pub inbound: FixtureReceiver,
    /// Tenants by the number, by name; none unless asked for.
    pub identities: Vec<FixtureIdentity>,
}

/// What deliveries to the world are signed with.
#[derive(Clone, Serialize)]
pub struct FixtureReceiver {
    /// `whsec_` and Base64. In GitHub's form the whole text is the key.
    pub secret: String,
    /// The Ed25519 key pair whose public half the receiver knows: `whsk_` and Base64 of the seed.
    pub signing_key: String,
    /// Of the endpoint of MCP Events, by what they are there for: `own`, `other`, and `new`, which has no id yet.
    pub subscriptions: BTreeMap<&'static str, FixtureSubscription>,
}

/// A subscription that deliveries of MCP Events are of.
#[derive(Clone, Serialize)]
pub struct FixtureSubscription {
    /// What `X-MCP-Subscription-Id` holds.
    pub id: Option<String>,
    /// `whsec_` and Base64 of 32 bytes.
    pub secret: String,
}

impl FixtureSubscription {
    /// Made of what the world has drawn already: another draw would change all that follow.
    fn of(role: &str, seed: &str) -> Self {
        let bytes = |what: &str| Sha256::digest(format!("{seed}/{role}/{what}"));
        Self {
            id: (role != "new").then(|| format!("sub_{}", &hex(&bytes("id"))[..24])),
            secret: format!("whsec_{}", STANDARD.encode(bytes("secret"))),
        }
    }
}

impl FixtureReceiver {
    fn lay(mint: &mut Mint) -> Self {
        let mut bytes = || STANDARD.encode(Sha256::digest(mint.opaque()));
        let secret = format!("whsec_{}", bytes());
        let roles = ["own", "other", "new"];
        let subscriptions = roles.map(|role| (role, FixtureSubscription::of(role, &secret)));
        Self {
            secret,
            signing_key: format!("whsk_{}", bytes()),
            subscriptions: subscriptions.into(),
        }
    }

    /// What the receiver itself holds.
    pub(crate) fn keys(&self) -> inbound::Keys {
        let seed = self
            .signing_key
            .strip_prefix("whsk_")
            .and_then(|text| STANDARD.decode(text).ok());
        let pair = seed.and_then(|seed| Ed25519KeyPair::from_seed_unchecked(&seed).ok());
        inbound::Keys {
            secret: self.secret.clone(),
            public: pair
                .map(|pair| pair.public_key().as_ref().to_vec())
                .unwrap_or_default(),
        }
    }
}

/// One API key.
#[derive(Clone, Serialize)]
pub struct FixtureCredential {
    /// Name in scenarios, e.g. `finance-ro`.
    pub name: String,
    /// Its id, which may be shown anywhere.
    pub id: String,
    /// Its value.
    pub token: String,
    /// Always `api-key`.
    pub kind: &'static str,
    /// `entity:id:mode`.
    pub scopes: Vec<String>,
    /// Tenant of its user.
    pub tenant: String,
    /// Id of its user.
    pub user: String,
    /// How it starts.
    pub state: CredentialState,
    /// Canary of its own user: `auth status` shows it to this key and to no other.
    pub canary: Option<String>,
    /// Workspace its default read lists.
    pub workspace: Option<String>,
    /// Canary of every object in that workspace.
    pub workspace_canary: Option<String>,
}

/// How a credential starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CredentialState {
    /// It works.
    Live,
    /// Its time was over before the world began.
    Expired,
    /// It was revoked before the world began.
    Revoked,
}

impl CredentialState {
    /// `live`, `expired` or `revoked`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// One workspace.
#[derive(Debug, Clone, Serialize)]
pub struct FixtureWorkspace {
    /// `acme` or `globex`.
    pub tenant: String,
    /// `finance` or `support`; the same in both tenants.
    pub name: String,
    /// Profile id, 19 digits.
    pub id: String,
    /// Id of the organisation.
    pub org: String,
    /// Held by every object in it.
    pub canary: String,
    /// Held by every answer about its organisation.
    pub org_canary: String,
    /// A file in it.
    pub file: String,
    /// Another file in it.
    pub other_file: String,
    /// The address of the first file as a resource.
    pub uri: String,
    /// A folder in it.
    pub folder: String,
    /// A share of that folder.
    pub share: String,
    /// A word that only its files hold.
    pub code: String,
}

impl Fixtures {
    /// The credential of this name.
    pub fn credential(&self, name: &str) -> Option<&FixtureCredential> {
        self.credentials.iter().find(|credential| credential.name == name)
    }

    /// The workspace of this tenant and name.
    pub fn workspace(&self, tenant: &str, name: &str) -> Option<&FixtureWorkspace> {
        self.workspaces
            .iter()
            .find(|workspace| workspace.tenant == tenant && workspace.name == name)
    }

    /// Id of the key with this name or id.
    pub(crate) fn key_named(&self, name: &str) -> Option<String> {
        if let Some(identity) = self.identity(name) {
            return Some(identity.inner.key_id.clone());
        }
        let found = self
            .credentials
            .iter()
            .find(|credential| credential.name == name || credential.id == name);
        found.map(|credential| credential.id.clone())
    }

    /// The identity of this name.
    pub fn identity(&self, name: &str) -> Option<&FixtureIdentity> {
        let found = self
            .identities
            .binary_search_by(|identity| identity.name.as_str().cmp(name));
        found.ok().and_then(|at| self.identities.get(at))
    }

    /// Id of the key that defects take strangers for.
    pub(crate) fn reader_id(&self) -> Option<String> {
        self.key_named("finance-ro")
    }
}

impl std::fmt::Debug for Fixtures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.credentials).finish()
    }
}

impl std::fmt::Debug for FixtureCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The token stays out of every log.
        write!(f, "FixtureCredential({} {})", self.name, self.id)
    }
}

/// A fresh world's data.
pub(crate) struct Laid {
    pub(crate) platform: Platform,
    pub(crate) fixtures: Fixtures,
    pub(crate) ledger: Ledger,
    pub(crate) mint: Mint,
    pub(crate) oauth: Store,
}

/// Lays out `two-tenants`. Keys are made healthy: defects shape only what is made later.
pub(crate) fn lay(config: &WorldConfig, origin: &str, variants: &VariantSet, now: i64) -> Laid {
    let seed = config.seed;
    let mut platform = Platform::two_tenants(seed, now);
    platform.settle(origin);
    let mut mint = Mint::new(seed);
    let mut ledger = Ledger::default();
    let workspaces = workspaces(&platform);
    let healthy = DefectSet::default();
    let mut credentials: Vec<FixtureCredential> = Vec::new();
    for key in KEYS {
        let token = mint.api_key(variants, &healthy, now);
        let Some(id) = platform.admit_fixture_key(key.0, &token) else {
            continue;
        };
        ledger.keys.push((token.clone(), id.clone()));
        credentials.extend(credential(&platform, &workspaces, *key, id, token, now));
    }
    credentials.sort_by(|a, b| a.name.cmp(&b.name));
    let others = others(&mut mint, now);
    ledger.others = others.values().cloned().collect();
    let issuer = issuer::of(origin, variants);
    let inbound = FixtureReceiver::lay(&mut mint);
    let (mut store, mut oauth) = oauth::fixtures::lay(seed, &issuer, &platform, now);
    oauth.signing_key = token::signing_key();
    let mut ground = Ground {
        seed,
        origin,
        variants,
        now,
        platform: &mut platform,
        ledger: &mut ledger,
        store: &mut store,
    };
    let identities = identity::lay(config.identities, &oauth, &mut ground);
    Laid {
        platform,
        fixtures: Fixtures {
            credentials,
            others,
            workspaces,
            oauth,
            inbound,
            identities,
        },
        ledger,
        mint,
        oauth: store,
    }
}

/// Name, tenant and default workspace of each key; scopes, user and state are the platform's.
const KEYS: &[(&str, &str, &str)] = &[
    ("finance-ro", "acme", "finance"),
    ("finance-rw", "acme", "finance"),
    ("outsider", "globex", "finance"),
    ("org-admin", "acme", "finance"),
    ("full", "acme", "finance"),
    ("support-ro", "acme", "support"),
    ("two-ws", "acme", "finance"),
    ("expired", "acme", "finance"),
    ("revoked", "acme", "finance"),
    // RATE: limits of their own, see LIMITED
    ("limited", "acme", "finance"),
    ("limited-twin", "acme", "finance"),
    ("metered", "acme", "finance"),
    // Packs SCOPE and KEY.
    ("minter", "acme", "finance"),
    ("adjustable", "acme", "finance"),
    ("leaver", "acme", "finance"),
    ("scopeless", "acme", "finance"),
    // WHS: its subscriptions end with it.
    ("hook-owner", "acme", "finance"),
    ("support-rw", "acme", "support"),
    // LOCK: writes beside `finance-rw`.
    ("second-writer", "acme", "finance"),
    // XFER: of no tenant yet.
    ("builder", "none", ""),
    ("recipient", "none", ""),
    ("second-recipient", "none", ""),
];

/// RATE: name, the grant whose limit it is, requests and seconds.
const LIMITED: [(&str, &str, u32, u32); 3] = [
    ("limited", "limited", 10, 10),
    ("limited-twin", "limited", 10, 10),
    ("metered", "metered", 60, 10),
];

/// Limits of single credentials, by id.
pub(crate) fn own_limits(fixtures: &Fixtures) -> BTreeMap<String, OwnLimit> {
    let limits = LIMITED.iter().filter_map(|(name, grant, max, seconds)| {
        let window = Window {
            max: *max,
            seconds: *seconds,
        };
        let limits = Arc::new(Limits {
            windows: vec![window],
        });
        Some((fixtures.key_named(name)?, OwnLimit { grant, limits }))
    });
    limits.collect()
}

fn credential(
    platform: &Platform,
    workspaces: &[FixtureWorkspace],
    (name, tenant, workspace): (&str, &str, &str),
    id: String,
    token: String,
    now: i64,
) -> Option<FixtureCredential> {
    let record = platform.keys.get(&id)?;
    let place = workspaces
        .iter()
        .find(|found| found.tenant == tenant && found.name == workspace);
    Some(FixtureCredential {
        name: name.to_owned(),
        id,
        token,
        kind: "api-key",
        scopes: record.scopes.iter().map(ToString::to_string).collect(),
        tenant: tenant.to_owned(),
        user: record.user.clone(),
        state: match record.state(now) {
            KeyState::Live => CredentialState::Live,
            KeyState::Expired => CredentialState::Expired,
            KeyState::Revoked => CredentialState::Revoked,
        },
        canary: platform.user(&record.user).map(|user| user.canary.clone()),
        workspace: place.map(|place| place.id.clone()),
        workspace_canary: place.map(|place| place.canary.clone()),
    })
}

fn workspaces(platform: &Platform) -> Vec<FixtureWorkspace> {
    let places = [("acme", "finance"), ("acme", "support"), ("globex", "finance")];
    let found = places.iter().filter_map(|(tenant, name)| {
        let workspace = platform.workspace_named(tenant, name)?;
        Some(FixtureWorkspace {
            tenant: (*tenant).to_owned(),
            name: (*name).to_owned(),
            id: workspace.id.clone(),
            org: workspace.org.clone(),
            canary: workspace.canary.clone(),
            org_canary: platform
                .org_named(tenant)
                .map(|org| org.canary.clone())
                .unwrap_or_default(),
            uri: uri_of(&workspace.id, &nth(workspace, NodeKind::File, 0)),
            file: nth(workspace, NodeKind::File, 0),
            other_file: nth(workspace, NodeKind::File, 1),
            folder: nth(workspace, NodeKind::Folder, 0),
            share: platform
                .first_share(&workspace.id)
                .map(|share| share.id.clone())
                .unwrap_or_default(),
            code: workspace.storage.code_name(),
        })
    });
    found.collect()
}

/// The id of a node of this kind, counted from 0.
fn nth(workspace: &Workspace, kind: NodeKind, place: usize) -> String {
    let nodes = workspace.storage.nodes().values();
    let found = nodes.filter(|node| node.kind == kind && !node.trashed).nth(place);
    found.map(|node| node.id.clone()).unwrap_or_default()
}

/// Secrets of other kinds. They exist so that they can be refused.
fn others(mint: &mut Mint, now: i64) -> BTreeMap<String, String> {
    let mut others = BTreeMap::new();
    for kind in [
        "refresh_token",
        "authorization_code",
        "ws_ticket",
        "client_secret",
        "registration_token",
    ] {
        others.insert(kind.to_owned(), mint.opaque());
    }
    others.insert("webhook_secret".to_owned(), format!("whsec_{}", mint.opaque()));
    others.insert("id_token".to_owned(), mint.id_token(now));
    others
}

/// The control secret is not seeded: whoever knows the seed must not know it.
pub(crate) fn control_secret() -> String {
    let mut bytes = [0; 24];
    rand::rng().fill_bytes(&mut bytes);
    hex(&bytes)
}
