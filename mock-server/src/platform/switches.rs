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
