//! Defects in keeping tenants and workspaces apart.

use super::family;

family! { "TENANT";
    IDOR_READ "idor-read" breaks ["TENANT-01"] implies ["RS-33", "TENANT-08", "TENANT-14"]
        does "Gives the text of a file to whoever knows its workspace and its id.";
    UUID_ONLY_LOOKUP "uuid-only-lookup" breaks ["TENANT-01"] implies []
        does "Asks for the right to the workspace that is named, then looks the file up by its id alone.";
    SHARE_OPEN "share-open" breaks ["TENANT-01"] implies ["TENANT-14"]
        does "Tells of a share to whoever knows its id.";
    IDOR_WRITE "idor-write" breaks ["TENANT-02"] implies ["RS-33", "TENANT-01"]
        does "Lets whoever may write somewhere rename a node anywhere.";
    COPY_SOURCE_UNCHECKED "copy-source-unchecked" breaks ["TENANT-02"] implies ["TENANT-01"]
        does "Copies a node without asking whether its source may be read.";
    TOTAL_UNFILTERED "total-unfiltered" breaks ["TENANT-03"] implies []
        does "Counts hits the caller may not see into the total of a search.";
    POST_FILTER_TOPK "post-filter-topk" breaks ["TENANT-04"] implies []
        does "Takes the best hits of all workspaces first, then leaves out what the caller may not see.";
    SHARED_INDEX "shared-index" breaks ["TENANT-04"] implies ["TENANT-01", "TENANT-05", "TENANT-08", "TENANT-13"]
        does "Searches the files of other tenants too when no workspace is named.";
    RAG_UNFILTERED "rag-unfiltered" breaks ["TENANT-04"] implies ["TENANT-01", "TENANT-05"]
        does "Gathers the passages of an answer from every workspace there is.";
    CITATIONS_UNFILTERED "citations-unfiltered" breaks ["TENANT-04"] implies ["TENANT-01", "TENANT-05"]
        does "Answers from what the caller may read and cites what would have fitted elsewhere.";
    INDEX_OUTLIVES_SWITCH "index-outlives-switch" breaks ["TENANT-04"] implies []
        does "Goes on answering from the files of a workspace whose intelligence was switched off.";
    TENANT_LEVEL_FILTER "tenant-level-filter" breaks ["TENANT-05"] implies ["TENANT-04", "TENANT-08", "TENANT-13"]
        does "Searches every workspace of the caller's organisation, whatever its rights in them.";
    EXISTENCE_ORACLE "403-vs-404-oracle" breaks ["TENANT-06"] implies []
        does "Answers 403 for a workspace of another tenant and 404 for one that is not there.";
    EXISTENCE_DELAY "existence-delay" breaks ["TENANT-06"] implies []
        does "Takes some milliseconds longer to refuse a workspace that exists.";
    ERROR_NAMES_OWNER "error-names-owner" breaks ["TENANT-07"] implies ["TENANT-01"]
        does "Answers a mistyped id of a node with the name and owner of the node that comes nearest.";
    NULL_TENANT_UNSCOPED "null-tenant-unscoped" breaks ["TENANT-08"] implies ["TENANT-01"]
        does "Takes a workspace given as null, nothing or `*` for all workspaces there are.";
    PATH_TENANT_IGNORED "path-tenant-ignored" breaks ["TENANT-08"] implies ["TENANT-01"]
        does "Judges the workspace named in the query and serves the one in the path.";
    CURSOR_CARRIES_FILTER "cursor-carries-filter" breaks ["TENANT-09"] implies ["TENANT-01"]
        does "Lists the workspace that a cursor names, whoever sends it.";
    UPLOAD_ID_OPEN "upload-id-open" breaks ["TENANT-09"] implies ["TENANT-01"]
        does "Tells of an upload to whoever knows its id.";
    SIGNED_URL_FOREVER "signed-url-forever" breaks ["TENANT-10"] implies []
        does "Does not look at the end of a signed address.";
    TOKEN_OPENS_ALL "token-opens-all" breaks ["TENANT-10"] implies ["TENANT-01"]
        does "Takes a download token for any file of any workspace.";
    RESOURCE_URI_OPEN "resource-uri-open" breaks ["TENANT-10"] implies ["TENANT-01"]
        does "Reads a resource to whoever knows its address.";
    TOPIC_WILDCARD "topic-wildcard" breaks ["TENANT-11"] implies []
        does "Tells every subscriber when the documents of any workspace change.";
    WEBHOOK_WILDCARD "webhook-wildcard" breaks ["TENANT-11"] implies []
        does "Takes a subscription to all events of a workspace for one to the events of every workspace.";
    AUTOCOMPLETE_GLOBAL "autocomplete-global" breaks ["TENANT-12"] implies ["TENANT-01"]
        does "Completes ids from the documents of all workspaces.";
    CACHE_KEY_NO_TENANT "cache-key-no-tenant" breaks ["TENANT-13"] implies ["TENANT-01"]
        does "Keeps answers of the search route by their address alone.";
    MEMBERSHIP_CACHED "membership-cached" breaks ["TENANT-14"] implies ["XFER-04"]
        does "Goes on counting a membership that was removed.";
    IMPORT_AS_SYSTEM "import-as-system" breaks ["TENANT-16"] implies ["TENANT-01"]
        does "Imports from addresses of its own with its own rights instead of the caller's.";
}
