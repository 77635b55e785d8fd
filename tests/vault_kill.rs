//! A process is killed at every step of a refresh, hundreds of times. As long as the server honours a refresh token,
//! the vault holds one that it honours.
//!
//! The server rotates and tolerates a lost answer: with one that does not, a token that was rotated and whose answer
//! was lost is known to nobody, and no client can do anything about it.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

#[path = "support/rotating.rs"]
mod rotating;
#[path = "support/vault_child.rs"]
mod vault_child;

use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use hallmark::oauth::vault::{Steps, Vault as _};
use rotating::{Rotating, Rotation, Stop};
use vault_child::{FOLDER, Folder, ORIGIN, ask, child, keeper, log_in, name, vault, wire};

const KILL_AT: &str = "HALLMARK_TEST_KILL_AT";

/// Every point the keeper and the store tell, with how many times it was passed before.
const POINTS: &[(&str, u32)] = &[
    ("stale", 1),
    // Taking the lease.
    ("locked", 1),
    ("space kept", 1),
    ("leased", 1),
    ("read", 1),
    // The commit that notes the request.
    ("written", 1),
    ("renamed", 1),
    ("committed", 1),
    ("noted", 1),
    ("answered", 1),
    // The commit of the new token.
    ("written", 2),
    ("renamed", 2),
    ("committed", 2),
    ("released", 1),
    ("handed out", 1),
];

/// Started by the tests below, in a process of its own.
#[test]
fn the_child() {
    let (Ok(folder), Ok(origin)) = (std::env::var(FOLDER), std::env::var(ORIGIN)) else {
        return;
    };
    let kill_at = std::env::var(KILL_AT).unwrap_or_default();
    let (point, nth) = kill_at.split_once('#').unwrap_or(("", "0"));
    let (point, nth): (String, u32) = (point.to_owned(), nth.parse().expect("a number"));
    let passed = AtomicU32::new(0);
    let steps = Steps::told(move |step| {
        if step == point && passed.fetch_add(1, Ordering::Relaxed) + 1 == nth {
            say("at");
            loop {
                std::thread::sleep(Duration::from_mins(1));
            }
        }
    });
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        say("ready");
        let access = keeper(&PathBuf::from(folder), steps)
            .access(&name())
            .await
            .expect("a token");
        let status = ask(&wire(), &origin, &access.token).await;
        say(&format!("used {status}"));
    });
}

fn say(word: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n>{word}")
        .and_then(|()| out.flush())
        .expect("somebody reads");
}

/// Reads until the child says that word.
fn hear(out: &mut impl std::io::BufRead, word: &str) {
    let mut all = String::new();
    loop {
        let mut line = String::new();
        assert!(
            out.read_line(&mut line).expect("a line") > 0,
            "no `{word}`: {all}"
        );
        if line.trim() == format!(">{word}") {
            return;
        }
        all.push_str(&line);
    }
}

fn kill(mut child: Child) {
    child.kill().expect("killed");
    child.wait().expect("gone");
}

struct Course {
    server: Rotating,
    folder: Folder,
    kills: u32,
    lost: Vec<String>,
}

impl Course {
    async fn new(rotation: Rotation) -> Self {
        let server = Rotating::start(rotation, 0, 0).await;
        let folder = Folder::new();
        log_in(&folder.0, &server.origin, 0).await;
        Self {
            server,
            folder,
            kills: 0,
            lost: Vec::new(),
        }
    }

    fn folder(&self) -> &Path {
        &self.folder.0
    }

    /// What was killed is dead: does the vault hold what the server honours, and does the next process get along?
    async fn judge(&mut self, what: &str) {
        self.kills += 1;
        let held = vault(self.folder(), Steps::default()).read(&name()).await;
        let held = held
            .map(|grant| grant.and_then(|grant| Some(grant.tokens()?.refresh.clone()?.expose().to_owned())));
        let honoured = matches!(&held, Ok(Some(token)) if self.server.tokens().honours(token));
        if !honoured {
            self.lost
                .push(format!("{what}: {held:?}, {:?}", self.server.tokens()));
        }
        let next = child(self.folder(), &self.server.origin)
            .output()
            .expect("a child");
        let said = String::from_utf8_lossy(&next.stdout).into_owned();
        if !said.contains(">used 200") {
            let error = String::from_utf8_lossy(&next.stderr).into_owned();
            self.lost
                .push(format!("{what}: the next process got {said}{error}"));
        }
    }

    /// Killed when the child says that it is at a point.
    async fn at_point(&mut self, point: &str, nth: u32) {
        let mut process = child(self.folder(), &self.server.origin)
            .env(KILL_AT, format!("{point}#{nth}"))
            .spawn()
            .expect("a child");
        hear(
            &mut BufReader::new(process.stdout.take().expect("its words")),
            "at",
        );
        kill(process);
        self.judge(&format!("{point}#{nth}")).await;
    }

    /// Killed when the server has its request, or half the answer is sent.
    async fn at_stop(&mut self, stop: Stop) {
        self.server.stop_next(stop);
        let process = child(self.folder(), &self.server.origin)
            .spawn()
            .expect("a child");
        let stopped = tokio::time::timeout(Duration::from_secs(20), self.server.stopped.notified()).await;
        stopped.expect("a request came");
        if stop == Stop::Half {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        kill(process);
        self.judge(&format!("{stop:?}")).await;
    }

    /// Killed some time after it began.
    async fn after(&mut self, pause: Duration) {
        let mut process = child(self.folder(), &self.server.origin)
            .spawn()
            .expect("a child");
        hear(
            &mut BufReader::new(process.stdout.take().expect("its words")),
            "ready",
        );
        tokio::time::sleep(pause).await;
        kill(process);
        self.judge(&format!("after {pause:?}")).await;
    }
}

/// Rounds; more by HALLMARK_TEST_ROUNDS.
fn rounds() -> u32 {
    let wanted = std::env::var("HALLMARK_TEST_ROUNDS").ok();
    wanted.and_then(|wanted| wanted.parse().ok()).unwrap_or(12)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_kill_loses_the_grant() {
    let mut course = Course::new(Rotation::LostResponse).await;
    for round in 0..rounds() {
        for (point, nth) in POINTS {
            course.at_point(point, *nth).await;
        }
        for stop in [Stop::Received, Stop::Rotated, Stop::Half] {
            course.at_stop(stop).await;
        }
        for _ in 0..12 {
            let pause = Duration::from_micros(rand::random_range(0..30_000));
            course.after(pause).await;
        }
        assert!(
            course.lost.is_empty(),
            "round {round}: lost:\n{}",
            course.lost.join("\n")
        );
    }
    let tokens = course.server.tokens();
    println!(
        "{} kills, 0 lost; {} refreshes, {} uses",
        course.kills, tokens.refreshes, tokens.uses
    );
    assert!(course.kills >= 360 || rounds() < 12);
    assert!(tokens.uses >= course.kills);
}

/// Several kills in a row, without a good run between them: the answer is lost again and again.
#[tokio::test(flavor = "multi_thread")]
async fn many_lost_answers_in_a_row() {
    let mut course = Course::new(Rotation::LostResponse).await;
    for _ in 0..8 {
        course.server.stop_next(Stop::Rotated);
        let process = child(course.folder(), &course.server.origin)
            .spawn()
            .expect("a child");
        course.server.stopped.notified().await;
        kill(process);
    }
    course.judge("eight in a row").await;
    assert!(course.lost.is_empty(), "{}", course.lost.join("\n"));
}

/// A server that takes a token which comes twice for a stolen one: no kill loses the grant, but between the rotation
/// and the moment in which its answer is on the disk.
#[tokio::test(flavor = "multi_thread")]
async fn a_strict_server_forgives_all_but_a_lost_answer() {
    let mut course = Course::new(Rotation::Strict).await;
    let known_to_nobody = [("answered", 1), ("written", 2)];
    for _ in 0..2 {
        for (point, nth) in POINTS.iter().filter(|point| !known_to_nobody.contains(point)) {
            course.at_point(point, *nth).await;
        }
        course.at_stop(Stop::Received).await;
    }
    assert!(course.lost.is_empty(), "{}", course.lost.join("\n"));
}
