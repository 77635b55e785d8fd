//! Defects of scopes, keys and sessions: each bites where it says, and a healthy world does not.

use std::time::Duration;

use hallmark_mock::{Behaviour, NotChanged, World, WorldConfig};
use serde_json::{Value, json};

use super::support::{bearer, call, initialize, mcp, session, token, who, world, write};

/// Defects whose bite [`bites`] shows; the table of `defects.rs` leaves them to this file.
pub(crate) const DEFECTS: &[&str] = &[
    "account-api-any-token",
    "all-workspaces",
    "expiry-ui-only",
    "first-item-only",
    "handle-not-bound",
    "hide-only",
    "key-cache-ttl",
    "key-default-admin",
    "key-readable",
    "mass-assignment",
    "mint-escalation",
    "name-resurrects",
    "new-tool-unclassified",
    "no-last-used",
    "orphan-key",
    "rest-guarded-mcp-open",
    "rotate-endless",
    "rotate-gap",
    "rotate-widen",
    "scope-cached",
    "scope-substring",
    "scope-unchecked",
    "session-continued",
    "session-counter",
    "session-is-login",
    "session-not-bound",
    "session-scopes",
    "write-then-403",
];

/// What a tool says to the holder of a token: status, and its structured answer.
async fn ask(world: &World, token: &str, tool: &str, arguments: Value) -> (u16, Value) {
    let key = bearer(token);
    let opened = mcp(world, "POST", &[&key], &initialize("2025-11-25")).await;
    if opened.status != 200 {
        return (opened.status, Value::Null);
    }
    let held = format!("Mcp-Session-Id: {}", opened.header("mcp-session-id").unwrap());
    let reply = mcp(world, "POST", &[&key, &held], &call(tool, &arguments)).await;
    let said = if reply.status == 200 {
        reply.json()["result"]["structuredContent"].clone()
    } else {
        Value::Null
    };
    (reply.status, said)
}

fn place(world: &World, name: &str) -> String {
    world.fixtures().workspace("acme", name).unwrap().id.clone()
}

/// A key that `issuer` makes: its value and its id.
async fn issued(world: &World, issuer: &str, extra: Value) -> Option<(String, String)> {
    let mut arguments = json!({ "action": "api-key-create", "name": "made" });
    arguments
        .as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    let (_, said) = ask(world, &token(world, issuer), "auth_manage", arguments).await;
    Some((
        said["api_key"].as_str()?.to_owned(),
        said["key"]["id"].as_str()?.to_owned(),
    ))
}

async fn manage(world: &World, action: &str, id: &str, extra: Value) -> Value {
    let mut arguments = json!({ "action": action, "key_id": id, "confirm": "true" });
    arguments
        .as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    ask(world, &token(world, "full"), "auth_manage", arguments)
        .await
        .1
}

async fn works(world: &World, token: &str) -> bool {
    ask(world, token, "auth", json!({ "action": "status" })).await.0 == 200
}

async fn writes(world: &World, token: &str) -> bool {
    let arguments = json!({ "action": "create-folder", "profile_id": place(world, "finance"), "name": "n" });
    ask(world, token, "storage_manage", arguments).await.0 == 200
}

fn scope(world: &World, workspace: &str, mode: &str) -> Value {
    json!({ "scopes": [format!("workspace:{}:{mode}", place(world, workspace))] })
}

/// Whether the world does what the defect of this name says.
#[expect(clippy::too_many_lines, reason = "one arm for each defect")]
async fn bites(id: &str, world: &World) -> bool {
    let (reader, writer) = (token(world, "finance-ro"), token(world, "finance-rw"));
    let control = world.control();
    match id {
        "write-then-403" => {
            let refused = !writes(world, &reader).await;
            refused && control.export().to_string().contains("\"name\":\"n\"")
        }
        "scope-unchecked" | "rest-guarded-mcp-open" | "hide-only" => writes(world, &reader).await,
        "new-tool-unclassified" => {
            let note =
                json!({ "action": "create-note", "workspace_id": place(world, "finance"), "name": "n" });
            !writes(world, &reader).await && ask(world, &reader, "workspace_manage", note).await.0 == 200
        }
        "scope-substring" => {
            let alike = format!("WORKSPACE:{}:rw-preview", place(world, "finance"));
            issued(world, "full", json!({ "scopes": [alike] }))
                .await
                .is_some()
        }
        "first-item-only" => {
            let both = json!([place(world, "finance"), place(world, "support")]);
            let folders = json!({ "action": "create-folders", "profile_ids": both, "name": "n" });
            ask(world, &token(world, "two-ws"), "storage_manage", folders)
                .await
                .0
                == 200
        }
        "scope-cached" => {
            let adjustable = token(world, "adjustable");
            assert!(writes(world, &adjustable).await);
            let reading = format!("workspace:{}:r", place(world, "finance"));
            control.set_scopes("adjustable", &[reading]).unwrap();
            let still = writes(world, &adjustable).await;
            control.advance(Duration::from_secs(61));
            assert!(!writes(world, &adjustable).await);
            still
        }
        "account-api-any-token" => {
            ask(world, &writer, "auth", json!({ "action": "api-key-list" }))
                .await
                .0
                == 200
        }
        "mint-escalation" => issued(world, "minter", json!({ "scopes": ["user:*:rwa"] }))
            .await
            .is_some(),
        "mass-assignment" => {
            let (key, id) = issued(world, "full", json!({})).await.unwrap();
            let outsider = world.fixtures().credential("outsider").unwrap().user.clone();
            manage(world, "api-key-update", &id, json!({ "user_id": outsider })).await;
            let (_, said) = ask(world, &key, "auth", json!({ "action": "status" })).await;
            said["user_id"] == outsider.as_str()
        }
        "key-readable" => {
            let (key, _) = issued(world, "full", json!({})).await.unwrap();
            let (_, said) = ask(
                world,
                &token(world, "full"),
                "auth",
                json!({ "action": "api-key-list" }),
            )
            .await;
            said.to_string().contains(&key)
        }
        "key-cache-ttl" => {
            let (key, id) = issued(world, "full", json!({})).await.unwrap();
            assert!(works(world, &key).await);
            manage(world, "api-key-delete", &id, json!({})).await;
            let still = works(world, &key).await;
            control.advance(Duration::from_secs(61));
            assert!(!works(world, &key).await);
            still
        }
        "expiry-ui-only" => {
            let end = jiff::Timestamp::from_second(control.now() + 10)
                .unwrap()
                .to_string();
            let (key, _) = issued(world, "full", json!({ "key_expires": end }))
                .await
                .unwrap();
            assert!(works(world, &key).await);
            control.advance(Duration::from_secs(11));
            assert!(!works(world, &token(world, "expired")).await);
            works(world, &key).await
        }
        "key-default-admin" => writes(world, &issued(world, "full", json!({})).await.unwrap().0).await,
        "rotate-widen" | "rotate-gap" | "rotate-endless" => {
            let (old, old_id) = issued(world, "full", scope(world, "finance", "r")).await.unwrap();
            let said = manage(world, "api-key-rotate", &old_id, json!({})).await;
            let new = said["api_key"].as_str().unwrap().to_owned();
            assert!(works(world, &new).await);
            let overlaps = works(world, &old).await;
            control.advance(Duration::from_secs(61));
            match id {
                "rotate-gap" => !overlaps,
                "rotate-endless" => works(world, &old).await,
                _ => writes(world, &new).await,
            }
        }
        "name-resurrects" => {
            let (key, id) = issued(world, "full", json!({})).await.unwrap();
            manage(world, "api-key-delete", &id, json!({})).await;
            assert!(!works(world, &key).await);
            issued(world, "full", json!({})).await.unwrap();
            works(world, &key).await
        }
        "orphan-key" => {
            control.disable("leaver").unwrap();
            works(world, &token(world, "leaver")).await
        }
        "no-last-used" => {
            let (key, id) = issued(world, "full", json!({})).await.unwrap();
            assert!(works(world, &key).await);
            let get = json!({ "action": "api-key-get", "key_id": id });
            let (_, said) = ask(world, &token(world, "full"), "auth", get).await;
            said["api_key"]["last_used"].is_null()
        }
        "all-workspaces" => {
            let (key, _) = issued(world, "full", scope(world, "support", "r")).await.unwrap();
            let list = json!({ "action": "list", "profile_id": place(world, "finance") });
            ask(world, &key, "storage", list).await.0 == 200
        }
        "handle-not-bound" => {
            let allocate = json!({ "action": "allocate", "workspace_id": place(world, "finance") });
            let (_, said) = ask(world, &writer, "intent_manage", allocate).await;
            let expand = json!({ "action": "expand", "intent_id": said["intent"]["id"] });
            assert_eq!(ask(world, &writer, "intent", expand.clone()).await.0, 200);
            let (_, said) = ask(world, &token(world, "outsider"), "intent", expand).await;
            said["intent"].is_object()
        }
        "session-is-login" | "session-continued" | "session-not-bound" => {
            let held = format!(
                "Mcp-Session-Id: {}",
                session(world, "finance-ro", "2025-11-25").await
            );
            let bare = mcp(world, "POST", &[&held], &who()).await;
            let other = bearer(&token(world, "outsider"));
            let foreign = mcp(world, "POST", &[&other, &held], &who()).await;
            let canary = |name: &str| world.fixtures().credential(name).unwrap().canary.clone().unwrap();
            match id {
                "session-is-login" => bare.body.contains(&canary("finance-ro")),
                "session-continued" => foreign.body.contains(&canary("outsider")),
                _ => foreign.body.contains(&canary("finance-ro")),
            }
        }
        "session-scopes" => {
            let held = format!(
                "Mcp-Session-Id: {}",
                session(world, "finance-rw", "2025-11-25").await
            );
            let weaker = bearer(&reader);
            mcp(world, "POST", &[&weaker, &held], &write(world, "n"))
                .await
                .status
                == 200
        }
        "session-counter" => session(world, "finance-ro", "2025-11-25")
            .await
            .starts_with("session-"),
        other => panic!("{other} has no test"),
    }
}

#[tokio::test]
async fn each_defect_bites_and_a_healthy_world_does_not() {
    for id in DEFECTS {
        assert!(
            !bites(id, &world(&[], &[]).await).await,
            "{id} without the defect"
        );
        assert!(bites(id, &world(&[id], &[]).await).await, "{id} with the defect");
    }
}

#[tokio::test]
async fn rest_stays_guarded_where_only_mcp_is_open() {
    let world = world(&["rest-guarded-mcp-open"], &[]).await;
    let target = format!(
        "/current/workspace/{}/storage/root/createfolder/",
        place(&world, "finance")
    );
    let key = bearer(&token(&world, "finance-ro"));
    let bytes = super::support::request("POST", &target, &[key.as_bytes()], r#"{"name":"n"}"#);
    assert_eq!(
        super::support::raw(&world.urls().origin, &bytes).await.status,
        403
    );
}

#[tokio::test]
async fn fastio_gives_what_its_documents_say() {
    for (behaviour, open) in [
        (Behaviour::Seed, false),
        (Behaviour::Strict, false),
        (Behaviour::Fastio, true),
    ] {
        let world = World::start(WorldConfig {
            seed: 7,
            behaviour,
            ..WorldConfig::default()
        })
        .await
        .unwrap();
        let (_, listed) = ask(
            &world,
            &token(&world, "finance-rw"),
            "auth",
            json!({ "action": "api-key-list" }),
        )
        .await;
        assert_eq!(listed["api_keys"].is_array(), open, "{behaviour:?}");
        let (key, _) = issued(&world, "full", json!({})).await.unwrap();
        assert_eq!(writes(&world, &key).await, open, "{behaviour:?}");
    }
}

#[tokio::test]
async fn scopes_and_accounts_change_by_the_control_door() {
    let world = world(&[], &[]).await;
    let control = world.control();
    let unknown = control.set_scopes("nobody", &[]).unwrap_err();
    assert!(matches!(unknown, NotChanged::Unknown(_)), "{unknown}");
    let wrong = control
        .set_scopes("leaver", &["files:write".to_owned()])
        .unwrap_err();
    assert!(matches!(wrong, NotChanged::Scope(_)), "{wrong}");
    assert!(control.disable("nobody").is_err());
    // A session of the account ends with it; others go on.
    let held = format!(
        "Mcp-Session-Id: {}",
        session(&world, "leaver", "2025-11-25").await
    );
    control.disable("leaver").unwrap();
    let reply = mcp(
        &world,
        "POST",
        &[&bearer(&token(&world, "leaver")), &held],
        &who(),
    )
    .await;
    assert_eq!(reply.status, 401);
    assert!(works(&world, &token(&world, "finance-ro")).await);
}

#[tokio::test]
async fn a_member_is_added_and_removed_by_administrators_alone() {
    let world = world(&[], &[]).await;
    let user = world.fixtures().credential("support-ro").unwrap().user.clone();
    let member = |action: &str, role: &str| json!({ "action": action, "entity_type": "workspace", "entity_id": place(&world, "finance"), "user_id": user, "role": role, "confirm": "true" });
    for (who, status) in [
        ("finance-ro", 403),
        ("finance-rw", 403),
        ("full", 403),
        ("org-admin", 200),
        ("outsider", 403),
    ] {
        let (answered, _) = ask(
            &world,
            &token(&world, who),
            "member_manage",
            member("add", "guest"),
        )
        .await;
        assert_eq!(answered, status, "{who}");
    }
    let admin = token(&world, "org-admin");
    let (_, owner) = ask(&world, &admin, "member_manage", member("add", "owner")).await;
    assert!(owner.is_null());
    let (_, removed) = ask(&world, &admin, "member_manage", member("remove", "guest")).await;
    assert_eq!(removed["removed"], true);
    let (_, again) = ask(&world, &admin, "member_manage", member("remove", "guest")).await;
    assert!(again.is_null());
}
