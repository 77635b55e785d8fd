//! Defects in how scopes are enforced.

use super::family;

family! { "SCOPE";
    WRITE_THEN_403 "write-then-403" breaks ["SCOPE-01"] implies ["RS-04", "SCOPE-06", "SCOPE-11", "STRM-08", "WSTK-05"]
        does "Carries a write out, then finds that the scope lacks and answers 403.";
    SCOPE_UNCHECKED "scope-unchecked" breaks ["SCOPE-01"] implies ["KEY-04", "KEY-05", "KEY-10", "RS-04", "RS-33", "SCOPE-02", "SCOPE-04", "SCOPE-06", "SCOPE-07", "SCOPE-08", "SCOPE-09", "SCOPE-11", "SCOPE-12", "STRM-08", "WSTK-05"]
        does "Decides by the role of the user alone; the scopes of the credential are not looked at.";
    REST_GUARDED_MCP_OPEN "rest-guarded-mcp-open" breaks ["SCOPE-02"] implies ["KEY-04", "KEY-05", "KEY-10", "RS-04", "RS-33", "SCOPE-01", "SCOPE-04", "SCOPE-06", "SCOPE-07", "SCOPE-08", "SCOPE-12"]
        does "Looks at the mode of a scope on REST routes; over MCP a read-only credential writes.";
    NEW_TOOL_UNCLASSIFIED "new-tool-unclassified" breaks ["SCOPE-02"] implies []
        does "Takes the action that came last, create-note, for a read.";
    SCOPE_SUBSTRING "scope-substring" breaks ["SCOPE-03"] implies []
        does "Takes a text for a scope that holds its words anywhere and in any case.";
    DEFAULT_ALL "default-all" breaks ["SCOPE-04"] implies []
        does "Grants all that the person may do where no scope was asked for.";
    WILDCARD_SCOPE "wildcard-scope" breaks ["SCOPE-05"] implies []
        does "Takes `*` in a scope parameter for everything.";
    METHOD_OVERRIDE "method-override" breaks ["SCOPE-11"] implies []
        does "Judges a request by its method and carries out the one that X-HTTP-Method-Override names.";
    FIRST_ITEM_ONLY "first-item-only" breaks ["SCOPE-06"] implies []
        does "Looks at the scope for the first of several objects in one call.";
    HIDE_ONLY "hide-only" breaks ["SCOPE-07"] implies ["KEY-04", "KEY-05", "KEY-10", "RS-04", "RS-33", "SCOPE-01", "SCOPE-02", "SCOPE-04", "SCOPE-08", "SCOPE-11", "SCOPE-12", "STRM-08", "WSTK-05"]
        does "Hides tools from a credential that must not use them, and runs them when they are called by name.";
    SCOPE_CACHED "scope-cached" breaks ["SCOPE-08"] implies ["RFSH-10"]
        does "Keeps the scopes of a credential for a minute from its first request.";
    ACCOUNT_API_ANY_TOKEN "account-api-any-token" breaks ["SCOPE-09"] implies ["SCOPE-10"]
        does "Lets every live credential do what belongs to the account.";
    MINT_ESCALATION "mint-escalation" breaks ["SCOPE-10"] implies ["KEY-04"]
        does "Issues keys with whatever scopes are asked for.";
    MASS_ASSIGNMENT "mass-assignment" breaks ["SCOPE-12"] implies []
        does "Takes the owner of a key from the arguments of an update.";
}
