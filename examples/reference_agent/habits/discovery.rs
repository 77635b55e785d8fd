//! Habits of finding an authorization server and logging in.

super::habits! { DISCOVERY;
    SPLIT_COMMA "split-comma" breaks ["CDISC-01"]
        does "Splits challenges at every comma, quoted or not.";
    FIRST_CHALLENGE_ONLY "first-challenge-only" breaks ["CDISC-01"]
        does "Reads the first challenge of an answer alone.";
    SKIP_RESOURCE_CHECK "skip-resource-check" breaks ["CDISC-02"]
        does "Uses resource metadata of another resource.";
    SKIP_ISSUER_CHECK "skip-issuer-check" breaks ["CDISC-03"]
        does "Uses metadata of another issuer.";
    URL_NORMALISE "url-normalise" breaks ["CDISC-04"]
        does "Takes two identifiers for equal that are equal as addresses.";
    ISS_IGNORED "iss-ignored" breaks ["CDISC-05"]
        does "Does not look at iss in the callback.";
    STATE_IGNORED "state-ignored" breaks ["CDISC-06"]
        does "Does not look at state in the callback.";
    MIXUP "mixup" breaks ["CDISC-07"]
        does "Sends the code to the token endpoint of whichever authorization server comes last in the list.";
    SSRF_METADATA "ssrf-metadata" breaks ["CDISC-10"]
        does "Fetches metadata from whatever address it is given.";
    ALL_SCOPES "all-scopes" breaks ["CDISC-11"]
        does "Asks for every scope that the authorization server has.";
    METADATA_FOREVER "metadata-forever" breaks ["CDISC-12"]
        does "Never looks at resource metadata again.";
    STEPUP_LOOP "stepup-loop" breaks ["CDISC-13"]
        does "Asks for the same scope again and again.";
    RETRY_AUTHORIZE "retry-authorize" breaks ["CDISC-14"]
        does "Starts the login anew when it was denied.";
    DCR_OWN_VALUES "dcr-own-values" breaks ["CDISC-15"]
        does "Uses what it asked for in its registration instead of what it got.";
    GUESS_TOKEN_ENDPOINT "guess-token-endpoint" breaks ["CDISC-16"]
        does "Guesses endpoints when metadata cannot be had.";
    SIGNED_UNCHECKED "signed-unchecked" breaks ["PRMD-10"]
        does "Believes signed_metadata without looking at its signature.";
    UNKNOWN_MEMBER_FATAL "unknown-member-fatal" breaks ["PRMD-10"]
        does "Refuses resource metadata with members it does not know.";
    CONSTANT_VERIFIER "constant-verifier" breaks ["PKCE-14"]
        does "Uses one code verifier for every login.";
    SENDS_PLAIN "sends-plain" breaks ["PKCE-14"]
        does "Sends its verifier as the challenge, with the method plain.";
    RETRY_PLAIN "retry-plain" breaks ["PKCE-15"]
        does "Tries again without a code challenge when one was refused.";
    NO_DETECT "no-detect" breaks ["PKCE-16", "CL-17"]
        does "Does not look whether the authorization server knows S256.";
    BIND_ANY "bind-any" breaks ["RDIR-06"]
        does "Listens for the callback on every address of the machine, and for as long as it lives.";
    NO_RESOURCE_PARAM "no-resource-param" breaks ["RIND-06"]
        does "Does not name the resource it wants a token for.";
    SCHEME_OF_ITS_OWN "scheme-of-its-own" breaks ["CL-01"]
        does "Names its credential with another scheme when it ends its session.";
    LAST_REQUEST_BARE "last-request-bare" breaks ["CL-02"]
        does "Leaves its credential out of the request that ends its session.";
    NO_PRM "no-prm" breaks ["CL-05"]
        does "Looks for an authorization server at the address of the resource.";
    PRM_ROOT_FIRST "prm-root-first" breaks ["CL-06"]
        does "Looks for resource metadata at the root, whatever the challenge says.";
    OIDC_FIRST "oidc-first" breaks ["CL-07"]
        does "Asks for OpenID Connect metadata before that of RFC 8414.";
    RESOURCE_WITH_FRAGMENT "resource-with-fragment" breaks ["CL-12"]
        does "Names the resource with a fragment.";
    REMOTE_HTTP_REDIRECT "remote-http-redirect" breaks ["CL-19"]
        does "Uses an http redirect address that is not of this machine.";
    SUPPORTED_SCOPES_FIRST "supported-scopes-first" breaks ["CL-20"]
        does "Takes scopes_supported though the challenge names scopes.";
    SCOPE_INTERSECT "scope-intersect" breaks ["CL-21"]
        does "Leaves out scopes of a challenge that are not in scopes_supported.";
    NO_STEP_UP "no-step-up" breaks ["CL-22"]
        does "Gives up at 403 insufficient_scope.";
    STEP_UP_ONLY_NEW "step-up-only-new" breaks ["CL-23"]
        does "Asks for the missing scope alone, and loses those it had.";
    DCR_FIRST "dcr-first" breaks ["CL-25"]
        does "Registers though it has a client id.";
    NO_APPLICATION_TYPE "no-application-type" breaks ["CL-27"]
        does "Registers without an application_type.";
    DCR_REFUSAL_LOOP "dcr-refusal-loop" breaks ["CL-28"]
        does "Sends a refused registration again and again.";
    ANY_ISSUER "any-issuer" breaks ["CL-29"]
        does "Uses the client id of one authorization server at another.";
    ISS_NORMALISED "iss-normalised" breaks ["CL-31"]
        does "Forgives a slash too many in iss.";
    FOREIGN_ERROR_ACTED_ON "foreign-error-acted-on" breaks ["CL-32"]
        does "Shows the person what an error of another issuer says, and starts again.";
    DCR_NO_REFRESH_GRANT "dcr-no-refresh-grant" breaks ["CL-33"]
        does "Registers without the grant type refresh_token.";
    OFFLINE_ALWAYS "offline-always" breaks ["CL-34"]
        does "Asks for offline_access whether it is offered or not.";
    OPENS_ANY_URL "opens-any-url" breaks ["CL-40"]
        does "Opens an authorization address of any scheme.";
    OPENS_WITH_SHELL "opens-with-shell" breaks ["CL-41"]
        does "Opens the authorization address with a shell.";
}
