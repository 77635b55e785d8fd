//! Habits of refreshing tokens and keeping them.

super::habits! { REFRESH;
    REFRESH_PER_CALL "refresh-per-call" breaks ["CREF-01"]
        does "Refreshes once for each call that was refused.";
    NO_CROSS_PROCESS_LOCK "no-cross-process-lock" breaks ["CREF-02"]
        does "Refreshes without looking whether another process of the same store just did.";
    USE_THEN_SAVE "use-then-save" breaks ["CREF-03"]
        does "Uses the new access token first and saves the new refresh token when the call is done.";
    SAVE_ASYNC "save-async" breaks ["CREF-03"]
        does "Saves the new refresh token in the background, a moment later.";
    KEEPS_FIRST_RT "keeps-first-rt" breaks ["CREF-04"]
        does "Goes on with the refresh token it had first.";
    OVERWRITE_WITH_UNDEFINED "overwrite-with-undefined" breaks ["CREF-05"]
        does "Forgets its refresh token when an answer brings none.";
    GRANT_LOOP "grant-loop" breaks ["CREF-06"]
        does "Tries a dead grant again.";
    SILENT_DISCONNECT "silent-disconnect" breaks ["CREF-06"]
        does "Drops a dead grant and ends as if nothing were wrong.";
    ANY_ERROR_LOGOUT "any-error-logout" breaks ["CREF-07"]
        does "Drops the login when a refresh fails for a passing reason.";
    INVALID_CLIENT_LOGOUT "invalid-client-logout" breaks ["CREF-08"]
        does "Drops the login when the authorization server does not know the client.";
    ERROR_200_SAVED "200-error-saved" breaks ["CREF-09"]
        does "Takes a 200 for a success whatever is in it, and saves what is not there.";
    REFRESH_EVERY_CALL "refresh-every-call" breaks ["CREF-10"]
        does "Refreshes before every call.";
    NO_PROACTIVE_REFRESH "expires-ignored" breaks ["CREF-10"]
        does "Sends an access token that it knows to have ended.";
    EXPIRES_STRING_NAN "expires-string-nan" breaks ["CREF-11"]
        does "Takes an expires_in that it cannot read for 0, and refreshes before every call.";
    JWT_EXP_LOCAL_CLOCK "jwt-exp-local-clock" breaks ["CREF-11"]
        does "Reads the end of its token out of it and holds it against its own clock.";
    REFRESH_LOOP "refresh-loop" breaks ["CREF-12"]
        does "Refreshes again when a fresh token is refused, and again.";
    REFRESH_ON_403 "refresh-on-403" breaks ["CREF-13"]
        does "Answers 403 insufficient_scope with a refresh.";
    STREAM_BODY_LOST "stream-body-lost" breaks ["CREF-14"]
        does "Sends the repeated call without its arguments.";
    MAC_AS_BEARER "mac-as-bearer" breaks ["CREF-15"]
        does "Uses a token of a type it does not know as a bearer token.";
    TOKEN_TYPE_CASE "token-type-case" breaks ["CREF-15"]
        does "Knows the token type in one spelling alone.";
    REFRESH_JSON_GET "refresh-json-get" breaks ["CREF-16"]
        does "Sends its refresh as JSON.";
    REFRESH_IN_URL "refresh-in-url" breaks ["CREF-16"]
        does "Sends its refresh as parameters of the address.";
    SINGLETON_STORE "singleton-store" breaks ["CREF-17"]
        does "Keeps one login, whichever server and client it is for.";
    PLAINTEXT_STORE "plaintext-store" breaks ["CREF-18"]
        does "Keeps its tokens as they are.";
    WAL_PLAINTEXT "wal-plaintext" breaks ["CREF-18"]
        does "Writes its tokens into a journal beside the sealed store, as they are.";
    WORLD_READABLE_STORE "world-readable-store" breaks ["CL-42"]
        does "Lets every user of the machine read its store.";
    SOFT_DELETE "soft-delete" breaks ["CREF-19"]
        does "Renames a login that ended instead of deleting it, tokens and all.";
    VARCHAR_255 "varchar-255" breaks ["CREF-22"]
        does "Cuts off a token that is longer than its column.";
    DECODE_JWT_ALWAYS "decode-jwt-always" breaks ["CREF-22"]
        does "Refuses a token that is not a JWT.";
    NEEDS_REFRESH_TOKEN "needs-refresh-token" breaks ["CL-35"]
        does "Cannot work with a login that has no refresh token.";
    REAUTHORIZE_LOOP "reauthorize-loop" breaks ["CL-38"]
        does "Logs in again and again when its grant is dead.";
}
