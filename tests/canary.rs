//! No secret leaves: known credentials are planted in every position, every format and the most verbose log are on,
//! and every byte written is searched, also decoded.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::{Value, json};
use support::program::{Folder, command, hallmark};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const TOKEN: &str = "canary-token-Zq81-kL/90+7x~Yt";
const OTHER: &str = "canary-other-Pw55.mN=02_4vRs";

/// A server that throws the credential it was given back in every form and place.
fn echo(request: &Request) -> ResponseTemplate {
    let credential = request
        .headers
        .get("authorization")
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let token = credential.trim_start_matches("Bearer ").to_owned();
    let message: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let spilled = json!({
        "plain": token,
        "json": serde_json::to_string(&token).unwrap_or_default(),
        "base64": STANDARD.encode(format!("x{token}y")),
        "base64url": URL_SAFE.encode(format!("xy{token}")),
        "basic": STANDARD.encode(format!("user:{token}")),
        "percent": percent_encoding::utf8_percent_encode(&token, percent_encoding::NON_ALPHANUMERIC).to_string(),
        "beginning": token.chars().take(18).collect::<String>(),
        "access_token": "a-fresh-token-the-server-made-up",
    });
    let result = match message["method"].as_str() {
        Some("initialize") => json!({
            "protocolVersion": message["params"]["protocolVersion"],
            "capabilities": {},
            "serverInfo": { "name": format!("echo {token}"), "version": "1" },
        }),
        _ => {
            json!({ "tools": [{ "name": "read", "inputSchema": { "type": "object" }, "annotations": { "readOnlyHint": true } }],
                     "content": [{ "type": "text", "text": spilled.to_string() }], "isError": credential.is_empty() })
        }
    };
    let visible: String = token.chars().filter(char::is_ascii_graphic).collect();
    ResponseTemplate::new(200)
        .insert_header("x-echo", visible.as_str())
        .insert_header("set-cookie", format!("sid={visible}").as_str())
        .set_body_json(json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }))
}

const TARGET: &str = r#"
target: echo
mcp: "${env.MCP_URL}"
principals:
  reader: { bearer: "${env.TOKEN}" }
  outsider: { bearer: "${env.OTHER}" }
headers: { X-Api-Key: "${env.OTHER}" }
"#;

const SCENARIO: &str = r#"
scenario: Everything that can go wrong with a secret
rules: [BEARER-26]
subject: resource-server
steps:
  - check: in-the-url
    mcp: { probe: read, query: { access_token: "${principal.reader.token}" } }
    as: nobody
    expect: { status: 401, body: { lacks: "${principal.reader.token}" } }
  - check: edited
    mcp: { probe: read }
    as: { token: "${principal.reader.token | swapcase}" }
    expect: { status: 401, headers: { X-Echo: "${principal.outsider.token}" } }
  - check: in-a-body
    http: { method: POST, url: "${target.mcp.url}", form: { refresh_token: "${principal.outsider.token}" } }
    as: reader
    expect: { status: 401, json: { $.nothing: "${principal.reader.token | base64}" } }
  - check: raw
    raw:
      head: |
        POST /mcp HTTP/1.1
        Host: ${target.mcp.host}
        Authorization: Bearer ${principal.reader.token}
        Content-Length: 0
        Connection: close
    expect: { status: 418 }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn no_byte_written_holds_a_secret() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(echo).mount(&server).await;
    let folder = Folder::new();
    folder.write("hallmark.yaml", TARGET);
    folder.write("canary.yaml", SCENARIO);
    let arguments = [
        "run",
        "canary.yaml",
        "--target",
        "hallmark.yaml",
        "--verbose",
        "--events",
        "events.copy",
        "--report",
        "junit=j.xml",
        "--report",
        "record=r.json",
        "--report",
        "ndjson=n.ndjson",
        "--report",
        "markdown=m.md",
        "--report",
        "github=g.txt",
        "--report",
        "sarif=s.sarif",
        "--report",
        "html=page",
        "--report",
        "html-single=page.html",
        "--color",
        "always",
    ];
    let mut command = command(&folder, &arguments);
    command
        .env("MCP_URL", format!("{}/mcp", server.uri()))
        .env("TOKEN", TOKEN)
        .env("OTHER", OTHER);
    let output = tokio::task::spawn_blocking(move || command.output().expect("the binary starts"))
        .await
        .expect("it ran");
    assert_eq!(
        output.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let mut written = vec![
        ("stdout".to_owned(), output.stdout),
        ("stderr".to_owned(), output.stderr),
    ];
    let mut folders = vec![folder.path().to_owned()];
    while let Some(path) = folders.pop() {
        for entry in std::fs::read_dir(&path).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("hallmark.yaml") && !path.ends_with("canary.yaml") {
                written.push((path.display().to_string(), std::fs::read(&path).expect("a file")));
            }
        }
    }
    assert!(written.len() >= 12, "{}", written.len());
    for (name, bytes) in &written {
        let text = String::from_utf8_lossy(bytes);
        for secret in [TOKEN, OTHER] {
            for form in forms(secret) {
                assert!(!text.contains(&form), "{name} holds {form}");
            }
        }
        assert!(
            !text.contains("a-fresh-token-the-server-made-up"),
            "{name} holds a token by its member name"
        );
    }
    // The masks are there: the test would pass on empty files as well.
    let record = String::from_utf8_lossy(
        &written
            .iter()
            .find(|(name, _)| name.ends_with("r.json"))
            .expect("a record")
            .1,
    )
    .into_owned();
    assert!(
        record.matches("[reader:").count() > 5,
        "{}",
        record.matches("[reader:").count()
    );
}

fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![
        secret.to_owned(),
        secret.chars().take(18).collect(),
        STANDARD.encode(secret),
    ];
    for before in ["x", "xy", "user:"] {
        let encoded = STANDARD.encode(format!("{before}{secret}"));
        forms.push(encoded.chars().skip(8).take(24).collect());
        forms.push(
            URL_SAFE
                .encode(format!("{before}{secret}"))
                .chars()
                .skip(8)
                .take(24)
                .collect(),
        );
    }
    forms.push(percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string());
    forms.push(
        secret
            .chars()
            .map(|c| {
                if c.is_lowercase() {
                    c.to_ascii_uppercase()
                } else {
                    c.to_ascii_lowercase()
                }
            })
            .collect(),
    );
    forms
}

/// A variable that is not set is named; the value of one that is set but unusable is not shown.
#[test]
fn diagnostics_show_no_value() {
    let folder = Folder::new();
    folder.write("hallmark.yaml", "target: x\nmcp: http://127.0.0.1:9/mcp\nprincipals:\n  reader: { bearer: \"fiok_0123456789abcdefghijKLMNOPQRST\" }\n");
    let ran = hallmark(&folder, &["check", "hallmark.yaml"]);
    assert_eq!(ran.code, 3);
    assert!(
        !format!("{}{}", ran.stdout, ran.stderr).contains("KLMNOPQRST"),
        "{}",
        ran.stderr
    );
}
