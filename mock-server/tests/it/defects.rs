//! Every defect is observable, and only while it is on.

use std::collections::BTreeSet;
use std::time::Instant;

use hallmark_mock::{World, defects};
use serde_json::json;

use super::support::{
    bearer, call, connect, initialize, mcp, raw, read_reply, request, token, who, world, write,
};
use tokio::io::AsyncWriteExt as _;

/// One request, and what its answer shows without and with the defect. `!` in front of a needle: it is absent.
struct Row {
    id: &'static str,
    method: &'static str,
    target: &'static str,
    lines: &'static [&'static str],
    body: Body,
    healthy: &'static str,
    broken: &'static str,
}

#[derive(Clone, Copy)]
enum Body {
    None,
    Who,
    WhoWithToken,
    Write,
    List,
    NewKey,
}

const fn row(
    id: &'static str,
    lines: &'static [&'static str],
    body: Body,
    healthy: &'static str,
    broken: &'static str,
) -> Row {
    Row {
        id,
        method: "POST",
        target: "/mcp/key",
        lines,
        body,
        healthy,
        broken,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "rows are written in place")]
const fn at(id: &'static str, method: &'static str, target: &'static str, rest: Row) -> Row {
    Row {
        id,
        method,
        target,
        ..rest
    }
}

const RO: &[&str] = &["Authorization: Bearer {ro}"];
const NONE: &[&str] = &[];
const UNKNOWN: &[&str] = &["Authorization: Bearer no-such-token-anywhere"];
const EXPIRED: &[&str] = &["Authorization: Bearer {expired}"];

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("header-unsupported", RO, Body::Who, "{ro.canary}", "401\n"),
    row("scheme-exact", &["Authorization: bEARER {ro}"], Body::Who, "{ro.canary}", "401\n"),
    row("split-first-space", &["Authorization: Bearer   {ro}"], Body::Who, "{ro.canary}", "401\n"),
    row("scheme-optional", &["Authorization: {ro}"], Body::Who, "400\n", "{ro.canary}"),
    row("last-word", &["Authorization: Token {ro}"], Body::Who, "401\n", "{ro.canary}"),
    row("empty-equals-unset", &["Authorization: Bearer"], Body::Who, "400\n", "200\n"),
    row("ci-collation", &["Authorization: Bearer {swapped}"], Body::Who, "401\n", "{ro.canary}"),
    row("prefix-lookup", &["Authorization: Bearer {cut}"], Body::Who, "401\n", "{ro.canary}"),
    row("bcrypt-72", &["Authorization: Bearer {ro}x"], Body::Who, "401\n", "{ro.canary}"),
    row("typeless-store", &["Authorization: Bearer {refresh}"], Body::Who, "401\n", "200\n"),
    at("query-extractor", "POST", "/mcp/key?access_token={ro}", row("", NONE, Body::Who, "401\n", "{ro.canary}")),
    row("body-merge", NONE, Body::WhoWithToken, "401\n", "{ro.canary}"),
    at("query-wins", "POST", "/mcp/key?access_token={out}", row("", RO, Body::Who, "400\n", "{out.canary}")),
    row("first-auth-wins", &["Authorization: Bearer {ro}", "Authorization: Bearer {out}"], Body::Who, "400\n", "{ro.canary}"),
    row("comma-first", &["Authorization: Bearer {ro}, Bearer {out}"], Body::Who, "400\n", "{ro.canary}"),
    row("nfkc-token", &["Authorization: Bearer {wide}"], Body::Who, "400\n", "{ro.canary}"),
    row("header-decode-500", &["Authorization: Bearer {wide}"], Body::Who, "400\n", "500\n"),
    row("nul-truncate", &["Authorization: Bearer {ro}\0junk"], Body::Who, "400\n", "{ro.canary}"),
    row("no-trim", &["Authorization: Bearer {ro} \t"], Body::Who, "{ro.canary}", "401\n"),
    row("lenient-colon", &["Authorization : Bearer {ro}"], Body::Who, "400\n", "{ro.canary}"),
    row("header-500", &["Authorization: Bearer {long}"], Body::Who, "400\n", "500\n"),
    at("post-only-gate", "GET", "/mcp/key", row("", &["Accept: text/event-stream"], Body::None, "401\n", "200\n")),
    at("post-only-gate", "POST", "//mcp/key", row("", NONE, Body::Who, "404\n", "200\n")),
    row("trust-proxy-header", &["X-User-Id: outsider"], Body::Who, "401\n", "{out.canary}"),
    row("cookie-fallback", &["Cookie: a=b; access_token={ro}"], Body::Who, "401\n", "{ro.canary}"),
    row("header-map-case", &["AUTHORIZATION: Bearer {ro}"], Body::Who, "{ro.canary}", "401\n"),
    row("uuid-v1", &["Authorization: Bearer {full}"], Body::NewKey, "!-8001-02005e100001", "-8001-02005e100001"),
    row("timestamp-prng", &["Authorization: Bearer {full}"], Body::NewKey, "!fiok_00000000", "fiok_00000000"),
    row("echo-token", UNKNOWN, Body::Who, "!no-such-token", "no-such-token"),
    row("no-prefix", &["Authorization: Bearer {full}"], Body::NewKey, "\"api_key\":\"fiok_", "!\"api_key\":\"fiok_"),
    at("method-override", "GET", "/current/workspace/{ws}/storage/root/createfolder/?name=made", row("", &["Authorization: Bearer {ro}", "X-HTTP-Method-Override: POST"], Body::None, "404\n", "200\n")),
    row("public-cache", RO, Body::Who, "cache-control: no-store", "cache-control: public, max-age=60"),

    row("no-challenge", NONE, Body::Who, "www-authenticate: Bearer", "!www-authenticate"),
    row("403-bare", RO, Body::Write, "www-authenticate: Bearer", "!www-authenticate"),
    row("basic-challenge", UNKNOWN, Body::Who, "www-authenticate: Bearer", "www-authenticate: Basic realm"),
    row("bare-bearer", UNKNOWN, Body::Who, "realm=", "www-authenticate: Bearer\n"),
    row("unquoted-desc", UNKNOWN, Body::Who, "error_description=\"", "error_description=the access"),
    row("missing-comma", UNKNOWN, Body::Who, "realm=\"fastio\", error", "realm=\"fastio\" error"),
    row("gateway-appends", UNKNOWN, Body::Who, "!realm=\"gateway\"", "realm=\"gateway\""),
    at("reflect-in-challenge", "POST", "/mcp/key?q=%22%0d%0aX:y", row("", UNKNOWN, Body::Who, "!q=\"X:y", "q=\"X:y")),
    row("realm-token", NONE, Body::Who, "realm=\"fastio\"", "realm=fastio"),
    row("error-on-absent", NONE, Body::Who, "!error=", "error=\"invalid_token\""),
    row("expired-403", EXPIRED, Body::Who, "401\n", "403\n"),
    row("expired-200-rpc-error", EXPIRED, Body::Who, "401\n", "200\n"),
    row("expired-500", EXPIRED, Body::Who, "401\n", "500\n"),
    row("scope-401", RO, Body::Write, "403\n", "401\n"),
    row("wrong-scope-hint", RO, Body::Write, "scope=\"workspace:{ws}:rw\"", "scope=\"workspace:{ws}:r\""),
    row("login-redirect", &["Accept: text/html"], Body::Who, "401\n", "302\n"),
    at("sse-opens-then-errors", "GET", "/mcp/key", row("", &["Accept: text/event-stream", "Authorization: Bearer {expired}"], Body::None, "401\n", "200\n")),
    row("verbose-401", NONE, Body::Who, "!server.js", "server.js"),

    row("open-listing", NONE, Body::List, "401\n", "\"storage\""),
    row("unknown-token-accepted", &["Authorization: Bearer abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"], Body::Who, "401\n", "200\n"),
    row("expired-accepted", EXPIRED, Body::Who, "401\n", "200\n"),
    row("write-scope-unchecked", RO, Body::Write, "403\n", "200\n"),
    row("malformed-403", &["Authorization: Bearer"], Body::Who, "400\n", "403\n"),
    row("wrong-error-code", UNKNOWN, Body::Who, "error=\"invalid_token\"", "error=\"access_denied\""),
];

/// Defects with a test of their own below.
const ELSEWHERE: &[&str] = &[
    "closed-stream-runs",
    "redos-token",
    "conn-auth-cache",
    "http-served",
    "silent-https-redirect",
    "short-token",
    "effect-before-check",
    "token-unchecked-in-session",
];

/// Defects that show only over several requests or several callers: the rules they break see them, in the matrix of
/// the program that judges.
const IN_THE_MATRIX: &[&str] = &[
    "cors-hidden-challenge",
    "default-all",
    "max-age-text",
    "tool-calls-unlimited",
    "tool-unguarded",
    "wildcard-scope",
];

fn seen_by_its_rules(info: &hallmark_mock::DefectInfo) -> bool {
    matches!(
        info.family,
        "AUDIT" | "EVS" | "LOCK" | "RATE" | "STRM" | "TENANT" | "WHS" | "WSTK" | "XFER"
    ) || IN_THE_MATRIX.contains(&info.id)
}

fn filled(text: &str, world: &World) -> String {
    let ro = token(world, "finance-ro");
    let swapped: String = ro
        .chars()
        .map(|c| {
            if c.is_lowercase() {
                c.to_ascii_uppercase()
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect();
    let wide: String = ro
        .chars()
        .map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap())
        .collect();
    let canary = |name: &str| world.fixtures().credential(name).unwrap().canary.clone().unwrap();
    let table = [
        ("{ro}", ro.clone()),
        ("{out}", token(world, "outsider")),
        ("{full}", token(world, "full")),
        ("{expired}", token(world, "expired")),
        ("{refresh}", world.fixtures().others["refresh_token"].clone()),
        ("{swapped}", swapped),
        ("{cut}", ro[..ro.len() - 1].to_owned()),
        ("{wide}", wide),
        ("{long}", "a".repeat(9000)),
        ("{ro.canary}", canary("finance-ro")),
        ("{out.canary}", canary("outsider")),
        (
            "{ws}",
            world.fixtures().workspace("acme", "finance").unwrap().id.clone(),
        ),
    ];
    table
        .iter()
        .fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
}

async fn observed(row: &Row, world: &World) -> String {
    let lines: Vec<String> = row.lines.iter().map(|line| filled(line, world)).collect();
    let lines: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
    let body = match row.body {
        Body::None => String::new(),
        Body::Who => who(),
        Body::WhoWithToken => {
            let mut body: serde_json::Value = serde_json::from_str(&who()).unwrap();
            body["access_token"] = json!(token(world, "finance-ro"));
            body.to_string()
        }
        Body::Write => write(world, "written"),
        Body::List => super::support::rpc("tools/list", &json!({})),
        Body::NewKey => call(
            "auth_manage",
            &json!({ "action": "api-key-create", "name": "made" }),
        ),
    };
    let bytes = request(row.method, &filled(row.target, world), &lines, &body);
    raw(&world.urls().origin, &bytes).await.text()
}

fn shows(text: &str, needle: &str, world: &World) -> bool {
    match needle.strip_prefix('!') {
        Some(absent) => !text.contains(&filled(absent, world)),
        // A status is only a status at the very start.
        None if needle.ends_with('\n') && needle.len() == 4 => text.starts_with(needle),
        None => text.contains(&filled(needle, world)),
    }
}

#[tokio::test]
async fn each_row_differs_between_a_healthy_world_and_one_with_the_defect() {
    let mut wrong = Vec::new();
    for row in ROWS {
        let healthy = world(&[], &["no-server-session"]).await;
        let broken = world(&[row.id], &["no-server-session"]).await;
        let (before, after) = (observed(row, &healthy).await, observed(row, &broken).await);
        if !shows(&before, row.healthy, &healthy) || shows(&before, row.broken, &healthy) {
            wrong.push(format!("{} healthy: {before}", row.id));
        }
        if !shows(&after, row.broken, &broken) {
            wrong.push(format!("{} broken: {after}", row.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n----\n"));
}

#[test]
fn every_defect_has_its_row() {
    let tested: BTreeSet<&str> = ROWS
        .iter()
        .map(|row| row.id)
        .chain(ELSEWHERE.iter().copied())
        .chain(super::transport_defects::tested())
        .chain(super::http_sse::tested())
        .chain(super::published::DEFECTS.iter().copied())
        .chain(super::oauth::defects::tested())
        .chain(super::oauth::agree::tested())
        .chain(super::request_state::tested())
        .chain(super::crowd::tested())
        .chain(super::tasks::tested())
        .chain(super::published::BESIDE_THE_CODE.iter().copied())
        .chain(super::scopes::DEFECTS.iter().copied())
        .chain(super::webhooks::tested())
        .chain(super::events_receiver::tested())
        .chain(
            defects()
                .iter()
                .filter(|info| seen_by_its_rules(info))
                .map(|info| info.id),
        )
        .collect();
    let all: BTreeSet<&str> = defects().iter().map(|info| info.id).collect();
    assert_eq!(tested, all);
}

#[tokio::test]
async fn a_backtracking_pattern_takes_seconds() {
    let long = bearer(&"a".repeat(64 << 10));
    let bytes = request("POST", "/mcp/key", &[long.as_bytes()], &who());
    for (defects, slow) in [(&[][..], false), (&["redos-token"][..], true)] {
        let world = world(defects, &[]).await;
        let start = Instant::now();
        assert_eq!(raw(&world.urls().origin, &bytes).await.status, 400);
        assert_eq!(start.elapsed().as_secs() >= 2, slow, "{defects:?}");
    }
}

#[tokio::test]
async fn a_session_is_no_login_without_its_defect() {
    for (defects, expected) in [(&[][..], 401), (&["token-unchecked-in-session"][..], 200)] {
        let world = world(defects, &[]).await;
        let key = bearer(&token(&world, "finance-ro"));
        let reply = mcp(&world, "POST", &[&key], &initialize("2025-11-25")).await;
        let held = format!("Mcp-Session-Id: {}", reply.header("mcp-session-id").unwrap());
        let unknown = ["Authorization: Bearer no-such-token-anywhere", held.as_str()];
        assert_eq!(
            mcp(&world, "POST", &unknown, &who()).await.status,
            expected,
            "{defects:?}"
        );
    }
}

#[tokio::test]
async fn a_connection_carries_an_identity_only_with_its_defect() {
    for (defects, expected) in [(&[][..], 401), (&["conn-auth-cache"][..], 200)] {
        let world = world(defects, &["no-server-session"]).await;
        let mut stream = connect(&world.urls().origin).await;
        let first = request(
            "POST",
            "/mcp/key",
            &[bearer(&token(&world, "finance-ro")).as_bytes()],
            &who(),
        );
        stream.write_all(&first).await.unwrap();
        assert_eq!(read_reply(&mut stream).await.status, 200);
        stream
            .write_all(&request("POST", "/mcp/key", &[], &who()))
            .await
            .unwrap();
        assert_eq!(read_reply(&mut stream).await.status, expected, "{defects:?}");
    }
}

#[tokio::test]
async fn the_plain_origin_refuses_serves_or_redirects() {
    for (defects, expected) in [
        (&[][..], 403),
        (&["http-served"][..], 200),
        (&["silent-https-redirect"][..], 308),
    ] {
        let world = world(defects, &["no-server-session"]).await;
        let bytes = request(
            "POST",
            "/mcp/key",
            &[bearer(&token(&world, "finance-ro")).as_bytes()],
            &who(),
        );
        let reply = raw(&world.urls().plain.unwrap(), &bytes).await;
        assert_eq!(reply.status, expected, "{defects:?}");
        if expected == 308 {
            assert_eq!(reply.header("location"), Some(world.urls().mcp_key.as_str()));
        }
    }
}

#[tokio::test]
async fn new_keys_are_short_with_their_defect() {
    for (defects, length) in [(&[][..], 51), (&["short-token"][..], 11)] {
        let world = world(defects, &["no-server-session"]).await;
        let body = call(
            "auth_manage",
            &json!({ "action": "api-key-create", "name": "made" }),
        );
        let bytes = request(
            "POST",
            "/mcp/key",
            &[bearer(&token(&world, "full")).as_bytes()],
            &body,
        );
        let reply = raw(&world.urls().origin, &bytes).await.text();
        let made: String = reply[reply.find("fiok_").expect(&reply)..]
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        assert_eq!(made.len(), length, "{made}");
    }
}

#[tokio::test]
async fn a_refused_write_leaves_no_trace_but_with_its_defect() {
    for (defects, happened) in [(&[][..], false), (&["effect-before-check"][..], true)] {
        let world = world(defects, &["no-server-session"]).await;
        let unknown = b"Authorization: Bearer no-such-token".as_slice();
        let bytes = request("POST", "/mcp/key", &[unknown], &write(&world, "ghost-folder"));
        assert_eq!(raw(&world.urls().origin, &bytes).await.status, 401);
        assert_eq!(
            world.control().export().to_string().contains("ghost-folder"),
            happened,
            "{defects:?}"
        );
    }
}
