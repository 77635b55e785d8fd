//! Habits of taking webhooks.

super::habits! { RECEIVERS;
    REJECT_ALL "reject-all" breaks ["WHR-01"]
        does "Refuses every delivery.";
    VERIFY_LOGS_ONLY "verify-logs-only" breaks ["WHR-02"]
        does "Verifies a delivery and goes on whatever comes of it.";
    MISSING_IS_VALID "missing-is-valid" breaks ["WHR-02"]
        does "Takes a delivery without a signature for one that nobody signs.";
    LENGTH_THROWS "length-throws" breaks ["WHR-03"]
        does "Answers 500 to a signature of another length than its own.";
    RESERIALISE "reserialise" breaks ["WHR-04"]
        does "Verifies the body as its JSON library writes it down again.";
    NO_TOLERANCE "no-tolerance" breaks ["WHR-05"]
        does "Takes a delivery of any age.";
    ONE_SIDED_TOLERANCE "one-sided-tolerance" breaks ["WHR-05"]
        does "Takes a delivery from the future.";
    BODY_ONLY_MAC "body-only-mac" breaks ["WHR-06"]
        does "Takes a signature that was good once with any other id and timestamp.";
    NO_DEDUPE "no-dedupe" breaks ["WHR-07"]
        does "Works on a delivery as often as it comes.";
    DEDUPE_RACE "dedupe-race" breaks ["WHR-08"]
        does "Looks whether it had a delivery, and notes a moment later that it has.";
    DEDUPE_BEFORE_VERIFY "dedupe-before-verify" breaks ["WHR-09"]
        does "Notes the id of a delivery before it verifies it.";
    UNSIGNED_ID_DEDUPE "unsigned-id-dedupe" breaks ["WHR-10"]
        does "Recognises deliveries in GitHub's form by their id, which nobody signs.";
    FIRST_ENTRY_ONLY "first-entry-only" breaks ["WHR-11"]
        does "Looks at the first of several signatures alone.";
    UNKNOWN_VERSION_OK "unknown-version-ok" breaks ["WHR-11"]
        does "Takes a signature of any version for one of v1.";
    EMPTY_SECRET "empty-secret" breaks ["WHR-12"]
        does "Verifies with an empty key where no secret is configured.";
    FALLBACK_SECRET "fallback-secret" breaks ["WHR-12"]
        does "Verifies with the word secret where none is configured.";
    LITERAL_SECRET "literal-secret" breaks ["WHR-14"]
        does "Takes the text of the secret for a key beside the bytes that its Base64 stands for.";
    LOSSY_UTF8 "lossy-utf8" breaks ["WHR-15"]
        does "Verifies the body as text, in which bytes that are none are all alike.";
    REPARSE_TIMESTAMP "reparse-timestamp" breaks ["WHR-16"]
        does "Reads the timestamp as a number and verifies what that is written as.";
    DOT_SPLIT "dot-split" breaks ["WHR-17"]
        does "Takes an id with a dot in it.";
    HEADER_CASE "header-case" breaks ["WHR-18"]
        does "Finds the headers of a delivery in lower case alone.";
    UNBOUNDED_BODY "unbounded-body" breaks ["WHR-20"]
        does "Reads and verifies a body of any length.";
    STRCMP_MAC "strcmp-mac" breaks ["WHR-21"]
        does "Compares a signature byte by byte, and stops at the first that differs; each costs it a millisecond.";
    LOG_SECRET "log-secret" breaks ["WHR-22"]
        does "Writes the secret and the whole body of a delivery into its log.";
}
