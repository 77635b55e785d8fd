//! MCP Events seen from outside: what a healthy world does. Its defects are seen by the rules that they break.

use std::time::Duration;

use hallmark_mock::World;
use serde_json::{Value, json};

use super::support::{modern, world};
use super::webhooks::{Came, cause, field, finance, inbox, key, mac, until};

const SECRET: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";
const OTHER: &str = "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4";

async fn asked(world: &World, who: &str, method: &str, params: Value) -> Value {
    modern(world, who, method, params).await.json()
}

fn params(world: &World, host: &str, more: &Value) -> Value {
    let mut params = json!({
        "name": "note.added",
        "arguments": { "workspace": finance(world) },
        "delivery": { "mode": "webhook", "url": format!("http://{host}/events"), "secret": SECRET },
    });
    for (name, value) in more.as_object().unwrap() {
        params[name] = value.clone();
    }
    params
}

/// A healthy world, and what a subscription of the reader's to this inbox came to.
async fn subscribed(host: &str) -> (World, Value) {
    let world = world(&[], &[]).await;
    world.control().webhook_hosts(&[host.to_owned()]);
    let said = asked(
        &world,
        "finance-ro",
        "events/subscribe",
        params(&world, host, &json!({})),
    )
    .await;
    (world, said["result"].clone())
}

fn signed_by(secret: &str, (head, body): &(String, String)) -> bool {
    let part = |name| field(head, name).unwrap();
    let content = format!("{}.{}.{body}", part("webhook-id"), part("webhook-timestamp"));
    let expected = format!("v1,{}", mac(&key(secret), content.as_bytes()));
    part("webhook-signature").split(' ').any(|one| one == expected)
}

fn events(came: &Came) -> Vec<(String, String)> {
    let came = came.lock().unwrap();
    let told = came.iter().filter(|(_, body)| body.contains("eventId"));
    told.cloned().collect()
}

#[tokio::test]
async fn an_endpoint_is_asked_first_and_hears_until_the_subscription_ends() {
    let (host, came) = inbox(&[204]).await;
    let (world, said) = subscribed(&host).await;
    let id = said["id"].as_str().unwrap();
    assert_eq!(
        (&said["truncated"], &said["resultType"]),
        (&json!(false), &json!("complete"))
    );
    {
        let came = came.lock().unwrap();
        assert_eq!(came.len(), 1);
        assert!(signed_by(SECRET, &came[0]) && came[0].1.contains("\"verification\""));
        assert_eq!(field(&came[0].0, "x-mcp-subscription-id"), Some(id));
        assert!(
            field(&came[0].0, "webhook-id")
                .unwrap()
                .starts_with("msg_verification_")
        );
    }

    let again =
        json!({ "delivery": { "mode": "webhook", "url": format!("http://{host}/events"), "secret": OTHER } });
    let refreshed = asked(
        &world,
        "finance-ro",
        "events/subscribe",
        params(&world, &host, &again),
    )
    .await;
    assert_eq!(refreshed["result"]["id"], id, "{refreshed}");
    cause(&world).await;
    assert_eq!(
        until(&world, &came, 2, 10).await,
        2,
        "one challenge and one event"
    );
    let event = events(&came).pop().unwrap();
    assert!(signed_by(SECRET, &event) && signed_by(OTHER, &event));
    let body: Value = serde_json::from_str(&event.1).unwrap();
    assert_eq!(
        Some(body["eventId"].as_str().unwrap()),
        field(&event.0, "webhook-id")
    );
    assert_eq!(body["data"]["workspace"], finance(&world));

    let ended = asked(
        &world,
        "finance-ro",
        "events/unsubscribe",
        params(&world, &host, &json!({})),
    )
    .await;
    assert_eq!(ended["result"]["resultType"], "complete", "{ended}");
    let twice = asked(
        &world,
        "finance-ro",
        "events/unsubscribe",
        params(&world, &host, &json!({})),
    )
    .await;
    assert_eq!(twice["error"]["data"]["kind"], "subscription", "{twice}");
    cause(&world).await;
    assert_eq!(until(&world, &came, 3, 30).await, 2);
}

#[tokio::test]
async fn refusals_have_their_numbers_and_ask_nobody() {
    let (host, came) = inbox(&[204]).await;
    let world = world(&[], &[]).await;
    world.control().webhook_hosts(std::slice::from_ref(&host));
    let to =
        |url: &str, secret: &str| json!({ "delivery": { "mode": "webhook", "url": url, "secret": secret } });
    let good = format!("http://{host}/events");
    for (who, more, code) in [
        ("finance-ro", json!({ "name": "no.such" }), -32_023),
        ("finance-ro", json!({ "name": "folder.added" }), -32_026),
        ("finance-ro", json!({ "arguments": {} }), -32_602),
        ("finance-ro", to("http://127.0.0.1:1/", SECRET), -32_602),
        ("finance-ro", to("https:///x y", SECRET), -32_602),
        ("finance-ro", to("https://user@hooks.example/", SECRET), -32_602),
        ("finance-ro", to(&good, "whsec_c2hvcnQ="), -32_602),
        ("finance-ro", to("https://127.0.0.1:1/", SECRET), -32_027),
        ("outsider", json!({}), -32_024),
        ("finance-ro", json!({ "ttlMs": "long" }), -32_602),
    ] {
        let said = asked(&world, who, "events/subscribe", params(&world, &host, &more)).await;
        assert_eq!(said["error"]["code"], code, "{more}: {said}");
    }
    assert!(came.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_grant_ends_and_a_lost_permission_says_farewell() {
    let (host, came) = inbox(&[204]).await;
    let (world, _) = subscribed(&host).await;
    world.control().advance(Duration::from_hours(2));
    cause(&world).await;
    assert_eq!(until(&world, &came, 2, 10).await, 1);

    let (host, came) = inbox(&[204]).await;
    let (world, _) = subscribed(&host).await;
    world.control().revoke("finance-ro").unwrap();
    cause(&world).await;
    assert_eq!(until(&world, &came, 2, 10).await, 2);
    let last = came.lock().unwrap().pop().unwrap();
    assert!(
        last.1.contains("\"terminated\"") && signed_by(SECRET, &last),
        "{}",
        last.1
    );
}

#[tokio::test]
async fn a_poll_goes_on_where_the_one_before_ended() {
    let world = world(&[], &[]).await;
    let ask = async |cursor: Value, most: u64| {
        let arguments = json!({ "workspace": finance(&world) });
        let params =
            json!({ "name": "note.added", "arguments": arguments, "cursor": cursor, "maxEvents": most });
        asked(&world, "finance-ro", "events/poll", params).await["result"].clone()
    };
    cause(&world).await;
    let begun = ask(Value::Null, 10).await;
    assert_eq!(begun["events"], json!([]), "{begun}");
    cause(&world).await;
    cause(&world).await;
    let one = ask(begun["cursor"].clone(), 1).await;
    assert_eq!(
        (one["events"].as_array().unwrap().len(), &one["hasMore"]),
        (1, &json!(true))
    );
    let rest = ask(one["cursor"].clone(), 10).await;
    assert_eq!(
        (rest["events"].as_array().unwrap().len(), &rest["hasMore"]),
        (1, &json!(false))
    );
    assert_eq!(ask(json!("at-nowhere"), 10).await["truncated"], true);
}

#[tokio::test]
async fn a_restart_and_one_member_more_end_nothing_and_an_address_off_the_list_hears_nothing() {
    let (host, came) = inbox(&[204]).await;
    let (world, _) = subscribed(&host).await;
    let list = async || asked(&world, "finance-ro", "events/list", json!({})).await["result"].clone();
    let before = list().await;
    world.control().restart();
    assert_eq!(list().await, before);
    world.control().extend_events();
    assert_ne!(list().await, before);
    cause(&world).await;
    assert_eq!(
        until(&world, &came, 2, 10).await,
        2,
        "one challenge and one event"
    );
    assert_eq!(events(&came).len(), 1);
    world.control().repoint(&host);
    cause(&world).await;
    assert_eq!(until(&world, &came, 3, 30).await, 2);
}
