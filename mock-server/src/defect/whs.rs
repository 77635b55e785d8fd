//! Defects in how webhooks are sent.

use super::family;

family! { "WHS";
    NO_SIGNATURE "no-signature" breaks ["WHS-01"] implies ["WHS-02", "WHS-03", "WHS-05", "WHS-06", "EVS-13", "EVS-16", "EVS-22", "EVS-34", "EVS-35"]
        does "Leaves the header webhook-signature out.";
    SIGN_OBJECT "sign-object" breaks ["WHS-02"] implies ["WHS-03", "WHS-05", "WHS-06", "WHS-14", "EVS-13", "EVS-16", "EVS-22", "EVS-34", "EVS-35"]
        does "Signs the body with its members in another order.";
    SIGN_THEN_MINIFY "sign-then-minify" breaks ["WHS-02"] implies ["WHS-03", "WHS-05", "WHS-06", "WHS-14", "EVS-13", "EVS-16", "EVS-22", "EVS-34", "EVS-35"]
        does "Signs the body with line ends and blanks, and sends it without them.";
    LITERAL_WHSEC_KEY "literal-whsec-key" breaks ["WHS-02"] implies ["WHS-03", "WHS-05", "EVS-13", "EVS-16", "EVS-22", "EVS-34", "EVS-35"]
        does "Takes the text of the secret for the key instead of the bytes that its Base64 stands for.";
    TS_MS "ts-ms" breaks ["WHS-03"] implies []
        does "Writes the timestamp in milliseconds.";
    TS_FROZEN "ts-frozen" breaks ["WHS-03"] implies []
        does "Keeps the timestamp of the first attempt on every later one.";
    ID_PER_ATTEMPT "id-per-attempt" breaks ["WHS-04"] implies []
        does "Gives every attempt an id of its own.";
    HARD_CUT "rotate-hard-cut" breaks ["WHS-05"] implies []
        does "Stops signing with the old secret the moment a new one is made.";
    V1A_HMAC "v1a-hmac" breaks ["WHS-06"] implies []
        does "Puts an HMAC where v1a says that there is an Ed25519 signature.";
    SHARED_ENDPOINT_SECRET "shared-endpoint-secret" breaks ["WHS-07"] implies []
        does "Gives all subscriptions of an account the same secret.";
    NO_RETRY "no-retry" breaks ["WHS-08"] implies ["WHS-13"]
        does "Delivers once and never again.";
    CONTINUES_AFTER_410 "410-continues" breaks ["WHS-08"] implies []
        does "Goes on delivering to a receiver that says 410 Gone.";
    FOLLOW_REDIRECT "follow-redirect" breaks ["WHS-09"] implies []
        does "Sends the delivery again to wherever a redirect leads.";
    SSRF_WEBHOOK "ssrf-webhook" breaks ["WHS-10"] implies []
        does "Takes and delivers to any address, private ones included.";
    REBIND_TOCTOU "rebind-toctou" breaks ["WHS-10"] implies []
        does "Looks at an address when it is subscribed to, and no more when something is delivered.";
    HOOK_OUTLIVES_KEY "hook-outlives-key" breaks ["WHS-11"] implies []
        does "Goes on delivering when the key that subscribed was revoked.";
    TOKEN_IN_PAYLOAD "token-in-payload" breaks ["WHS-12"] implies []
        does "Puts the token of the subscriber into the body.";
    TIMEOUT_1S "timeout-1s" breaks ["WHS-13"] implies ["WHS-08", "WHS-11"]
        does "Gives up on a receiver after a second.";
    SHA1_ONLY "sha1-only" breaks ["WHS-14"] implies []
        does "Signs deliveries in GitHub's form under X-Hub-Signature alone.";
}
