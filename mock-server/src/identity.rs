//! Identities by the number, for load: each a tenant of its own with an API key and an OAuth login, as if its person had
//! signed in a moment ago. All but the signatures of their access tokens follows from the seed, and one more identity
//! changes none before it.

use std::sync::Arc;

use serde::Serialize;

use crate::authority::lookup::Ledger;
use crate::authority::mint::Mint;
use crate::authority::oauth::endpoint;
use crate::authority::oauth::grant::{AccessToken, Family, RefreshToken};
use crate::authority::oauth::scopes::Scopes;
use crate::authority::oauth::{OAuthFixtures, Store};
use crate::authority::protected::Protected;
use crate::authority::token::{self, GrantView};
use crate::defect::DefectSet;
use crate::platform::{Platform, Tenant};
use crate::state::{State, View};
use crate::variant::VariantSet;

/// Keeps the draws of identities apart from all others.
const OWN_SEED: u64 = 0x6c6f_6164_5f69_6473;
/// The fixture's client that every one of them signed in with: a public one.
const CLIENT: &str = "agent";

/// Somebody who calls under load.
#[derive(Clone, Serialize)]
pub struct FixtureIdentity {
    /// `load-0001` and so on; the control's verbs take it.
    pub name: String,
    /// The tenant, which bears the same name.
    pub tenant: String,
    /// Its API key.
    pub key: String,
    /// Id of the workspace that it may read and write.
    pub workspace: String,
    /// Id of its organisation.
    pub org: String,
    /// Marks that stand in what `storage` `list` of its workspace answers, and in no answer to anybody else.
    pub canaries: Vec<String>,
    /// Its login at the authorization server.
    pub oauth: FixtureLogin,
    #[serde(skip)]
    pub(crate) inner: Inner,
}

/// A login that stands.
#[derive(Clone, Serialize)]
pub struct FixtureLogin {
    /// A public client's id.
    pub client_id: String,
    /// An access token for `/mcp/oauth` and the REST interface.
    pub access_token: String,
    /// Its refresh token, of the first rotation.
    pub refresh_token: String,
    /// Seconds that the access token works, counted from the world's start.
    pub expires_in: i64,
    /// Where it refreshes.
    pub token_endpoint: String,
}

/// What the world itself knows of an identity.
#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) key_id: String,
    pub(crate) user: String,
    /// Names the grant of its login.
    pub(crate) sid: String,
    jti: String,
    /// The text of its access token where it is no JWT.
    opaque: String,
    scopes: Scopes,
    issued: i64,
}

impl std::fmt::Debug for FixtureIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Key and tokens stay out of every log.
        write!(f, "FixtureIdentity({})", self.name)
    }
}

impl std::fmt::Debug for FixtureLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FixtureLogin({})", self.client_id)
    }
}

/// Where identities are laid.
pub(crate) struct Ground<'a> {
    pub(crate) seed: u64,
    pub(crate) origin: &'a str,
    pub(crate) variants: &'a VariantSet,
    pub(crate) now: i64,
    pub(crate) platform: &'a mut Platform,
    pub(crate) ledger: &'a mut Ledger,
    pub(crate) store: &'a mut Store,
}

/// Lays so many, without their access tokens.
pub(crate) fn lay(count: u16, oauth: &OAuthFixtures, ground: &mut Ground<'_>) -> Vec<FixtureIdentity> {
    let mut mint = Mint::new(ground.seed ^ OWN_SEED);
    let client = oauth.clients.get(CLIENT).map(|client| client.id.as_str());
    let client = client.unwrap_or_default();
    (1..=count)
        .map(|number| one(&format!("load-{number:04}"), client, &mut mint, ground))
        .collect()
}

fn one(name: &str, client: &str, mint: &mut Mint, ground: &mut Ground<'_>) -> FixtureIdentity {
    let tenant = ground.platform.settle_tenant(name);
    let key = mint.api_key(ground.variants, &DefectSet::default(), ground.now);
    let key_id = ground.platform.admit_tenant_key(name, &tenant, &key);
    ground.ledger.keys.push((key.clone(), key_id.clone()));
    let refresh_token = mint.opaque();
    let inner = Inner {
        key_id,
        user: tenant.user.clone(),
        sid: mint.hex(16),
        jti: mint.hex(16),
        opaque: mint.opaque(),
        scopes: Scopes::of_rights(tenant.scopes()),
        issued: ground.now,
    };
    let resource = format!("{}{}", ground.origin, Protected::Oauth.path());
    sign_in(ground, (client, resource), &inner, &refresh_token);
    let Tenant {
        org,
        workspace,
        canary,
        ..
    } = tenant;
    FixtureIdentity {
        name: name.to_owned(),
        tenant: name.to_owned(),
        key,
        workspace,
        org,
        canaries: vec![canary],
        oauth: FixtureLogin {
            client_id: client.to_owned(),
            access_token: String::new(),
            refresh_token,
            expires_in: token::ACCESS_LIFE,
            token_endpoint: format!("{}{}token/", ground.origin, endpoint::BASE),
        },
        inner,
    }
}

/// The grant and its refresh token.
fn sign_in(ground: &mut Ground<'_>, (client, resource): (&str, String), inner: &Inner, refresh: &str) {
    let now = ground.now;
    ground.store.admit_lasting(Family {
        sid: inner.sid.clone(),
        user: Some(inner.user.clone()),
        client: client.to_owned(),
        scopes: inner.scopes.clone(),
        resources: vec![resource],
        device_name: None,
        agent_name: None,
        created: now,
        auth_time: now,
        last_used: now,
        ended: None,
        access_survives: false,
        nonce: None,
    });
    let token = RefreshToken {
        sid: inner.sid.clone(),
        scopes: inner.scopes.clone(),
        issued: now,
        spent: None,
        successor: None,
        access: inner.jti.clone(),
        repeats: 0,
    };
    ground.store.admit_refresh(refresh, token);
}

/// Makes the access tokens of a fresh world's identities.
pub(crate) fn issue(world: &State, identities: &mut [FixtureIdentity]) {
    let healthy = View {
        defects: Arc::default(),
        ..world.view()
    };
    let resources = [Protected::Oauth.identifier(world)];
    for identity in identities {
        let inner = &identity.inner;
        let words: Vec<String> = inner.scopes.words().iter().map(ToString::to_string).collect();
        let grant = GrantView {
            subject: &inner.user,
            client: &identity.oauth.client_id,
            scopes: &words,
            resources: &resources,
            sid: &inner.sid,
            now: inner.issued,
        };
        let drawn = (inner.opaque.clone(), inner.jti.clone());
        identity.oauth.access_token = token::issue_as(world, &healthy, &grant, drawn).text;
    }
}

/// Lets the authorization server know the access tokens of its identities, as it does of all that it issues.
pub(crate) fn remember(world: &State, identities: &[FixtureIdentity]) {
    let resources = vec![Protected::Oauth.identifier(world)];
    let mut store = world.oauth();
    for identity in identities {
        let inner = &identity.inner;
        let token = AccessToken {
            jti: inner.jti.clone(),
            sid: inner.sid.clone(),
            scopes: inner.scopes.clone(),
            resources: resources.clone(),
            issued: inner.issued,
            expires: inner.issued + token::ACCESS_LIFE,
            revoked: None,
            used: false,
        };
        store.admit_access(&identity.oauth.access_token, token);
    }
}
