//! Defects in challenges and in how refusals are told.

use super::family;

family! { "CHAL";
    NO_CHALLENGE "no-challenge" breaks ["CHAL-01"]
        implies ["BEARER-04", "BEARER-05", "BEARER-06", "CHAL-03", "CHAL-10", "RS-06", "RS-13"]
        does "Sends 401 with a JSON body and no WWW-Authenticate.";
    FORBIDDEN_BARE "403-bare" breaks ["CHAL-02"] implies ["CHAL-11", "RS-04", "RS-15"]
        does "Sends 403 without WWW-Authenticate.";
    BASIC_CHALLENGE "basic-challenge" breaks ["CHAL-03"]
        implies ["BEARER-04", "BEARER-05", "BEARER-06", "CHAL-02", "CHAL-10", "CHAL-11", "KEY-03", "RS-04", "RS-06", "RS-13", "RS-15"]
        does "Challenges with the scheme Basic only.";
    BARE_BEARER "bare-bearer" breaks ["CHAL-04"] implies ["CHAL-10", "CHAL-11", "RS-04", "RS-06", "RS-13", "RS-15"]
        does "Sends the word Bearer without any parameter.";
    UNQUOTED_DESC "unquoted-desc" breaks ["CHAL-05"] implies ["CHAL-03", "CHAL-10", "CHAL-11", "RS-06"]
        does "Sends error_description with blanks and without quotes.";
    MISSING_COMMA "missing-comma" breaks ["CHAL-05"] implies ["CHAL-03", "CHAL-10", "CHAL-11", "RS-04", "RS-06"]
        does "Separates challenge parameters by blanks instead of commas.";
    GATEWAY_APPENDS "gateway-appends" breaks ["CHAL-06"] implies ["CHAL-05", "CHAL-08", "CHAL-09", "RS-06"]
        does "Appends realm and error once more, as a second layer in front would.";
    REFLECT_IN_CHALLENGE "reflect-in-challenge" breaks ["CHAL-07"] implies ["BEARER-26", "CHAL-05"]
        does "Copies decoded query text into error_description as it came.";
    REALM_TOKEN "realm-token" breaks ["CHAL-08"] implies ["CHAL-05", "CHAL-06", "RS-06"]
        does "Sends realm as a bare token and twice when it can.";
    ERROR_ON_ABSENT "error-on-absent" breaks ["CHAL-09"] implies ["RS-06"]
        does "Says error=\"invalid_token\" when the request carried no credentials.";
    EXPIRED_403 "expired-403" breaks ["CHAL-10"] implies ["INTR-05", "JWT-08", "KEY-03", "RS-03", "TOK-12"]
        does "Answers 403 to an expired token.";
    EXPIRED_200_RPC_ERROR "expired-200-rpc-error" breaks ["CHAL-10"] implies ["CHAL-14", "INTR-05", "JWT-08", "KEY-03", "KEY-05", "RS-03", "RS-25", "TOK-12"]
        does "Answers an expired token with status 200 and an error in the body.";
    EXPIRED_500 "expired-500" breaks ["CHAL-10"] implies ["INTR-05", "JWT-08", "KEY-03", "KEY-05", "RS-03", "RS-25", "TOK-12", "EVS-09"]
        does "Answers 500 to an expired token.";
    SCOPE_401 "scope-401" breaks ["CHAL-11"] implies ["CHAL-02", "RS-04", "SCOPE-01", "SCOPE-07", "SCOPE-09"]
        does "Answers 401 when a genuine token lacks the permission.";
    WRONG_SCOPE_HINT "wrong-scope-hint" breaks ["CHAL-12"] implies ["RS-33", "TENANT-02"]
        does "Names in `scope` what the token already has.";
    LOGIN_REDIRECT "login-redirect" breaks ["CHAL-13"] implies ["CHAL-01", "RS-01"]
        does "Redirects to a login page when there is no credential and HTML is welcome.";
    SSE_OPENS_THEN_ERRORS "sse-opens-then-errors" breaks ["CHAL-14"] implies ["CHAL-10", "RS-25"]
        does "Opens the event stream for a bad token and tells the refusal as an event.";
    MAX_AGE_TEXT "max-age-text" breaks ["CHAL-15"] implies []
        does "Says max_age=\"five minutes\" where it demands a fresh login.";
    CORS_HIDDEN_CHALLENGE "cors-hidden-challenge" breaks ["CHAL-16"] implies []
        does "Allows a script's origin and does not expose WWW-Authenticate to it.";
    VERBOSE_401 "verbose-401" breaks ["CHAL-17"] implies []
        does "Puts tool names, tenant names, a version and a stack trace into refusals.";
}
