//! Defects in streams and sockets that stay open.

use super::family;

family! { "STRM";
    SSE_UNTIL_DISCONNECT "sse-until-disconnect" breaks ["STRM-01"] implies []
        does "Tells a stream of a revoked credential nothing more, and leaves it open.";
    CHECK_ON_INBOUND_FRAME "check-on-inbound-frame" breaks ["STRM-02"] implies []
        does "Notices that a socket's credential was revoked when the client next says something.";
    FANOUT_IGNORES_REVOKE "fanout-ignores-revoke" breaks ["STRM-03"] implies ["STRM-01", "STRM-02", "STRM-04"]
        does "Goes on telling streams and sockets of a revoked credential.";
    STREAM_IMMORTAL "stream-immortal" breaks ["STRM-04"] implies []
        does "Goes on telling streams and sockets of a credential that has expired.";
    KICK_ON_ROTATE "kick-on-rotate" breaks ["STRM-05"] implies []
        does "Closes the streams of a grant when its token is refreshed.";
    KICK_WHOLE_USER "kick-whole-user" breaks ["STRM-05"] implies []
        does "Closes the streams of every credential of a user when one of them is revoked.";
    RESUME_TRUSTS_ID "resume-trusts-id" breaks ["STRM-06"] implies []
        does "Takes a stream up again for whoever presents the id of one of its events.";
    REPLAY_RING_SHARED "replay-ring-shared" breaks ["STRM-07"] implies []
        does "Replays what happened anywhere after the event of that number, to whoever names it.";
    AUTH_AT_OPEN_ONLY "auth-at-open-only" breaks ["STRM-08"] implies []
        does "Judges messages on a socket by the rights it was opened with.";
    ERROR_EVENT_200 "200-error-event" breaks ["STRM-11"] implies ["STRM-06"]
        does "Answers a stream that it refuses with 200 and an event that says so.";
    SLOT_LEAK "slot-leak" breaks ["STRM-12"] implies []
        does "Goes on counting a stream or socket after it was closed.";
    SESSION_BINDS_TOKEN_BYTES "session-binds-token-bytes" breaks ["STRM-14"] implies []
        does "Knows a session by the access token that opened it, and not by the next one of the same grant.";
    SESSION_BINDS_USERNAME "session-binds-username" breaks ["STRM-14"] implies ["RFSH-10", "RS-25", "RS-26"]
        does "Lets every key of a user continue its sessions with the rights they were opened with.";
    SSE_CACHEABLE "sse-cacheable" breaks ["STRM-13"] implies []
        does "Lets caches keep an event stream for a minute.";
}
