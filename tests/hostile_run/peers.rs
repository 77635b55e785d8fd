//! Peers that misbehave below the level of any protocol library: nothing can be judged, and the reason is said.

use crate::support::hostile as peer;
use crate::support::polite;
use crate::support::program::checks;
use crate::watched::{Ended, run};

const ONLY: &[&str] = &["BEARER-04"];

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
            $(refused_at_the_door(stringify!($peer), &run(peer::serve(peer::$peer).await, ONLY).await);)*
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn after_a_polite_first_look() {
            $(errored_later(stringify!($peer), &run(polite::until(polite::FIRST_LOOK, peer::$peer).await, ONLY).await);)*
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
