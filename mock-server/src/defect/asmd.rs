//! Defects in what the authorization server publishes about itself.

use super::family;

family! { "ASMD";
    WK_APPENDED_ONLY "wk-appended-only" breaks ["ASMD-01", "AS-02"] implies ["ASMD-07"]
        does "Publishes its metadata only where OpenID Connect appends it, not where RFC 8414 puts it.";
    ISSUER_SLASH "issuer-slash" breaks ["ASMD-02"] implies ["ASMD-07", "PRMD-05"]
        does "Writes its issuer with a slash at the end.";
    RTS_MISSING "rts-missing" breaks ["ASMD-03"] implies []
        does "Leaves response_types_supported out of its metadata.";
    ALG_NONE_LISTED "alg-none-listed" breaks ["ASMD-04"] implies []
        does "Lists `none` among the algorithms of client authentication, and an empty list beside it.";
    ISSUER_QUERY "issuer-query" breaks ["ASMD-05"] implies ["ASMD-02", "ASMD-07", "PRMD-05"]
        does "Writes its issuer with a query.";
    METADATA_LIE "metadata-lie" breaks ["ASMD-06"] implies ["CAUTH-05", "PKCE-02", "PKCE-07"]
        does "Advertises a grant, an authentication method and a challenge method that it does not have.";
    TWO_DOCS_DIFFER "two-docs-differ" breaks ["ASMD-07"] implies []
        does "Names another token endpoint in the OpenID Connect document than in the OAuth one.";
    OIDC_WITHOUT_PKCE "oidc-without-pkce" breaks ["AS-04"] implies ["ASMD-07", "PKCE-13"]
        does "Leaves code_challenge_methods_supported out of the OpenID Connect document.";
    PLAIN_ENDPOINT "plain-endpoint" breaks ["AS-05"] implies ["ASMD-06"]
        does "Advertises an endpoint for pushed authorization requests that is reached over http.";
    NO_REGISTRATION "no-registration" breaks ["AS-19"] implies []
        does "Offers no registration and advertises none.";
    XFH_REFLECTED "xfh-reflected" breaks ["ASMD-08"] implies ["ASMD-02"]
        does "Builds the addresses in its metadata from Host and X-Forwarded-Host.";
    TENANT_ISSUER_SHARED "tenant-issuer-shared" breaks ["ASMD-09"] implies []
        does "Answers for every tenant in the path, known or not, with keys and endpoints that all share.";
}
