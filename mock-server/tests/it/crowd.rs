//! Defects of the family LOAD: nothing of them shows to whoever asks quietly, and all of it in a crowd. A crowd is made by
//! the clock: enough requests in each of two seconds, whichever they are.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hallmark_mock::{Defect, FixtureIdentity, Limits, Outage, Window, World, WorldConfig};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::oauth::client::refresh;
use super::support::{Reply, bearer, connect, modern_lines, modern_rpc, read_reply, request};

/// More than make a crowd.
const ENOUGH: usize = 210;

pub(super) fn tested() -> impl Iterator<Item = &'static str> {
    let of_family = |id: &str| Defect::from_id(id).map(|defect| defect.info().family);
    let ids = [
        "shared-context",
        "fail-open-under-load",
        "auth-db-timeout-401",
        "node-local-cache",
        "storm-500",
        "outage-as-401",
        "hash-per-request",
        "stale-replica",
    ];
    assert!(ids.iter().all(|id| of_family(id) == Some("LOAD")));
    ids.into_iter()
}

async fn peopled(defects: &[&str], identities: u16) -> World {
    World::start(WorldConfig {
        seed: 7,
        identities,
        defects: defects.iter().map(|id| Defect::from_id(id).expect(id)).collect(),
        load: true,
        unlimited_guesses: true,
        ..WorldConfig::default()
    })
    .await
    .unwrap()
}

/// A list of a workspace, as bytes.
fn list(token: &str, workspace: &str) -> Vec<u8> {
    let arguments = json!({ "action": "list", "profile_type": "workspace", "profile_id": workspace });
    let body = modern_rpc("tools/call", json!({ "name": "storage", "arguments": arguments }));
    let mut lines = modern_lines(&body);
    lines.push(bearer(token));
    let lines: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
    request("POST", "/mcp/oauth", &lines, &body)
}

fn own(identity: &FixtureIdentity) -> Vec<u8> {
    list(&identity.key, &identity.workspace)
}

async fn ask(connection: &mut TcpStream, bytes: &[u8]) -> Reply {
    connection.write_all(bytes).await.unwrap();
    read_reply(connection).await
}

/// Asks often enough in each of two seconds that the world is in a crowd for seconds.
async fn crowd(world: &World, connection: &mut TcpStream) {
    let bytes = own(&world.fixtures().identities[0]);
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mut in_a_row = 0;
    while in_a_row < 2 {
        let millis = now().subsec_millis();
        if millis > 400 {
            tokio::time::sleep(Duration::from_millis(u64::from(1_005 - millis))).await;
        }
        let second = now().as_secs();
        for _ in 0..ENOUGH {
            ask(connection, &bytes).await;
        }
        // Where the machine was too slow it is tried again.
        in_a_row = if now().as_secs() == second {
            in_a_row + 1
        } else {
            0
        };
        world.control().advance(Duration::from_secs(1));
    }
}

#[tokio::test]
async fn whoever_asks_quietly_sees_nothing_of_them() {
    let all: Vec<&str> = tested().collect();
    let world = peopled(&all, 2).await;
    let [one, other] = &world.fixtures().identities[..] else {
        panic!("two identities");
    };
    let mut connection = connect(&world.urls().origin).await;
    for _ in 0..60 {
        let reply = ask(&mut connection, &own(one)).await;
        assert_eq!(reply.status, 200);
        assert!(reply.body.contains(&one.canaries[0]) && !reply.body.contains(&other.canaries[0]));
        let unknown = list("no-such-token-anywhere", &one.workspace);
        assert_eq!(ask(&mut connection, &unknown).await.status, 401);
        assert!(
            ask(&mut connection, &own(other))
                .await
                .body
                .contains(&other.canaries[0])
        );
    }
    let none = [format!("workspace:{}:r", other.workspace)];
    world.control().set_scopes(&one.name, &none).unwrap();
    for _ in 0..4 {
        assert_eq!(ask(&mut connection, &own(one)).await.status, 403);
    }
    world.control().revoke(&other.name).unwrap();
    for _ in 0..8 {
        let mut fresh = connect(&world.urls().origin).await;
        assert_eq!(ask(&mut fresh, &own(other)).await.status, 401);
    }
}

/// In a crowd, so many of 120 answers to two callers in turn: other data, no data of their own, 401.
async fn in_turn(defects: &[&str]) -> (usize, usize, usize) {
    let world = peopled(defects, 2).await;
    let all = &world.fixtures().identities;
    let mut connection = connect(&world.urls().origin).await;
    crowd(&world, &mut connection).await;
    let mut seen = (0, 0, 0);
    for number in 0..120 {
        let (one, other) = (&all[number % 2], &all[1 - number % 2]);
        let reply = ask(&mut connection, &own(one)).await;
        seen.0 += usize::from(reply.body.contains(&other.canaries[0]));
        seen.1 += usize::from(!reply.body.contains(&one.canaries[0]));
        seen.2 += usize::from(reply.status == 401);
    }
    seen
}

#[tokio::test]
async fn some_callers_get_what_another_asked_for() {
    assert_eq!(in_turn(&[]).await, (0, 0, 0));
    let (others, lacking, refused) = in_turn(&["shared-context"]).await;
    assert!((1..=12).contains(&others), "{others}");
    assert_eq!((lacking, refused), (others, 0));
}

#[tokio::test]
async fn some_genuine_credentials_are_refused() {
    let (others, lacking, refused) = in_turn(&["auth-db-timeout-401"]).await;
    assert!((1..=12).contains(&refused), "{refused}");
    assert_eq!((others, lacking), (0, refused));
}

#[tokio::test]
async fn a_crowd_opens_a_door_that_fails_open() {
    for (defects, opens) in [(&[][..], false), (&["fail-open-under-load"][..], true)] {
        let world = peopled(defects, 1).await;
        let identity = &world.fixtures().identities[0];
        let mut connection = connect(&world.urls().origin).await;
        crowd(&world, &mut connection).await;
        let unknown = list("no-such-token-anywhere", &identity.workspace);
        let reply = ask(&mut connection, &unknown).await;
        assert_eq!(reply.status == 200, opens, "{}", reply.text());
        assert_eq!(reply.body.contains(&identity.canaries[0]), opens);
    }
}

#[tokio::test]
async fn some_nodes_do_not_hear_of_a_revocation() {
    for (defects, heard) in [(&[][..], true), (&["node-local-cache"][..], false)] {
        let world = peopled(defects, 2).await;
        let identity = &world.fixtures().identities[1];
        let mut connection = connect(&world.urls().origin).await;
        crowd(&world, &mut connection).await;
        let mut lines = Vec::new();
        for _ in 0..24 {
            let mut line = connect(&world.urls().origin).await;
            assert_eq!(ask(&mut line, &own(identity)).await.status, 200);
            lines.push(line);
        }
        world.control().revoke(&identity.name).unwrap();
        // Long after a minute, too.
        for seconds in [0, 60, 400] {
            world.control().advance(Duration::from_secs(seconds));
            let mut passed = 0;
            for line in &mut lines {
                passed += usize::from(ask(line, &own(identity)).await.status == 200);
            }
            let remembered = !heard && seconds < 300;
            assert_eq!(
                (1..24).contains(&passed),
                remembered,
                "{defects:?} {seconds}: {passed}"
            );
            assert!(remembered || passed == 0);
        }
    }
}

#[tokio::test]
async fn a_storm_of_refreshes_meets_500_and_calm_ends_it() {
    for (defects, failing) in [(&[][..], false), (&["storm-500"][..], true)] {
        let world = peopled(defects, 32).await;
        let all = &world.fixtures().identities;
        let turns = all
            .iter()
            .map(|identity| refresh(&world, "agent", &identity.oauth.refresh_token, &[]));
        let answers = futures_util::future::join_all(turns).await;
        let failed = answers.iter().filter(|answer| answer.status == 500).count();
        let good = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(failed > 0, failing, "{failed}");
        assert_eq!(failed + good, all.len());
        // What failed changed nothing.
        world.control().advance(Duration::from_secs(1));
        for (identity, answer) in all
            .iter()
            .zip(&answers)
            .filter(|(_, answer)| answer.status == 500)
            .take(4)
        {
            assert_eq!(answer.json()["error"], "server_error");
            let again = refresh(&world, "agent", &identity.oauth.refresh_token, &[]).await;
            assert_eq!(again.status, 200, "{}", again.text());
        }
    }
}

#[tokio::test]
async fn a_fault_behind_the_gate_is_told_as_a_bad_token() {
    for (defects, status) in [(&[][..], 503), (&["outage-as-401"][..], 401)] {
        let world = peopled(defects, 1).await;
        let identity = &world.fixtures().identities[0];
        let mut connection = connect(&world.urls().origin).await;
        let bytes = list(&identity.oauth.access_token, &identity.workspace);
        assert_eq!(ask(&mut connection, &bytes).await.status, 200);
        world.control().set_outage(Some(Outage::Refused));
        let reply = ask(&mut connection, &bytes).await;
        let invalid = reply
            .header("www-authenticate")
            .unwrap_or_default()
            .contains("invalid_token");
        assert_eq!(
            (reply.status, invalid),
            (status, status == 401),
            "{}",
            reply.text()
        );
        world.control().set_outage(None);
        assert_eq!(ask(&mut connection, &bytes).await.status, 200);
    }
}

#[tokio::test]
async fn every_token_is_hashed_for_a_while() {
    let world = peopled(&["hash-per-request"], 1).await;
    let mut connection = connect(&world.urls().origin).await;
    let unknown = list("no-such-token-anywhere", "1");
    let began = Instant::now();
    for _ in 0..100 {
        assert_eq!(ask(&mut connection, &unknown).await.status, 401);
    }
    assert!(
        began.elapsed() >= Duration::from_millis(100),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn replicas_differ_after_a_change_of_rights() {
    for (defects, flaps) in [(&[][..], false), (&["stale-replica"][..], true)] {
        let world = peopled(defects, 2).await;
        let [first, identity] = &world.fixtures().identities[..] else {
            panic!("two identities");
        };
        let mut connection = connect(&world.urls().origin).await;
        crowd(&world, &mut connection).await;
        let none = [format!("workspace:{}:r", first.workspace)];
        world.control().set_scopes(&identity.name, &none).unwrap();
        for bytes in [
            own(identity),
            list(&identity.oauth.access_token, &identity.workspace),
        ] {
            let mut served = Vec::new();
            for _ in 0..10 {
                served.push(ask(&mut connection, &bytes).await.status == 200);
            }
            assert_eq!(served.contains(&true), flaps, "{defects:?} {served:?}");
            assert!(served.contains(&false));
        }
        // Later it holds everywhere, in a crowd as well.
        world.control().advance(Duration::from_secs(6));
        crowd(&world, &mut connection).await;
        for _ in 0..10 {
            assert_eq!(ask(&mut connection, &own(identity)).await.status, 403);
        }
    }
}

#[tokio::test]
async fn a_race_lets_a_crowd_through_any_limit() {
    for (defects, holds) in [(&[][..], true), (&["counter-race"][..], false)] {
        let world = peopled(defects, 1).await;
        let windows = vec![Window { max: 10, seconds: 60 }];
        world.control().set_limits(Some(Limits { windows }));
        let bytes = own(&world.fixtures().identities[0]);
        let calls = (0..40).map(async |_| {
            let mut connection = connect(&world.urls().origin).await;
            ask(&mut connection, &bytes).await.status
        });
        let statuses = futures_util::future::join_all(calls).await;
        let passed = statuses.iter().filter(|status| **status == 200).count();
        assert_eq!(passed == 10, holds, "{defects:?}: {passed}");
        assert!(passed >= 10 && statuses.iter().all(|status| matches!(status, 200 | 429)));
    }
}

#[tokio::test]
async fn a_list_that_is_told_again_is_what_it_was_and_follows_each_change() {
    let world = peopled(&[], 1).await;
    let anew = peopled(&["storm-500"], 1).await;
    let mut connection = connect(&world.urls().origin).await;
    let mut other = connect(&anew.urls().origin).await;
    let identity = &world.fixtures().identities[0];
    let body = |reply: &Reply| reply.json()["result"].clone();
    // With a defect on, answers are made anew.
    let made = body(&ask(&mut other, &own(identity)).await);
    for _ in 0..3 {
        assert_eq!(body(&ask(&mut connection, &own(identity)).await), made);
    }
    let trail = |world: &World| {
        world.control().export()["platform"]["trail"]["events"]
            .as_array()
            .map(Vec::len)
    };
    let before = trail(&world).unwrap();
    ask(&mut connection, &own(identity)).await;
    assert_eq!(trail(&world).unwrap(), before + 1, "each read is in the trail");
    let arguments = json!({ "action": "create-folder", "profile_id": identity.workspace, "name": "later" });
    let write = modern_rpc(
        "tools/call",
        json!({ "name": "storage_manage", "arguments": arguments }),
    );
    let mut lines = modern_lines(&write);
    lines.push(bearer(&identity.key));
    let lines: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
    let written = ask(&mut connection, &request("POST", "/mcp/oauth", &lines, &write)).await;
    assert_eq!(
        written.json()["result"]["isError"],
        json!(false),
        "{}",
        written.text()
    );
    let nodes = |result: &Value| result["structuredContent"]["nodes"].as_array().map(Vec::len);
    let after = body(&ask(&mut connection, &own(identity)).await);
    assert_eq!(nodes(&after), nodes(&made).map(|nodes| nodes + 1));
}

#[tokio::test]
async fn what_is_bounded_says_what_it_lost() {
    let world = peopled(&[], 1).await;
    let mut connection = connect(&world.urls().origin).await;
    let bytes = own(&world.fixtures().identities[0]);
    for _ in 0..4_100 {
        ask(&mut connection, &bytes).await;
    }
    let evicted = world.control().export()["evicted"].clone();
    assert_eq!(
        evicted,
        json!({ "journal": 4, "trail": 0, "sessions": 0, "oauth": 0 })
    );
    assert_eq!(world.control().journal().len(), 4_096);
}
