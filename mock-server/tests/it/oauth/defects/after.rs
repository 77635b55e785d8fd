//! Revocation, introspection, registration, documents of clients.

use hallmark_mock::{ConsentDecision, Outage, World};
use serde_json::json;

use super::super::client::{authorize, form, get, introspect, is_active, merged, revoke, text, tokens, told};
use super::super::registration::{document, document_host, native, register};
use super::front::{exchanged, outcome, pages};
use super::{at_resource, winners};
use crate::support::{bearer, initialize, mcp_at};

/// Revocation and introspection.
pub(super) async fn after(world: &World, id: &str) -> String {
    let answer = tokens(world, "agent", &[]).await;
    let (access, refreshing) = (text(&answer, "access_token"), text(&answer, "refresh_token"));
    let body = merged(&[("token", access.to_owned())], &[]);
    match id {
        "revoke-404" => told(&revoke(world, "agent", "unknown", &[]).await),
        "revoke-any" => told(&revoke(world, "rival", access, &[]).await),
        "introspect-open" => told(&form(world, "introspect", &[], &body).await),
        "inactive-details" => introspect(world, "unknown").await.to_string(),
        "revoke-get" => {
            let target = format!(
                "/current/oauth/revoke/?{body}&client_id={}",
                super::super::client::id(world, "agent")
            );
            get(world, &target, &[]).await.status.to_string()
        }
        "hint-only" => {
            revoke(world, "agent", access, &[("token_type_hint", "refresh_token")]).await;
            is_active(world, access).await.to_string()
        }
        "revoke-no-cascade" => {
            revoke(world, "agent", refreshing, &[]).await;
            is_active(world, access).await.to_string()
        }
        "revoke-by-user" => {
            let other = tokens(world, "rival", &[]).await;
            revoke(world, "agent", access, &[]).await;
            is_active(world, text(&other, "access_token")).await.to_string()
        }
        "fail-open" | "truthy-active" => {
            let outage = if id == "fail-open" {
                Outage::Refused
            } else {
                Outage::Text
            };
            world.control().set_outage(Some(outage));
            at_resource(world, "no-such-token").await.to_string()
        }
        "cache-past-exp" | "third-party-unasked" => {
            assert_eq!(at_resource(world, access).await, 200);
            let over = match id {
                "cache-past-exp" => world.control().expire("access-tokens"),
                _ => world.control().sign_out("alice"),
            };
            over.unwrap();
            at_resource(world, access).await.to_string()
        }
        "ws-forgets-revocation" => {
            let line = bearer(access);
            let opened = mcp_at(world, "/mcp/oauth", "POST", &[&line], &initialize("2025-11-25")).await;
            assert!(opened.header("mcp-session-id").is_some(), "{opened:?}");
            revoke(world, "agent", access, &[]).await;
            world.control().export()["sessions"].to_string()
        }
        _ => {
            assert_eq!(at_resource(world, access).await, 200);
            revoke(world, "agent", access, &[]).await;
            match id {
                "revoke-noop" | "introspect-exp-only" => is_active(world, access).await.to_string(),
                "one-node-stale" => {
                    let mut passed = Vec::new();
                    for _ in 0..8 {
                        passed.push(at_resource(world, access).await);
                    }
                    winners(passed.into_iter())
                }
                _ => at_resource(world, access).await.to_string(),
            }
        }
    }
}

pub(super) async fn dcr(world: &World, id: &str) -> String {
    let web = json!({ "redirect_uris": ["https://a.example/cb"], "client_name": "Web" });
    match id {
        "no-expires-at" => register(world, &web).await.json()["client_secret_expires_at"].to_string(),
        "metadata-not-echoed" => (register(world, &web).await.json()["client_name"] == "Web").to_string(),
        "dcr-any-redirect" => told(&register(world, &json!({ "redirect_uris": ["javascript:x"] })).await),
        "dcr-strict" => {
            let mut metadata = web;
            metadata["hallmark_member"] = json!(1);
            told(&register(world, &metadata).await)
        }
        "dcr-grants-anything" => {
            let mut metadata = native();
            metadata["grant_types"] = json!(["authorization_code", "client_credentials"]);
            let client = register(world, &metadata).await.json();
            let body = merged(
                &[("grant_type", "client_credentials".to_owned())],
                &[("client_id", text(&client, "client_id"))],
            );
            told(&form(world, "token", &[], &body).await)
        }
        "dcr-shared-secret" => {
            let (one, two) = (
                register(world, &web).await.json(),
                register(world, &web).await.json(),
            );
            (one["client_secret"] == two["client_secret"]).to_string()
        }
        "dcr-flood" => {
            for _ in 0..200 {
                register(world, &web).await;
            }
            told(&register(world, &web).await)
        }
        "dcr-ssrf" => {
            let (host, counted) = document_host(|host| document(host, &json!({}))).await;
            let mut metadata = web;
            metadata["logo_uri"] = json!(format!("http://{host}/logo"));
            register(world, &metadata).await;
            counted.borrow().to_string()
        }
        _ => register(world, &native()).await.json()["client_secret"]
            .is_string()
            .to_string(),
    }
}

/// Documents of clients, and resources.
pub(super) async fn documents(world: &World, id: &str) -> String {
    match id {
        "consent-hides-host" => return pages(world, id).await,
        "resource-ignored" => {
            return outcome(world, "agent", &[("resource", "https://elsewhere.example/")]).await;
        }
        "resource-late-add" => return exchanged(world, &[], &[("resource", &world.urls().mcp_tools)]).await,
        "resource-dup-refused" => {
            let urls = world.urls();
            let over = [
                ("+resource", urls.mcp.as_str()),
                ("+resource", urls.mcp_tools.as_str()),
            ];
            return outcome(world, "agent", &over).await;
        }
        _ => {}
    }
    let change = match id {
        "cimd-id-unchecked" => json!({ "client_id": "http://other.example/client" }),
        "cimd-lenient" => json!({ "client_name": null }),
        _ => json!({}),
    };
    let (host, counted) = document_host(move |host| document(host, &change)).await;
    if id != "cimd-ssrf" {
        world.control().documents(std::slice::from_ref(&host));
    }
    let url = format!("http://{host}/client");
    let path = if id == "cimd-redirect-unlisted" {
        "other"
    } else {
        "cb"
    };
    let uri = format!("http://127.0.0.1:7/{path}");
    let over = [("client_id", url.as_str()), ("redirect_uri", uri.as_str())];
    let reply = authorize(world, "agent", &over).await;
    match id {
        "cimd-ssrf" => counted.borrow().to_string(),
        "cimd-every-time" => {
            let location = reply.header("location").unwrap();
            let control = world.control();
            control
                .consent(location, "alice", ConsentDecision::Deny, None)
                .unwrap();
            authorize(world, "agent", &over).await;
            counted.borrow().to_string()
        }
        _ => reply.status.to_string(),
    }
}
