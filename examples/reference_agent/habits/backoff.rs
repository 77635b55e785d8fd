//! Habits of waiting and trying again.

super::habits! { BACKOFF;
    RETRY_IGNORES_HEADER "retry-ignores-header" breaks ["CBACK-01", "RL-05"]
        does "Waits for its own backoff, whatever Retry-After says.";
    PARSEINT_DATE "parseint-date" breaks ["CBACK-02"]
        does "Reads a date in Retry-After as a number, gets none, and waits for nothing.";
    T_FIRST "t-first" breaks ["CBACK-03"]
        does "Waits for t of RateLimit though Retry-After is there.";
    NAN_IS_ZERO "nan-is-zero" breaks ["CBACK-04"]
        does "Takes a Retry-After that it cannot read for 0, and tries again at once.";
    CONSTANT_BACKOFF "constant-backoff" breaks ["CBACK-05"]
        does "Waits equally long before each try.";
    NO_JITTER "no-jitter" breaks ["CBACK-06"]
        does "Waits exactly as long as every other client.";
    RETRY_FOREVER "retry-forever" breaks ["CBACK-07"]
        does "Never gives up.";
    RETRY_THEN_SUCCESS_EXIT "retry-then-success-exit" breaks ["CBACK-07"]
        does "Gives up without a word and ends as if the task were done.";
    RETRY_401 "retry-401" breaks ["CBACK-08"]
        does "Sends a refused key again.";
    RETRY_403 "retry-403" breaks ["CBACK-09"]
        does "Sends a forbidden call again with the same credential.";
    RETRY_POST "retry-post" breaks ["CBACK-10"]
        does "Repeats a call that changes something when its answer was lost.";
    NEW_KEY_PER_TRY "new-key-per-try" breaks ["CBACK-10"]
        does "Repeats a call whose answer was lost under a new Idempotency-Key.";
    SLEEP_30_YEARS "sleep-30-years" breaks ["CBACK-11"]
        does "Sleeps for as long as it is told, be it years, and says nothing.";
    WAIT_OVERFLOW "wait-overflow" breaks ["CBACK-11"]
        does "Keeps a wait in too few bits; a long one comes out as none.";
    ZERO_HOT_LOOP "zero-hot-loop" breaks ["CBACK-12"]
        does "Takes Retry-After: 0 at its word and tries again at once, as often as it is told.";
    PER_CALL_PAUSE "per-call-pause" breaks ["CBACK-13"]
        does "Pauses the call that was refused and lets the others go on.";
    IMMEDIATE_503 "503-immediate" breaks ["CBACK-14", "RL-07"]
        does "Tries again at once after 503, whatever Retry-After says.";
    LOCAL_CLOCK_DATE "local-clock-date" breaks ["CBACK-15"]
        does "Holds a date in Retry-After against its own clock instead of the answer's Date.";
    RESET_AS_DELTA "reset-as-delta" breaks ["CBACK-16"]
        does "Takes any X-RateLimit-Reset for a number of seconds.";
    NESTED_RETRIES "nested-retries" breaks ["CBACK-17"]
        does "Has two layers that both try again.";
    TOKEN_429_LOGOUT "token-429-logout" breaks ["CBACK-18"]
        does "Drops the login when the token endpoint answers 429.";
    GREEDY "greedy" breaks ["CBACK-19"]
        does "Goes on at full speed while the rest of its quota runs out.";
    RECONNECT_HOT "reconnect-hot" breaks ["STRM-09"]
        does "Connects again at once, and on and on, when its stream ends.";
    RECONNECT_ON_401 "reconnect-on-401" breaks ["STRM-10"]
        does "Connects again with a credential that its stream was refused for.";
    RESUME_FROM_START "resume-from-start" breaks ["STRM-10"]
        does "Connects again without Last-Event-ID.";
    LOGIN_ON_429 "429-as-401" breaks ["RL-06"]
        does "Refreshes its token when it is told to slow down.";
}
