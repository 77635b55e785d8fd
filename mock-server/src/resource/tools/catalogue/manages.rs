//! The tools that change something. Entering actions of `auth_manage` change no object, so they stay open.

use super::{Tool, admin, read, tool_of, write};

pub(super) const TOOLS: &[Tool] = &[
    tool_of(
        "auth_manage",
        "Sign in and manage credentials",
        false,
        "Signs in, and makes, changes and ends credentials.",
        &[
            read("signin", "email password", "Signs in with a password."),
            read("set-api-key", "api_key", "Signs in with an API key."),
            read(
                "pkce-login",
                "scope_type? agent_name?",
                "Starts an OAuth sign-in.",
            ),
            read("pkce-complete", "code", "Ends an OAuth sign-in."),
            read("signout", "", "Signs out."),
            write(
                "api-key-create",
                "name scopes? key_expires? agent_name?",
                "Makes an API key no wider than this credential; its value is shown this once.",
            ),
            write(
                "api-key-update",
                "key_id name? scopes? key_expires? agent_name?",
                "Changes a key; scopes are replaced.",
            ),
            write(
                "api-key-rotate",
                "key_id",
                "Makes a key with the same rights; the old one ends a minute later.",
            ),
            write("api-key-delete", "key_id confirm", "Revokes a key for good."),
            write(
                "oauth-update",
                "session_id agent_name? scopes?",
                "Narrows or renames an OAuth session.",
            ),
            write("oauth-revoke", "session_id confirm", "Ends an OAuth session."),
            write("oauth-revoke-all", "confirm", "Ends every OAuth session."),
        ],
    ),
    tool_of(
        "user_manage",
        "Change users",
        true,
        "Changes the account.",
        &[write("update", "name?", "Changes the account.")],
    ),
    tool_of(
        "org_manage",
        "Change organisations",
        true,
        "Makes, changes and hands over organisations.",
        &[
            write("create", "domain name?", "Makes an organisation."),
            write(
                "create-workspace",
                "org_id name intelligence?",
                "Makes a workspace.",
            ),
            admin(
                "transfer-token-create",
                "org_id email?",
                "Makes a token that a person, or one person alone, takes an organisation over with.",
            ),
            admin("transfer-token-list", "org_id", "Lists such tokens."),
            admin(
                "transfer-token-delete",
                "org_id token_id confirm",
                "Ends such a token.",
            ),
            write("transfer-claim", "token", "Takes an organisation over."),
            admin(
                "transfer-ownership",
                "org_id user_id confirm",
                "Gives an organisation to a member.",
            ),
            admin(
                "update-member-role",
                "org_id user_id role",
                "Changes a member's role.",
            ),
        ],
    ),
    tool_of(
        "workspace_manage",
        "Change workspaces",
        true,
        "Changes workspaces and their notes.",
        &[
            admin(
                "update",
                "workspace_id intelligence",
                "Switches questions over the files of a workspace on or off.",
            ),
            write(
                "create-note",
                "workspace_id name content? parent_id?",
                "Makes a note.",
            ),
            write(
                "update-note",
                "workspace_id node_id content if_version_id? lock_token?",
                "Gives a note a new text.",
            ),
            admin("archive", "workspace_id confirm", "Puts a workspace away."),
            admin("delete", "workspace_id confirm", "Ends a workspace."),
        ],
    ),
    tool_of(
        "share_manage",
        "Change shares",
        true,
        "Makes, changes and ends shares.",
        &[
            write(
                "create",
                "workspace_id share_type? name? node_id?",
                "Makes a share.",
            ),
            write("update", "share_id name", "Renames a share."),
            write("delete", "share_id confirm", "Ends a share."),
        ],
    ),
    tool_of(
        "fileshare_manage",
        "Change file shares",
        false,
        "Makes and ends shares of a single file.",
        &[write("create", "profile_id node_id", "Makes a file share.")],
    ),
    tool_of(
        "storage_manage",
        "Change files and folders",
        true,
        "Makes, moves and ends folders, files and notes.",
        &[
            write(
                "create-folder",
                "profile_type? profile_id node_id? name",
                "Makes a folder in a folder, `root` when none is named.",
            ),
            write(
                "create-folders",
                "profile_ids name",
                "Makes the same folder in several workspaces, or in none.",
            ),
            write(
                "rename",
                "profile_type? profile_id node_id name if_version_id? lock_token?",
                "Renames a node.",
            ),
            write(
                "move",
                "profile_type? profile_id node_id parent_id lock_token?",
                "Moves a node into another folder.",
            ),
            write(
                "copy",
                "profile_type? profile_id node_id parent_id?",
                "Copies a file or note, from wherever it may be read, into a folder of the workspace.",
            ),
            write(
                "delete",
                "profile_type? profile_id node_id lock_token? confirm",
                "Puts a node in the trash.",
            ),
            write(
                "restore",
                "profile_type? profile_id node_id lock_token?",
                "Takes a node out of the trash.",
            ),
            write(
                "purge",
                "profile_type? profile_id node_id lock_token? confirm",
                "Ends a node in the trash for good.",
            ),
            write(
                "version-restore",
                "profile_type? profile_id node_id version_id if_version_id? lock_token?",
                "Makes an old version the newest.",
            ),
            write(
                "lock-acquire",
                "profile_type? profile_id node_id duration? client_info?",
                "Takes the lock of a file: nobody else changes it until it is given back or its time is over.",
            ),
            write(
                "lock-heartbeat",
                "profile_type? profile_id node_id lock_token",
                "Lets the time of a lock begin anew.",
            ),
            write(
                "lock-release",
                "profile_type? profile_id node_id lock_token",
                "Gives a lock back.",
            ),
        ],
    ),
    tool_of(
        "metadata_manage",
        "Change metadata",
        false,
        "Changes metadata.",
        &[write(
            "update",
            "profile_type? profile_id node_id values",
            "Changes the metadata of a node.",
        )],
    ),
    tool_of(
        "upload_manage",
        "Upload",
        false,
        "Brings bytes in.",
        &[
            write("stage-blob", "content", "Keeps bytes that a later upload names."),
            write(
                "stream-upload",
                "profile_type? profile_id filename content? blob_id? parent_id? lock_token?",
                "Uploads a file; one of that name gets a new version.",
            ),
            write(
                "web-import",
                "profile_type? profile_id source_url filename? parent_id? lock_token?",
                "Fetches a file from an address.",
            ),
        ],
    ),
    tool_of(
        "ai_manage",
        "Ask",
        false,
        "Asks questions over the files of a workspace.",
        &[
            write(
                "ask",
                "profile_type? profile_id? question files_scope?",
                "Asks a question of the files of one workspace, or of all.",
            ),
            write(
                "chat-create",
                "profile_type? profile_id question",
                "Starts a chat.",
            ),
            write(
                "message-send",
                "profile_id chat_id question",
                "Goes on with a chat.",
            ),
        ],
    ),
    tool_of(
        "comment_manage",
        "Change comments",
        false,
        "Writes comments.",
        &[write(
            "add",
            "profile_type? profile_id node_id content",
            "Comments on a node.",
        )],
    ),
    tool_of(
        "event_manage",
        "Acknowledge events",
        false,
        "Acknowledges audit events and subscribes to them.",
        &[
            write("ack", "event_id", "Acknowledges an event."),
            admin(
                "webhook-create",
                "workspace_id target_url event_type_subscriptions? description? scheme? rate_limit_per_hour?",
                "Subscribes an address to events of a workspace; the secret is shown this once.",
            ),
            admin(
                "webhook-update",
                "subscription_id target_url? event_type_subscriptions? description? rate_limit_per_hour?",
                "Changes a subscription.",
            ),
            admin(
                "webhook-rotate-secret",
                "subscription_id",
                "Gives a subscription another secret; the old one signs too for an hour.",
            ),
            admin(
                "webhook-delete",
                "subscription_id confirm",
                "Ends a subscription.",
            ),
        ],
    ),
    tool_of(
        "member_manage",
        "Change members",
        false,
        "Changes memberships.",
        &[
            admin("add", "entity_type entity_id user_id role", "Adds a member."),
            admin(
                "remove",
                "entity_type entity_id user_id confirm",
                "Removes a member.",
            ),
            admin(
                "update",
                "entity_type entity_id user_id role",
                "Changes a member's role.",
            ),
            admin(
                "transfer-ownership",
                "entity_type entity_id user_id confirm",
                "Gives the entity to a member.",
            ),
        ],
    ),
    tool_of(
        "invitation_manage",
        "Change invitations",
        false,
        "Makes and ends invitations.",
        &[
            admin("create", "entity_type entity_id email role", "Invites somebody."),
            admin(
                "delete",
                "entity_type entity_id invitation_id",
                "Takes an invitation back.",
            ),
        ],
    ),
    tool_of(
        "asset_manage",
        "Change pictures",
        false,
        "Changes the pictures of an entity.",
        &[write(
            "delete",
            "entity_type entity_id asset confirm",
            "Removes a picture.",
        )],
    ),
    tool_of(
        "intent_manage",
        "Announce intents",
        false,
        "Announces what an agent will do.",
        &[
            write("allocate", "workspace_id", "Takes a slot."),
            write("fill", "workspace_id intent_id version content", "Fills a slot."),
            write("release", "intent_id", "Gives a slot back."),
        ],
    ),
];
