//! Defects in how tokens are bound to resources.

use super::family;

family! { "RIND";
    AUD_GLOBAL "aud-global" breaks ["RIND-01", "AS-18"] implies ["JWT-12", "RIND-05", "RS-19"]
        does "Makes every token for all resources, whichever was asked for.";
    RESOURCE_IGNORED "resource-ignored" breaks ["RIND-02", "AS-18"] implies []
        does "Takes any text for a resource and puts it into the token as it came.";
    RESOURCE_LATE_ADD "resource-late-add" breaks ["RIND-03"] implies ["RFSH-17"]
        does "Lets the token request name resources that were not authorized.";
    RESOURCE_DUP_REFUSED "resource-dup-refused" breaks ["RIND-04"] implies []
        does "Refuses a request that names two resources as one with a repeated parameter.";
    AUD_HOST_ONLY "aud-host-only" breaks ["RIND-05"] implies ["AS-18", "JWT-12", "JWT-13", "RIND-01", "RS-19"]
        does "Compares only scheme and host of an audience with its own.";
}
