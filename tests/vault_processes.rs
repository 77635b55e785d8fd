//! Eight processes share one login at a server that takes a refresh token which comes twice for a stolen one. Its
//! access token ends two hundred times, for all of them at the same moment: each time exactly one refreshes.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

#[path = "support/rotating.rs"]
#[expect(dead_code, reason = "the other test stops answers too")]
mod rotating;
#[path = "support/vault_child.rs"]
mod vault_child;

use std::path::PathBuf;

use hallmark::oauth::vault::{Steps, Vault as _};
use rotating::{Rotating, Rotation};
use vault_child::{FOLDER, Folder, ORIGIN, ask, child, keeper, log_in, name, vault, wire};

const PROCESSES: u32 = 8;
const EXPIRIES: u32 = 200;

/// Started by the test below, in a process of its own: uses each token once.
#[test]
fn the_child() {
    let (Ok(folder), Ok(origin)) = (std::env::var(FOLDER), std::env::var(ORIGIN)) else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let (wire, keeper) = (wire(), keeper(&PathBuf::from(folder), Steps::default()));
        let name = name();
        let mut access = keeper.access(&name).await.expect("a token");
        for expiry in 0..=EXPIRIES {
            assert_eq!(ask(&wire, &origin, &access.token).await, 200, "token {expiry}");
            if expiry < EXPIRIES {
                assert_eq!(ask(&wire, &origin, &access.token).await, 401, "it has ended");
                access = keeper.renew(&name, &access.token).await.expect("a token");
            }
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn one_refresh_each_time() {
    let server = Rotating::start(Rotation::Strict, 3600, PROCESSES).await;
    let folder = Folder::new();
    log_in(&folder.0, &server.origin, 3600).await;
    let begun = std::time::Instant::now();
    let children: Vec<_> = (0..PROCESSES)
        .map(|_| child(&folder.0, &server.origin).spawn().expect("a child"))
        .collect();
    for process in children {
        let output = tokio::task::spawn_blocking(move || process.wait_with_output());
        let output = output.await.expect("a task").expect("it ended");
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
    }
    let grant = vault(&folder.0, Steps::default()).read(&name()).await;
    let grant = grant.expect("readable").expect("a login");
    let kept = grant
        .tokens()
        .expect("connected")
        .refresh
        .clone()
        .expect("a token");
    let tokens = server.tokens();
    println!(
        "{PROCESSES} processes, {EXPIRIES} expiries: {} refreshes, {} uses, {:?}",
        tokens.refreshes,
        tokens.uses,
        begun.elapsed()
    );
    assert!(!tokens.revoked, "reuse was detected");
    assert_eq!(
        (tokens.refreshes, tokens.uses),
        (EXPIRIES, PROCESSES * (EXPIRIES + 1))
    );
    assert!(tokens.honours(kept.expose()));
}
