//! Defects in client ID metadata documents and in what the consent page tells of a client.

use super::family;

family! { "AS";
    CIMD_REFUSED "cimd-refused" breaks ["AS-20"] implies ["AS-21", "AS-22", "AS-23", "AS-24"]
        does "Does not take an address for a client_id, though its metadata says so.";
    CIMD_ID_UNCHECKED "cimd-id-unchecked" breaks ["AS-21"] implies ["AS-23"]
        does "Takes a document whose client_id is another address.";
    CIMD_REDIRECT_UNLISTED "cimd-redirect-unlisted" breaks ["AS-22"] implies ["OAC-10", "RDIR-01"]
        does "Takes redirect URIs that the document does not list.";
    CIMD_LENIENT "cimd-lenient" breaks ["AS-23"] implies []
        does "Takes documents without a client_name and of any media type.";
    CIMD_EVERY_TIME "cimd-every-time" breaks ["AS-24"] implies []
        does "Fetches the document for each request, whatever its caching headers say.";
    CIMD_SSRF "cimd-ssrf" breaks ["AS-25"] implies []
        does "Fetches documents from any address of this machine, and follows redirects.";
    CONSENT_HIDES_HOST "consent-hides-host" breaks ["AS-26"] implies []
        does "Does not say on the consent page where the answer goes.";
}
