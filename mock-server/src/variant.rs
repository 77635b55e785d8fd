//! Conforming peculiarities: ways to be right that a check must not mistake for a fault.

use serde::Serialize;

/// One conforming peculiarity of the mock. Obtained from [`Variant::from_id`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variant(&'static str);

/// What a variant changes.
#[derive(Debug, Clone, Serialize)]
pub struct VariantInfo {
    /// Stable slug.
    pub id: &'static str,
    /// One sentence: what the mock then does.
    pub does: &'static str,
}

impl Variant {
    /// The variant of this slug, if there is one.
    pub fn from_id(id: &str) -> Option<Self> {
        TABLE.iter().find(|info| info.id == id).map(|info| Self(info.id))
    }

    /// Its slug.
    pub fn id(self) -> &'static str {
        self.0
    }
}

/// Every variant, sorted by id.
pub fn variants() -> &'static [VariantInfo] {
    TABLE
}

macro_rules! table {
    ($($name:ident $id:literal $does:literal;)*) => {
        $(#[doc = $does] pub(crate) const $name: Variant = Variant($id);)*
        const TABLE: &[VariantInfo] = &[$(VariantInfo { id: $id, does: $does }),*];
    };
}

table! {
    CHALLENGE_LOWERCASE "challenge-lowercase" "Writes the challenge scheme as `bearer`.";
    CHALLENGE_PARAMS_REORDERED "challenge-params-reordered" "Writes challenge parameters in the opposite order.";
    CHALLENGE_TOKEN_FORM "challenge-token-form" "Writes the error parameter as a token instead of a quoted-string.";
    CHUNKED_ANSWERS "chunked-answers" "Sends answers without Content-Length, in chunks.";
    DUPLICATE_401 "duplicate-401" "Answers several Authorization lines with 401 instead of 400.";
    DUPLICATE_CLOSE "duplicate-close" "Closes the connection on several Authorization lines.";
    EVENTS_SKETCH "events-sketch" "Offers MCP Events as their first sketch has it: named at the top level too, other error numbers, message ids of their own, nothing said of an unknown subscription.";
    EVENTS_V1A "events-v1a" "Signs MCP Events with an asymmetric key too, beside the secret of the subscription.";
    EXTRA_HEADERS "extra-headers" "Adds request ids and other vendor headers to every answer.";
    ISSUER_WITH_PATH "issuer-with-path" "Is an issuer below a path, with its documents at the path-inserted forms.";
    KEEP_ALIVE_OFF "keep-alive-off" "Ends every HTTP/1.1 connection after one answer.";
    LEGACY_ONLY "legacy-only" "Speaks no stateless revision, only those with sessions.";
    METADATA_BOTH_FORMS "metadata-both-forms" "Publishes its server metadata at the inserted and at the appended well-known forms.";
    METADATA_EXTRA_MEMBERS "metadata-extra-members" "Adds members of its own to every metadata document.";
    MODERN_ONLY "modern-only" "Speaks 2026-07-28 alone: no initialize, no sessions, no GET, no /sse.";
    NO_GET_STREAM "no-get-stream" "Answers GET on the MCP endpoint with 405.";
    NO_LISTEN "no-listen" "Does not know subscriptions/listen.";
    NO_SERVER_SESSION "no-server-session" "Issues no Mcp-Session-Id and asks for none.";
    NOT_FOUND_FOREIGN "not-found-for-foreign" "Answers 404 instead of 403 for objects the credential may not see.";
    OFFLINE_ACCESS_ASKED "offline-access-asked" "Gives refresh tokens only where offline_access was granted.";
    ORIGIN_OWN_ONLY "origin-own-only" "Allows no Origin but its own.";
    OVERLONG_413 "overlong-413" "Answers an over-long Authorization value with 413.";
    OVERLONG_431 "overlong-431" "Answers an over-long Authorization value with 431.";
    RATE_DRAFT_07 "rate-draft-07" "Writes RateLimit as the dictionary of draft 07 of the rate header fields.";
    RATE_LATE "rate-late" "Asks in Retry-After for a fifth more than is needed.";
    RATE_REFUSALS_ONLY "rate-refusals-only" "Sends rate headers on 429 only.";
    RATE_RESET_DELTA "rate-reset-delta" "Sends X-RateLimit-Reset as seconds from now.";
    RATE_RETRY_AFTER_DATE "rate-retry-after-date" "Sends Retry-After as an HTTP-date.";
    RATE_VENDOR_ONLY "rate-vendor-only" "Sends x-ve-limit-* and no other rate header.";
    RATE_VENDOR_PARAMETERS "rate-vendor-parameters" "Sends RateLimit with a partition key, a parameter of its own and a second policy.";
    ROTATION_CONFIDENTIAL_NONE "rotation-confidential-none" "Does not rotate the refresh tokens of confidential clients.";
    ROTATION_GRACE "rotation-grace" "Answers a rotated refresh token for 30 seconds with the successor it already gave, five times at most.";
    ROTATION_LOST_RESPONSE "rotation-lost-response" "Takes the previous refresh token until the new one or its access token was used.";
    SEVERAL_CHALLENGES "several-challenges" "Sends a challenge of an unknown scheme before the Bearer one.";
    SSE_ANSWERS "sse-answers" "Answers POSTs as an event stream where the client accepts one.";
    SSE_ONLY "sse-only" "Speaks HTTP+SSE (2024-11-05) alone: /sse and /messages, no Streamable HTTP.";
    TOKEN_SHAPE_LONG "token-shape-long" "Makes API keys of 4096 characters that use all of token68.";
    TOKEN_SHAPE_SHORT "token-shape-short" "Makes API keys of 20 characters.";
    TOKENS_OPAQUE "tokens-opaque" "Issues access tokens that only their server can read.";
    TOKENS_RS256 "tokens-rs256" "Signs access tokens with RS256.";
    TOOLS_ONLY "tools-only" "Of the features of every revision it has tools alone: no resources, no prompts, no completion.";
}

/// The variants that are on.
#[derive(Debug, Clone, Default)]
pub(crate) struct VariantSet(Vec<Variant>);

impl VariantSet {
    pub(crate) fn has(&self, variant: Variant) -> bool {
        self.0.contains(&variant)
    }

    pub(crate) fn ids(&self) -> Vec<&'static str> {
        self.0.iter().map(|variant| variant.id()).collect()
    }
}

impl From<&[Variant]> for VariantSet {
    fn from(all: &[Variant]) -> Self {
        Self(all.to_vec())
    }
}
