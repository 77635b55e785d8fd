//! Defects of the endpoint that receives deliveries of MCP Events.

use super::family;

family! { "EVR";
    NO_VERIFY "evr-no-verify" breaks ["EVR-01"] implies ["EVR-10", "EVR-11", "EVR-20", "EVR-32", "WHR-04", "WHR-11", "WHR-14"]
        does "Takes a delivery of MCP Events whatever its signature is worth.";
    RESERIALISE "evr-reserialise" breaks ["WHR-04"] implies ["EVR-17"]
        does "Verifies a delivery of MCP Events as its JSON library writes it down again.";
    SECRET_TEXT "evr-secret-text" breaks ["WHR-14"] implies []
        does "Takes the text of a subscription's secret for a key beside the bytes that its Base64 stands for.";
    FIRST_SIG_ONLY "evr-first-sig-only" breaks ["WHR-11"] implies []
        does "Looks at the first signature of a delivery of MCP Events alone.";
    NO_FRESHNESS "evr-no-freshness" breaks ["EVR-05"] implies ["EVR-11"]
        does "Takes a delivery of MCP Events of any age.";
    NO_DEDUPE "evr-no-dedupe" breaks ["EVR-06"] implies ["EVR-07", "EVR-16"]
        does "Works on an event of MCP Events as often as it comes.";
    DEDUPE_HEADER_ONLY "evr-dedupe-header-only" breaks ["EVR-07"] implies []
        does "Recognises events by webhook-id alone, whatever subscription they are of.";
    DEDUPE_GLOBAL "evr-dedupe-global" breaks ["EVR-08"] implies []
        does "Recognises events by eventId alone, whatever subscription they are of.";
    REQUIRES_ID_EQUALITY "evr-requires-id-equality" breaks ["EVR-09"] implies []
        does "Refuses an event whose webhook-id is not its eventId.";
    ANY_SECRET "evr-any-secret" breaks ["EVR-10"] implies []
        does "Verifies a delivery with every secret that it knows, whatever subscription is named.";
    ECHO_UNSIGNED "evr-echo-unsigned" breaks ["EVR-11"] implies []
        does "Echoes a challenge that nobody signed.";
    NO_ANSWER_WITHOUT_ID "evr-503-on-challenge" breaks ["EVR-11"] implies ["EVR-13"]
        does "Answers 503 to a challenge of a subscription whose id it does not know yet.";
    CHALLENGE_IS_EVENT "evr-challenge-is-event" breaks ["EVR-12"] implies []
        does "Works on a challenge as if it were an event.";
    ECHO_HTML "evr-echo-html" breaks ["EVR-13"] implies ["EVR-11"]
        does "Echoes a challenge as text/html.";
    UNKNOWN_ID_2XX "evr-unknown-id-2xx" breaks ["EVR-14"] implies []
        does "Acknowledges an event of a subscription that it does not know, and drops it.";
    UNKNOWN_ID_404 "evr-unknown-id-404" breaks ["EVR-14"] implies []
        does "Answers 404 to an event of a subscription that it does not know yet.";
    ACK_THEN_LOSE "evr-ack-then-lose" breaks ["EVR-15"] implies []
        does "Acknowledges an event before its work, and forgets it where that fails.";
    DEDUPE_BEFORE_WORK "evr-dedupe-before-work" breaks ["EVR-15"] implies []
        does "Remembers an event whose work failed as done.";
    SLOW_ACK "evr-slow-ack" breaks ["EVR-16"] implies []
        does "Answers an event when its work is done, however long that takes.";
    LIMIT_64K "evr-limit-64k" breaks ["EVR-17"] implies []
        does "Refuses deliveries of MCP Events of more than 64 KiB.";
    BIG_DROPPED_2XX "evr-big-dropped-2xx" breaks ["EVR-17"] implies ["EVR-13"]
        does "Acknowledges a delivery of more than 256 KiB, and drops it.";
    MISSING_HEADER_OK "evr-missing-header-ok" breaks ["EVR-18"] implies []
        does "Takes a delivery that names no subscription when any secret fits.";
    CONTROL_DROPPED "evr-control-dropped" breaks ["EVR-19"] implies []
        does "Acknowledges gap and terminated, and tells nobody.";
    CONTROL_AS_EVENT "evr-control-as-event" breaks ["EVR-19"] implies []
        does "Works on a control envelope as if it were an event.";
    FORGED_TERMINATED "evr-forged-terminated" breaks ["EVR-20"] implies []
        does "Ends a subscription at a terminated envelope that nobody signed.";
    DROPS_OLDER "evr-drops-older" breaks ["EVR-29"] implies []
        does "Drops an event that is older than one that came before it.";
    TOFU_KEY "evr-tofu-key" breaks ["EVR-32"] implies []
        does "Verifies v1a with the public key that the delivery itself brings.";
}
