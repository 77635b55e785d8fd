//! Defects in client authentication.

use super::family;

family! { "CAUTH";
    SECRET_OPTIONAL "secret-optional" breaks ["CAUTH-01"] implies ["INTR-01", "REVK-03", "RFSH-15"]
        does "Lets a confidential client name itself without its secret.";
    BASIC_400 "basic-400" breaks ["CAUTH-02"] implies ["TOK-04"]
        does "Answers a wrong secret in the header with 400 and no challenge.";
    BASIC_NO_DECODE "basic-no-decode" breaks ["CAUTH-03"] implies []
        does "Does not decode the id and the secret of Basic.";
    EITHER_SECRET "either-secret" breaks ["CAUTH-04"] implies []
        does "Takes a request with two secrets when one of them is right.";
    ADVERTISE_LIE "advertise-lie" breaks ["CAUTH-05"] implies []
        does "Advertises client_secret_post and refuses it.";
    ASSERTION_AUD_ANY "assertion-aud-any" breaks ["CAUTH-06"] implies []
        does "Takes client assertions that are for another server.";
    JTI_UNUSED "jti-unused" breaks ["CAUTH-07"] implies []
        does "Takes a client assertion as often as it is presented.";
}
