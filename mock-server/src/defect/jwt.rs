//! Defects in how signed access tokens are made and verified.

use super::family;

family! { "JWT";
    ALG_NONE_CI "alg-none-ci" breaks ["JWT-01"] implies ["JWT-02", "RS-02"]
        does "Refuses the algorithm `none` in lower case only; `None` and `NONE` need no signature.";
    DECODE_ONLY "decode-only" breaks ["JWT-02"]
        implies ["INTR-03", "JWT-01", "JWT-04", "JWT-05", "JWT-06", "JWT-07", "JWT-17", "RS-02", "RS-20"]
        does "Decodes a JWT and believes its claims without looking at the signature.";
    LENIENT_SPLIT "lenient-split" breaks ["JWT-03"] implies ["RS-02"]
        does "Takes the first three parts of a token between dots and ignores what follows.";
    ALG_FROM_HEADER "alg-from-header" breaks ["JWT-04"] implies ["RS-02"]
        does "Verifies HS256 where the header says so, with the published public key as the secret.";
    SECRET_SECRET "secret-secret" breaks ["JWT-05"] implies ["JWT-02", "JWT-04", "JWT-17"]
        does "Signs access tokens with HS256 and the word `secret`.";
    KID_PATH "kid-path" breaks ["JWT-06"] implies []
        does "Takes `kid` for the name of a key file, so that one that leads to /dev/null makes the key empty.";
    KID_SQL "kid-sql" breaks ["JWT-06"] implies []
        does "Puts `kid` into a query: a quote answers 500, and a UNION with a literal chooses the key.";
    JKU_TRUSTED "jku-trusted" breaks ["JWT-07"] implies ["RS-02", "RS-20"]
        does "Fetches keys from the address in the header (`jku`, `x5u`) and trusts them.";
    EMBEDDED_JWK "embedded-jwk" breaks ["JWT-07"] implies ["RS-02", "RS-20"]
        does "Verifies with the key that the token brings along (`jwk`).";
    EXP_IGNORED "exp-ignored" breaks ["JWT-08"] implies ["INTR-03", "INTR-05", "RS-03", "RS-44", "TOK-12"]
        does "Never looks at `exp`.";
    EXP_MS "exp-ms" breaks ["JWT-08"] implies ["INTR-03", "INTR-05", "RS-03", "RS-44", "TOK-12"]
        does "Takes `exp` for seconds, its own clock for milliseconds and compares the wrong ones, so no token ends.";
    NBF_IGNORED "nbf-ignored" breaks ["JWT-09"] implies ["INTR-03"]
        does "Never looks at `nbf`.";
    MISSING_EXP_FOREVER "missing-exp-forever" breaks ["JWT-10"] implies []
        does "Takes a token without `exp` for one that never ends.";
    ISS_PREFIX "iss-prefix" breaks ["JWT-11"] implies ["RS-20"]
        does "Accepts every issuer that begins with the right one.";
    ANY_TRUSTED_KEY "any-trusted-key" breaks ["JWT-11", "RS-20"] implies []
        does "Believes any `iss` in a token that a key it knows has signed.";
    AUD_UNCHECKED "aud-unchecked" breaks ["JWT-12", "RS-19"] implies ["AS-18", "JWT-10", "JWT-13", "JWT-14", "RIND-01", "RIND-05"]
        does "Never looks at `aud`.";
    AUD_SUBSTRING "aud-substring" breaks ["JWT-12"] implies ["JWT-13", "RS-19", "RS-29"]
        does "Accepts an audience that is part of its own identifier, or holds it.";
    AUD_ARRAY_TOSTRING "aud-array-tostring" breaks ["JWT-13"] implies ["JWT-12", "RS-19"]
        does "Turns a list of audiences into one text and looks whether it begins with its own identifier.";
    ID_TOKEN_OK "id-token-ok" breaks ["JWT-14"] implies ["BEARER-09", "JWT-10", "JWT-12", "RS-19"]
        does "Looks at no `typ` and accepts ID tokens as access tokens.";
    CRIT_IGNORED "crit-ignored" breaks ["JWT-15"] implies []
        does "Accepts a token whose `crit` names what it does not know.";
    DUP_FIRST "dup-first" breaks ["JWT-16"] implies []
        does "Uses the first of several claims of one name.";
    JWKS_FOREVER "jwks-forever" breaks ["JWT-17"] implies []
        does "Reads the published keys once and never again, so tokens of a new key are refused.";
    PBES_UNBOUNDED "pbes-unbounded" breaks ["JWT-18"] implies []
        does "Works for seconds on a token that asks for very many rounds of key derivation.";
    DENYLIST_BY_STRING "denylist-by-string" breaks ["JWT-19"] implies []
        does "Denies a revoked token in the spelling it was issued in; other unused bits at its end make it live.";
    JWT_UNTIL_EXP "jwt-until-exp" breaks ["JWT-20"] implies ["REVK-06"]
        does "Lets the tokens of a closed account work until they end by themselves.";
}
