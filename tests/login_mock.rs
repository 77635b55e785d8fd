//! One consent at the mock, then runs without a person: refreshed, with a lost answer, until the consent is withdrawn.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]
#![cfg(unix)]

#[path = "support/program.rs"]
#[expect(dead_code, reason = "other tests read records too")]
mod program;

use std::process::Stdio;
use std::time::Duration;

use hallmark_mock::{ConsentDecision, Variant, World, WorldConfig};
use program::{Folder, Ran, with_browser};

async fn run(folder: &Folder, arguments: &[&str]) -> Ran {
    let mut command = with_browser(folder, arguments);
    command.stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output());
    output.await.expect("a task").expect("the binary starts").into()
}

/// Follows the address that the browser was given, has the person consent, calls the redirect.
async fn consent(world: &World, folder: &Folder, user: &str) {
    let address = loop {
        if let Some(line) = folder.read("opened").lines().next() {
            break line.to_owned();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("a client");
    let answer = client.get(&address).send().await.expect("an answer");
    let page = answer.headers()["location"].to_str().expect("text").to_owned();
    let back = world
        .control()
        .consent(&page, user, ConsentDecision::Approve, None)
        .expect("consent");
    assert_eq!(client.get(&back).send().await.expect("a page").status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_consent_and_runs_without_a_person() {
    let config = WorldConfig {
        variants: vec![Variant::from_id("rotation-lost-response").expect("a variant")],
        ..WorldConfig::default()
    };
    let world = World::start(config).await.expect("a world");
    let folder = Folder::new();
    let endpoint = world.urls().mcp;
    let child = with_browser(&folder, &["login", "--url", &endpoint, "--as", "writer"])
        .spawn()
        .expect("it starts");
    consent(&world, &folder, "alice").await;
    let output = tokio::task::spawn_blocking(move || child.wait_with_output());
    let login: Ran = output.await.expect("a task").expect("it ended").into();
    assert_eq!(login.code, 0, "{}", login.stderr);
    assert!(
        login.stderr.contains("the endpoint takes the token"),
        "{}",
        login.stderr
    );
    assert!(login.stderr.contains("can be refreshed"), "{}", login.stderr);

    folder.write(
        "hallmark.yaml",
        &format!(
            "target: mock\nmcp: \"{endpoint}\"\nprincipals:\n  reader: {{ oauth: {{ vault: writer }} }}\n"
        ),
    );
    let judge = [
        "run",
        "--target",
        "hallmark.yaml",
        "--only",
        "bearer/scheme",
        "--revision",
        "2025-11-25",
    ];
    let ran = run(&folder, &judge).await;
    assert_eq!(ran.code, 0, "{}{}", ran.stderr, ran.stdout);
    let checks = program::checks(&folder);
    assert!(
        checks.iter().any(|check| check.verdict == "passed"),
        "{checks:#?}"
    );

    // The server ended the token early, and the answer to the first refresh is lost.
    world.control().expire("access-tokens").expect("ended");
    world.control().lose_next_response("token");
    let ran = run(&folder, &judge).await;
    assert_eq!(ran.code, 0, "{}{}", ran.stderr, ran.stdout);
    let status = run(&folder, &["login", "--status"]).await;
    assert!(
        status.stdout.contains("connected") && status.stdout.contains("refreshed once"),
        "{}",
        status.stdout
    );

    // No secret of the vault is in what the runs left behind.
    let left = folder.read("hallmark-out/record.json") + &folder.read("hallmark-out/events.ndjson");
    assert!(!left.contains("eyJ"), "a token in the record");

    // The consent is withdrawn: said, with the way back, and known from then on.
    world.control().revoke("alice").expect("withdrawn");
    let ran = run(&folder, &judge).await;
    assert_eq!(ran.code, 4, "{}{}", ran.stderr, ran.stdout);
    assert!(ran.stderr.contains("hallmark login --url"), "{}", ran.stderr);
    let status = run(&folder, &["login", "--status", "--as", "writer"]).await;
    assert!(
        status.stdout.contains("writer: disconnected"),
        "{}",
        status.stdout
    );
    assert_eq!(status.code, 4);
    world.shutdown().await;
}
