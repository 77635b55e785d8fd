//! Defects in what protected resources publish about themselves.

use super::family;

family! { "PRMD";
    PRM_BEHIND_AUTH "prm-behind-auth" breaks ["PRMD-01", "RS-12"]
        implies ["PRMD-02", "PRMD-03", "PRMD-04", "PRMD-05", "RS-08", "RS-09", "RS-10"]
        does "Asks for a credential before it shows the metadata of a resource.";
    PRM_ROOT_ONLY "prm-root-only" breaks ["PRMD-01"] implies ["PRMD-02", "PRMD-03"]
        does "Publishes the metadata of every resource at the root form alone.";
    RESOURCE_ORIGIN "resource-origin" breaks ["PRMD-02"] implies ["PRMD-03"]
        does "Writes the origin for `resource` where the resource has a path.";
    RESOURCE_SLASH "resource-slash" breaks ["PRMD-02", "RS-30"] implies ["PRMD-03"]
        does "Writes `resource` with a slash at the end.";
    RESOURCE_HARDCODED "resource-hardcoded" breaks ["PRMD-03"] implies ["PRMD-02"]
        does "Names the address of another installation as `resource`, wherever it runs.";
    PRM_URL_INTERNAL "prm-url-internal" breaks ["PRMD-04"] implies ["PRMD-03", "RS-07"]
        does "Names a host of its own network in resource_metadata.";
    AS_LIST_IS_URL "as-list-is-url" breaks ["PRMD-05"] implies ["RS-09"]
        does "Lists the address of a metadata document where the issuer belongs.";
    METHODS_LIE "methods-lie" breaks ["PRMD-06"] implies []
        does "Says that tokens may come in the query and in the body, where they are refused.";
    SCOPE_GHOST "scope-ghost" breaks ["PRMD-07"] implies []
        does "Lists a scope that nobody can be granted.";
    PRM_ECHO "prm-echo" breaks ["PRMD-08"] implies []
        does "Answers for every path with a document that names it.";
    PRM_XFH "prm-xfh" breaks ["PRMD-09"] implies ["PRMD-02", "PRMD-03"]
        does "Builds `resource` and the list of servers from Host and X-Forwarded-Host.";
}
