//! Defects in how a Bearer credential is read from a request, looked up and made.

use super::family;

family! { "BEARER";
    HEADER_UNSUPPORTED "header-unsupported" breaks ["BEARER-01"]
        implies ["BEARER-02", "BEARER-10", "BEARER-12", "BEARER-16", "BEARER-19", "OAC-04", "RS-05", "RS-33", "TENANT-05", "TENANT-10", "TENANT-12", "TENANT-13", "TOK-08", "TOK-10", "WSTK-08"]
        does "Ignores the Authorization header; only X-API-Key or a query parameter is read.";
    SCHEME_EXACT "scheme-exact" breaks ["BEARER-02"] implies []
        does "Accepts the scheme only in the exact spelling `Bearer`.";
    SPLIT_FIRST_SPACE "split-first-space" breaks ["BEARER-03"] implies ["BEARER-14"]
        does "Takes what stands between the first and the second blank, which is empty after several blanks.";
    SCHEME_OPTIONAL "scheme-optional" breaks ["BEARER-04"] implies []
        does "Strips `Bearer ` if it is there and takes the rest for the token.";
    LAST_WORD "last-word" breaks ["BEARER-05"] implies []
        does "Takes the last word of the value for the token, whatever stands before it.";
    EMPTY_EQUALS_UNSET "empty-equals-unset" breaks ["BEARER-06"] implies ["RS-05", "CHAL-10"]
        does "Compares with an unset secret that defaults to the empty text, so an empty token matches.";
    CI_COLLATION "ci-collation" breaks ["BEARER-07"] implies ["BEARER-08", "RS-02"]
        does "Looks the token up without regard to letter case.";
    PREFIX_LOOKUP "prefix-lookup" breaks ["BEARER-08"] implies ["BEARER-07", "CHAL-10", "RS-02", "RS-06", "RS-22"]
        does "Looks the token up by its first twelve characters and compares nothing more.";
    BCRYPT_72 "bcrypt-72" breaks ["BEARER-08"] implies ["BEARER-07", "CHAL-10", "RS-02", "RS-06", "RS-22"]
        does "Hashes a 32 byte pepper and the token with a hash that ignores everything after 72 bytes.";
    TYPELESS_STORE "typeless-store" breaks ["BEARER-09"] implies []
        does "Finds refresh tokens, codes, tickets and secrets in the same table and accepts them as access tokens.";
    QUERY_EXTRACTOR "query-extractor" breaks ["BEARER-10"] implies []
        does "Reads access_token, token or api_key from the query when there is no header.";
    BODY_MERGE "body-merge" breaks ["BEARER-11"] implies []
        does "Reads access_token from a form body or from a JSON member when there is no header.";
    QUERY_WINS "query-wins" breaks ["BEARER-12"] implies ["RS-05"]
        does "Lets a token in the query override the one in the header.";
    FIRST_AUTH_WINS "first-auth-wins" breaks ["BEARER-13"] implies ["RS-05"]
        does "Uses the first of several Authorization lines and drops the others.";
    COMMA_FIRST "comma-first" breaks ["BEARER-13"] implies ["BEARER-14", "RS-05"]
        does "Takes the text before the first comma of the Authorization value.";
    NFKC_TOKEN "nfkc-token" breaks ["BEARER-14"] implies []
        does "Normalises the token to Unicode NFKC before it is looked up.";
    HEADER_DECODE_500 "header-decode-500" breaks ["BEARER-14"] implies []
        does "Answers 500 when the Authorization value is not ASCII.";
    NUL_TRUNCATE "nul-truncate" breaks ["BEARER-15"] implies []
        does "Cuts the Authorization value at the first NUL byte and goes on with the rest.";
    NO_TRIM "no-trim" breaks ["BEARER-16"] implies []
        does "Keeps trailing blanks of the Authorization value as part of the token.";
    LENIENT_COLON "lenient-colon" breaks ["BEARER-17"] implies []
        does "Accepts blanks between a field name and its colon.";
    REDOS_TOKEN "redos-token" breaks ["BEARER-18"] implies []
        does "Needs seconds for an over-long Authorization value, as a backtracking pattern would.";
    HEADER_500 "header-500" breaks ["BEARER-18"] implies []
        does "Answers 500 to an over-long Authorization value.";
    CONN_AUTH_CACHE "conn-auth-cache" breaks ["BEARER-19"]
        implies ["BEARER-10", "BEARER-11", "BEARER-20", "BEARER-21", "BEARER-22", "CHAL-01", "CHAL-09", "CHAL-13", "CHAL-14", "RS-01", "RS-25", "STRM-14", "TS-20", "WSTK-01", "EVS-09"]
        does "Remembers the first identity of a connection and uses it for later requests without a header.";
    POST_ONLY_GATE "post-only-gate" breaks ["BEARER-20"] implies ["CHAL-01", "CHAL-13", "CHAL-14", "RATE-18", "RS-01", "RS-25", "RS-26", "STRM-01"]
        does "Asks for a credential on POST to the exact path only; other methods and spellings pass.";
    TRUST_PROXY_HEADER "trust-proxy-header" breaks ["BEARER-21"] implies ["TENANT-01"]
        does "Believes X-User-Id, X-Forwarded-User and X-Workspace from outside.";
    COOKIE_FALLBACK "cookie-fallback" breaks ["BEARER-22"] implies []
        does "Reads the token from the cookie access_token when there is no header.";
    HTTP_SERVED "http-served" breaks ["BEARER-23"] implies []
        does "Serves authenticated calls on the plain http origin.";
    SILENT_HTTPS_REDIRECT "silent-https-redirect" breaks ["BEARER-23"] implies []
        does "Redirects from the plain http origin to the real one instead of refusing.";
    UUID_V1 "uuid-v1" breaks ["BEARER-24"] implies []
        does "Makes new API keys from time based UUIDs.";
    TIMESTAMP_PRNG "timestamp-prng" breaks ["BEARER-24"] implies []
        does "Makes new API keys from the second they were made in and a small counter.";
    SHORT_TOKEN "short-token" breaks ["BEARER-24"] implies ["KEY-09"]
        does "Makes new API keys with six random characters.";
    ECHO_TOKEN "echo-token" breaks ["BEARER-26"] implies []
        does "Quotes the presented token in the body of a refusal.";
    PUBLIC_CACHE "public-cache" breaks ["BEARER-27"] implies ["KEY-01", "STRM-13", "WSTK-01"]
        does "Marks authenticated answers `Cache-Control: public, max-age=60`.";
    HEADER_MAP_CASE "header-map-case" breaks ["BEARER-28"] implies []
        does "Knows the field only as `Authorization` or `authorization`, not in capitals.";
}
