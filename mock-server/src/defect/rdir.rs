//! Defects in the comparison of redirect URIs.

use super::family;

family! { "RDIR";
    PREFIX_MATCH "prefix-match" breaks ["RDIR-01"] implies ["AS-22", "OAC-10", "OAC-13", "RDIR-02"]
        does "Takes a redirect URI that begins with a registered one.";
    HOST_ONLY "host-only" breaks ["RDIR-01"] implies ["AS-22", "OAC-10", "OAC-13", "RDIR-02"]
        does "Takes a redirect URI whose host is that of a registered one.";
    NORMALISE_FIRST "normalise-first" breaks ["RDIR-01"] implies []
        does "Decodes and normalises redirect URIs before it compares them.";
    LOOPBACK_PORT_EXACT "loopback-port-exact" breaks ["RDIR-02"] implies []
        does "Wants the registered port of a loopback address.";
    LOOPBACK_ANY_PATH "loopback-any-path" breaks ["RDIR-02"] implies ["AS-22", "RDIR-01"]
        does "Takes any path of a registered loopback address.";
    HTTP_REDIRECT_OK "http-redirect-ok" breaks ["RDIR-03"] implies ["DCR-02"]
        does "Registers redirect URIs of plain http on any host.";
    DEFAULT_FIRST "default-first" breaks ["RDIR-04"] implies ["OAC-14"]
        does "Takes the first of several registered redirect URIs where a request names none.";
    QUERY_DROPPED "query-dropped" breaks ["RDIR-05"] implies []
        does "Drops the query of a registered redirect URI when it adds code and state.";
}
