//! Defects in the authorization endpoint, its consent and its codes.

use super::family;

family! { "OAC";
    CODE_REUSABLE "code-reusable" breaks ["OAC-01"] implies ["OAC-02", "OAC-03"]
        does "Redeems a code as often as it is presented.";
    SEALED_CODE "sealed-code" breaks ["OAC-01"] implies ["OAC-02", "OAC-03"]
        does "Seals all it needs to know into the code and keeps no record of those that were redeemed.";
    CODE_TOCTOU "code-toctou" breaks ["OAC-02"] implies []
        does "Looks whether a code was redeemed, pauses, and notes it afterwards.";
    REPLAY_NO_REVOKE "replay-no-revoke" breaks ["OAC-03"] implies []
        does "Refuses a code that is presented again and leaves what it was redeemed for alive.";
    REVOKE_ON_ANY_REPLAY "revoke-on-any-replay" breaks ["OAC-04"] implies ["OAC-06"]
        does "Ends the grant of a redeemed code whoever presents it, with whatever verifier.";
    CODE_IMMORTAL "code-immortal" breaks ["OAC-05"] implies []
        does "Redeems a code however old it is.";
    CODE_UNBOUND_CLIENT "code-unbound-client" breaks ["OAC-06"] implies ["OAC-04"]
        does "Redeems a code for any client.";
    REDIRECT_NOT_COMPARED "redirect-not-compared" breaks ["OAC-07"] implies []
        does "Does not compare redirect_uri at the token endpoint with the one the code was sent to.";
    STATE_PLUS_SPACE "state-plus-space" breaks ["OAC-08"] implies []
        does "Decodes state twice, so that a plus sign comes back as a blank.";
    STATE_TRUNCATED "state-truncated" breaks ["OAC-08"] implies []
        does "Keeps the first 255 characters of state.";
    ISS_WRONG "iss-wrong" breaks ["OAC-09"] implies ["AS-27", "AS-28"]
        does "Sends iss with a slash at its end, which its metadata does not have.";
    ISS_ONLY_SUCCESS "iss-only-success" breaks ["OAC-09"] implies ["AS-27", "AS-28"]
        does "Sends iss with codes and not with errors.";
    ISS_LEFT_OUT "iss-left-out" breaks ["AS-27"] implies ["OAC-09"]
        does "Sends no iss and does not say that it would.";
    ISS_UNADVERTISED "iss-unadvertised" breaks ["AS-28"] implies ["OAC-09"]
        does "Sends iss and leaves the flag out of its metadata.";
    OPEN_REDIRECT "open-redirect" breaks ["OAC-10"] implies ["AS-22", "OAC-13", "RDIR-01", "RDIR-02", "RDIR-03"]
        does "Sends the browser to whatever redirect_uri a wrong request names, with an error.";
    ERROR_REDIRECT_ANON "error-redirect-anon" breaks ["OAC-11"] implies []
        does "Redirects with an error to a client that registered itself before anybody has signed in.";
    STRICT_UNKNOWN "strict-unknown" breaks ["OAC-12"] implies []
        does "Refuses authorization requests with parameters it does not know.";
    HPP_DIFFERENTIAL "hpp-differential" breaks ["OAC-13"] implies []
        does "Checks the first of several redirect_uri and sends the browser to the last.";
    EMPTY_CHALLENGE "empty-challenge" breaks ["OAC-14"] implies []
        does "Takes an empty code_challenge for a challenge, and redeems its code with an empty verifier.";
    IMPLICIT_ON "implicit-on" breaks ["AS-01", "OAC-15"] implies []
        does "Sends access tokens in the fragment for response_type=token.";
    ROPC_ON "ropc-on" breaks ["OAC-16"] implies ["TOK-06"]
        does "Gives tokens for a user's name and password.";
    REDIRECT_307 "redirect-307" breaks ["OAC-17"] implies []
        does "Redirects with 307 after a form was sent, so that the browser sends it on.";
    CORS_STAR_GLOBAL "cors-star-global" breaks ["OAC-18"] implies []
        does "Allows every origin to read every answer, those of the authorization endpoint included.";
    FRAMABLE_CONSENT "framable-consent" breaks ["OAC-19"] implies []
        does "Lets other sites frame the consent page.";
    REFERER_LEAK "referer-leak" breaks ["OAC-20"] implies []
        does "Sets no Referrer-Policy on its pages, and loads a script of another site.";
    CONSENT_COOKIE_GLOBAL "consent-cookie-global" breaks ["OAC-21"] implies []
        does "Asks a person once, and approves every later client of the same browser by itself.";
    CC_SUB_CLASH "cc-sub-clash" breaks ["OAC-22"] implies ["DCR-04"]
        does "Lets a client choose its client_id when it registers.";
}
