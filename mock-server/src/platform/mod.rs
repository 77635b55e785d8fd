//! The domain of the mock: people, organisations, workspaces, files, keys and the audit trail.
//!
//! It uses nothing but the standard library, hashing and serialisation. It never speaks HTTP, never
//! awaits, and never reads a clock: the time comes in as Unix seconds with every call that needs it.
//! Every operation asks [`Platform::permit`] first, so a permission that is wrong is wrong in one place.

mod answers;
mod chats;
mod comments;
mod credits;
mod draw;
mod edits;
mod events;
mod file_shares;
mod files;
mod fixture;
mod flaw;
mod founding;
mod identities;
mod index;
mod intents;
mod keys;
mod locks;
mod members;
mod memberships;
mod orgs;
mod people;
mod permit;
mod refusal;
mod rotation;
mod scope;
mod sealed;
mod search;
mod seedling;
mod shares;
mod stamp;
mod switches;
mod transfer;
mod tree;
mod uploads;
mod webhooks;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;

pub use answers::{Citation, GroundedAnswer, Scoped};
pub use chats::{Chat, ChatMessage};
pub use comments::Comment;
pub use credits::{Credits, CreditsView};
pub use events::{AuditEvent, Deed, EventFilter, EventPage, Outcome, Trail};
pub use file_shares::{FileShare, FileShareView};
pub use files::{ListOptions, NodePage};
pub use flaw::{Flaw, Flaws};
pub use identities::Tenant;
pub use index::asked as question_words;
pub use intents::{Intent, IntentView};
pub use keys::{KeyChange, KeyRecord, KeyState, KeyView, Keys, NewKey};
pub use locks::{Guard, Holder, LockGrant, LockInfo, LockWish};
pub use members::administration;
pub use orgs::{MemberView, Org, OrgView, Workspace, WorkspaceView};
pub use people::{Membership, Role, User, UserKind};
pub use permit::{Caller, Demand, Target};
pub use refusal::Refusal;
pub use scope::{Entity, Mode, Scope, ScopeError};
pub use search::{FoundNode, FoundPage};
pub use shares::{Share, ShareKind, ShareView};
pub use stamp::{parse_stamp, rfc3339, stamp};
pub use switches::{
    AuditSwitches, DefaultScopes, KeySwitches, LockSwitches, Rotation, ScopeSwitches, Switches,
    TransferSwitches, WebhookSwitches,
};
pub use transfer::ClaimView;
pub use tree::{Node, NodeKind, NodeView, Storage, Version, VersionView};
pub use uploads::{Blob, BlobView, LONGEST_FILE, SOURCES, Upload, UploadView, upload_demand};

pub use webhooks::{NewSubscription, Subscription, SubscriptionChange, SubscriptionView, Webhooks};

use draw::Draw;
use locks::Latch;
use memberships::Memberships;
use transfer::Claim;

/// Everything one world knows, in memory. Serialises to the state export; token values are not in it.
#[derive(Debug, Clone, Serialize)]
pub struct Platform {
    /// What this world's ids, canaries and texts are derived from.
    pub seed: u64,
    /// The permission switches in force.
    pub switches: Switches,
    /// The key records; the authority of keys looks tokens up here.
    pub keys: Keys,
    users: BTreeMap<String, User>,
    orgs: BTreeMap<String, Org>,
    workspaces: BTreeMap<String, Workspace>,
    memberships: Memberships,
    intents: BTreeMap<String, Intent>,
    /// Who is told of what happens.
    pub webhooks: Webhooks,
    chats: BTreeMap<String, Chat>,
    comments: BTreeMap<String, Vec<Comment>>,
    shares: BTreeMap<String, Share>,
    file_shares: BTreeMap<String, FileShare>,
    blobs: BTreeMap<String, Blob>,
    uploads: BTreeMap<String, Upload>,
    /// Where files may be imported from, and what stands there.
    sources: BTreeMap<String, String>,
    /// Where the world answers: `http://127.0.0.1:PORT`; empty where nobody has said.
    home: String,
    /// By node.
    locks: BTreeMap<String, Latch>,
    /// Oldest first.
    claims: Vec<Claim>,
    trail: Trail,
    minted: u64,
    /// When the fixture was laid, in Unix seconds.
    born: i64,
}

impl Platform {
    /// What happened, oldest first.
    pub fn trail(&self) -> &Trail {
        &self.trail
    }

    /// When the fixture was laid, in Unix seconds.
    pub fn born(&self) -> i64 {
        self.born
    }

    /// The user with this id.
    pub fn user(&self, id: &str) -> Option<&User> {
        self.users.get(id)
    }

    /// The organisation a fixture knows by its domain (`acme`).
    pub fn org_named(&self, domain: &str) -> Option<&Org> {
        self.orgs.values().find(|org| org.domain == domain)
    }

    /// Whether an id is that of an organisation.
    pub fn is_org(&self, id: &str) -> bool {
        self.orgs.contains_key(id)
    }

    /// The organisation with this id.
    pub fn org(&self, id: &str) -> Option<&Org> {
        self.orgs.get(id)
    }

    /// The workspace a fixture knows by its organisation's domain and its own folder name.
    pub fn workspace_named(&self, domain: &str, folder_name: &str) -> Option<&Workspace> {
        let org = self.org_named(domain)?;
        self.workspaces
            .values()
            .find(|ws| ws.org == org.id && ws.folder_name == folder_name)
    }

    /// The share of a workspace that the fixture made, by its id; `None` where there is none.
    pub fn first_share(&self, workspace: &str) -> Option<&Share> {
        self.shares.values().find(|share| share.workspace == workspace)
    }

    /// Every workspace, by id. For fixtures and the control door, never for answers to a caller.
    pub fn all_workspaces(&self) -> impl Iterator<Item = &Workspace> {
        self.workspaces.values()
    }

    /// A fresh profile id: nineteen digits, the first of which is `lead`.
    fn next_profile(&mut self, lead: char) -> String {
        self.minted += 1;
        Draw::named(self.seed, &format!("minted/{}", self.minted)).profile_id(lead)
    }

    /// A fresh opaque id of the given type letter; each call gives another, the sequence follows the seed.
    fn next_id(&mut self, kind: &str) -> String {
        self.minted += 1;
        Draw::named(self.seed, &format!("minted/{}", self.minted)).opaque_id(kind)
    }
}
