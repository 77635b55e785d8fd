//! Of files, and of what is made of them.

use super::super::{Action, admin, read, write};

/// Tool → its further actions.
pub(super) const LISTED: &[(&str, &[Action])] = &[
    (
        "share",
        &[
            read("members", "share_id", "Lists its members."),
            read("public-details", "share_id", "What anybody may know of it."),
            read("list-all", "limit? offset?", "Lists shares of all workspaces."),
            read("name-check", "name", "Whether an address is free."),
            read("storage-usage", "share_id", "How much it keeps."),
        ],
    ),
    (
        "share_manage",
        &[
            write("archive", "share_id confirm", "Puts a share away."),
            write("unarchive", "share_id", "Takes a share out again."),
            write("set-password", "share_id password", "Asks for a password."),
            write("remove-password", "share_id confirm", "Asks for no password."),
            write("set-expiry", "share_id until", "Ends a share at that time."),
            admin(
                "add-member",
                "share_id email role",
                "Invites somebody to a share.",
            ),
            admin(
                "remove-member",
                "share_id user_id confirm",
                "Removes somebody from a share.",
            ),
        ],
    ),
    (
        "fileshare",
        &[
            read("list", "profile_id", "Lists shares of single files."),
            read("public-details", "share_id", "What anybody may know of it."),
        ],
    ),
    (
        "fileshare_manage",
        &[
            write("update", "share_id name?", "Changes a file share."),
            write("delete", "share_id confirm", "Ends a file share."),
        ],
    ),
    (
        "storage",
        &[
            read(
                "recent",
                "profile_type? profile_id limit?",
                "Lists what changed last.",
            ),
            read("trash-list", "profile_type? profile_id", "Lists the trash."),
            read(
                "path",
                "profile_type? profile_id node_id",
                "The folders above a node.",
            ),
            read(
                "preview-url",
                "profile_type? profile_id node_id",
                "An address of a preview.",
            ),
            read(
                "preview-status",
                "profile_type? profile_id node_id",
                "Whether a preview is made.",
            ),
            read(
                "zip-url",
                "profile_type? profile_id node_id",
                "An address of a folder as an archive.",
            ),
            read(
                "version-details",
                "profile_type? profile_id node_id version_id",
                "One version.",
            ),
            read(
                "version-content",
                "profile_type? profile_id node_id version_id",
                "The text of one version.",
            ),
            read(
                "link-target",
                "profile_type? profile_id node_id",
                "What a link leads to.",
            ),
            read(
                "size",
                "profile_type? profile_id node_id",
                "How much a folder keeps.",
            ),
        ],
    ),
    (
        "storage_manage",
        &[
            write(
                "create-link",
                "profile_type? profile_id node_id name",
                "Makes a link to a node.",
            ),
            write(
                "add-file",
                "profile_type? profile_id upload_id name?",
                "Makes a file of an upload.",
            ),
            write(
                "transfer",
                "profile_type? profile_id node_id to",
                "Copies a node elsewhere.",
            ),
            write(
                "version-delete",
                "profile_type? profile_id node_id version_id confirm",
                "Ends one version.",
            ),
            write(
                "trash-empty",
                "profile_type? profile_id confirm",
                "Ends all that is in the trash.",
            ),
            write(
                "touch",
                "profile_type? profile_id node_id",
                "Marks a node as changed.",
            ),
            write(
                "restore-all",
                "profile_type? profile_id confirm",
                "Takes all out of the trash.",
            ),
        ],
    ),
    (
        "metadata",
        &[
            read("templates", "workspace_id", "Lists templates."),
            read("template-details", "workspace_id template_id", "One template."),
            read(
                "template-files",
                "workspace_id template_id limit? offset?",
                "Files a template is used on.",
            ),
            read("views", "workspace_id", "Lists saved views."),
            read("view-details", "workspace_id view_id", "One view."),
            read("columns", "workspace_id template_id", "The fields of a template."),
            read("search", "workspace_id query", "Finds files by their metadata."),
        ],
    ),
    (
        "metadata_manage",
        &[
            write("template-create", "workspace_id name values", "Makes a template."),
            write(
                "template-update",
                "workspace_id template_id values",
                "Changes a template.",
            ),
            write(
                "template-delete",
                "workspace_id template_id confirm",
                "Ends a template.",
            ),
            write(
                "template-assign",
                "workspace_id template_id node_id",
                "Uses a template on a file.",
            ),
            write("extract", "profile_id node_id", "Reads metadata out of a file."),
            write("view-create", "workspace_id name values", "Saves a view."),
            write("view-delete", "workspace_id view_id confirm", "Ends a view."),
            write(
                "delete",
                "profile_id node_id confirm",
                "Ends the metadata of a node.",
            ),
        ],
    ),
    (
        "upload",
        &[
            read("list", "profile_id?", "Lists uploads under way."),
            read("extensions", "", "Lists kinds of files that are taken."),
            read("chunk-status", "upload_id", "Which pieces have come."),
            read("web-status", "upload_id", "The state of an import."),
            read("web-list", "limit? offset?", "Lists imports."),
        ],
    ),
    (
        "upload_manage",
        &[
            write(
                "create-session",
                "profile_id filename size",
                "Begins an upload in pieces.",
            ),
            write("chunk", "upload_id order content", "Sends a piece."),
            write("finalize", "upload_id", "Ends an upload in pieces."),
            write("cancel", "upload_id confirm", "Gives an upload up."),
            write("batch-create", "profile_id files", "Begins several uploads."),
            write("web-cancel", "upload_id confirm", "Gives an import up."),
        ],
    ),
    (
        "ai",
        &[
            read("chat-list", "profile_id limit? offset?", "Lists chats."),
            read("chat-details", "profile_id chat_id", "One chat."),
            read("usage", "profile_id", "What questions have cost."),
            read("models", "", "Lists models."),
            read("summary", "profile_id node_id", "The summary of a file."),
            read("attachments", "profile_id chat_id", "Files a chat is about."),
        ],
    ),
    (
        "ai_manage",
        &[
            write("chat-update", "profile_id chat_id name", "Names a chat."),
            write("chat-delete", "profile_id chat_id confirm", "Ends a chat."),
            write(
                "chat-publish",
                "profile_id chat_id",
                "Shows a chat to the workspace.",
            ),
            write("summarise", "profile_id node_id", "Makes a summary of a file."),
            write("reindex", "profile_id", "Reads the files anew."),
            write(
                "share-generate",
                "profile_id question",
                "Makes a share from an answer.",
            ),
        ],
    ),
    (
        "comment",
        &[
            read("details", "comment_id", "One comment."),
            read(
                "list-all",
                "profile_id limit? offset?",
                "Lists the comments of a workspace.",
            ),
            read("reactions", "comment_id", "Lists reactions."),
        ],
    ),
    (
        "comment_manage",
        &[
            write("update", "comment_id content", "Changes a comment."),
            write("delete", "comment_id confirm", "Ends a comment."),
            write("resolve", "comment_id", "Marks a comment as dealt with."),
            write("react", "comment_id reaction", "Reacts to a comment."),
            write("reply", "comment_id content", "Answers a comment."),
        ],
    ),
    (
        "intent_manage",
        &[write("heartbeat", "intent_id", "Keeps a slot.")],
    ),
    (
        "download",
        &[
            read(
                "zip-url",
                "profile_type? profile_id node_id",
                "A short-lived address of a folder.",
            ),
            read(
                "quickshare-details",
                "share_id",
                "What a link to a file leads to.",
            ),
        ],
    ),
    ("how-to", &[read("topics", "", "Lists what can be asked about.")]),
];
