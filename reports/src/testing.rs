//! One rich record that looks like a real red run, for the tests of every format.

mod load;

pub(crate) use load::*;

use crate::record::{
    self, Access, BaselineResult, Case, Check, Ci, Clean, Exchange, FamilyCoverage, Finding, Measure,
    Message, Note, NoteKind, Place, Record, Run, RunKind, SCHEMA, Scanned, Stale, StaleReason, Summary,
    Target, Timing, Tool, Values, Verdict,
};

pub(crate) fn clean(text: &str) -> Clean {
    Clean::vouched(text.to_owned())
}

/// The first check that failed and was not foretold.
pub(crate) fn failing(record: &Record) -> Check {
    let wanted = |check: &&Check| check.verdict == Verdict::Failed && check.expected_failure.is_none();
    record.checks.iter().find(wanted).unwrap().clone()
}

pub(crate) fn record() -> Record {
    let checks = checks();
    let cases = cases(&checks);
    let coverage = [("BEARER", 22, 3), ("CHAL", 9, 7), ("RS", 8, 11), ("RATE", 0, 14)];
    Record {
        schema: SCHEMA,
        tool: Tool {
            name: "hallmark".to_owned(),
            version: "0.1.0".to_owned(),
        },
        run: run(),
        target: Target {
            name: clean("staging"),
            url: clean("https://mcp.example.test:8443/mcp"),
            behaviour: None,
            discovered: vec![
                clean("speaks MCP 2025-11-25"),
                clean("read probe: tool `workspace`, action `list`"),
            ],
            without_credential: false,
            defects: Vec::new(),
            variants: Vec::new(),
        },
        summary: Summary::of(&checks, &cases),
        coverage: coverage
            .map(|(family, live, planned)| FamilyCoverage::of(family, live, planned, &checks))
            .into(),
        cases,
        checks,
        notes: notes(),
        scanned: Some(Scanned {
            calls: 41,
            bytes: 30_480,
            canaries: 6,
            encodings: vec!["base64".to_owned(), "raw".to_owned()],
        }),
        load: None,
        baseline: Some(BaselineResult {
            file: "hallmark-baseline.yaml".to_owned(),
            entries: 2,
            stale: vec![Stale {
                entry: "challenge/realm:realm-present".to_owned(),
                why: clean("fixed in the gateway, rollout pending"),
                reason: StaleReason::Passed,
                until: None,
                line: 7,
                meant: None,
            }],
            open: Vec::new(),
        }),
        complete: true,
    }
}

fn run() -> Run {
    Run {
        id: "20261121-1404-7f3a".to_owned(),
        kind: RunKind::Run,
        started: "2026-11-21T14:04:11Z".to_owned(),
        duration_ms: 4_182,
        seed: 7,
        command: clean("hallmark run --target staging.yaml --seed 7"),
        shard: None,
        revision: "2025-11-25".to_owned(),
        revisions: vec!["2025-06-18".to_owned(), "2025-11-25".to_owned()],
        rules_profile: Some("seed-fastio".to_owned()),
        strict: false,
        ci: Some(Ci {
            provider: "github".to_owned(),
            build: clean("1882"),
            branch: clean("feature/keys"),
            commit: clean("9f2c1e0"),
        }),
    }
}

fn notes() -> Vec<Note> {
    vec![
        Note {
            kind: NoteKind::Untested,
            text: clean("isolation between tenants: the target names one principal only"),
            unlock: Some(clean("principals.second in staging.yaml")),
        },
        Note {
            kind: NoteKind::Warning,
            text: clean("the certificate of mcp.example.test expires in 6 days"),
            unlock: None,
        },
    ]
}

/// Every case of the checks, in their order.
pub(crate) fn cases(checks: &[Check]) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for check in checks {
        let known = cases.iter_mut().find(|case| {
            case.scenario == check.scenario && case.case == check.case && case.revision == check.revision
        });
        if let Some(case) = known {
            case.verdict = case.verdict.max(Some(check.verdict));
            case.duration_us += check.duration_us;
        } else {
            cases.push(Case {
                scenario: check.scenario.clone(),
                case: check.case.clone(),
                revision: check.revision.clone(),
                title: check.title.clone(),
                verdict: Some(check.verdict),
                duration_us: check.duration_us,
                requests: 3,
            });
        }
    }
    cases
}

fn checks() -> Vec<Check> {
    let mut checks = bearer();
    checks.extend(challenge());
    checks.extend(others());
    checks
}

fn bearer() -> Vec<Check> {
    let scheme = (
        "BEARER-08",
        "bearer/scheme-case",
        "The scheme name is compared without regard to case",
    );
    let foreign = (
        "BEARER-14",
        "bearer/tampered",
        "A token with one changed character is refused",
    );
    let mut tampered = check(
        Verdict::Failed,
        foreign,
        "refused",
        "last-byte",
        "access was granted: status 200, a refusal was expected",
    );
    tampered.findings = vec![finding(
        "access",
        "refused",
        "granted (canary CANARY-51 was read)",
        true,
    )];
    tampered.access = Some(Access {
        who: "tampered".to_owned(),
        probe: "read".to_owned(),
        place: "alpha".to_owned(),
        expected: record::Standing::Deny,
        found: record::Standing::Permit,
    });
    tampered.sources = vec![
        "RFC 6750 §3.1".to_owned(),
        "MCP 2025-11-25, Authorization".to_owned(),
    ];
    tampered.exchanges = vec![
        exchange("positive control before", "HTTP/1.1 200 OK", false),
        exchange("token with its last byte changed", "HTTP/1.1 200 OK", true),
        exchange("positive control after", "HTTP/1.1 200 OK", false),
    ];
    let mut lower = check(
        Verdict::Failed,
        scheme,
        "accepted",
        "lower",
        "expected status 200, got 401",
    );
    lower.findings = vec![finding("status", "200", "401", false)];
    lower.sources = vec!["RFC 9110 §11.1".to_owned()];
    lower.exchanges = vec![
        exchange("positive control before", "HTTP/1.1 200 OK", false),
        exchange("scheme `bearer`", "HTTP/1.1 401 Unauthorized", true),
    ];
    let mut older = lower.clone();
    older.revision = "2025-06-18".to_owned();
    older.repeat =
        clean("hallmark run --target staging.yaml --only 'bearer/scheme-case#lower@2025-06-18:accepted'");
    let mut upper = lower.clone();
    upper.case = "upper".to_owned();
    upper.repeat = clean("hallmark run bearer/scheme-case --only upper --target staging.yaml");
    vec![
        check(Verdict::Passed, scheme, "accepted", "canonical", "status 200"),
        older,
        lower,
        upper,
        tampered,
        check(Verdict::Passed, foreign, "refused", "first-byte", "status 401"),
    ]
}

fn challenge() -> Vec<Check> {
    let realm = ("CHAL-04", "challenge/realm", "A challenge names its realm");
    let metadata = (
        "CHAL-02",
        "challenge/metadata",
        "The challenge points at the protected resource metadata",
    );
    let shape = ("CHAL-06", "challenge/shape", "The challenge parses");
    let mut warned = check(
        Verdict::Warned,
        metadata,
        "parameter",
        "",
        "the challenge has no `resource_metadata` parameter",
    );
    warned.level = "SHOULD".to_owned();
    warned.sources = vec![
        "RFC 9728 §5.1".to_owned(),
        "https://www.rfc-editor.org/rfc/rfc9728#section-5.1".to_owned(),
    ];
    warned.findings = vec![finding(
        "header www-authenticate",
        "resource_metadata=…",
        "Bearer realm=\"mcp\"",
        false,
    )];
    warned.exchanges = vec![exchange("no token", "HTTP/1.1 401 Unauthorized", true)];
    let mut hostile = check(
        Verdict::Failed,
        shape,
        "parses",
        "",
        "not a challenge: `Bearer realm=\"a|b\" \u{1b}[31m]]> @security #12 <img src=x>`",
    );
    hostile.findings = vec![finding(
        "header www-authenticate",
        "a list of challenges",
        "Bearer realm=\"a|b\" ```\n]]>\u{0}\u{fffe}",
        false,
    )];
    hostile.exchanges = vec![exchange("no token", "HTTP/1.1 401 \u{7}Unauthorized", true)];
    let mut expected = check(
        Verdict::Failed,
        realm,
        "realm-quoted",
        "",
        "realm is not a quoted string",
    );
    expected.expected_failure = Some("gateway bug 4711, fixed with the next release".to_owned());
    vec![
        warned,
        hostile,
        expected,
        check(Verdict::Passed, realm, "realm-present", "", "realm=\"mcp\""),
    ]
}

fn others() -> Vec<Check> {
    let revoked = ("RS-05", "resource/revoked", "A revoked key is refused at once");
    let slow = ("RS-22", "resource/origin", "A foreign Origin is refused");
    let timing = (
        "BEARER-21",
        "bearer/timing",
        "Refusal takes the same time for every wrong key",
    );
    let ticket = ("RS-06", "resource/ticket", "A ticket is for one use");
    let mut untestable = check(
        Verdict::NotTestable,
        revoked,
        "refused",
        "",
        "no way to revoke a key is declared",
    );
    untestable.unlock = Some(clean("probes.revoke in staging.yaml"));
    let mut errored = check(
        Verdict::Errored,
        slow,
        "refused",
        "",
        "the peer closed the connection inside the header",
    );
    let mut broken = exchange("foreign origin", "", true);
    broken.response = None;
    broken.error = Some(clean("connection closed after 17 bytes of the header"));
    errored.exchanges = vec![broken];
    let mut info = check(Verdict::Info, timing, "spread", "", "medians differ by 40 us");
    info.measures = vec![Measure {
        name: "first byte".to_owned(),
        unit: "us".to_owned(),
        values: Values {
            n: 200,
            p50: 812.0,
            p95: 1_440.5,
            max: 2_210.0,
        },
        statistical: true,
    }];
    let skipped = check(
        Verdict::Skipped,
        ticket,
        "refused",
        "",
        "the target declares no tickets",
    );
    let mut orphan = check(Verdict::Passed, ticket, "session-kept", "", "");
    orphan.rule = String::new();
    orphan.scenario = "transport/session".to_owned();
    orphan.at.file = "scenarios/transport/session.yaml".to_owned();
    vec![untestable, errored, info, skipped, orphan]
}

/// A check of rule, scenario and title.
fn check(verdict: Verdict, about: (&str, &str, &str), id: &str, case: &str, message: &str) -> Check {
    let (rule, scenario, title) = about;
    let only = if case.is_empty() {
        String::new()
    } else {
        format!(" --only {case}")
    };
    Check {
        id: id.to_owned(),
        rule: rule.to_owned(),
        verdict,
        scenario: scenario.to_owned(),
        case: case.to_owned(),
        revision: "2025-11-25".to_owned(),
        title: clean(title),
        level: "MUST".to_owned(),
        rule_title: clean(title),
        statement: clean(&format!("{title}. It holds for every request.")),
        fix: Some(clean(
            "Correct it in the one place that every request passes (RFC 9110 §11.1).",
        )),
        subject: "server".to_owned(),
        sources: Vec::new(),
        tags: vec!["smoke".to_owned()],
        expected_failure: None,
        at: Place {
            file: format!("scenarios/{scenario}.yaml"),
            line: 31,
            column: 9,
            text: clean("        status: 200"),
        },
        message: clean(message),
        findings: Vec::new(),
        exchanges: Vec::new(),
        measures: Vec::new(),
        access: None,
        repeat: clean(&format!("hallmark run {scenario}{only} --target staging.yaml")),
        unlock: None,
        duration_us: 18_400,
    }
}

fn finding(selector: &str, expected: &str, actual: &str, decision: bool) -> Finding {
    let place = Place {
        file: "scenarios/shared/expect.yaml".to_owned(),
        line: 12,
        column: 5,
        text: clean("    status: 200"),
    };
    Finding {
        selector: selector.to_owned(),
        expected: clean(expected),
        actual: clean(actual),
        place,
        decision,
    }
}

fn exchange(label: &str, answer: &str, judged: bool) -> Exchange {
    let headers = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .map(|(name, value)| (clean(name), clean(value)))
            .collect()
    };
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
    Exchange {
        label: clean(label),
        request: Message {
            line: clean("POST /mcp HTTP/1.1"),
            headers: headers(&[
                ("authorization", "bearer [masked 5d41402a]"),
                ("content-type", "application/json"),
            ]),
            body: clean(body),
            body_bytes: 46,
            truncated: false,
        },
        response: Some(Message {
            line: clean(answer),
            headers: headers(&[
                ("www-authenticate", "Bearer realm=\"mcp\""),
                ("content-length", "2"),
            ]),
            body: clean("{}"),
            body_bytes: 2,
            truncated: false,
        }),
        error: None,
        timing: Timing {
            start_us: 1_000,
            first_byte_us: Some(4_200),
            end_us: 4_310,
        },
        connection: Some(1),
        judged,
    }
}

/// Puts `text` into every text that a peer can reach.
pub(crate) fn poisoned(text: &str) -> Record {
    let mut record = record();
    let poison = || clean(text);
    record.run.command = poison();
    record.target = Target {
        name: poison(),
        url: poison(),
        discovered: vec![poison()],
        ..Target::default()
    };
    for note in &mut record.notes {
        *note = Note {
            kind: note.kind,
            text: poison(),
            unlock: Some(poison()),
        };
    }
    for case in &mut record.cases {
        case.title = poison();
    }
    for check in &mut record.checks {
        poison_check(check, text);
    }
    record
}

fn poison_check(check: &mut Check, text: &str) {
    let poison = || clean(text);
    check.title = poison();
    check.rule_title = poison();
    check.statement = poison();
    check.fix = Some(poison());
    check.message = poison();
    check.repeat = poison();
    check.unlock = Some(poison());
    check.at.text = poison();
    for finding in &mut check.findings {
        finding.expected = poison();
        finding.actual = poison();
        finding.place.text = poison();
    }
    for exchange in &mut check.exchanges {
        exchange.label = poison();
        let messages = [Some(&mut exchange.request), exchange.response.as_mut()];
        for message in messages.into_iter().flatten() {
            message.line = poison();
            message.body = poison();
            message.headers = vec![(poison(), poison())];
        }
    }
}
