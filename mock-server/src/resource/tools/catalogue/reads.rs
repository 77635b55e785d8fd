//! The tools that leave everything as it is.

use super::{Tool, read, tool_of};

pub(super) const TOOLS: &[Tool] = &[
    tool_of(
        "auth",
        "Account and credentials",
        false,
        "Says who is signed in, by which credential, and what it may touch.",
        &[
            read(
                "status",
                "",
                "Account, credential, agent name and scopes of this call.",
            ),
            read("check", "", "Whether the credential works, and whose it is."),
            read("scopes", "", "The scopes of the credential, in full."),
            read("api-key-list", "", "Lists the account's API keys, masked."),
            read("api-key-get", "key_id", "One API key, masked."),
            read("oauth-list", "", "Lists the account's OAuth sessions."),
            read("oauth-details", "session_id", "One OAuth session."),
        ],
    ),
    tool_of(
        "user",
        "Users",
        true,
        "Reads accounts.",
        &[read("details", "user_id?", "One account.")],
    ),
    tool_of(
        "org",
        "Organisations",
        true,
        "Reads organisations.",
        &[
            read("list", "", "Lists the organisations the account is a member of."),
            read(
                "discover-external",
                "",
                "Lists organisations known only through a workspace.",
            ),
            read("details", "org_id", "One organisation."),
            read("members", "org_id", "Lists its members."),
            read("limits", "org_id", "Its plan and credits."),
            read(
                "list-workspaces",
                "org_id",
                "Lists its workspaces that the credential may read.",
            ),
        ],
    ),
    tool_of(
        "workspace",
        "Workspaces",
        true,
        "Reads workspaces.",
        &[
            read("list", "", "Lists the workspaces the credential may read."),
            read("details", "workspace_id", "One workspace."),
            read("members", "workspace_id", "Lists its members."),
            read("read-note", "workspace_id node_id", "The text of a note."),
        ],
    ),
    tool_of(
        "share",
        "Shares",
        true,
        "Reads shares of a workspace.",
        &[
            read("list", "workspace_id", "Lists the shares."),
            read("details", "share_id", "One share."),
        ],
    ),
    tool_of(
        "fileshare",
        "File shares",
        false,
        "Reads shares of a single file.",
        &[read("details", "share_id", "One file share.")],
    ),
    tool_of(
        "storage",
        "Files and folders",
        true,
        "Reads folders, files and notes of a workspace.",
        &[
            read(
                "list",
                "profile_type? profile_id node_id? page_size? cursor?",
                "Lists a folder, `root` or `trash`.",
            ),
            read("details", "profile_type? profile_id node_id", "One node."),
            read(
                "search",
                "profile_type? profile_id query limit?",
                "Finds nodes that hold the words.",
            ),
            read(
                "version-list",
                "profile_type? profile_id node_id",
                "Lists the versions of a node, newest first.",
            ),
            read(
                "lock-status",
                "profile_type? profile_id node_id",
                "Who holds a lock on a file.",
            ),
            read(
                "content",
                "profile_type? profile_id node_id",
                "The text of a file or note.",
            ),
            read(
                "unseal",
                "profile_type? profile_id node_id",
                "The text of a file, once the person behind the client has agreed.",
            ),
        ],
    ),
    tool_of(
        "metadata",
        "Metadata",
        false,
        "Reads what files say about themselves.",
        &[read(
            "details",
            "profile_type? profile_id node_id",
            "The metadata of a node.",
        )],
    ),
    tool_of(
        "upload",
        "Uploads",
        false,
        "Reads the state of uploads.",
        &[
            read("limits", "profile_id?", "What may be uploaded."),
            read("blob-info", "blob_id", "One staged blob."),
            read("status", "upload_id", "One upload."),
        ],
    ),
    tool_of(
        "ai",
        "Questions and answers",
        false,
        "Reads chats over the files of a workspace.",
        &[
            read("status", "profile_id", "Whether the files are indexed."),
            read(
                "message-read",
                "profile_id chat_id message_id",
                "One message of a chat.",
            ),
            read(
                "messages-list",
                "profile_id chat_id",
                "The messages of a chat, oldest first.",
            ),
        ],
    ),
    tool_of(
        "comment",
        "Comments",
        false,
        "Reads comments.",
        &[read(
            "list",
            "profile_type? profile_id node_id",
            "Lists the comments on a node.",
        )],
    ),
    tool_of(
        "event",
        "Audit events",
        false,
        "Reads the audit trail.",
        &[
            read(
                "search",
                "workspace_id? org_id? user_id? credential_id? event? object_id? calling_user_id? limit? offset?",
                "Finds events of one workspace, one organisation or the account, newest first.",
            ),
            read("details", "event_id", "One event."),
            read("activity-list", "profile_id", "What changed lately."),
            read("activity-poll", "profile_id wait?", "Waits for a change."),
            read("changes", "org_id cursor?", "The change feed of an organisation."),
            read(
                "webhook-list",
                "workspace_id",
                "The webhook subscriptions of a workspace.",
            ),
            read("webhook-details", "subscription_id", "One webhook subscription."),
        ],
    ),
    tool_of(
        "member",
        "Members",
        false,
        "Reads memberships.",
        &[
            read(
                "list",
                "entity_type entity_id",
                "Lists the members of an organisation or a workspace.",
            ),
            read("details", "entity_type entity_id user_id", "One member."),
        ],
    ),
    tool_of(
        "invitation",
        "Invitations",
        false,
        "Reads invitations.",
        &[read("list", "entity_type entity_id", "Lists open invitations.")],
    ),
    tool_of(
        "asset",
        "Pictures",
        false,
        "Reads the pictures of an entity.",
        &[read(
            "list",
            "entity_type entity_id",
            "Lists the pictures of an entity.",
        )],
    ),
    tool_of(
        "intent",
        "Intents",
        false,
        "Reads what agents have announced they will do.",
        &[
            read("browse", "workspace_id", "Lists intents."),
            read(
                "expand",
                "intent_id",
                "One intent, to the agent that announced it.",
            ),
        ],
    ),
    tool_of(
        "find",
        "Find",
        false,
        "Finds files by their words, over everything the credential may read.",
        &[read(
            "search",
            "profile_type? profile_id? query limit?",
            "Finds nodes that hold the words, in one workspace or in all.",
        )],
    ),
    tool_of(
        "download",
        "Downloads",
        false,
        "Gives addresses to read bytes from.",
        &[
            read(
                "file-url",
                "profile_type? profile_id node_id",
                "A short-lived address of a file.",
            ),
            read(
                "token",
                "profile_type? profile_id node_id",
                "A short-lived token that reads one file and nothing else.",
            ),
        ],
    ),
    tool_of(
        "how-to",
        "How to",
        false,
        "Answers questions about the service.",
        &[read("ask", "question", "Answers a question.")],
    ),
];
