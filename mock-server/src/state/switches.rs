//! What the defects that are on switch in the platform, which knows none of them.

use serde_json::{Map, Value};

use super::View;
use crate::behaviour::Behaviour;
use crate::defect::{audit, key, lock as locks, resource as defect, scope, tenant, whs, xfer};
use crate::platform::{
    AuditSwitches, Caller, DefaultScopes, Flaw, Flaws, KeySwitches, LockSwitches, Rotation, ScopeSwitches,
    Switches, TransferSwitches, WebhookSwitches,
};
use crate::resource::tools;
use crate::variant;

/// The ways to forget whose a thing is that are on.
fn flaws(view: &View) -> Flaws {
    let on = |defect| view.defects.has(defect);
    Flaws::default()
        .with(Flaw::Waved, view.waved)
        .with(Flaw::MembersOpen, on(defect::TOOL_UNGUARDED))
        .with(Flaw::NodeAnywhere, on(tenant::UUID_ONLY_LOOKUP))
        .with(Flaw::SourceAnywhere, on(tenant::COPY_SOURCE_UNCHECKED))
        .with(Flaw::TotalOfAll, on(tenant::TOTAL_UNFILTERED))
        .with(Flaw::FilteredLate, on(tenant::POST_FILTER_TOPK))
        .with(Flaw::OneIndex, on(tenant::SHARED_INDEX))
        .with(Flaw::ByTenant, on(tenant::TENANT_LEVEL_FILTER))
        .with(Flaw::GroundedInAll, on(tenant::RAG_UNFILTERED))
        .with(Flaw::CitesAll, on(tenant::CITATIONS_UNFILTERED))
        .with(Flaw::IndexOutlives, on(tenant::INDEX_OUTLIVES_SWITCH))
        .with(Flaw::SharesOpen, on(tenant::SHARE_OPEN))
        .with(Flaw::UploadsOpen, on(tenant::UPLOAD_ID_OPEN))
        .with(Flaw::ImportsAsSystem, on(tenant::IMPORT_AS_SYSTEM))
        .with(Flaw::TokenOpensAll, on(tenant::TOKEN_OPENS_ALL))
        .with(Flaw::AdmitsExistence, on(tenant::EXISTENCE_ORACLE))
        .with(Flaw::Suggests, on(tenant::ERROR_NAMES_OWNER))
        .with(Flaw::NullIsAll, on(tenant::NULL_TENANT_UNSCOPED))
        .with(Flaw::CursorDecides, on(tenant::CURSOR_CARRIES_FILTER))
        .with(Flaw::SignedForever, on(tenant::SIGNED_URL_FOREVER))
        .with(Flaw::MemberForever, on(tenant::MEMBERSHIP_CACHED))
}

/// Calls that two defects let through without asking whose the thing is.
pub(super) fn asks_nobody(view: &View, tool: &str, arguments: &Map<String, Value>) -> bool {
    let action = arguments
        .get("action")
        .and_then(Value::as_str)
        .unwrap_or_default();
    view.waved
        || match (tool, action) {
            ("storage", "content") => view.defects.has(tenant::IDOR_READ),
            ("storage_manage", "rename") => view.defects.has(tenant::IDOR_WRITE),
            _ => false,
        }
}

/// The platform's switches as a request sees them.
pub(super) fn switches(view: &View) -> Switches {
    let has = |defect| view.defects.has(defect);
    Switches {
        write_scope_unchecked: has(defect::WRITE_SCOPE_UNCHECKED) || view.unguarded,
        ungranted_not_found: view.variants.has(variant::NOT_FOUND_FOREIGN),
        flaws: flaws(view),
        scopes: ScopeSwitches {
            unchecked: has(scope::SCOPE_UNCHECKED),
            substring: has(scope::SCOPE_SUBSTRING),
            first_item_only: has(scope::FIRST_ITEM_ONLY),
            account_open: has(scope::ACCOUNT_API_ANY_TOKEN),
            any_workspace: has(key::ALL_WORKSPACES),
            exact: has(defect::NO_SCOPE_HIERARCHY),
            one_at_a_time: has(defect::ONE_SCOPE_AT_A_TIME),
            handle_not_bound: has(defect::HANDLE_NOT_BOUND),
        },
        keys: KeySwitches {
            default: match view.behaviour {
                _ if has(key::KEY_DEFAULT_ADMIN) => DefaultScopes::Issuer,
                Behaviour::Fastio => DefaultScopes::Account,
                Behaviour::Seed | Behaviour::Strict => DefaultScopes::Reading,
            },
            listing_open: view.behaviour == Behaviour::Fastio,
            escalation: has(scope::MINT_ESCALATION),
            readable: has(key::KEY_READABLE),
            resurrects: has(key::NAME_RESURRECTS),
            mass_assignment: has(scope::MASS_ASSIGNMENT),
            rotation: match () {
                () if has(key::ROTATE_WIDEN) => Rotation::Widens,
                () if has(key::ROTATE_GAP) => Rotation::Gap,
                () if has(key::ROTATE_ENDLESS) => Rotation::Endless,
                () => Rotation::Sound,
            },
        },
        webhooks: WebhookSwitches {
            hard_cut: has(whs::HARD_CUT),
            shared_secret: has(whs::SHARED_ENDPOINT_SECRET),
            anywhere: has(whs::SSRF_WEBHOOK),
            all_is_everything: has(tenant::WEBHOOK_WILDCARD),
        },
        locks: lock_switches(view),
        transfer: transfer_switches(view),
        audit: audit_switches(view),
    }
}

fn lock_switches(view: &View) -> LockSwitches {
    let has = |defect| view.defects.has(defect);
    LockSwitches {
        advisory: view.behaviour == Behaviour::Fastio,
        shared: has(locks::LOCK_ADVISORY),
        looked_free: view.looked_free,
        moves_free: has(locks::LOCK_NOT_CHECKED_ON_MOVE),
        anybody_ends: has(locks::RELEASE_ANY),
        unfenced: has(locks::NO_FENCING),
        endless: has(locks::LOCK_ENDLESS),
        orphans: has(locks::ORPHAN_LOCK),
        reuses: has(locks::LOCK_ID_REUSED),
        tells_token: has(locks::LOCK_TOKEN_SHOWN),
    }
}

fn transfer_switches(view: &View) -> TransferSwitches {
    let has = |defect| view.defects.has(defect);
    TransferSwitches {
        stale_owner: has(xfer::OWNER_FIELD_STALE),
        kills_token: has(xfer::TRANSFER_KILLS_TOKEN),
        follows_owner: has(xfer::ADMIN_OF_OWNER),
        regrants: has(xfer::AGENT_REGRANTS),
        looked_free: view.looked_free,
        reusable: has(xfer::CLAIM_REUSABLE),
        immortal: has(xfer::CLAIM_IMMORTAL),
        unbound: has(xfer::CLAIM_UNBOUND),
        unlogged: has(xfer::TRANSFER_UNLOGGED),
    }
}

fn audit_switches(view: &View) -> AuditSwitches {
    let has = |defect| view.defects.has(defect);
    AuditSwitches {
        user_only: has(audit::AUDIT_USER_ONLY),
        writes_only: has(audit::AUDIT_WRITES_ONLY),
        raw_header: has(audit::AUDIT_RAW_HEADER),
        actor_lost: has(audit::AUDIT_ACTOR_LOST),
        sampled: has(audit::AUDIT_SAMPLED),
        queue_drop: has(audit::AUDIT_QUEUE_DROP),
        no_tenant: has(audit::AUDIT_NO_TENANT),
        no_lifecycle: has(audit::NO_LIFECYCLE_EVENTS),
        daily: has(audit::AUDIT_DAILY_BATCH),
    }
}

/// Whether a call gets past the mode of scopes: an action nobody classified, a tool that is only hidden.
pub(super) fn unclassified(view: &View, caller: &Caller, name: &str, arguments: &Map<String, Value>) -> bool {
    let action = arguments.get("action").and_then(Value::as_str);
    let newest = (name, action) == ("workspace_manage", Some("create-note"));
    let hidden = || tools::visible(caller).iter().all(|tool| tool.name != name);
    (newest && view.defects.has(scope::NEW_TOOL_UNCLASSIFIED))
        || (view.defects.has(scope::HIDE_ONLY) && hidden())
}
