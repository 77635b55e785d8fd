//! The ways in which the bent server misbehaves: each is one function from a request to what comes instead of the answer.

use std::time::Duration;

use serde_json::{Value, json};

use super::bent::{Asked, Bent, Era};

/// A JSON answer of this status with more header lines.
pub(crate) fn json(status: u16, more: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{more}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

const STREAM: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
const NEWS: &str =
    r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}}"#;

#[expect(
    clippy::unnecessary_wraps,
    reason = "every trick may also leave the request alone"
)]
fn once(bytes: Vec<u8>) -> Option<Bent> {
    Some(Bent {
        first: bytes,
        then: None,
    })
}

fn body(body: &str) -> Option<Bent> {
    once(json(200, "", body))
}

fn result(asked: &Asked, result: &Value) -> Option<Bent> {
    body(&asked.answer(result))
}

fn event(data: &str) -> String {
    format!("data: {data}\n\n")
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "every trick may also leave the request alone"
)]
fn for_ever(first: &str, then: impl Into<Vec<u8>>, pause: u64) -> Option<Bent> {
    Some(Bent {
        first: format!("{STREAM}{first}").into_bytes(),
        then: Some((then.into(), Duration::from_millis(pause))),
    })
}

/// Only requests that want an answer.
fn request(asked: &Asked) -> Option<()> {
    (!asked.id().is_null()).then_some(())
}

fn on(asked: &Asked, method: &str) -> Option<()> {
    (asked.method() == method).then_some(())
}

/// Keeps to the specification: the run passes, so that the others mean something.
pub(crate) fn honest(_: &Asked) -> Option<Bent> {
    None
}

fn page(asked: &Asked, list: &Value, cursor: &str) -> Value {
    let mut result = asked.polite["result"].clone();
    let name = asked.method().split('/').next().unwrap_or_default();
    result[name] = list.clone();
    result["nextCursor"] = json!(cursor);
    result
}

/// Every page lists other tools, the same name once as harmless and once as destructive, and there is always another.
pub(crate) fn list_that_changes(asked: &Asked) -> Option<Bent> {
    on(asked, "tools/list")?;
    let odd = asked.before % 2 == 1;
    let list = json!([
        { "name": "look", "inputSchema": { "type": "object", "required": if odd { json!(["x"]) } else { json!([]) } },
          "annotations": { "readOnlyHint": odd, "destructiveHint": !odd } },
        { "name": format!("tool-{}", asked.before), "inputSchema": { "type": "object" } },
    ]);
    result(asked, &page(asked, &list, &format!("cursor-{}", asked.before)))
}

/// The same cursor on every page.
pub(crate) fn cursor_for_ever(asked: &Asked) -> Option<Bent> {
    let lists = ["tools/list", "resources/list"];
    lists.contains(&asked.method()).then_some(())?;
    result(asked, &page(asked, &json!([]), "again"))
}

/// Two cursors in turn.
pub(crate) fn cursors_in_turn(asked: &Asked) -> Option<Bent> {
    on(asked, "tools/list")?;
    let next = if asked.message["params"]["cursor"] == "a" {
        "b"
    } else {
        "a"
    };
    result(asked, &page(asked, &json!([]), next))
}

/// Pages of four megabytes of tools without end.
pub(crate) fn huge_pages(asked: &Asked) -> Option<Bent> {
    on(asked, "tools/list")?;
    let answer = asked.answer(&page(asked, &json!("TOOLS"), &format!("{}", asked.before)));
    let tools = r#"{"name":"tool","inputSchema":{"type":"object"}},"#.repeat(60_000);
    body(&answer.replace("\"TOOLS\"", &format!("[{}]", tools.trim_end_matches(','))))
}

/// Finds what is the caller's own in few words, and everything else in fifty megabytes, at whose end somebody else's
/// canary stands.
pub(crate) fn search_of_fifty_megabytes(asked: &Asked) -> Option<Bent> {
    on(asked, "tools/call")?;
    let own = asked.message["params"]["arguments"]["text"] == "apples";
    let mut found = asked.polite["result"].clone();
    found["content"][0]["text"] = json!(if own {
        "apples: canary-of-the-reader"
    } else {
        "FOUND"
    });
    let hits = format!("{}canary-of-the-stranger", "settlement ".repeat(4_800_000));
    body(&asked.answer(&found).replace("FOUND", &hits))
}

/// Each page of the list takes almost the time of an exchange.
pub(crate) fn slow_pages(asked: &Asked) -> Option<Bent> {
    on(asked, "tools/list")?;
    let cursor = format!("cursor-{}", asked.before);
    for_ever(
        "",
        format!(":\n\n{}", event(&asked.answer(&page(asked, &json!([]), &cursor)))),
        500,
    )
}

/// The answer to another request.
pub(crate) fn another_id(asked: &Asked) -> Option<Bent> {
    request(asked)?;
    let mut answer = asked.polite.clone();
    answer["id"] = json!("somebody else's");
    body(&answer.to_string())
}

/// One request, two events with its answer.
pub(crate) fn two_events(asked: &Asked) -> Option<Bent> {
    request(asked)?;
    let one = event(&asked.polite.to_string());
    once(format!("{STREAM}{one}{one}").into_bytes())
}

/// One request, two JSON values in the body.
pub(crate) fn two_bodies(asked: &Asked) -> Option<Bent> {
    request(asked)?;
    body(&format!("{0}\n{0}", asked.polite))
}

/// One request, two HTTP answers.
pub(crate) fn two_answers(asked: &Asked) -> Option<Bent> {
    request(asked)?;
    let text = asked.polite.to_string();
    let one = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    );
    once(one.repeat(2).into_bytes())
}

/// A batch nobody asked for.
pub(crate) fn batch(asked: &Asked) -> Option<Bent> {
    request(asked)?;
    body(&format!(
        r#"[{},{NEWS},{{"jsonrpc":"2.0","id":"x","method":"sampling/createMessage"}},{{"jsonrpc":"2.0","id":"y","result":{{}}}}]"#,
        asked.polite
    ))
}

/// An empty batch.
pub(crate) fn empty_batch(asked: &Asked) -> Option<Bent> {
    request(asked)?;
    body("[]")
}

/// The answer, and a stream that goes on.
pub(crate) fn stream_that_goes_on(asked: &Asked) -> Option<Bent> {
    request(asked)?;
    for_ever(&event(&asked.polite.to_string()), event(NEWS), 5)
}

/// Comments without end.
pub(crate) fn only_comments(asked: &Asked) -> Option<Bent> {
    request(asked)?;
    for_ever("", ": still here\n\n", 10)
}

/// Comments as fast as they can be read.
pub(crate) fn flood_of_comments(asked: &Asked) -> Option<Bent> {
    request(asked)?;
    for_ever("", ": still here\n\n".repeat(1000), 0)
}

/// Other messages, never the answer.
pub(crate) fn never_the_answer(asked: &Asked) -> Option<Bent> {
    request(asked)?;
    for_ever("", event(NEWS), 10)
}

/// One event that never ends.
pub(crate) fn endless_event(asked: &Asked) -> Option<Bent> {
    request(asked)?;
    for_ever("", "data: and on\n".repeat(5_000), 0)
}

/// One event of a gigabyte in one line.
pub(crate) fn gigabyte_event(asked: &Asked) -> Option<Bent> {
    request(asked)?;
    for_ever("data: ", vec![b'x'; 1 << 16], 0)
}

/// A stream that ends without the answer.
pub(crate) fn stream_without_the_answer(asked: &Asked) -> Option<Bent> {
    request(asked)?;
    once(format!("{STREAM}: soon\n\n{}", event(NEWS)).into_bytes())
}

/// A stream that ends inside the answer.
pub(crate) fn stream_cut_in_the_answer(asked: &Asked) -> Option<Bent> {
    request(asked)?;
    let text = asked.polite.to_string();
    once(format!("{STREAM}data: {}", &text[..text.len() / 2]).into_bytes())
}

/// The answer comes after the chunk that ends the stream.
pub(crate) fn answer_on_the_closed_stream(asked: &Asked) -> Option<Bent> {
    request(asked)?;
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    let late = event(&asked.polite.to_string());
    once(
        format!(
            "{head}3\r\n:\n\n\r\n0\r\n\r\n{:x}\r\n{late}\r\n0\r\n\r\n",
            late.len()
        )
        .into_bytes(),
    )
}

/// Who are you? Something else.
pub(crate) fn rubbish_at_the_door(asked: &Asked) -> Option<Bent> {
    door(asked)?;
    result(
        asked,
        &json!({ "hello": "world", "supportedVersions": "yes", "protocolVersion": 7 }),
    )
}

fn door(asked: &Asked) -> Option<()> {
    let door = match asked.era {
        Era::Session => "initialize",
        Era::Stateless => "server/discover",
    };
    on(asked, door)
}

/// Who are you? A page of HTML.
pub(crate) fn html_at_the_door(asked: &Asked) -> Option<Bent> {
    request(asked)?;
    let page = "<!doctype html><html><head><title>Sign in</title></head><body><form></form></body></html>";
    once(
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{page}",
            page.len()
        )
        .into_bytes(),
    )
}

/// Who are you? Four megabytes of versions and names.
pub(crate) fn huge_at_the_door(asked: &Asked) -> Option<Bent> {
    door(asked)?;
    let mut said = asked.polite["result"].clone();
    let info = json!({ "name": "x".repeat(1 << 20), "version": "\u{1b}[2J\u{202e}".repeat(1 << 10) });
    match asked.era {
        Era::Session => said["serverInfo"] = info,
        Era::Stateless => {
            let versions: Vec<String> = (0..100_000).map(|n| format!("1999-{n}")).collect();
            said["supportedVersions"] = json!(versions);
            said["_meta"]["io.modelcontextprotocol/serverInfo"] = info;
        }
    }
    result(asked, &said)
}

/// Larger than is read.
pub(crate) fn too_large_at_the_door(asked: &Asked) -> Option<Bent> {
    door(asked)?;
    let mut said = asked.polite["result"].clone();
    said["instructions"] = json!("x".repeat(5 << 20));
    result(asked, &said)
}

/// No version in common.
pub(crate) fn no_common_version(asked: &Asked) -> Option<Bent> {
    door(asked)?;
    let mut said = asked.polite["result"].clone();
    match asked.era {
        Era::Session => said["protocolVersion"] = json!("1999-12-31"),
        Era::Stateless => said["supportedVersions"] = json!(["1999-12-31", "2031-01-01"]),
    }
    result(asked, &said)
}

/// Subscriptions are never acknowledged: a stream of comments.
pub(crate) fn never_acknowledged(asked: &Asked) -> Option<Bent> {
    on(asked, "subscriptions/listen")?;
    for_ever("", ":\n\n", 50)
}

/// Subscriptions are answered with nothing at all.
pub(crate) fn silent_subscription(asked: &Asked) -> Option<Bent> {
    on(asked, "subscriptions/listen")?;
    Some(Bent {
        first: Vec::new(),
        then: Some((Vec::new(), Duration::from_millis(50))),
    })
}

/// Subscriptions drown in other messages.
pub(crate) fn flood_of_news(asked: &Asked) -> Option<Bent> {
    on(asked, "subscriptions/listen")?;
    for_ever("", event(NEWS).repeat(100), 0)
}

/// A kind of result that nobody knows.
pub(crate) fn unknown_result_type(asked: &Asked) -> Option<Bent> {
    request(asked)?;
    let mut said = asked.polite.clone();
    said.get("result")?;
    said["result"]["resultType"] = json!("perhaps");
    body(&said.to_string())
}

/// A kind of result that is no text.
pub(crate) fn result_type_of_another_type(asked: &Asked) -> Option<Bent> {
    request(asked)?;
    let mut said = asked.polite.clone();
    said.get("result")?;
    said["result"]["resultType"] = json!({ "complete": true });
    body(&said.to_string())
}

/// Every call wants more input, for ever.
pub(crate) fn input_for_ever(asked: &Asked) -> Option<Bent> {
    on(asked, "tools/call")?;
    let wanted = json!({ "resultType": "input_required", "requestState": format!("state-{}", asked.before) });
    result(asked, &wanted)
}

/// Every call wants what the client never said it could give.
pub(crate) fn input_never_declared(asked: &Asked) -> Option<Bent> {
    on(asked, "tools/call")?;
    let question =
        json!({ "method": "sampling/createMessage", "params": { "messages": [], "maxTokens": 1 } });
    result(
        asked,
        &json!({ "resultType": "input_required", "inputRequests": { "q": question } }),
    )
}

fn refused_with(asked: &Asked, code: i64) -> Option<Bent> {
    request(asked)?;
    let answer = json!({ "jsonrpc": "2.0", "id": asked.id(), "error": { "code": code, "message": "no" } });
    once(json(400, "", &answer.to_string()))
}

/// Headers and body never match.
pub(crate) fn always_32020(asked: &Asked) -> Option<Bent> {
    refused_with(asked, -32020)
}

/// A capability is always missing.
pub(crate) fn always_32021(asked: &Asked) -> Option<Bent> {
    refused_with(asked, -32021)
}

/// No version is ever supported.
pub(crate) fn always_32022(asked: &Asked) -> Option<Bent> {
    refused_with(asked, -32022)
}

/// Kilobytes of headers, within what is read.
pub(crate) fn headers_of_kilobytes(asked: &Asked) -> Option<Bent> {
    request(asked)?;
    let long = "x".repeat(7 << 10);
    let more = format!(
        "Mcp-Session-Id: {long}\r\nWWW-Authenticate: Bearer realm=\"{long}\"\r\nX-Odd: {long}\r\nRetry-After: {long}\r\n"
    );
    once(json(200, &more, &asked.polite.to_string()))
}

/// A session id, or a header, that cannot be sent back.
pub(crate) fn unspeakable_session(asked: &Asked) -> Option<Bent> {
    request(asked)?;
    once(json(
        200,
        "Mcp-Session-Id: caf\u{e9} au lait\r\n",
        &asked.polite.to_string(),
    ))
}
