//! Defects in the token endpoint.

use super::family;

family! { "TOK";
    TOKEN_GET "token-get" breaks ["TOK-01"] implies ["TOK-09"]
        does "Gives tokens for GET with the parameters in the query.";
    EXPIRES_IN_STRING "expires-in-string" breaks ["TOK-02"] implies []
        does "Sends expires_in as a string.";
    EXPIRES_IN_MS "expires-in-ms" breaks ["TOK-02"] implies ["TOK-12", "TOK-13"]
        does "Sends expires_in in milliseconds.";
    NO_NOSTORE "no-nostore" breaks ["AS-17", "TOK-03"] implies []
        does "Leaves no-store out of answers with tokens.";
    ERROR_200 "error-200" breaks ["TOK-04"] implies ["CAUTH-01", "CAUTH-02", "CAUTH-03", "CAUTH-04", "CAUTH-06", "OAC-01", "OAC-02", "OAC-05", "OAC-06", "OAC-07", "OAC-16", "PKCE-04", "PKCE-05", "PKCE-09", "PKCE-10", "RFSH-02", "RFSH-09", "RFSH-10", "RFSH-12", "RFSH-15", "TOK-06", "TOK-07", "TOK-09", "TOK-11", "TOK-14"]
        does "Tells errors of the token endpoint with status 200.";
    ERROR_HTML "error-html" breaks ["TOK-04"] implies ["CAUTH-01", "CAUTH-04", "CAUTH-06", "PKCE-04", "RFSH-02", "RFSH-03", "RFSH-09", "RFSH-10", "RFSH-12", "RFSH-15", "TOK-06", "TOK-07"]
        does "Tells errors of the token endpoint as an HTML page.";
    DESC_REFLECT "desc-reflect" breaks ["TOK-05"] implies ["TOK-15"]
        does "Copies what was sent into error_description.";
    GRANT_DEFAULT_CC "grant-default-cc" breaks ["TOK-06"] implies []
        does "Takes a request without grant_type for one of client_credentials.";
    HPP_TOKEN "hpp-token" breaks ["TOK-07"] implies []
        does "Takes the first of several parameters of one name.";
    SCOPE_EMPTY_NONE "scope-empty-none" breaks ["TOK-08"] implies []
        does "Takes an empty scope for a wish to have none.";
    PARAMS_FROM_QUERY "params-from-query" breaks ["TOK-09"] implies []
        does "Reads secrets and grants from the query of a POST as well.";
    SCOPE_SILENT "scope-silent" breaks ["TOK-10"] implies []
        does "Grants less than was asked for and does not say so.";
    JSON_TOKEN "json-token" breaks ["TOK-11"] implies []
        does "Reads token requests from JSON as well.";
    NEVER_EXPIRES "never-expires" breaks ["RS-44", "TOK-12"] implies ["INTR-03", "INTR-05", "JWT-08"]
        does "Takes access tokens after their time.";
    LIVES_24H "24h-token" breaks ["TOK-13"] implies ["INTR-03"]
        does "Issues access tokens that live for a day.";
    NO_THROTTLE "no-throttle" breaks ["TOK-14"] implies []
        does "Lets client secrets be guessed without end.";
    LOCKOUT_DOS "lockout-dos" breaks ["TOK-14"] implies []
        does "Locks a client out for an hour when somebody guessed at its secret.";
    ECHO_REFRESH "echo-refresh" breaks ["TOK-15"] implies ["TOK-05"]
        does "Quotes the refresh token or the code in the error about it.";
    FRAGMENT_ENDPOINT "fragment-endpoint" breaks ["TOK-16"] implies []
        does "Publishes a token endpoint with a fragment.";
}
