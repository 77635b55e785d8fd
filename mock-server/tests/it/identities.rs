//! Tenants by the number: what each has, that it sees its own alone, and that the control's verbs know it.

use hallmark_mock::{FixtureIdentity, World, WorldConfig};
use serde_json::{Value, json};

use super::control::control;
use super::oauth::client::refresh;
use super::support::{Reply, bearer, mcp_at, modern_lines, modern_rpc};

async fn peopled(identities: u16) -> World {
    World::start(WorldConfig {
        seed: 7,
        identities,
        control_door: true,
        ..WorldConfig::default()
    })
    .await
    .unwrap()
}

/// Lists a workspace without a session, as 2026-07-28 has it.
pub(crate) async fn listed(world: &World, token: &str, workspace: &str) -> Reply {
    let arguments = json!({ "action": "list", "profile_type": "workspace", "profile_id": workspace });
    let body = modern_rpc("tools/call", json!({ "name": "storage", "arguments": arguments }));
    let mut lines = modern_lines(&body);
    lines.push(bearer(token));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    mcp_at(world, "/mcp/oauth", "POST", &lines, &body).await
}

async fn both(world: &World, identity: &FixtureIdentity) -> (u16, u16) {
    let key = listed(world, &identity.key, &identity.workspace).await;
    let token = listed(world, &identity.oauth.access_token, &identity.workspace).await;
    (key.status, token.status)
}

#[tokio::test]
async fn each_reads_its_own_with_key_and_login_and_nobody_elses() {
    let world = peopled(3).await;
    let all = &world.fixtures().identities;
    assert_eq!(all.len(), 3);
    for own in all {
        for other in all {
            for token in [&own.key, &own.oauth.access_token] {
                let reply = listed(&world, token, &other.workspace).await;
                let shown = other
                    .canaries
                    .iter()
                    .filter(|canary| reply.body.contains(*canary))
                    .count();
                let wanted = if own.name == other.name {
                    other.canaries.len()
                } else {
                    0
                };
                assert_eq!(shown, wanted, "{} at {}: {}", own.name, other.name, reply.text());
            }
        }
    }
    // Nor does a key of the two tenants see any.
    let outsider = world.fixtures().credential("outsider").unwrap().token.clone();
    let reply = listed(&world, &outsider, &all[0].workspace).await;
    assert!(!reply.body.contains(&all[0].canaries[0]));
}

#[tokio::test]
async fn they_follow_from_the_seed_and_one_more_changes_none() {
    let (few, many) = (peopled(2).await, peopled(5).await);
    let essence = |identity: &FixtureIdentity| {
        let mut shown = serde_json::to_value(identity).unwrap();
        // Signed anew, and for another port.
        shown["oauth"]["access_token"] = Value::Null;
        shown["oauth"]["token_endpoint"] = Value::Null;
        shown
    };
    let (few, many) = (&few.fixtures().identities, &many.fixtures().identities);
    assert_eq!(essence(&few[1]), essence(&many[1]));
    assert_ne!(essence(&many[1]), essence(&many[2]));
    assert_eq!(many[4].name, "load-0005");
    assert!(!format!("{many:?}").contains(&many[0].key));
}

#[tokio::test]
async fn a_refresh_gives_the_next_tokens_of_the_login() {
    let world = peopled(1).await;
    let own = &world.fixtures().identities[0];
    let told = async |token: &str| refresh(&world, "agent", token, &[]).await;
    let answer = told(&own.oauth.refresh_token).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let endpoint = format!("{}/current/oauth/token/", world.urls().origin);
    assert_eq!(own.oauth.token_endpoint, endpoint);
    assert_eq!(own.oauth.client_id, world.fixtures().oauth.clients["agent"].id);
    let fresh = answer.json()["access_token"].as_str().unwrap().to_owned();
    assert!(
        listed(&world, &fresh, &own.workspace)
            .await
            .body
            .contains(&own.canaries[0])
    );
    // And the old refresh token is spent.
    assert_eq!(told(&own.oauth.refresh_token).await.status, 400);
}

#[tokio::test]
async fn the_verbs_of_the_control_know_them() {
    let world = peopled(5).await;
    let all = &world.fixtures().identities;
    let act = async |method: &str, path: &str, body: &str| control(&world, method, path, body).await;
    assert_eq!(both(&world, &all[0]).await, (200, 200));
    assert_eq!(act("POST", "/credentials/load-0001/revoke", "").await.status, 200);
    assert_eq!(both(&world, &all[0]).await, (401, 401));
    assert_eq!(act("POST", "/credentials/load-0002/expire", "").await.status, 200);
    assert_eq!(both(&world, &all[1]).await, (401, 401));
    let none = json!([format!("workspace:{}:r", all[0].workspace)]).to_string();
    assert_eq!(
        act("PUT", "/credentials/load-0003/scopes", &none).await.status,
        200
    );
    assert_ne!(both(&world, &all[2]).await, (200, 200));
    let own = json!([format!("workspace:{}:r", all[2].workspace)]).to_string();
    assert_eq!(
        act("PUT", "/credentials/load-0003/scopes", &own).await.status,
        200
    );
    assert_eq!(both(&world, &all[2]).await, (200, 200));
    let rotated = act("POST", "/rotate/load-0004", "").await.json();
    let fresh = rotated["key"].as_str().unwrap();
    assert_eq!(both(&world, &all[3]).await, (401, 200));
    assert_eq!(listed(&world, fresh, &all[3].workspace).await.status, 200);
    assert_eq!(
        act("POST", "/credentials/load-0005/disable", "").await.status,
        200
    );
    assert_eq!(both(&world, &all[4]).await, (401, 401));
    assert_eq!(act("POST", "/credentials/load-0006/revoke", "").await.status, 404);
    // Back to the start: what was told at the start works again.
    world.control().reset();
    assert_eq!(both(&world, &all[0]).await, (200, 200));
}
