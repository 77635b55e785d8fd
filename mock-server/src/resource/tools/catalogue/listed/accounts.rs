//! Of accounts, organisations and workspaces.

use super::super::{Action, admin, read, write};

/// Tool → its further actions.
pub(super) const LISTED: &[(&str, &[Action])] = &[
    (
        "auth",
        &[
            read(
                "email-check",
                "email",
                "Whether an account of this address exists.",
            ),
            read("devices", "", "Lists the devices that are signed in."),
            read("two-factor-status", "", "Whether a second factor is asked for."),
        ],
    ),
    (
        "auth_manage",
        &[
            read("signup", "email password", "Makes an account."),
            read("password-reset-request", "email", "Asks for a new password."),
            read("password-reset", "code password", "Sets a new password."),
            read("email-verify", "code", "Confirms an address."),
            write(
                "two-factor-enable",
                "channel",
                "Asks for a second factor from now on.",
            ),
            write(
                "two-factor-disable",
                "code confirm",
                "Asks for no second factor any more.",
            ),
            write("device-rename", "session_id name", "Names a device."),
        ],
    ),
    (
        "user",
        &[
            read("profile", "", "The profile others see."),
            read(
                "contacts",
                "limit? offset?",
                "Lists people the account works with.",
            ),
            read("invitations", "", "Lists invitations to the account."),
            read("preferences", "", "The settings of the account."),
            read("limits", "", "What the account may make."),
            read("shares", "limit? offset?", "Lists shares made for the account."),
            read("storage-usage", "", "How much the account keeps."),
        ],
    ),
    (
        "user_manage",
        &[
            write("update-profile", "name? about?", "Changes the profile."),
            write("update-preferences", "values", "Changes settings."),
            write("accept-invitation", "invitation_id", "Accepts an invitation."),
            write("decline-invitation", "invitation_id", "Declines an invitation."),
            write("close", "confirm", "Closes the account."),
        ],
    ),
    (
        "org",
        &[
            read("billing-details", "org_id", "The plan and how it is paid."),
            read("billing-invoices", "org_id limit? offset?", "Lists invoices."),
            read("billing-plans", "", "Lists plans."),
            read("billing-usage", "org_id", "What was used in this period."),
            read("domain-check", "domain", "Whether a domain is free."),
            read(
                "list-shares",
                "org_id limit? offset?",
                "Lists shares of its workspaces.",
            ),
            read("public-details", "org_id", "What anybody may know of it."),
            read("storage-usage", "org_id", "How much its workspaces keep."),
            read("policies", "org_id", "Rules for members and links."),
        ],
    ),
    (
        "org_manage",
        &[
            admin("update", "org_id name? domain?", "Changes an organisation."),
            admin("close", "org_id confirm", "Closes an organisation."),
            admin("billing-update", "org_id plan", "Changes the plan."),
            admin("billing-cancel", "org_id confirm", "Ends the plan."),
            admin(
                "policies-update",
                "org_id values",
                "Changes rules for members and links.",
            ),
            admin("add-member", "org_id email role", "Invites a member."),
            admin("remove-member", "org_id user_id confirm", "Removes a member."),
            write("leave", "org_id confirm", "Leaves an organisation."),
        ],
    ),
    (
        "workspace",
        &[
            read("list-archived", "org_id?", "Lists workspaces that were put away."),
            read("list-available", "org_id", "Lists workspaces that may be joined."),
            read("limits", "workspace_id", "What may be kept in it."),
            read("list-notes", "workspace_id limit? offset?", "Lists its notes."),
            read("storage-usage", "workspace_id", "How much it keeps."),
            read("permissions", "workspace_id", "What each role may do."),
            read("quickshare-list", "workspace_id", "Lists links to single files."),
        ],
    ),
    (
        "workspace_manage",
        &[
            write("join", "workspace_id", "Joins a workspace that is open."),
            write("leave", "workspace_id confirm", "Leaves a workspace."),
            admin("unarchive", "workspace_id", "Takes a workspace out again."),
            admin(
                "permissions-update",
                "workspace_id values",
                "Changes what roles may do.",
            ),
            admin("rename", "workspace_id name", "Names a workspace."),
            write(
                "quickshare-create",
                "workspace_id node_id",
                "Makes a link to a file.",
            ),
            write(
                "quickshare-delete",
                "workspace_id node_id confirm",
                "Ends a link to a file.",
            ),
        ],
    ),
    (
        "event",
        &[
            read(
                "summarize",
                "workspace_id? org_id?",
                "Says in words what happened.",
            ),
            read("categories", "", "Lists the names of events."),
            read("unread", "profile_id", "Lists events not acknowledged."),
        ],
    ),
    (
        "event_manage",
        &[write("ack-all", "profile_id", "Acknowledges all events.")],
    ),
    (
        "member",
        &[
            read("roles", "entity_type", "What roles there are."),
            read("find", "entity_type entity_id query", "Finds members."),
        ],
    ),
    (
        "member_manage",
        &[write(
            "leave",
            "entity_type entity_id confirm",
            "Ends one's own membership.",
        )],
    ),
    (
        "invitation",
        &[
            read("details", "invitation_id", "One invitation."),
            read(
                "list-sent",
                "limit? offset?",
                "Lists invitations the account has made.",
            ),
        ],
    ),
    (
        "invitation_manage",
        &[
            admin(
                "update",
                "entity_type entity_id invitation_id role",
                "Changes an invitation.",
            ),
            admin(
                "resend",
                "entity_type entity_id invitation_id",
                "Sends an invitation again.",
            ),
        ],
    ),
    (
        "asset",
        &[
            read("details", "entity_type entity_id asset", "One picture."),
            read("types", "entity_type", "Which pictures there may be."),
        ],
    ),
    (
        "asset_manage",
        &[write(
            "upload",
            "entity_type entity_id asset blob_id",
            "Sets a picture.",
        )],
    ),
];
