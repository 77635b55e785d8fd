//! The page on which somebody agrees to a call (URL mode elicitation), in both revisions that have it.

use hallmark_mock::World;
use serde_json::{Value, json};

use super::client::{text, tokens};
use super::pages::Browser;
use crate::support::{Reply, Row, bearer, each_differs, mcp_at, meta, modern_lines, rpc, world};

/// Id, what a healthy world shows, what one with the defect shows.
const ROWS: &[Row] = &[
    ("elicitation-any-user", "403 asked", "200 shown"),
    ("elicitation-personal-data", "false", "true"),
    ("elicitation-prelogged-link", "401 asked", "200 shown"),
];

/// The defects that this file tests.
pub(crate) fn tested() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|(id, ..)| *id)
}

#[tokio::test]
async fn each_row_differs_between_a_healthy_world_and_one_with_the_defect() {
    each_differs(ROWS, shown).await;
}

/// What came of a page that another user answers, or nobody.
async fn shown(id: &str, world: &World) -> String {
    let alice = Alice::of(world).await;
    let page = alice.asked().await;
    let mut browser = Browser::new(world);
    let form = match id {
        "elicitation-any-user" => browser.sign_in_as(&page, "bob").await,
        "elicitation-prelogged-link" => browser.get(&page).await,
        _ => return page.contains("alice%40").to_string(),
    };
    let sent = browser.submit(&form, &[("decision", "approve")]).await;
    let after = alice.unseals().await.json();
    let asked = after["error"]["code"] == -32042;
    format!("{} {}", sent.status, if asked { "asked" } else { "shown" })
}

/// A client of hers that sends people to pages, in a session of 2025-11-25.
struct Alice<'a> {
    world: &'a World,
    lines: Vec<String>,
}

impl<'a> Alice<'a> {
    async fn of(world: &'a World) -> Self {
        let key = bearer(text(&tokens(world, "agent", &[]).await, "access_token"));
        let hello = rpc(
            "initialize",
            &json!({
                "protocolVersion": "2025-11-25",
                "capabilities": { "elicitation": { "url": {} } },
                "clientInfo": { "name": "test", "version": "1" },
            }),
        );
        let reply = mcp_at(world, "/mcp/oauth", "POST", &[&key], &hello).await;
        let held = format!("Mcp-Session-Id: {}", reply.header("mcp-session-id").unwrap());
        Self {
            world,
            lines: vec![key, held],
        }
    }

    async fn unseals(&self) -> Reply {
        let lines: Vec<&str> = self.lines.iter().map(String::as_str).collect();
        let call = json!({ "name": "storage", "arguments": sealed(self.world) });
        mcp_at(
            self.world,
            "/mcp/oauth",
            "POST",
            &lines,
            &rpc("tools/call", &call),
        )
        .await
    }

    /// The page she is sent to.
    async fn asked(&self) -> String {
        let said = self.unseals().await.json();
        assert_eq!(said["error"]["code"], -32042, "{said}");
        let asked = &said["error"]["data"]["elicitations"][0];
        assert_eq!(asked["mode"], "url");
        asked["url"].as_str().unwrap().to_owned()
    }
}

fn sealed(world: &World) -> Value {
    let place = world.fixtures().workspace("acme", "finance").unwrap();
    json!({ "action": "unseal", "profile_id": place.id, "node_id": place.file })
}

#[tokio::test]
async fn who_called_agrees_and_the_call_is_carried_out_once() {
    let world = world(&[], &[]).await;
    let alice = Alice::of(&world).await;
    let page = alice.asked().await;
    let mut browser = Browser::new(&world);
    let form = browser.sign_in(&page).await;
    assert!(form.body.contains("signed in as <strong>alice"), "{form:?}");
    let sent = browser.submit(&form, &[("decision", "approve")]).await;
    assert_eq!(sent.status, 200, "{sent:?}");
    assert_eq!(alice.unseals().await.json()["result"]["isError"], false);
    // It is used up.
    let page = alice.asked().await;
    let form = browser.get(&page).await;
    browser.submit(&form, &[("decision", "deny")]).await;
    assert_eq!(browser.get(&page).await.status, 404);
    // A form without the text that came with it is not ours.
    let page = alice.asked().await;
    let form = browser.get(&page).await;
    let forged = browser
        .submit(&form, &[("csrf", "x"), ("decision", "approve")])
        .await;
    assert_eq!(forged.status, 403, "{forged:?}");
}

#[tokio::test]
async fn the_same_in_the_stateless_revision() {
    let world = world(&[], &[]).await;
    let key = bearer(text(&tokens(&world, "agent", &[]).await, "access_token"));
    let call = |more: Value| {
        let links = json!({ "elicitation": { "url": {} } });
        let mut params = json!({ "name": "storage", "arguments": sealed(&world), "_meta": meta(&links) });
        for (name, value) in more.as_object().unwrap() {
            params[name] = value.clone();
        }
        let body = rpc("tools/call", &params);
        let mut lines = modern_lines(&body);
        lines.push(key.clone());
        let world = &world;
        async move {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            mcp_at(world, "/mcp/oauth", "POST", &lines, &body).await.json()
        }
    };
    let asked = call(json!({})).await;
    let params = &asked["result"]["inputRequests"]["agreement"]["params"];
    assert_eq!(params["mode"], "url", "{asked}");
    let answer = json!({
        "requestState": asked["result"]["requestState"],
        "inputResponses": { "agreement": { "action": "accept" } },
    });
    // Opened is not agreed.
    assert_eq!(
        call(answer.clone()).await["result"]["resultType"],
        "input_required"
    );
    let mut browser = Browser::new(&world);
    let form = browser.sign_in(params["url"].as_str().unwrap()).await;
    browser.submit(&form, &[("decision", "approve")]).await;
    assert_eq!(call(answer).await["result"]["isError"], false);
}
