//! A whole run against a hostile server: it ends in time, says what happened, and never calls the server at fault for
//! what could not be judged.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

mod support;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use support::hostile as peer;
use support::polite;
use support::program::{Folder, checks, command};

/// Bound of one whole run; a single exchange may take ten seconds.
const BOUND: Duration = Duration::from_mins(1);

const TARGET: &str = "\
target: hostile
mcp: \"${env.MCP_URL}\"
principals: { reader: { bearer: \"${env.TOKEN}\" } }
timeouts: { exchange: 700ms }
";

struct Ended {
    code: i32,
    stderr: String,
    folder: Folder,
}

async fn run(address: SocketAddr) -> Ended {
    let folder = Folder::new();
    folder.write("hallmark.yaml", TARGET);
    let mut command = command(
        &folder,
        &["run", "--target", "hallmark.yaml", "--only", "BEARER-04"],
    );
    command
        .env("MCP_URL", format!("http://{address}/mcp"))
        .env("TOKEN", "a-token-of-no-value-0123456789");
    let started = Instant::now();
    let output = tokio::task::spawn_blocking(move || command.output().expect("the binary starts"))
        .await
        .expect("it ran");
    assert!(started.elapsed() < BOUND, "{:?}", started.elapsed());
    Ended {
        code: output.status.code().unwrap_or(-1),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        folder,
    }
}

/// From the first byte on: nothing can be judged, the reason is said, and the record holds one errored check.
fn refused_at_the_door(name: &str, ended: &Ended) {
    assert_eq!(ended.code, 4, "{name}: {}", ended.stderr);
    assert!(
        ended.stderr.contains("error:") && ended.stderr.contains("help:"),
        "{name}: {}",
        ended.stderr
    );
    let checks = checks(&ended.folder);
    assert_eq!(checks.len(), 1, "{name}");
    assert!(
        checks[0].verdict == "errored" && !checks[0].message.is_empty(),
        "{name}: {checks:?}"
    );
    assert!(
        ended
            .folder
            .read("hallmark-out/TEST-hallmark.xml")
            .contains("<error"),
        "{name}"
    );
}

/// After a polite first look: every check is there, explained, and none has failed.
fn errored_later(name: &str, ended: &Ended) {
    assert_eq!(ended.code, 4, "{name}: {}", ended.stderr);
    let checks = checks(&ended.folder);
    assert!(!checks.is_empty(), "{name}");
    for check in &checks {
        let judged = matches!(check.verdict.as_str(), "errored" | "not-testable");
        assert!(judged && !check.message.is_empty(), "{name}: {check:?}");
    }
}

macro_rules! hostile {
    ($($peer:ident),* $(,)?) => {
        #[tokio::test(flavor = "multi_thread")]
        async fn from_the_first_byte() {
            $(refused_at_the_door(stringify!($peer), &run(peer::serve(peer::$peer).await).await);)*
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn after_a_polite_first_look() {
            $(errored_later(stringify!($peer), &run(polite::until(polite::FIRST_LOOK, peer::$peer).await).await);)*
        }
    };
}

hostile!(
    endless_header,
    gigabyte_header_line,
    endless_body,
    endless_stream,
    gigabyte_stream_line,
    slow_header,
    slow_body,
    gzip_bomb,
    redirect_loop,
    close_at_once,
    close_in_header,
    close_in_body,
    length_too_long,
    invalid_utf8,
    invalid_json,
    deep_json,
    other_id,
    twice,
    http_0_9,
    garbage,
);
