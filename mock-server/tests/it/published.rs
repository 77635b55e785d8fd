//! What anybody may read about the server and its resources, the challenges that lead there, and the endpoint where
//! refusals stand inside the conversation.

use hallmark_mock::World;
use serde_json::{Value, json};

use super::support::{Reply, bearer, call, initialize, mcp_at, raw, request, rpc, token, who, world, write};

const SERVER: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";
const RESOURCE: &str = "/.well-known/oauth-protected-resource";

/// Defects shown here.
pub(crate) const DEFECTS: &[&str] = &[
    "alg-none-listed",
    "as-list-is-url",
    "challenge-scope-varies",
    "challenge-without-scope",
    "insufficient-bare",
    "issuer-query",
    "issuer-slash",
    "metadata-lie",
    "methods-lie",
    "no-authorization-servers",
    "no-fallback",
    "no-registration",
    "no-resource-metadata",
    "offline-access-advertised",
    "oidc-without-pkce",
    "one-scope-at-a-time",
    "plain-endpoint",
    "prm-behind-auth",
    "prm-echo",
    "prm-elsewhere",
    "prm-missing",
    "prm-no-cors",
    "prm-root-only",
    "prm-url-internal",
    "prm-xfh",
    "resource-hardcoded",
    "resource-origin",
    "resource-slash",
    "rts-missing",
    "scope-ghost",
    "tenant-issuer-shared",
    "two-docs-differ",
    "wk-appended-only",
    "xfh-reflected",
];

/// Defects of access tokens: shown beside the code, where there are keys to sign with.
pub(crate) const BESIDE_THE_CODE: &[&str] = &[
    "alg-from-header",
    "alg-none-ci",
    "any-trusted-key",
    "aud-array-tostring",
    "aud-global",
    "aud-host-only",
    "aud-substring",
    "aud-unchecked",
    "crit-ignored",
    "decode-only",
    "denylist-by-string",
    "dup-first",
    "embedded-jwk",
    "exp-ignored",
    "exp-ms",
    "id-token-ok",
    "iss-prefix",
    "jku-trusted",
    "jwks-forever",
    "jwt-until-exp",
    "kid-path",
    "kid-sql",
    "lenient-split",
    "missing-exp-forever",
    "nbf-ignored",
    "no-scope-hierarchy",
    "pbes-unbounded",
    "resource-case-exact",
    "secret-secret",
];

async fn get(world: &World, path: &str, lines: &[&str]) -> Reply {
    let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    raw(&world.urls().origin, &request("GET", path, &lines, "")).await
}

async fn document(world: &World, path: &str) -> Value {
    let reply = get(world, path, &[]).await;
    assert_eq!(reply.status, 200, "{path}: {reply:?}");
    assert_eq!(reply.header("content-type"), Some("application/json"), "{path}");
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"), "{path}");
    reply.json()
}

#[tokio::test]
async fn documents_stand_where_the_standards_put_them_and_agree() {
    let world = world(&[], &[]).await;
    let origin = world.urls().origin;
    for slash in ["", "/"] {
        let server = document(&world, &format!("{SERVER}{slash}")).await;
        assert_eq!(server["issuer"], origin);
        let openid = document(&world, &format!("{OPENID}{slash}")).await;
        for (name, value) in server.as_object().unwrap() {
            assert_eq!(&openid[name], value, "{name}");
        }
        for path in ["", "/mcp/oauth", "/mcp/tools", "/mcp"] {
            let resource = document(&world, &format!("{RESOURCE}{path}{slash}")).await;
            assert_eq!(resource["resource"], format!("{origin}{path}"));
            assert_eq!(resource["authorization_servers"], json!([origin]));
            assert!(
                !resource["scopes_supported"]
                    .to_string()
                    .contains("offline_access")
            );
        }
    }
    let server = document(&world, SERVER).await;
    let jwks = server["jwks_uri"]
        .as_str()
        .unwrap()
        .trim_start_matches(origin.as_str());
    let keys = document(&world, jwks).await;
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
    for path in [
        format!("{RESOURCE}/mcp/key"),
        format!("{RESOURCE}/nowhere"),
        format!("{SERVER}/tenants/acme"),
        format!("/tenants/acme{OPENID}"),
        "/.well-known/other".to_owned(),
    ] {
        assert_eq!(get(&world, &path, &[]).await.status, 404, "{path}");
    }
    let post = raw(&origin, &request("POST", SERVER, &[], "{}")).await;
    assert_eq!((post.status, post.header("allow")), (405, Some("GET, HEAD")));
}

#[tokio::test]
async fn an_issuer_with_a_path_has_its_documents_at_the_inserted_forms() {
    let inserted = format!("{SERVER}/tenants/acme");
    for (variants, both) in [
        (&["issuer-with-path"][..], false),
        (&["issuer-with-path", "metadata-both-forms"][..], true),
    ] {
        let world = world(&[], variants).await;
        let issuer = format!("{}/tenants/acme", world.urls().origin);
        assert_eq!(document(&world, &inserted).await["issuer"], issuer);
        assert_eq!(
            document(&world, &format!("/tenants/acme{OPENID}")).await["issuer"],
            issuer
        );
        assert_eq!(
            document(&world, RESOURCE).await["authorization_servers"],
            json!([issuer])
        );
        assert_eq!(world.fixtures().oauth.issuer, issuer);
        assert_eq!(get(&world, SERVER, &[]).await.status, 404);
        for path in [format!("{OPENID}/tenants/acme"), format!("/tenants/acme{SERVER}")] {
            assert_eq!(get(&world, &path, &[]).await.status == 200, both, "{path}");
        }
    }
    let world = world(&[], &["metadata-extra-members"]).await;
    assert!(document(&world, SERVER).await["x_acme_build"].is_object());
    assert!(document(&world, RESOURCE).await["x_acme_region"].is_string());
}

#[tokio::test]
async fn challenges_lead_to_the_document_of_the_resource() {
    let world = world(&[], &[]).await;
    let origin = world.urls().origin;
    for (path, leads) in [("/mcp/oauth", true), ("/mcp/tools", true), ("/mcp/key", false)] {
        let reply = mcp_at(&world, path, "POST", &[], &who()).await;
        let challenge = reply.header("www-authenticate").unwrap().to_owned();
        let address = format!("resource_metadata=\"{origin}{RESOURCE}{path}\"");
        assert_eq!(challenge.contains(&address), leads, "{challenge}");
        assert_eq!(
            challenge.contains("scope=\"workspace:*:r\""),
            leads,
            "{challenge}"
        );
        assert!(reply.status == 401 && !challenge.contains("error"), "{challenge}");
    }
    let key = bearer(&token(&world, "finance-ro"));
    let opened = mcp_at(&world, "/mcp/oauth", "POST", &[&key], &initialize("2025-11-25")).await;
    let session = format!("Mcp-Session-Id: {}", opened.header("mcp-session-id").unwrap());
    let refused = mcp_at(
        &world,
        "/mcp/oauth",
        "POST",
        &[&key, &session],
        &write(&world, "x"),
    )
    .await;
    let challenge = refused.header("www-authenticate").unwrap();
    let parts = ["error=\"insufficient_scope\"", ":rw\"", "resource_metadata=\""];
    assert!(
        refused.status == 403 && parts.iter().all(|part| challenge.contains(part)),
        "{challenge}"
    );
}

#[tokio::test]
async fn the_endpoint_in_band_is_open_to_look_at_and_tells_calls_who_they_lack() {
    let world = world(&[], &[]).await;
    let unknown = "Authorization: Bearer no-such-token-anywhere";
    for (line, said) in [
        ("X-Nothing: a", "Not authenticated"),
        (unknown, "Session expired"),
    ] {
        let opened = mcp_at(&world, "/mcp", "POST", &[line], &initialize("2025-11-25")).await;
        assert_eq!(opened.status, 200, "{opened:?}");
        let session = format!("Mcp-Session-Id: {}", opened.header("mcp-session-id").unwrap());
        let listed = mcp_at(
            &world,
            "/mcp",
            "POST",
            &[line, &session],
            &rpc("tools/list", &json!({})),
        )
        .await;
        assert!(
            listed.status == 200 && listed.body.contains("\"storage\""),
            "{listed:?}"
        );
        let called = mcp_at(&world, "/mcp", "POST", &[line, &session], &who()).await;
        let result = &called.json()["result"];
        assert!(called.status == 200 && result["isError"] == true, "{called:?}");
        assert!(
            result["content"][0]["text"].as_str().unwrap().starts_with(said),
            "{called:?}"
        );
        let key = bearer(&token(&world, "finance-ro"));
        let signed_in = mcp_at(&world, "/mcp", "POST", &[&key, &session], &who()).await;
        assert_eq!(signed_in.json()["result"]["isError"], false, "{signed_in:?}");
        let other = bearer(&token(&world, "outsider"));
        let foreign = mcp_at(&world, "/mcp", "POST", &[&other, &session], &who()).await;
        assert_eq!(foreign.status, 404, "{foreign:?}");
    }
}

/// Path, request lines, and what the answer shows without and with the defect. `!` in front: it is absent.
type Row = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static str,
    &'static str,
);

const EVIL: &[&str] = &["X-Forwarded-Host: evil.example"];

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("wk-appended-only", SERVER, &[], "200\n", "404\n"),
    ("no-fallback", "/authorize", &[], "400\n", "404\n"),
    ("issuer-slash", SERVER, &[], "\"issuer\":\"{origin}\"", "\"issuer\":\"{origin}/\""),
    ("issuer-query", SERVER, &[], "\"issuer\":\"{origin}\"", "\"issuer\":\"{origin}?tenant=acme\""),
    ("rts-missing", SERVER, &[], "response_types_supported", "!response_types_supported"),
    ("alg-none-listed", SERVER, &[], "!\"none\"]", "\"none\"]"),
    ("metadata-lie", SERVER, &[], "!\"plain\"", "\"plain\""),
    ("two-docs-differ", OPENID, &[], "/current/oauth/token/", "/current/oauth2/v1/token"),
    ("oidc-without-pkce", OPENID, &[], "code_challenge_methods_supported", "!code_challenge_methods_supported"),
    ("plain-endpoint", SERVER, &[], "!pushed_authorization_request", "http://as.example.com/par"),
    ("no-registration", SERVER, &[], "registration_endpoint", "!registration_endpoint"),
    ("xfh-reflected", SERVER, EVIL, "!evil.example", "http://evil.example/current/oauth/token/"),
    ("tenant-issuer-shared", "/.well-known/oauth-authorization-server/nobody", &[], "404\n", "{origin}/nobody"),
    ("prm-behind-auth", RESOURCE, &[], "200\n", "401\n"),
    ("prm-root-only", "/.well-known/oauth-protected-resource/mcp/oauth", &[], "200\n", "404\n"),
    ("resource-origin", "/.well-known/oauth-protected-resource/mcp/oauth", &[], "\"resource\":\"{origin}/mcp/oauth\"", "\"resource\":\"{origin}\""),
    ("resource-slash", "/.well-known/oauth-protected-resource/mcp/oauth", &[], "\"resource\":\"{origin}/mcp/oauth\"", "\"resource\":\"{origin}/mcp/oauth/\""),
    ("resource-hardcoded", "/.well-known/oauth-protected-resource/mcp/tools", &[], "\"resource\":\"{origin}/mcp/tools\"", "\"resource\":\"https://mcp.fast.example/mcp\""),
    ("as-list-is-url", RESOURCE, &[], "[\"{origin}\"]", "[\"{origin}/.well-known/oauth-authorization-server\"]"),
    ("methods-lie", RESOURCE, &[], "!\"query\"", "\"query\""),
    ("scope-ghost", RESOURCE, &[], "!admin:everything", "admin:everything"),
    ("prm-echo", "/.well-known/oauth-protected-resource/nowhere", &[], "404\n", "\"resource\":\"{origin}/nowhere\""),
    ("prm-xfh", RESOURCE, EVIL, "!evil.example", "\"resource\":\"http://evil.example\""),
    ("prm-missing", "/.well-known/oauth-protected-resource/mcp/oauth", &[], "200\n", "404\n"),
    ("no-authorization-servers", RESOURCE, &[], "[\"{origin}\"]", "\"authorization_servers\":[]"),
    ("prm-elsewhere", "/mcp/oauth/.well-known/oauth-protected-resource", &[], "404\n", "200\n"),
    ("prm-no-cors", RESOURCE, &[], "access-control-allow-origin: *", "!access-control-allow-origin: *"),
    ("offline-access-advertised", RESOURCE, &[], "!offline_access", "offline_access"),
    ("no-resource-metadata", "/mcp/oauth", &[], "resource_metadata=", "!resource_metadata="),
    ("prm-url-internal", "/mcp/oauth", &[], "!svc.cluster.local", "svc.cluster.local"),
    ("challenge-without-scope", "/mcp/oauth", &[], "scope=\"workspace:*:r\"", "!scope="),
];

#[tokio::test]
async fn each_row_differs_between_a_healthy_world_and_one_with_the_defect() {
    for (id, path, lines, healthy, broken) in ROWS {
        for (defects, shown) in [(&[][..], healthy), (&[*id][..], broken)] {
            let world = world(defects, &[]).await;
            let text = get(&world, path, lines).await.text();
            let filled = shown.replace("{origin}", &world.urls().origin);
            let holds = match filled.strip_prefix('!') {
                Some(absent) => !text.contains(absent),
                None if filled.ends_with('\n') => text.starts_with(&filled),
                None => text.contains(&filled),
            };
            assert!(holds, "{id} {defects:?} {shown}: {text}");
        }
    }
}

#[tokio::test]
async fn scopes_in_challenges_are_whole_and_always_the_same_but_with_a_defect() {
    let two = |world: &World| {
        let place = |name| world.fixtures().workspace("acme", name).unwrap().id.clone();
        let (finance, support) = (place("finance"), place("support"));
        let ids = json!([finance, support]);
        let body = call(
            "storage_manage",
            &json!({ "action": "create-folders", "profile_ids": ids, "name": "x" }),
        );
        (
            body,
            format!("workspace:{finance}:rw"),
            format!("workspace:{support}:rw"),
        )
    };
    for (defects, first_named, both_named) in [
        (&[][..], true, true),
        (&["one-scope-at-a-time"][..], true, false),
        (&["insufficient-bare"][..], false, false),
    ] {
        let world = world(defects, &["no-server-session"]).await;
        let (body, first, second) = two(&world);
        let key = bearer(&token(&world, "finance-ro"));
        let reply = mcp_at(&world, "/mcp/oauth", "POST", &[&key], &body).await;
        let challenge = reply.header("www-authenticate").unwrap();
        assert_eq!(reply.status, 403);
        assert_eq!(challenge.contains(&first), first_named, "{defects:?} {challenge}");
        assert_eq!(
            challenge.contains(&format!("{first} {second}")),
            both_named,
            "{challenge}"
        );
        assert_eq!(
            challenge.contains("resource_metadata"),
            first_named,
            "{challenge}"
        );
    }
    for (defects, kinds) in [(&[][..], 1), (&["challenge-scope-varies"][..], 2)] {
        let world = world(defects, &[]).await;
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..4 {
            let reply = mcp_at(&world, "/mcp/oauth", "POST", &[], &who()).await;
            seen.insert(reply.header("www-authenticate").unwrap().to_owned());
        }
        assert_eq!(seen.len(), kinds, "{defects:?} {seen:?}");
    }
}
