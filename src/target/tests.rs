//! Target and baseline files, right and wrong.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::model::SourceFile;
use crate::scenario::render;

const ACME: &str = r#"
target: acme-staging
mcp: https://mcp.staging.acme.example/mcp
api: https://api.staging.acme.example/current
plain: http://mcp.staging.acme.example
siblings: { sibling: "https://other.acme.example/mcp" }
owner-consents-to-load: true
principals:
  reader:   { bearer: "${env.ACME_READER_KEY}", scopes: ["workspace:1:r"], canary: acme-finance-7f3a }
  writer:   { bearer: "${env.ACME_WRITER_KEY}", scopes: ["workspace:1:rw"] }
  outsider: { bearer: "${env.GLOBEX_KEY}", tenant: globex }
scopes: { read: ["workspace:1:r"] }
probes:
  read:    { tool: storage, arguments: { action: list, profile_id: "1000000000000000001" } }
  search:  { tool: storage, arguments: { action: search, query: "${with.text}" }, with: { text: invoice } }
  get:     { tool: storage, arguments: { action: get, id: "${with.id}" } }
  write:   { tool: storage_manage, effect: write, arguments: { name: "hm-${run.id}" }, gives: { id: $.id }, undo: { tool: storage_manage, arguments: { node_id: "${id}" } } }
  wipe:    { http: { url: /wipe, json: { key: "${env.WIPE_KEY}" } }, effect: destructive, as: writer }
  list:    { method: resources/list }
declares: [oauth, rotation]
promises: { revocation: 5s, rate_limit: 60/min }
params: { exp_leeway: 120s, BEARER-18: { limit: 2 } }
rules-profile: seed-fastio
allow: [write]
own: { tenant: "1", ids: ["10", "11"] }
foreign: { tenant: "2", id: "${env.FOREIGN_ID}" }
credentials: { refresh-token: "${env.REFRESH}" }
control: { url: "http://127.0.0.1:9/", secret: "${env.CONTROL}" }
hooks: { revoke: { http: { method: DELETE, url: "/keys/${with.object}" }, as: writer } }
headers: { X-Trace: hallmark }
tls: { ca: ca.pem }
timeouts: { exchange: 10s }
concurrency: 4
skip-tags: [slow]
"#;

fn file(path: &str, text: &str) -> Arc<SourceFile> {
    Arc::new(SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
    })
}

fn decoded(text: &str) -> (Option<Target>, String) {
    let mut diagnostics = Diagnostics::new();
    let target = decode(&file("ci/hallmark.yaml", text.trim_start()), &mut diagnostics);
    (target, render::render(&diagnostics, false))
}

fn acme() -> Resolved {
    let (target, problems) = decoded(ACME);
    assert_eq!(problems, "");
    let env: BTreeMap<&str, &str> = BTreeMap::from([
        ("ACME_READER_KEY", "reader-secret-1\n"),
        ("ACME_WRITER_KEY", "writer-secret-2"),
        ("GLOBEX_KEY", "globex-secret-3"),
        ("WIPE_KEY", "wipe-secret-4"),
        ("FOREIGN_ID", "200"),
        ("REFRESH", "refresh-secret-5"),
        ("CONTROL", "control-secret-6"),
    ]);
    let target = target.expect("the file is right");
    resolve_env(&Arc::new(target.clone()), &|name| {
        env.get(name).map(|value| (*value).to_owned())
    })
    .expect("every variable is set")
}

fn at(resolved: &Resolved, path: &str) -> Option<serde_json::Value> {
    let path: Vec<String> = path.split('.').map(str::to_owned).collect();
    value(resolved, &path)
}

#[test]
fn what_a_scenario_may_read() {
    let resolved = acme();
    let table = [
        ("name", json!("acme-staging")),
        ("mcp", json!("https://mcp.staging.acme.example/mcp")),
        ("mcp.origin", json!("https://mcp.staging.acme.example")),
        ("mcp.host", json!("mcp.staging.acme.example")),
        ("mcp.port", json!(443)),
        ("mcp.path", json!("/mcp")),
        ("api.url", json!("https://api.staging.acme.example/current")),
        ("plain.scheme", json!("http")),
        ("sibling.mcp", json!("https://other.acme.example/mcp")),
        ("promise.revocation", json!("5s")),
        ("promise.rate_limit", json!("60/min")),
        ("own.tenant", json!("1")),
        ("own.ids.1", json!("11")),
        ("foreign.id", json!("200")),
        ("scopes.read", json!(["workspace:1:r"])),
        ("principals.reading", json!({ "reader": "reader" })),
        (
            "principals.all",
            json!({ "reader": "reader", "writer": "writer", "outsider": "outsider" }),
        ),
        ("principals.outsider.tenant", json!("globex")),
        ("principals.reader.canary", json!("acme-finance-7f3a")),
        ("probes.writing", json!({ "wipe": "wipe", "write": "write" })),
        ("probes.destroying", json!({ "wipe": "wipe" })),
        ("probes.by-id", json!({ "get": "get" })),
        ("probes.with-text", json!({ "search": "search" })),
        ("probes.read.tool", json!("storage")),
        ("probes.list.method", json!("resources/list")),
        ("credentials.refresh-token", json!("refresh-secret-5")),
        ("declares", json!(["oauth", "rotation"])),
    ];
    for (path, expected) in table {
        assert_eq!(at(&resolved, path), Some(expected), "{path}");
    }
    for path in [
        "nothing",
        "mcp.colour",
        "mcp.host.x",
        "own.ids.9",
        "probes.gone.tool",
        "promise.none",
        "sibling",
    ] {
        assert_eq!(at(&resolved, path), None, "{path}");
    }
}

#[test]
fn a_target_with_everything() {
    let resolved = acme();
    let target = &resolved.target;
    let order: Vec<&str> = resolved
        .principals
        .iter()
        .map(|principal| principal.name.as_str())
        .collect();
    assert_eq!(order, ["reader", "writer", "outsider"]);
    assert_eq!(target.first_principal(), Some("reader"));
    let token = resolved
        .principal("reader")
        .and_then(|reader| reader.bearer.as_ref());
    assert_eq!(
        token.map(crate::secret::Secret::expose),
        Some("reader-secret-1"),
        "the line end is taken off"
    );
    assert_eq!(
        resolved.env("WIPE_KEY").map(crate::secret::Secret::expose),
        Some("wipe-secret-4")
    );
    assert!(resolved.env("CONTROL").is_none(), "only what calls refer to");
    assert_eq!(resolved.param(["BEARER-18"], "limit"), Some(&json!(2)));
    assert_eq!(resolved.param(["JWT-08"], "exp_leeway"), Some(&json!("120s")));
    assert_eq!(resolved.param(["JWT-08"], "limit"), None);
    assert_eq!(
        resolved.tls.ca_file.as_deref(),
        Some(std::path::Path::new("ci/ca.pem"))
    );
    assert_eq!(target.probes["write"].effect, Effect::Write);
    assert!(target.hooks.contains_key(&Verb::Revoke));
    for (capability, expected) in [
        ("oauth", true),
        ("api", true),
        ("sibling", true),
        ("control", true),
        ("jwt", false),
    ] {
        assert_eq!(target.has(capability), expected, "{capability}");
    }
}

#[test]
fn every_secret_is_known_and_none_is_shown() {
    let resolved = acme();
    let held: Vec<&str> = resolved
        .secrets()
        .iter()
        .map(|(_, secret)| secret.expose())
        .collect();
    let expected = [
        "reader-secret-1",
        "writer-secret-2",
        "globex-secret-3",
        "refresh-secret-5",
        "control-secret-6",
        "wipe-secret-4",
    ];
    assert_eq!(held, expected);
    let shown = format!("{resolved:?}");
    for secret in expected {
        assert!(!shown.contains(secret), "Debug shows {secret}");
    }
}

#[test]
fn all_missing_variables_at_once() {
    let (target, _) = decoded(ACME);
    let env = |name: &str| match name {
        "ACME_READER_KEY" => Some(String::new()),
        "GLOBEX_KEY" => Some("two\nlines".to_owned()),
        "WIPE_KEY" => Some("x".to_owned()),
        _ => None,
    };
    let problems = resolve_env(&Arc::new(target.expect("right")), &env).expect_err("variables are missing");
    let text: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!("missing-variables", text.join("\n"));
}

#[test]
fn a_url_from_the_environment() {
    let (target, problems) =
        decoded("target: t\nmcp: \"${env.MCP_URL}\"\nprincipals: { a: { credential: none } }\n");
    assert_eq!(problems, "");
    let target = target.expect("right");
    let good = resolve_env(&Arc::new(target.clone()), &|_| {
        Some("http://127.0.0.1:8104/mcp\n".to_owned())
    })
    .expect("a URL");
    assert_eq!(good.mcp.as_str(), "http://127.0.0.1:8104/mcp");
    assert!(good.principals[0].bearer.is_none());
    let bad = resolve_env(&Arc::new(target.clone()), &|_| Some("s3cret".to_owned()))
        .expect_err("no URL")
        .remove(0)
        .to_string();
    insta::assert_snapshot!("variable-is-no-url", bad);
    assert!(!bad.contains("s3cret"));
}

#[test]
fn without_a_file() {
    let target = adhoc("http://127.0.0.1:8104/mcp", Some("TOKEN")).expect("usable");
    assert_eq!(target.first_principal(), Some("reader"));
    let missing = resolve_env(&Arc::new(target.clone()), &|_| None)
        .expect_err("the variable is not set")
        .remove(0);
    insta::assert_snapshot!("adhoc-without-variable", missing);
    assert_eq!(
        missing.at.column as usize,
        "--url http://127.0.0.1:8104/mcp --bearer-env T".len()
    );
    let nobody = adhoc("http://127.0.0.1:8104/mcp", None).expect("usable");
    assert!(nobody.principals.is_empty());
    assert_eq!(
        adhoc("http://x.example", Some("eyJhbGciOi.x.y")).err(),
        Some(AdhocProblem::NotAVariable)
    );
    for url in [
        "127.0.0.1:8104/mcp",
        "ftp://x.example",
        "http://u:p@x.example",
        "",
    ] {
        let problem = adhoc(url, None).expect_err("not usable").to_string();
        assert!(url.is_empty() || !problem.contains(url), "{problem}");
    }
}

#[test]
fn what_init_writes_is_right() {
    let files: BTreeMap<&str, &str> = init_files().into_iter().collect();
    let (target, problems) = decoded(files["hallmark.yaml"]);
    assert_eq!(problems, "");
    assert_eq!(target.expect("right").probes.len(), 1);
    let mut diagnostics = Diagnostics::new();
    let check = file("scenarios/first-check.yaml", files["scenarios/first-check.yaml"]);
    let scenario = crate::scenario::decode::decode(&check, "first-check", &mut diagnostics);
    assert_eq!(render::render(&diagnostics, false), "");
    assert_eq!(scenario.expect("right").steps.len(), 1);
}

/// The commented lines of the written target file are right too, once they are uncommented.
#[test]
fn what_init_suggests_is_right() {
    let files: BTreeMap<&str, &str> = init_files().into_iter().collect();
    let text: String = files["hallmark.yaml"].lines().skip(3).map(uncomment).collect();
    let (_, problems) = decoded(&text);
    // The endpoint is plain http already; `plain` beside it is for an https one.
    assert_eq!(
        problems.lines().filter(|line| line.starts_with("error")).count(),
        0,
        "{text}\n{problems}"
    );
}

fn uncomment(line: &str) -> String {
    let body = line.trim_start();
    let indent = &line[..line.len() - body.len()];
    format!("{indent}{}\n", body.strip_prefix("# ").unwrap_or(body))
}

#[test]
fn wrong_targets() {
    let table = [
        ("nothing", "target: t\n"),
        (
            "another-key",
            "target: t\nmcp: https://a.example/mcp\nprincipals: { a: { credential: none } }\nprobe: {}\npromise: { revocation: 5s }\n",
        ),
        (
            "url-without-scheme",
            "target: t\nmcp: mcp.example/mcp\nprincipals: { a: { credential: none } }\n",
        ),
        (
            "url-with-password",
            "target: t\nmcp: https://me:hunter22@mcp.example/mcp\nprincipals: { a: { credential: none } }\n",
        ),
        (
            "plain-http",
            "target: t\nmcp: http://mcp.example/mcp\nplain: https://mcp.example\n",
        ),
        (
            "secret-in-file",
            "target: t\nmcp: https://a.example/mcp\nprincipals:\n  reader: { bearer: fiok_0123456789abcdef }\n  writer: { bearer: \"Bearer ${env.W}\" }\ncredentials: { client-secret: hunter22 }\nheaders: { Authorization: Bearer abcdefgh }\n",
        ),
        (
            "principals",
            "target: t\nmcp: https://a.example/mcp\nprincipals:\n  nobody: { credential: none }\n  Reader: { bearer: \"${env.A}\" }\n  twin: { bearer: \"${env.A}\", canary: abc }\n  empty: {}\n  later: { oauth: { vault: writer } }\n  both: { credential: none, bearer: \"${env.B}\" }\n  typo: { berer: \"${env.C}\" }\n",
        ),
        (
            "references",
            "target: t\nmcp: \"https://${ENV.HOST}/mcp\"\nprincipals: { a: { bearer: \"${env.A | lower}\" } }\nforeign: { id: \"${run.id}\" }\nprobes: { read: { tool: t, arguments: { q: \"${wiht.text}\" } } }\n",
        ),
        (
            "probes",
            "target: t\nmcp: https://a.example/mcp\nprincipals: { a: { credential: none } }\nprobes:\n  none: { effect: reed }\n  two: { tool: a, method: b }\n  stray: { method: a, arguments: {} }\n  writing: { tool: a }\n  who: { tool: a, as: b }\n  list: { tool: a, arguments: [1] }\n",
        ),
        (
            "probe-inputs-and-outputs",
            "target: t\nmcp: https://a.example/mcp\nprincipals: { a: { credential: none } }\nprobes:\n  a: { tool: a, arguments: { q: \"${with.text}\" }, with: { txet: x } }\n  b: { tool: a, gives: { id: id, ok: $.ok }, undo: { tool: b, arguments: { x: \"${okay}\" } } }\n  c: { http: { url: /x, json: {}, body: x, hedaers: {} } }\n",
        ),
        (
            "numbers-and-words",
            "target: t\nmcp: https://a.example/mcp\nprincipals: { a: { credential: none } }\nowner-consents-to-load: yes\nconcurrency: 0\npromises: { revocation: 1:30, rate_limit: fast, revokation: 5s, list: [1] }\ntimeouts: { exchange: 0s, case: 30 }\nallow: [wriet]\nrules-profile: oauth2.1\nrevisions: [2025-06-19, 2026-07-28]\ndeclares: [ratelimit, mine, mine]\n",
        ),
        (
            "hooks-and-doors",
            "target: t\nmcp: https://a.example/mcp\nprincipals: { a: { credential: none } }\nhooks:\n  revok: { exec: [x] }\n  kill: { as: b }\n  restart: { exec: [] }\ncontrol: { secret: abc }\ntls: { insecure: true, key: x }\nheaders: { \"X Y\": a }\n",
        ),
        (
            "secret-beside-a-mistake",
            "target: t\nmcp: https://a.example/mcp\nprincipals:\n  a: { berer: hunter22 }\n  b: hunter22\nheaders: { X-Api-Key: hunter22 }\n",
        ),
        (
            "secret-in-broken-yaml",
            "target: t\nprincipals:\n  a: { bearer: hunter22\n  b: [ bearer: hunter22: }\n",
        ),
        (
            "empty-values",
            "target: t\nmcp: https://a.example/mcp\nprincipals:\nprobes:\n  read:\n",
        ),
        ("a-list", "- target: t\n"),
    ];
    for (name, text) in table {
        let (_, problems) = decoded(text);
        assert!(
            !problems.contains("hunter22") && !problems.contains("0123456789abcdef"),
            "{problems}"
        );
        insta::assert_snapshot!(name, problems);
    }
}

fn baseline_of(text: &str) -> (Option<baseline::Baseline>, String) {
    let mut diagnostics = Diagnostics::new();
    let baseline = baseline::decode(&file("hallmark-baseline.yaml", text), &mut diagnostics);
    (baseline, render::render(&diagnostics, false))
}

#[test]
fn baselines() {
    let text = "- expect: bearer/scheme-case\n  why: ticket 1\n\
                - { expect: \"bearer/scheme-case#lower:accepted\", why: ticket 2, until: 2026-12-31 }\n\
                - { expect: 'bearer/a:b', why: ticket 3 }\n\
                - { expect: 'bearer/a#r@2025-11-25:b', why: ticket 4 }\n";
    let (baseline, problems) = baseline_of(text);
    assert_eq!(problems, "");
    let entries = baseline.expect("right").entries;
    let parts: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                entry.scenario.as_str(),
                entry.case.as_deref(),
                entry.revision.as_deref(),
                entry.check.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        parts,
        [
            ("bearer/scheme-case", None, None, None),
            ("bearer/scheme-case", Some("lower"), None, Some("accepted")),
            ("bearer/a", None, None, Some("b")),
            ("bearer/a", Some("r"), Some("2025-11-25"), Some("b"))
        ]
    );
    assert_eq!(entries[1].expects(), "bearer/scheme-case#lower:accepted");
    assert_eq!(entries[3].expects(), "bearer/a#r@2025-11-25:b");
    let day = |text: &str| text.parse().expect("a date");
    assert!(!entries[1].expired_on(day("2026-12-31")));
    assert!(entries[1].expired_on(day("2027-01-01")));
    assert!(!entries[0].expired_on(day("2099-01-01")));
}

#[test]
fn wrong_baselines() {
    let table = [
        (
            "baseline-entries",
            "- expect: bearer/scheme-case.yaml\n  why: x\n- expect: a b\n  why: x\n- why: x\n- { expect: a/b, why: x, until: 2026-02-30 }\n- { expect: a/b, why: '', untill: soon }\n",
        ),
        ("baseline-map", "expect: bearer/scheme-case\nwhy: x\n"),
    ];
    for (name, text) in table {
        insta::assert_snapshot!(name, baseline_of(text).1);
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_survived(text in "(target: t\n)?(mcp: [ -~]{0,30}\n)?[ -~\n]{0,120}") {
        let (target, _) = decoded(&text);
        if let Some(target) = target {
            let _ = resolve_env(&Arc::new(target.clone()), &|_| Some("x".to_owned()));
        }
        let _ = baseline_of(&text);
    }
}
