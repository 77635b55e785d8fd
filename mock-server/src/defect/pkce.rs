//! Defects in proof keys for code exchange.

use super::family;

family! { "PKCE";
    PKCE_OPTIONAL "pkce-optional" breaks ["PKCE-01"] implies ["OAC-14"]
        does "Gives public clients codes without a code_challenge.";
    PKCE_PUBLIC_ONLY "pkce-public-only" breaks ["PKCE-02"] implies []
        does "Gives confidential clients codes without a code_challenge.";
    S256_PADDING "s256-padding" breaks ["AS-01", "PKCE-03"] implies []
        does "Compares the challenge with base64url text that has padding, which no right one has.";
    VERIFIER_IGNORED "verifier-ignored" breaks ["PKCE-04"] implies ["OAC-04", "PKCE-08", "PKCE-09", "PKCE-10"]
        does "Wants a verifier and does not compare it.";
    VERIFIER_OPTIONAL "verifier-optional" breaks ["PKCE-05"] implies ["OAC-04"]
        does "Redeems a code without a verifier.";
    DOWNGRADE_ACCEPTED "downgrade-accepted" breaks ["PKCE-06"] implies ["OAC-14", "PKCE-01", "PKCE-02"]
        does "Takes requests without a challenge, and any verifier for their codes.";
    PLAIN_ALLOWED "plain-allowed" breaks ["PKCE-07"] implies ["PKCE-08"]
        does "Takes code_challenge_method=plain, and plain where a request names no method.";
    DEFAULT_S256 "default-s256" breaks ["PKCE-08"] implies []
        does "Takes a challenge without a method for one of S256.";
    METHOD_FROM_TOKEN_REQUEST "method-from-token-request" breaks ["PKCE-09"] implies []
        does "Lets the token request say by which method the challenge was made.";
    SHORT_VERIFIER "short-verifier" breaks ["PKCE-10"] implies []
        does "Takes verifiers of any length and of any characters.";
    UNKNOWN_METHOD_PLAIN "unknown-method-plain" breaks ["PKCE-11"] implies []
        does "Takes an unknown code_challenge_method for plain.";
    CHALLENGE_IN_CODE "challenge-in-code" breaks ["PKCE-12"] implies []
        does "Puts the challenge into the code, encoded and readable.";
    NO_CCMS "no-ccms" breaks ["PKCE-13"] implies ["AS-04"]
        does "Leaves code_challenge_methods_supported out of its metadata.";
}
