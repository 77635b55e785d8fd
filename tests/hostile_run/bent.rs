//! Servers that speak the protocol and bend it, in both eras: what each run says is written down.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::support::bent::{Bent, Era, Since, Trick, serve};
use crate::support::hostile;
use crate::support::program::checks;
use crate::support::tricks;
use crate::watched::{run, run_file, run_with};

/// One against which the credential alone is judged, and some more rules where the trick needs them to bite.
const BEARER: &[&str] = &["BEARER-04"];
const LISTS: &[&str] = &["BEARER-04", "RS-36"];
const LISTEN: &[&str] = &["TS-24", "TS-26"];

/// Exit code, complaint, and each verdict with its message once.
async fn said(era: Era, since: Since, trick: impl Trick, only: &[&str]) -> String {
    let address = serve(era, since, trick).await;
    let ended = run(address, only).await;
    let mut text = format!("{}", ended.code);
    for line in ended.stderr.lines().filter(|line| {
        let line = line.trim_start();
        line.starts_with("error:") || line.starts_with("help:")
    }) {
        let _ = write!(text, "\n    {}", line.trim_start());
    }
    let lines: BTreeSet<String> = checks(&ended.folder)
        .into_iter()
        .map(|check| format!("\n    {} {}: {}", check.rule, check.verdict, check.message))
        .collect();
    text.extend(lines);
    text.replace(&address.to_string(), "PEER")
}

macro_rules! told {
    ($name:ident, $era:expr, $since:expr, $only:expr, $($trick:ident)*) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let mut lines = Vec::new();
            $(lines.push(format!("{}: {}", stringify!($trick), said($era, $since, tricks::$trick, $only).await));)*
            insta::assert_snapshot!(stringify!($name), lines.join("\n"));
        }
    };
}

macro_rules! bent {
    ($first:ident, $later:ident, $era:expr, $only:expr, $($trick:ident)*) => {
        told!($first, $era, Since::Always, $only, $($trick)*);
        told!($later, $era, Since::TheFirstCall, $only, $($trick)*);
    };
}

macro_rules! messages {
    ($first:ident, $later:ident, $era:expr) => {
        bent!($first, $later, $era, BEARER,
            honest another_id two_events two_bodies two_answers batch empty_batch html_at_the_door
            stream_that_goes_on only_comments flood_of_comments never_the_answer endless_event gigabyte_event
            stream_without_the_answer stream_cut_in_the_answer answer_on_the_closed_stream
            always_32020 always_32021 always_32022 headers_of_kilobytes unspeakable_session
            unknown_result_type result_type_of_another_type input_for_ever input_never_declared);
    };
}

messages!(messages_of_a_session, messages_of_a_session_later, Era::Session);
messages!(
    messages_of_the_stateless_era,
    messages_of_the_stateless_era_later,
    Era::Stateless
);

bent!(lists_of_a_session, lists_of_a_session_later, Era::Session, BEARER,
    list_that_changes cursor_for_ever cursors_in_turn huge_pages slow_pages);
bent!(lists_of_the_stateless_era, lists_of_the_stateless_era_later, Era::Stateless, LISTS,
    list_that_changes cursor_for_ever cursors_in_turn huge_pages slow_pages);

told!(the_door_of_a_session, Era::Session, Since::Always, BEARER,
    rubbish_at_the_door huge_at_the_door too_large_at_the_door no_common_version);
told!(the_door_of_the_stateless_era, Era::Stateless, Since::Always, BEARER,
    rubbish_at_the_door huge_at_the_door too_large_at_the_door no_common_version);

told!(subscriptions, Era::Stateless, Since::Always, LISTEN,
    never_acknowledged silent_subscription flood_of_news);

/// Nobody who is redirected to takes part, least of all with the credential.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_origin_hears_nothing() {
    let (trap, heard) = hostile::trap().await;
    let mut lines = Vec::new();
    for (era, since) in [
        (Era::Session, Since::Always),
        (Era::Session, Since::TheFirstCall),
        (Era::Stateless, Since::Always),
        (Era::Stateless, Since::TheFirstCall),
    ] {
        let elsewhere = format!("Location: http://{trap}/mcp\r\n");
        let trick = move |asked: &crate::support::bent::Asked| {
            (!asked.id().is_null()).then(|| Bent {
                first: tricks::json(307, &elsewhere, ""),
                then: None,
            })
        };
        let said = said(era, since, trick, BEARER).await;
        lines.push(format!(
            "{era:?} {since:?}: {}",
            said.replace(&trap.to_string(), "TRAP")
        ));
    }
    insta::assert_snapshot!("redirects", lines.join("\n"));
    let heard = heard.lock().expect("a lock").clone();
    assert!(heard.is_empty(), "{heard:?}");
}

/// Two tenants and a search.
const SEARCHED: &str = "\
target: hostile
mcp: \"${env.MCP_URL}\"
principals:
  reader: { bearer: \"${env.TOKEN}\", tenant: own, canary: canary-of-the-reader }
  stranger: { bearer: \"${env.TOKEN}\", tenant: other, canary: canary-of-the-stranger }
probes:
  read: { tool: look, arguments: {} }
  search: { tool: look, arguments: { text: \"${with.text}\" }, with: { text: apples } }
own: { phrase: apples }
foreign: { phrase: pears }
timeouts: { exchange: 5s }
";

/// What a search answers is read up to a bound. Beyond it nothing is known, so nothing has passed, and that is said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_answer_of_fifty_megabytes() {
    for era in [Era::Session, Era::Stateless] {
        let address = serve(era, Since::Always, tricks::search_of_fifty_megabytes).await;
        let ended = run_file(address, SEARCHED, &["tenant/search"]).await;
        let checks = checks(&ended.folder);
        let searches: Vec<_> = checks
            .iter()
            .filter(|check| check.name.contains("tenant/search"))
            .collect();
        assert!(!searches.is_empty(), "{era:?}: {checks:?}\n{}", ended.stderr);
        for check in searches {
            let told = check.message.contains("4194304 bytes");
            assert!(check.verdict == "errored" && told, "{era:?}: {check:?}");
        }
    }
}

/// What a target file gets wrong and only the server can tell is said before anything is judged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_probe_without_its_tool() {
    let address = serve(Era::Stateless, Since::Always, tricks::honest).await;
    let ended = run_with(
        address,
        "probes: { read: { tool: loook, arguments: {} } }\n",
        BEARER,
    )
    .await;
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    let told = ended.folder.read("hallmark-out/record.json");
    let fact = "the list of tools for `reader` has no `loook`, but `look`: probe `read` (hallmark.yaml:5:";
    assert!(told.contains(fact), "{told}");
    assert!(
        told.contains("got \\\"refused\\\" (HTTP 200, error -32602: no such tool)"),
        "{told}"
    );
}
