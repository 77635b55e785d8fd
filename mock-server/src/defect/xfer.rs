//! Defects in handing over what one owns.

use super::family;

family! { "XFER";
    OWNER_FIELD_STALE "owner-field-stale" breaks ["XFER-01"] implies []
        does "Goes on naming the old owner of an organisation after it was claimed.";
    TRANSFER_KILLS_TOKEN "transfer-kills-token" breaks ["XFER-02"] implies []
        does "Ends the key that handed an organisation over when it is claimed.";
    ADMIN_OF_OWNER "admin-of-owner" breaks ["XFER-03"] implies []
        does "Makes whoever hands an organisation over an administrator of all that its new owner owns.";
    AGENT_REGRANTS "agent-regrants" breaks ["XFER-04"] implies []
        does "Lets whoever once administered an organisation add members to it, itself included.";
    TRANSFER_RACE "transfer-race" breaks ["XFER-05"] implies []
        does "Looks whether a claim token is unused, pauses, and hands over afterwards.";
    CLAIM_REUSABLE "claim-reusable" breaks ["XFER-06"] implies ["XFER-05"]
        does "Takes a claim token as often as it is shown.";
    CLAIM_IMMORTAL "claim-immortal" breaks ["XFER-06"] implies []
        does "Takes a claim token however old it is.";
    CLAIM_UNBOUND "claim-unbound" breaks ["XFER-06"] implies []
        does "Takes a claim token that is meant for one person from anybody.";
    TRANSFER_UNLOGGED "transfer-unlogged" breaks ["XFER-07"] implies []
        does "Leaves no event when an organisation changes hands.";
}
