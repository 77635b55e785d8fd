//! Defects in connection tickets and what they open.

use super::family;

family! { "WSTK";
    MINT_OPEN "mint-open" breaks ["WSTK-01"] implies ["STRM-06"]
        does "Gives a ticket to whoever asks, in the name of the first reader.";
    TICKET_REUSABLE "ticket-reusable" breaks ["WSTK-02"] implies ["WSTK-03"]
        does "Opens another socket with a ticket that has opened one.";
    TICKET_TOCTOU "ticket-toctou" breaks ["WSTK-03"] implies []
        does "Looks whether a ticket was used, and notes its use a moment later.";
    TICKET_DAY "ticket-day" breaks ["WSTK-04"] implies []
        does "Says that a ticket lives a minute and takes it for a day.";
    TICKET_FULL_USER "ticket-full-user" breaks ["WSTK-05"] implies ["STRM-08"]
        does "Gives a socket all rights of the user whose credential bought its ticket.";
    LEGACY_TOKEN_PARAM "legacy-token-param" breaks ["WSTK-06"] implies []
        does "Takes an API key in the place of a ticket.";
    TICKET_OUTLIVES_TOKEN "ticket-outlives-token" breaks ["WSTK-07"] implies []
        does "Opens a socket with a ticket whose credential was revoked.";
    TICKET_IS_JWT_WITH_TOKEN "ticket-is-jwt-with-token" breaks ["WSTK-08"] implies []
        does "Makes a ticket a JWT that holds the credential.";
    ORIGIN_SUFFIX "origin-suffix" breaks ["WSTK-09"] implies []
        does "Opens a socket for every Origin that has the allowed one in it.";
    ORIGIN_IGNORED "origin-ignored" breaks ["WSTK-09"] implies []
        does "Opens a socket for every Origin.";
    TICKET_LOGGED "ticket-logged" breaks ["WSTK-12"] implies []
        does "Writes queries into its journal as they came.";
    ACCEPT_THEN_CLOSE "accept-then-close" breaks ["WSTK-10"] implies ["WSTK-02", "WSTK-03", "WSTK-04", "WSTK-06", "WSTK-07"]
        does "Answers 101 to a bad ticket, tells of a place, and closes then.";
}
