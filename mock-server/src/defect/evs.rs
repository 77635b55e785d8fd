//! Defects in how MCP Events are offered, subscribed to and delivered.

use super::family;

family! { "EVS";
    CAP_TOPLEVEL_ONLY "ev-cap-toplevel-only" breaks ["EVS-01"] implies []
        does "Names the extension beside the other capabilities instead of under `extensions`.";
    OFF_BUT_ANSWERS "ev-off-but-answers" breaks ["EVS-02"] implies []
        does "Answers events/list in revisions where it does not advertise the extension.";
    NO_RESULT_TYPE "ev-no-resulttype" breaks ["EVS-03"] implies []
        does "Leaves resultType out of the results of events methods.";
    EMPTY_DELIVERY "ev-empty-delivery" breaks ["EVS-04"] implies []
        does "Lists an event with no way to have it delivered.";
    NO_REFRESH_BEFORE "ev-no-refreshbefore" breaks ["EVS-05"] implies []
        does "Leaves refreshBefore out where a grant has no end.";
    HTTP_CALLBACK "ev-http-callback" breaks ["EVS-06"] implies []
        does "Takes a callback address that is not https for one that cannot be reached.";
    WEAK_SECRET "ev-weak-secret" breaks ["EVS-07"] implies []
        does "Takes a secret of any length.";
    SECRET_TEXT_LENGTH "ev-secret-textlen" breaks ["EVS-07"] implies []
        does "Measures a secret by the characters of its text instead of the bytes that they stand for.";
    GENERATES_SECRET "ev-generates-secret" breaks ["EVS-08"] implies []
        does "Makes a secret up where the client sent none.";
    ECHO_SECRET "ev-echo-secret" breaks ["EVS-08"] implies []
        does "Repeats the secret in the result of a subscription.";
    ANON_SUBSCRIBE "ev-anon-subscribe" breaks ["EVS-09"] implies []
        does "Lets whoever sends no credential subscribe.";
    NO_AUTHZ "ev-no-authz" breaks ["EVS-10"] implies []
        does "Subscribes to anything, and looks at the permission when something is delivered.";
    ALL_32602 "ev-all-32602" breaks ["EVS-11"] implies ["EVS-10", "EVS-17", "EVS-41", "EVS-49"]
        does "Answers every refusal of an events method with -32602.";
    RANDOM_ID "ev-random-id" breaks ["EVS-12"] implies ["EVS-13", "EVS-22", "EVS-49"]
        does "Gives a subscription another id at each refresh.";
    KEY_ORDER_ID "ev-key-order-id" breaks ["EVS-12"] implies []
        does "Takes arguments in another order for another subscription.";
    KEY_NO_PRINCIPAL "ev-key-no-principal" breaks ["EVS-13"] implies ["EVS-12"]
        does "Keeps subscriptions by address, name and arguments alone.";
    UNSUB_BY_ID "ev-unsub-by-id" breaks ["EVS-14"] implies []
        does "Ends the subscription whose id is sent, whoever asks.";
    NO_VERIFY "ev-no-verify" breaks ["EVS-15"] implies ["EVS-16", "EVS-17", "EVS-18", "EVS-20", "EVS-41"]
        does "Delivers to an endpoint that was never asked whether it wants to hear.";
    CHALLENGE_UNSIGNED "ev-challenge-unsigned" breaks ["EVS-16"] implies []
        does "Sends the challenge with an empty signature.";
    STATIC_NONCE "ev-static-nonce" breaks ["EVS-16"] implies []
        does "Sends the same challenge to everybody.";
    ANY_2XX_VERIFIES "ev-any-2xx-verifies" breaks ["EVS-17"] implies ["EVS-15", "EVS-41"]
        does "Takes any 2xx for the echo of a challenge.";
    ECHO_CONTAINS "ev-echo-contains" breaks ["EVS-17"] implies ["EVS-15"]
        does "Takes an answer for the echo that holds the challenge somewhere.";
    VERIFY_CACHE_URL_ONLY "ev-verify-cache-url-only" breaks ["EVS-18"] implies []
        does "Takes an address that one client proved for proved by all.";
    CHALLENGE_FLOOD "ev-challenge-flood" breaks ["EVS-18"] implies []
        does "Sends a challenge at every subscribe.";
    CHALLENGE_UNLIMITED "ev-challenge-unlimited" breaks ["EVS-19"] implies []
        does "Sends one host as many challenges as it is asked to.";
    SSRF_SUBSCRIBE_ONLY "ev-ssrf-subscribe-only" breaks ["EVS-20"] implies []
        does "Looks at an address when it is subscribed to, and no more when something is delivered.";
    V4_MAPPED "ev-v4mapped" breaks ["EVS-20"] implies []
        does "Does not see that a v4-mapped IPv6 address is an internal one.";
    FOLLOW_REDIRECT "ev-follow-redirect" breaks ["EVS-21"] implies []
        does "Sends challenges and deliveries again to wherever a redirect leads.";
    DROP_SUB_HEADER "ev-drop-sub-header" breaks ["EVS-22"] implies []
        does "Leaves X-MCP-Subscription-Id out when it delivers again.";
    CONTROL_UNSIGNED "ev-control-unsigned" breaks ["EVS-22"] implies []
        does "Sends the envelope that ends a subscription with an empty signature.";
    ID_PER_ATTEMPT "ev-id-per-attempt" breaks ["EVS-25"] implies []
        does "Gives every attempt a webhook-id of its own.";
    ID_REUSED "ev-id-reused" breaks ["EVS-25"] implies ["EVS-28", "EVS-29", "EVS-36"]
        does "Sends all events of a subscription under one webhook-id.";
    PAYLOAD_DRIFT "ev-payload-drift" breaks ["EVS-26"] implies ["EVS-38"]
        does "Writes event_id and created where eventId and timestamp belong.";
    DATA_OFF_SCHEMA "ev-data-off-schema" breaks ["EVS-26"] implies []
        does "Delivers data whose members are not those of the schema in its list.";
    TYPE_IN_EVENT "ev-type-in-event" breaks ["EVS-26"] implies []
        does "Gives an event the member `type`, which marks control envelopes.";
    NO_RETRY "ev-no-retry" breaks ["EVS-27"] implies []
        does "Delivers an event once and never again.";
    RETRY_FOREVER "ev-retry-forever" breaks ["EVS-27"] implies []
        does "Delivers an event again every minute for as long as the subscription lasts.";
    GONE_RETRIED "ev-410-retried" breaks ["EVS-28"] implies []
        does "Delivers an event again that was answered 410.";
    GONE_UNSUBSCRIBES "ev-410-unsubscribes" breaks ["EVS-28"] implies []
        does "Ends the subscription when an event is answered 410.";
    TOO_LARGE_RETRIED "ev-413-retried" breaks ["EVS-29"] implies []
        does "Delivers an event again that was answered 413.";
    SIZE_CHARS "ev-size-chars" breaks ["EVS-30"] implies []
        does "Measures a delivery by its characters instead of its bytes.";
    NULL_UNASKED "ev-null-unasked" breaks ["EVS-31"] implies []
        does "Grants for ever where no time was asked for.";
    GRANT_LONGER "ev-grant-longer" breaks ["EVS-31"] implies []
        does "Grants a day whatever was asked for.";
    ZOMBIE_AFTER_TTL "ev-zombie-after-ttl" breaks ["EVS-32"] implies []
        does "Goes on delivering when a grant is over.";
    REFRESH_DUPLICATES "ev-refresh-duplicates" breaks ["EVS-33"] implies ["EVS-34"]
        does "Delivers an event as often as the subscription was refreshed.";
    ROTATE_IGNORED "ev-rotate-ignored" breaks ["EVS-34"] implies ["EVS-35"]
        does "Keeps the first secret when a refresh brings another.";
    OLD_SECRET_FOREVER "ev-old-secret-forever" breaks ["EVS-34"] implies []
        does "Goes on signing with a secret that was replaced.";
    RETRY_OLD_SECRET "ev-retry-old-secret" breaks ["EVS-35"] implies []
        does "Signs what is delivered again with the secret before the last.";
    UNSUB_KEEPS_RETRYING "ev-unsub-keeps-retrying" breaks ["EVS-36"] implies []
        does "Delivers what was on its way when the subscription was ended.";
    CURSOR_OWN_POSITION "ev-cursor-own-position" breaks ["EVS-37"] implies []
        does "Sends as cursor the place behind the event, whatever before it was not delivered.";
    CURSOR_FLIPS "ev-cursor-flips" breaks ["EVS-38"] implies []
        does "Answers a refresh with a cursor of null, although everything else it sends has one.";
    SILENT_GAP "ev-silent-gap" breaks ["EVS-39"] implies []
        does "Says truncated: false where events were left out.";
    DELIVER_AFTER_REVOKE "ev-deliver-after-revoke" breaks ["EVS-40"] implies []
        does "Goes on delivering to whoever may no longer read what it is about.";
    RESPONSE_ORACLE "ev-response-oracle" breaks ["EVS-41"] implies []
        does "Tells in its errors what an endpoint answered.";
    SUSPEND_STUCK "ev-suspend-stuck" breaks ["EVS-42"] implies []
        does "Leaves a suspended subscription so when it is refreshed.";
    LOST_ON_RESTART "ev-lost-on-restart" breaks ["EVS-43"] implies []
        does "Keeps subscriptions in memory alone.";
    ADDITIVE_TERMINATES "ev-additive-terminates" breaks ["EVS-44"] implies []
        does "Ends every subscription to an event whose schema gets an optional member.";
    POLL_REPLAYS_NULL "ev-poll-replays-null" breaks ["EVS-45"] implies []
        does "Answers a poll without a cursor with everything that it keeps.";
    HEARTBEAT_COMMENT "ev-heartbeat-comment" breaks ["EVS-46"] implies []
        does "Keeps a stream of events alive by comments alone.";
    STREAM_LEAK "ev-stream-leak" breaks ["EVS-47"] implies []
        does "Keeps the place of a stream of events when whoever opened it is gone.";
    LISTCHANGED_UNASKED "ev-listchanged-unasked" breaks ["EVS-48"] implies []
        does "Tells every listen stream that the list of events changed.";
    QUOTA_EVICTS "ev-quota-evicts" breaks ["EVS-49"] implies []
        does "Makes room for a subscription by ending the oldest one of the same principal.";
    V1A_ONLY "ev-v1a-only" breaks ["EVS-50"] implies ["EVS-13", "EVS-22", "EVS-34", "EVS-35", "EVS-43", "WHS-02", "WHS-03"]
        does "Signs events with an asymmetric key alone.";
    FANOUT_LEAK "ev-fanout-leak" breaks ["EVS-51"] implies []
        does "Delivers what happens anywhere to whoever subscribed to that kind of event.";
}
