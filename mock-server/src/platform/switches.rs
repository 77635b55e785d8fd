//! What may be switched about the platform's decisions while a world runs. `Default` is the correct platform.
//!
//! A request sets the switches it sees before it acts; nothing here decides anything.

use serde::Serialize;

use super::Flaws;

/// Permission decisions that may be switched to another behaviour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Switches {
    /// A scope's mode is not looked at: a read-only credential writes (a defect).
    pub write_scope_unchecked: bool,
    /// Objects of the caller's own tenant that no scope covers answer 404 instead of 403 (conforming).
    pub ungranted_not_found: bool,
    /// Ways to forget whose a thing is (defects).
    pub flaws: Flaws,
    /// What else may go wrong with scopes.
    pub scopes: ScopeSwitches,
    /// What else may be switched about keys.
    pub keys: KeySwitches,
    /// What may go wrong with webhooks.
    pub webhooks: WebhookSwitches,
    /// How locks are kept.
    pub locks: LockSwitches,
    /// How organisations change hands.
    pub transfer: TransferSwitches,
    /// What the trail keeps.
    pub audit: AuditSwitches,
}

/// Defects in how subscriptions are made and their secrets rotated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct WebhookSwitches {
    /// A rotated secret signs no more at once.
    pub hard_cut: bool,
    /// All subscriptions of an account have the same secret.
    pub shared_secret: bool,
    /// Any address may be delivered to.
    pub anywhere: bool,
    /// A subscription to all events of a workspace hears of those of every workspace.
    pub all_is_everything: bool,
}

/// Defects in how scopes are read and compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches, one for each defect"
)]
pub struct ScopeSwitches {
    /// The role alone decides.
    pub unchecked: bool,
    /// A text that merely holds the words of a scope is taken for it.
    pub substring: bool,
    /// Of several objects in one call, the first alone is checked.
    pub first_item_only: bool,
    /// Any credential may do what belongs to the account.
    pub account_open: bool,
    /// A scope on one workspace covers every workspace.
    pub any_workspace: bool,
    /// A scope of a grant covers exactly what it names, in exactly its mode.
    pub exact: bool,
    /// Of several scopes that a call lacks, a refusal names the first alone.
    pub one_at_a_time: bool,
    /// An intent answers to everybody who knows its id.
    pub handle_not_bound: bool,
}

/// How keys are made, shown, rotated and ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches, one for each defect"
)]
pub struct KeySwitches {
    /// What a key gets that was asked for without scopes.
    pub default: DefaultScopes,
    /// Every credential may list the keys of its account.
    pub listing_open: bool,
    /// A new key may hold more than its issuer (a defect).
    pub escalation: bool,
    /// The value is kept and shown again (a defect).
    pub readable: bool,
    /// A new key of the name of a revoked one brings that back (a defect).
    pub resurrects: bool,
    /// An update takes the owner from its arguments (a defect).
    pub mass_assignment: bool,
    /// How a rotation goes wrong (a defect).
    pub rotation: Rotation,
}

/// How file locks are kept. All but the first are defects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches, one for each defect"
)]
pub struct LockSwitches {
    /// A lock refuses no change; that it was passed over leaves an event (conforming to what Fast.io documents).
    pub advisory: bool,
    /// A held lock is given to whoever asks.
    pub shared: bool,
    /// The file was free when this request looked, some milliseconds ago, and is not looked at again.
    pub looked_free: bool,
    /// A move asks for no lock.
    pub moves_free: bool,
    /// Whoever may write may end a lock, and let it begin anew.
    pub anybody_ends: bool,
    /// A change passes with any lock the file ever had.
    pub unfenced: bool,
    /// Locks do not end by themselves.
    pub endless: bool,
    /// The lock of a credential that is over never ends.
    pub orphans: bool,
    /// Whoever takes a lock once more after its end gets the same.
    pub reuses: bool,
    /// What is said about a lock holds its token.
    pub tells_token: bool,
}

/// Defects in handing over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches, one for each defect"
)]
pub struct TransferSwitches {
    /// Answers go on naming the old owner.
    pub stale_owner: bool,
    /// The credential that made a claim token ends when it is used.
    pub kills_token: bool,
    /// Whoever handed over administers all that the new owner owns.
    pub follows_owner: bool,
    /// Whoever once administered a thing may add members to it.
    pub regrants: bool,
    /// The claim was open when this request looked, some milliseconds ago, and is not looked at again.
    pub looked_free: bool,
    /// A claim token is good more than once.
    pub reusable: bool,
    /// A claim token does not end.
    pub immortal: bool,
    /// Whoever has a claim token may use it, whomever it is meant for.
    pub unbound: bool,
    /// Nothing of it is in the trail.
    pub unlogged: bool,
}

/// Defects in the audit trail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches, one for each defect"
)]
pub struct AuditSwitches {
    /// Events name the account, not the credential.
    pub user_only: bool,
    /// Reads, searches, refusals and failed logins are left out.
    pub writes_only: bool,
    /// A failed login is written down with the header that failed.
    pub raw_header: bool,
    /// Events of a grant do not name the client.
    pub actor_lost: bool,
    /// Of many events of a kind a tenth is kept.
    pub sampled: bool,
    /// What comes faster than it is written is dropped.
    pub queue_drop: bool,
    /// Whoever asks may read all of it.
    pub no_tenant: bool,
    /// The life of credentials is left out.
    pub no_lifecycle: bool,
    /// What happened shows a day later.
    pub daily: bool,
}

/// The scopes of a key that was asked for without any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DefaultScopes {
    /// To read: the least that is of use.
    #[default]
    Reading,
    /// To read and write all of the account, as Fast.io documents it.
    Account,
    /// All that its issuer holds (a defect).
    Issuer,
}

/// What a rotation does to the old key and to the rights of the new one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rotation {
    /// The old key ends after the overlap; the new one may do the same.
    #[default]
    Sound,
    /// The new key gets all that its issuer holds.
    Widens,
    /// The old key ends at once.
    Gap,
    /// The old key never ends.
    Endless,
}
