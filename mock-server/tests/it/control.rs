//! The control, in process and through its door; clock, streams, limits, ports.

use std::time::Duration;

use hallmark_mock::{Defect, Limits, Window, World, WorldConfig};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::support::{
    Reply, bearer, connect, initialize, mcp, raw, read_reply, request, session, token, who, world,
};

pub(crate) async fn control(world: &World, method: &str, path: &str, body: &str) -> Reply {
    let secret = format!("X-Hallmark-Control: {}", world.control_secret());
    raw(
        &world.urls().control.unwrap(),
        &request(method, path, &[secret.as_bytes()], body),
    )
    .await
}

#[tokio::test]
async fn the_door_wants_its_secret() {
    let world = world(&[], &[]).await;
    let door = world.urls().control.unwrap();
    for line in [b"X-Hallmark-Control: wrong".as_slice(), b"X-Other: a"] {
        assert_eq!(
            raw(&door, &request("GET", "/fixtures", &[line], "")).await.status,
            403
        );
    }
    assert_eq!(control(&world, "GET", "/fixtures", "").await.status, 200);
    assert_eq!(control(&world, "GET", "/nowhere", "").await.status, 404);
    // And it is not on the main port.
    let secret = format!("X-Hallmark-Control: {}", world.control_secret());
    let main = raw(
        &world.urls().origin,
        &request("GET", "/fixtures", &[secret.as_bytes()], ""),
    )
    .await;
    assert_eq!(main.status, 404);
}

#[tokio::test]
async fn the_door_does_what_it_says() {
    let world = world(&[], &["no-server-session"]).await;
    let status = async |name: &str| {
        let lines = [bearer(&token(&world, name))];
        mcp(&world, "POST", &[&lines[0]], &who()).await.status
    };
    assert_eq!(status("finance-ro").await, 200);
    assert_eq!(
        control(&world, "POST", "/credentials/finance-ro/revoke", "")
            .await
            .status,
        200
    );
    assert_eq!(
        (status("finance-ro").await, status("finance-rw").await),
        (401, 200)
    );
    let id = world.fixtures().credential("finance-rw").unwrap().id.clone();
    assert_eq!(
        control(&world, "POST", &format!("/credentials/{id}/expire"), "")
            .await
            .status,
        200
    );
    assert_eq!(status("finance-rw").await, 401);
    assert_eq!(
        control(&world, "POST", "/credentials/nobody/revoke", "")
            .await
            .status,
        404
    );
    assert_eq!(
        control(&world, "PUT", "/defects", r#"["expired-accepted"]"#)
            .await
            .json(),
        json!(["expired-accepted"])
    );
    assert_eq!(status("finance-rw").await, 200);
    assert_eq!(
        control(&world, "PUT", "/defects", r#"["no-such"]"#).await.status,
        400
    );
    let before = control(&world, "GET", "/clock", "").await.json()["now"]
        .as_i64()
        .unwrap();
    let after = control(&world, "POST", "/clock", r#"{"advance": 3600}"#)
        .await
        .json()["now"]
        .as_i64()
        .unwrap();
    assert!((3600..3700).contains(&(after - before)));
    let state = control(&world, "GET", "/state", "").await.body;
    for credential in &world.fixtures().credentials {
        assert!(!state.contains(&credential.token));
    }
    let journal = control(&world, "GET", "/journal", "").await;
    assert_eq!(journal.json()["entries"][0]["call"], "tools/call auth");
    assert_eq!(control(&world, "POST", "/reset", "").await.status, 200);
    assert_eq!(
        (status("finance-ro").await, world.control().defects().len()),
        (200, 0)
    );
}

#[tokio::test]
async fn the_journal_says_where_a_decision_fell_and_holds_no_token() {
    let world = world(&[], &[]).await;
    let key = token(&world, "finance-ro");
    mcp(&world, "POST", &[&bearer(&key)], &initialize("2025-11-25")).await;
    mcp(&world, "POST", &[], &who()).await;
    mcp(&world, "POST", &[&bearer(&token(&world, "expired"))], &who()).await;
    let line = bearer(&key);
    let target = format!("/mcp/key?access_token={key}");
    raw(
        &world.urls().origin,
        &request("POST", &target, &[line.as_bytes()], &who()),
    )
    .await;
    let journal = world.control().journal();
    let stopped: Vec<_> = journal.iter().map(|line| (line.status, line.stopped)).collect();
    assert_eq!(
        stopped,
        [
            (200, "done"),
            (401, "header"),
            (401, "credential"),
            (400, "header")
        ]
    );
    assert_eq!(
        journal[2].credential,
        world
            .fixtures()
            .credential("expired")
            .map(|found| found.id.clone())
    );
    assert!(!serde_json::to_string(&journal).unwrap().contains(&key));
}

#[tokio::test]
async fn revocation_ends_a_standing_stream() {
    let world = world(&[], &[]).await;
    let held = format!(
        "Mcp-Session-Id: {}",
        session(&world, "finance-ro", "2025-11-25").await
    );
    let key = bearer(&token(&world, "finance-ro"));
    let lines = [key.as_bytes(), held.as_bytes(), b"Accept: text/event-stream"];
    let mut stream = connect(&world.urls().origin).await;
    stream
        .write_all(&request("GET", "/mcp/key", &lines, ""))
        .await
        .unwrap();
    let reply = read_reply(&mut stream).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "id: 1-0\ndata: \n\n"));
    world.control().revoke("finance-ro").unwrap();
    let mut rest = Vec::new();
    let end = tokio::time::timeout(Duration::from_secs(5), async {
        while !rest.ends_with(b"0\r\n\r\n") {
            assert_ne!(stream.read_buf(&mut rest).await.unwrap(), 0);
        }
    });
    end.await.expect("the stream ends");
}

#[tokio::test]
async fn limits_hold_and_time_lifts_them() {
    let limits = Some(Limits {
        windows: vec![Window { max: 2, seconds: 60 }],
    });
    let variants = vec![hallmark_mock::Variant::from_id("no-server-session").unwrap()];
    let behaviour = hallmark_mock::Behaviour::Strict;
    let world = World::start(WorldConfig {
        limits,
        variants,
        behaviour,
        ..WorldConfig::default()
    })
    .await
    .unwrap();
    let key = bearer(&token(&world, "finance-ro"));
    let send = async || mcp(&world, "POST", &[&key], &who()).await;
    assert_eq!(send().await.header("x-ve-limit-avail"), Some("1"));
    send().await;
    let limited = send().await;
    assert_eq!(limited.status, 429);
    let wait: u64 = limited.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait));
    world.control().advance(Duration::from_secs(wait));
    assert_eq!(send().await.status, 200);
    world.control().set_limits(None);
    assert_eq!(send().await.header("x-ve-limit-avail"), None);
}

#[tokio::test]
async fn a_world_is_the_same_for_a_seed_and_its_end_frees_the_port() {
    let one = World::start(WorldConfig {
        seed: 1,
        ..WorldConfig::default()
    })
    .await
    .unwrap();
    let two = World::start(WorldConfig {
        seed: 1,
        ..WorldConfig::default()
    })
    .await
    .unwrap();
    let other = World::start(WorldConfig {
        seed: 2,
        ..WorldConfig::default()
    })
    .await
    .unwrap();
    assert_eq!(token(&one, "full"), token(&two, "full"));
    assert_ne!(token(&one, "full"), token(&other, "full"));
    assert_ne!(one.control_secret(), two.control_secret());
    let port: u16 = one.urls().origin.rsplit(':').next().unwrap().parse().unwrap();
    one.shutdown().await;
    let again = World::start(WorldConfig {
        port,
        ..WorldConfig::default()
    })
    .await
    .unwrap();
    drop(again);
    for _ in 0..100 {
        if tokio::net::TcpListener::bind(("127.0.0.1", port)).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the port is still taken");
}

#[tokio::test]
async fn defects_switch_while_the_world_runs() {
    let world = world(&[], &["no-server-session"]).await;
    let lines = [format!("Authorization: BEARER {}", token(&world, "finance-ro"))];
    assert_eq!(mcp(&world, "POST", &[&lines[0]], &who()).await.status, 200);
    world
        .control()
        .set_defects(&[Defect::from_id("scheme-exact").unwrap()]);
    assert_eq!(mcp(&world, "POST", &[&lines[0]], &who()).await.status, 401);
}

#[tokio::test]
async fn what_it_says_when_it_is_up() {
    let world = world(&[], &[]).await;
    let ready = world.ready_document();
    assert_eq!(ready["urls"]["mcp"], world.urls().mcp);
    assert_eq!(ready["control"]["secret"], world.control_secret());
    let credentials = world.fixtures().credentials.len();
    assert_eq!(ready["credentials"].as_array().map(Vec::len), Some(credentials));
    assert_eq!(ready["others"].as_object().map(serde_json::Map::len), Some(7));
    let hello = world.hello();
    for part in [
        &world.urls().mcp,
        &token(&world, "finance-ro"),
        "tools/call",
        "X-Hallmark-Control",
    ] {
        assert!(hello.contains(part), "{part} in {hello}");
    }
}

#[tokio::test]
async fn a_world_is_made_quickly() {
    let mut fastest = Duration::MAX;
    for seed in 0..20 {
        let start = std::time::Instant::now();
        let world = World::start(WorldConfig {
            seed,
            ..WorldConfig::default()
        })
        .await
        .unwrap();
        fastest = fastest.min(start.elapsed());
        drop(world);
    }
    // An unoptimised build on a busy machine; optimised it is well under a millisecond.
    assert!(fastest < Duration::from_millis(20), "{fastest:?}");
    println!("fastest start: {fastest:?}");
}
