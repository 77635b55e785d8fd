//! Every defect of the authorization server is observable, and only while it is on.

mod after;
mod back;
mod front;

use std::collections::BTreeSet;

use hallmark_mock::{World, defects};
use serde_json::Value;

use super::client::get;
use crate::support::{bearer, initialize, mcp_at, world};

/// Defect, what its probe says without it, and what it says with it.
const ROWS: &[(&str, &str, &str)] = &[
    ("code-reusable", "400 invalid_grant", "200"),
    ("sealed-code", "400 invalid_grant", "200"),
    ("code-toctou", "1", "8"),
    ("replay-no-revoke", "false", "true"),
    ("revoke-on-any-replay", "true", "false"),
    ("code-immortal", "400 invalid_grant", "200"),
    ("code-unbound-client", "400 invalid_grant", "200"),
    ("redirect-not-compared", "400 invalid_grant", "200"),
    ("state-plus-space", "a+b", "a b"),
    ("state-truncated", "300", "255"),
    ("iss-wrong", "", "/"),
    ("iss-only-success", "true", "false"),
    ("iss-left-out", "true", "false"),
    ("iss-unadvertised", "true", "null"),
    ("open-redirect", "400", "302"),
    ("error-redirect-anon", "login", "client"),
    ("strict-unknown", "code", "invalid_request"),
    ("hpp-differential", "400", "https://evil.example/cb"),
    ("empty-challenge", "invalid_request", "code"),
    ("implicit-on", "unsupported_response_type", "token"),
    ("ropc-on", "400 unsupported_grant_type", "200"),
    ("redirect-307", "303", "307"),
    ("cors-star-global", "", "*"),
    ("framable-consent", "true", "false"),
    ("referer-leak", "true", "false"),
    ("consent-cookie-global", "page", "code"),
    ("cc-sub-clash", "false", "true"),
    ("pkce-optional", "invalid_request", "code"),
    ("pkce-public-only", "invalid_request", "code"),
    ("s256-padding", "200", "400 invalid_grant"),
    ("verifier-ignored", "400 invalid_grant", "200"),
    ("verifier-optional", "400 invalid_grant", "200"),
    ("downgrade-accepted", "invalid_request", "200"),
    ("plain-allowed", "invalid_request", "200"),
    ("default-s256", "invalid_request", "200"),
    ("method-from-token-request", "400 invalid_grant", "200"),
    ("short-verifier", "400 invalid_grant", "200"),
    ("unknown-method-plain", "invalid_request", "200"),
    ("challenge-in-code", "false", "true"),
    ("no-ccms", "true", "false"),
    ("prefix-match", "400", "302"),
    ("host-only", "400", "302"),
    ("normalise-first", "400", "302"),
    ("loopback-port-exact", "302", "400"),
    ("loopback-any-path", "400", "302"),
    ("http-redirect-ok", "400 invalid_redirect_uri", "201"),
    ("default-first", "400", "302"),
    ("query-dropped", "1", ""),
    ("token-get", "405", "200"),
    ("expires-in-string", "3600", "\"3600\""),
    ("expires-in-ms", "3600", "3600000"),
    ("no-nostore", "no-store", "private, max-age=60"),
    ("error-200", "400", "200"),
    ("error-html", "false", "true"),
    ("desc-reflect", "false", "true"),
    ("grant-default-cc", "400 invalid_request", "200"),
    ("hpp-token", "400 invalid_request", "200"),
    ("scope-empty-none", "true", "false"),
    ("params-from-query", "400 invalid_request", "200"),
    ("scope-silent", "true", "false"),
    ("json-token", "400 invalid_request", "200"),
    ("never-expires", "401", "200"),
    ("24h-token", "3600", "86400"),
    ("no-throttle", "true", "false"),
    ("lockout-dos", "200", "429 temporarily_unavailable"),
    ("echo-refresh", "false", "true"),
    ("fragment-endpoint", "false", "true"),
    ("secret-optional", "401 invalid_client", "200"),
    ("basic-400", "401 invalid_client", "400 invalid_client"),
    ("basic-no-decode", "200", "401 invalid_client"),
    ("either-secret", "400 invalid_request", "200"),
    ("advertise-lie", "200", "401 invalid_client"),
    ("assertion-aud-any", "401 invalid_client", "200"),
    ("jti-unused", "401 invalid_client", "200"),
    ("static-rt", "false", "true"),
    ("old-rt-alive", "400 invalid_grant", "200"),
    ("reuse-no-family", "400 invalid_grant", "200"),
    ("family-at-alive", "false", "true"),
    ("rotation-toctou", "1", "8"),
    ("grace-orphan", "false", "true"),
    ("grace-sliding", "400 invalid_grant", "200"),
    ("lost-response-lockout", "0", "30"),
    ("rt-unbound", "400 invalid_grant", "200"),
    ("refresh-widen", "400 invalid_scope", "200"),
    ("narrow-ignored", "r", "rw"),
    ("rt-narrowed", "rw", "r"),
    ("revoked-503", "400 invalid_grant", "503 temporarily_unavailable"),
    (
        "revoked-invalid-request",
        "400 invalid_grant",
        "400 invalid_request",
    ),
    ("rt-immortal", "400 invalid_grant", "200"),
    ("timeout-exceeds-grant", "null", "15552000"),
    ("refresh-no-cauth", "401 invalid_client", "200"),
    ("refresh-kills-old-at", "true", "false"),
    ("refresh-any-aud", "400 invalid_target", "200"),
    ("revoke-noop", "false", "true"),
    ("revoke-404", "200", "404 invalid_request"),
    ("revoke-any", "400 invalid_grant", "200"),
    ("revoke-cache-60s", "401", "200"),
    ("one-node-stale", "0", "2"),
    ("revoke-no-cascade", "false", "true"),
    ("hint-only", "false", "true"),
    ("revoke-get", "405", "200"),
    ("ws-forgets-revocation", "0", "1"),
    ("revoke-by-user", "true", "false"),
    ("introspect-open", "401 invalid_client", "200"),
    (
        "inactive-details",
        r#"{"active":false}"#,
        r#"{"active":false,"reason":"unknown","client_id":null}"#,
    ),
    ("introspect-exp-only", "false", "true"),
    ("rs-own-rules", "401", "200"),
    ("cache-past-exp", "401", "200"),
    ("fail-open", "503", "200"),
    ("truthy-active", "503", "200"),
    ("third-party-unasked", "401", "200"),
    ("no-expires-at", "0", "null"),
    ("metadata-not-echoed", "true", "false"),
    ("dcr-any-redirect", "400 invalid_redirect_uri", "201"),
    ("dcr-strict", "201", "400 invalid_client_metadata"),
    ("dcr-grants-anything", "400 unauthorized_client", "200"),
    ("dcr-shared-secret", "false", "true"),
    ("dcr-flood", "429 temporarily_unavailable", "201"),
    ("dcr-ssrf", "0", "1"),
    ("none-with-secret", "false", "true"),
    ("cimd-refused", "302", "400"),
    ("cimd-id-unchecked", "400", "302"),
    ("cimd-redirect-unlisted", "400", "302"),
    ("cimd-lenient", "400", "302"),
    ("cimd-every-time", "1", "2"),
    ("cimd-ssrf", "0", "1"),
    ("consent-hides-host", "true", "false"),
    ("resource-ignored", "invalid_target", "code"),
    ("resource-late-add", "400 invalid_target", "200"),
    ("resource-dup-refused", "code", "invalid_request"),
];

/// Defects shown here.
pub(crate) fn tested() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|(id, ..)| *id)
}

/// Families whose defects live in the authorization server.
const FAMILIES: [&str; 10] = [
    "AS", "CAUTH", "DCR", "INTR", "OAC", "PKCE", "RDIR", "REVK", "RFSH", "TOK",
];

#[test]
fn every_defect_has_its_row() {
    let known: BTreeSet<&str> = ROWS.iter().map(|(id, ..)| *id).collect();
    let own = defects().iter().filter(|info| FAMILIES.contains(&info.family));
    let missing: Vec<&str> = own.map(|info| info.id).filter(|id| !known.contains(id)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[tokio::test]
async fn every_defect_shows_and_no_healthy_server_does() {
    let mut wrong = Vec::new();
    for (id, healthy, broken) in ROWS {
        for (on, expected) in [(&[][..], healthy), (&[*id][..], broken)] {
            let said = probe(&world(on, &[]).await, id).await;
            if said != *expected {
                wrong.push(format!("{id} with {on:?}: {said} instead of {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

async fn probe(world: &World, id: &str) -> String {
    let family = defects()
        .iter()
        .find(|info| info.id == id)
        .map(|info| info.family);
    match family.unwrap_or_default() {
        "OAC" => front::oac(world, id).await,
        "PKCE" => front::pkce(world, id).await,
        "RDIR" => front::rdir(world, id).await,
        "TOK" => back::tok(world, id).await,
        "CAUTH" => back::cauth(world, id).await,
        "RFSH" => back::rfsh(world, id).await,
        "REVK" | "INTR" | "RS" => after::after(world, id).await,
        "DCR" => after::dcr(world, id).await,
        _ => after::documents(world, id).await,
    }
}

pub(super) async fn at_resource(world: &World, token: &str) -> u16 {
    let line = bearer(token);
    let body = initialize("2025-11-25");
    mcp_at(world, "/mcp/oauth", "POST", &[&line], &body).await.status
}

pub(super) async fn metadata(world: &World) -> Value {
    get(world, "/.well-known/oauth-authorization-server", &[])
        .await
        .json()
}

pub(super) fn winners(statuses: impl Iterator<Item = u16>) -> String {
    statuses.filter(|status| *status == 200).count().to_string()
}
