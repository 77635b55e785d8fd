//! Habits that give secrets away.

super::habits! { SECRECY;
    LEAK_307 "leak-307" breaks ["CSEC-01"]
        does "Follows 307 and 308 to any origin with everything it had, the credential included.";
    LEAK_PORT "leak-port" breaks ["CSEC-01"]
        does "Takes another port of the same host for the same origin when it follows a redirect.";
    LEAK_DOWNGRADE "leak-downgrade" breaks ["CSEC-01"]
        does "Follows a redirect from https to http with its credential.";
    TOKEN_IN_URL "token-in-url" breaks ["CSEC-02"]
        does "Repeats its token in the address of the request that ends its session.";
    TOKEN_IN_COOKIE "token-in-cookie" breaks ["CSEC-02"]
        does "Repeats its token in a cookie.";
    DEBUG_HEADERS "debug-headers" breaks ["CSEC-03"]
        does "Writes the headers of each request to stderr.";
    EXCEPTION_ECHO "exception-echo" breaks ["CSEC-03"]
        does "Writes the whole request into the message about its failure.";
    TOKEN_PREFIX_20 "token-prefix-20" breaks ["CSEC-03"]
        does "Writes the first twenty characters of its token to stderr.";
    ARGV_TOKEN "argv-token" breaks ["CSEC-04"]
        does "Passes its token to a child as an argument.";
    VERIFY_FALSE "verify-false" breaks ["CSEC-05"]
        does "Takes any certificate.";
    HTTP_OK "http-ok" breaks ["CSEC-06"]
        does "Sends its token over http to any host.";
    ONE_TOKEN_ALL "one-token-all" breaks ["CSEC-07"]
        does "Sends the token it has to whatever server it is pointed at.";
    BEARER_UNDEFINED "bearer-undefined" breaks ["CSEC-08"]
        does "Sends Bearer undefined when it has no key.";
    CRLF_KEY "crlf-key" breaks ["CSEC-09"]
        does "Uses its key with the line end that it was given with.";
    TOKEN_AS_ARG "token-as-arg" breaks ["CSEC-10"]
        does "Passes its token as an argument of the tool.";
    TOKEN_IN_META "token-in-meta" breaks ["CSEC-10"]
        does "Puts its token into _meta of the call.";
}
