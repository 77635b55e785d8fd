//! Refreshing: rotation, reuse, scope; and the ways in which variants soften them.

use std::time::Duration;

use hallmark_mock::World;

use super::client::{finance, is_active, refresh, text, tokens, told};
use crate::support::world;

const DEAD: &str = "400 invalid_grant";

async fn first(world: &World, client: &str) -> String {
    let answer = tokens(world, client, &[]).await;
    text(&answer, "refresh_token").to_owned()
}

#[tokio::test]
async fn reuse_ends_the_family_and_another_lives() {
    let world = world(&[], &[]).await;
    let twin = first(&world, "agent").await;
    let zero = first(&world, "agent").await;
    let one = refresh(&world, "agent", &zero, &[]).await.json();
    assert_eq!(
        told(&refresh(&world, "rival", text(&one, "refresh_token"), &[]).await),
        DEAD
    );
    assert!(is_active(&world, text(&one, "access_token")).await);
    assert_eq!(told(&refresh(&world, "agent", &zero, &[]).await), DEAD);
    assert_eq!(
        told(&refresh(&world, "agent", text(&one, "refresh_token"), &[]).await),
        DEAD
    );
    assert!(!is_active(&world, text(&one, "access_token")).await);
    assert_eq!(refresh(&world, "agent", &twin, &[]).await.status, 200);
}

#[tokio::test]
async fn a_scope_becomes_less_for_one_access_token_and_never_more() {
    let world = world(&[], &[]).await;
    let zero = first(&world, "agent").await;
    for wrong in ["admin", "openid", &finance(&world, "rwa")] {
        let reply = refresh(&world, "agent", &zero, &[("scope", wrong)]).await;
        assert_eq!(told(&reply), "400 invalid_scope", "{wrong}");
    }
    let target = [("resource", "https://elsewhere.example")];
    assert_eq!(
        told(&refresh(&world, "agent", &zero, &target).await),
        "400 invalid_target"
    );
    let less = finance(&world, "r");
    let one = refresh(&world, "agent", &zero, &[("scope", &less)]).await.json();
    assert_eq!(one["scope"], less);
    let two = refresh(&world, "agent", text(&one, "refresh_token"), &[])
        .await
        .json();
    assert_eq!(two["scope"], finance(&world, "rw"));
}

#[tokio::test]
async fn refresh_tokens_end_by_idleness_and_in_any_case() {
    let world = world(&[], &[]).await;
    let mut token = first(&world, "agent").await;
    let day = Duration::from_hours(24);
    for _ in 0..4 {
        world.control().advance(20 * day);
        token = text(
            &refresh(&world, "agent", &token, &[]).await.json(),
            "refresh_token",
        )
        .to_owned();
    }
    world.control().advance(10 * day);
    assert_eq!(
        told(&refresh(&world, "agent", &token, &[]).await),
        DEAD,
        "ninety days are over"
    );
    let idle = first(&world, "agent").await;
    world.control().advance(30 * day);
    assert_eq!(told(&refresh(&world, "agent", &idle, &[]).await), DEAD);
}

#[tokio::test]
async fn many_at_once_have_one_winner() {
    let world = world(&[], &[]).await;
    let zero = first(&world, "agent").await;
    let all = futures_util::future::join_all((0..32).map(|_| refresh(&world, "agent", &zero, &[]))).await;
    assert_eq!(all.iter().filter(|reply| reply.status == 200).count(), 1);
}

#[tokio::test]
async fn a_grace_window_tells_the_successor_again_a_few_times_and_not_for_long() {
    let world = world(&[], &["rotation-grace"]).await;
    assert_eq!(world.rotation_grace(), 30);
    let zero = first(&world, "agent").await;
    let one = refresh(&world, "agent", &zero, &[]).await.json();
    for _ in 0..5 {
        let again = refresh(&world, "agent", &zero, &[]).await.json();
        assert_eq!(again["refresh_token"], one["refresh_token"]);
        assert_ne!(again["access_token"], one["access_token"]);
    }
    assert_eq!(told(&refresh(&world, "agent", &zero, &[]).await), DEAD);
    let two = refresh(&world, "agent", text(&one, "refresh_token"), &[]).await;
    assert_eq!(two.status, 200, "too many tries end nothing");
    world.control().advance(Duration::from_secs(30));
    assert_eq!(told(&refresh(&world, "agent", &zero, &[]).await), DEAD);
    assert!(!is_active(&world, text(&two.json(), "access_token")).await);
}

#[tokio::test]
async fn a_lost_answer_is_made_good_until_the_new_token_is_used() {
    let world = world(&[], &["rotation-lost-response"]).await;
    let zero = first(&world, "agent").await;
    world.control().lose_next_response("token");
    assert_eq!(refresh(&world, "agent", &zero, &[]).await.status, 0);
    let one = refresh(&world, "agent", &zero, &[]).await.json();
    let two = refresh(&world, "agent", text(&one, "refresh_token"), &[]).await;
    assert_eq!(two.status, 200);
    assert_eq!(told(&refresh(&world, "agent", &zero, &[]).await), DEAD);
    assert_eq!(
        told(&refresh(&world, "agent", text(&two.json(), "refresh_token"), &[]).await),
        DEAD
    );
}

#[tokio::test]
async fn other_modes_hand_out_as_they_say() {
    let kept = world(&[], &["rotation-confidential-none"]).await;
    let web = first(&kept, "app").await;
    assert_eq!(
        refresh(&kept, "app", &web, &[]).await.json()["refresh_token"],
        web
    );
    let native = first(&kept, "agent").await;
    assert_ne!(
        refresh(&kept, "agent", &native, &[]).await.json()["refresh_token"],
        native
    );
    let asked = world(&[], &["offline-access-asked"]).await;
    assert!(tokens(&asked, "agent", &[]).await["refresh_token"].is_null());
    let scope = format!("{} offline_access", finance(&asked, "rw"));
    assert!(tokens(&asked, "agent", &[("scope", &scope)]).await["refresh_token"].is_string());
}
