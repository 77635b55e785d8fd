//! Why an operation did not happen: status, code, reason and words, as the answers of both doors carry them.

use serde::Serialize;
use serde_json::{Value, json};

use super::locks::LockInfo;
use super::permit::Caller;

/// A refused operation. `status` is the HTTP status the situation stands for; who answers may map it further.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Refusal {
    /// The HTTP status of the situation (402, 403, 404, 406, 409, 412, 423).
    pub status: u16,
    /// The platform's error code.
    pub code: u32,
    /// A machine word for the situation, where there is one.
    pub reason: Option<&'static str>,
    /// What a person reads. Never holds an id or a name of an object the caller may not see.
    pub text: String,
    /// Details: an object with `reason` for scope refusals, an array for failed validation, else `None`.
    pub params: Option<Box<Value>>,
    /// The least scope that would have let the operation pass, where a scope is what lacks.
    pub scope_needed: Option<String>,
}

impl Refusal {
    fn plain(status: u16, code: u32, text: &str) -> Refusal {
        Refusal {
            status,
            code,
            reason: None,
            text: text.to_owned(),
            params: None,
            scope_needed: None,
        }
    }

    fn scoped(
        code: u32,
        reason: &'static str,
        text: &str,
        caller: &Caller,
        needed: Option<String>,
    ) -> Refusal {
        let params = json!({
            "reason": reason,
            "credential_type": "api-key",
            "credential_id": caller.credential,
        });
        Refusal {
            reason: Some(reason),
            params: Some(Box::new(params)),
            scope_needed: needed,
            ..Refusal::plain(403, code, text)
        }
    }

    /// The thing does not exist, or the caller must not learn that it does: one answer for both.
    pub fn not_found() -> Refusal {
        Refusal::plain(404, 100_220, "The requested item was not found.")
    }

    /// The same in other words; a healthy platform has none.
    pub(super) fn not_found_saying(text: &str) -> Refusal {
        Refusal::plain(404, 100_220, text)
    }

    /// A read-only credential tried to write.
    pub fn scope_write(caller: &Caller, needed: String) -> Refusal {
        let text = "This session has read-only scope; the operation is a write and is not permitted.";
        Refusal::scoped(10_770, "scope_write_required", text, caller, Some(needed))
    }

    /// A credential without administration mode tried to administer.
    pub fn scope_admin(caller: &Caller, needed: String) -> Refusal {
        let text = "This operation needs a credential with administration mode.";
        Refusal::scoped(10_767, "scope_admin_required", text, caller, Some(needed))
    }

    /// No scope of the credential covers the thing.
    pub fn scope_entity(caller: &Caller, needed: String) -> Refusal {
        let text = "The credential is not scoped to this entity.";
        Refusal::scoped(10_175, "scope_entity", text, caller, Some(needed))
    }

    /// A key was to receive more than its issuer holds.
    pub fn scope_exceeds_issuer(caller: &Caller, asked: String) -> Refusal {
        let text = "A credential cannot grant a scope wider than its own.";
        Refusal::scoped(10_768, "scope_exceeds_issuer", text, caller, Some(asked))
    }

    /// The user behind the credential is not a member.
    pub fn not_member() -> Refusal {
        Refusal {
            reason: Some("not_a_member"),
            ..Refusal::plain(403, 10_545, "You are not a member here.")
        }
    }

    /// The user behind the credential is a member with too small a role.
    pub fn role() -> Refusal {
        let text = "Your role does not permit this operation.";
        Refusal {
            reason: Some("role_insufficient"),
            ..Refusal::plain(403, 10_545, text)
        }
    }

    /// Only accounts of agents hand over with a token.
    pub(super) fn agents_only() -> Refusal {
        Refusal {
            reason: Some("agents_only"),
            ..Refusal::plain(403, 10_545, "Only an agent account makes claim tokens.")
        }
    }

    /// Only people claim.
    pub(super) fn people_only() -> Refusal {
        Refusal {
            reason: Some("people_only"),
            ..Refusal::plain(403, 10_545, "Only a person can claim an organisation.")
        }
    }

    /// There are as many claim tokens as there may be.
    pub(super) fn too_many_claims() -> Refusal {
        Refusal {
            reason: Some("too_many_claims"),
            ..Refusal::plain(
                412,
                1685,
                "There are five open claim tokens; take one back first.",
            )
        }
    }

    /// The organisation has used up what its plan gives.
    pub(super) fn credits_exhausted() -> Refusal {
        Refusal {
            reason: Some("credits_exhausted"),
            params: Some(Box::new(json!({ "reason": "credits_exhausted" }))),
            ..Refusal::plain(
                402,
                1688,
                "The credits of this organisation are used up; see org limits.",
            )
        }
    }

    /// A name that has to be unique is not.
    pub(super) fn taken(name: &str) -> Refusal {
        Refusal {
            reason: Some("taken"),
            ..Refusal::plain(409, 10_022, &format!("{name}: is taken"))
        }
    }

    /// An argument is missing or cannot be used.
    pub fn validation(name: &str, message: &str) -> Refusal {
        let params = json!([{ "name": name, "kind": "invalid", "code": 10_022, "message": message }]);
        Refusal {
            params: Some(Box::new(params)),
            ..Refusal::plain(406, 10_022, &format!("{name}: {message}"))
        }
    }

    /// Filters that exclude each other.
    pub fn mixed_filters() -> Refusal {
        Refusal::plain(406, 10_262, "Give exactly one of workspace_id and org_id.")
    }

    /// Somebody holds the lock of a file: 409 to who wants it, 423 to who wants to change the file (RFC 4918 §11.3).
    pub(super) fn lock_held(status: u16, info: LockInfo) -> Refusal {
        Refusal {
            reason: Some("lock_held"),
            params: Some(Box::new(json!({ "reason": "lock_held", "lock_info": info }))),
            ..Refusal::plain(status, 100_423, "The item is locked.")
        }
    }

    /// The lock that was shown is not, or no longer, in force.
    pub(super) fn lock_lost() -> Refusal {
        Refusal {
            reason: Some("lock_lost"),
            params: Some(Box::new(json!({ "reason": "lock_lost" }))),
            ..Refusal::plain(409, 100_424, "The lock is not in force.")
        }
    }

    /// A lock cannot be ended or renewed without its token.
    pub(super) fn lock_token_missing() -> Refusal {
        Refusal {
            code: 205_516,
            ..Refusal::validation("lock_token", "is required")
        }
    }

    /// A guarded write met another version than it expected.
    pub fn version_mismatch(current: &str) -> Refusal {
        Refusal {
            reason: Some("conflict_version_mismatch"),
            params: Some(Box::new(
                json!({ "reason": "conflict_version_mismatch", "current_version_id": current }),
            )),
            ..Refusal::plain(409, 100_409, "The item has changed since the given version.")
        }
    }
}
