//! Defects in the audit trail.

use super::family;

family! { "AUDIT";
    AUDIT_USER_ONLY "audit-user-only" breaks ["AUDIT-01"] implies ["AUDIT-02", "AUDIT-05", "AUDIT-10", "XFER-07"]
        does "Names the account in the trail and not the credential.";
    AUDIT_WRITES_ONLY "audit-writes-only" breaks ["AUDIT-02"] implies ["AUDIT-01", "AUDIT-04", "AUDIT-10"]
        does "Leaves reads, searches, refusals and failed logins out of the trail.";
    AUDIT_RAW_HEADER "audit-raw-header" breaks ["AUDIT-03"] implies []
        does "Writes a failed login down with its Authorization header.";
    AUDIT_ACTOR_LOST "audit-actor-lost" breaks ["AUDIT-04"] implies []
        does "Names the person in the trail and not the client that acted for it.";
    AUDIT_SAMPLED "audit-sampled" breaks ["AUDIT-05"] implies []
        does "Writes the first twenty events of a kind down and a tenth of those that follow.";
    AUDIT_QUEUE_DROP "audit-queue-drop" breaks ["AUDIT-05"] implies []
        does "Drops events that come faster than they are written.";
    AUDIT_NO_TENANT "audit-no-tenant" breaks ["AUDIT-06"] implies ["TENANT-01"]
        does "Shows the trail of any workspace to whoever names it.";
    LOG_INJECTION "log-injection" breaks ["AUDIT-07"] implies []
        does "Exports the trail as text without quoting or escaping anything.";
    AUDIT_DELETABLE "audit-deletable" breaks ["AUDIT-08"] implies []
        does "Deletes an event for whoever may read it.";
    NO_LIFECYCLE_EVENTS "no-lifecycle-events" breaks ["AUDIT-09"] implies []
        does "Leaves the life of API keys out of the trail.";
    AUDIT_DAILY_BATCH "audit-daily-batch" breaks ["AUDIT-10"] implies [
        "AUDIT-01", "AUDIT-02", "AUDIT-03", "AUDIT-04", "AUDIT-05", "AUDIT-07", "AUDIT-09", "XFER-07"
    ]
        does "Shows what happened in the trail a day later.";
}
