//! Defects in dynamic registration.

use super::family;

family! { "DCR";
    NO_EXPIRES_AT "no-expires-at" breaks ["DCR-01"] implies []
        does "Leaves client_secret_expires_at out beside a secret.";
    METADATA_NOT_ECHOED "metadata-not-echoed" breaks ["DCR-01"]
        implies ["DCR-03", "DCR-04", "DCR-08", "RDIR-03"]
        does "Answers a registration with an id and a secret and nothing else.";
    DCR_ANY_REDIRECT "dcr-any-redirect" breaks ["DCR-02"] implies ["RDIR-03"]
        does "Registers any redirect URI: scripts, data, wildcards, fragments.";
    DCR_STRICT "dcr-strict" breaks ["DCR-03"] implies []
        does "Refuses registrations with metadata it does not know.";
    DCR_GRANTS_ANYTHING "dcr-grants-anything" breaks ["DCR-04"] implies ["OAC-16"]
        does "Gives a client that registers itself every grant type and scope it asks for.";
    DCR_SHARED_SECRET "dcr-shared-secret" breaks ["DCR-05"] implies []
        does "Gives every client that registers the same secret.";
    DCR_FLOOD "dcr-flood" breaks ["DCR-06"] implies []
        does "Registers without end.";
    DCR_SSRF "dcr-ssrf" breaks ["DCR-07"] implies []
        does "Fetches the addresses that a registration names.";
    NONE_WITH_SECRET "none-with-secret" breaks ["DCR-08"] implies []
        does "Gives public clients a secret.";
}
