//! Who may use whom. The floors are those of ARCHITECTURE.md; packages are kept apart by Cargo.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

use std::path::{Path, PathBuf};

/// Room → rooms it may use.
const ALLOWED: &[(&str, &[&str])] = &[
    ("secret", &[]),
    ("scenario", &["secret"]),
    ("rules", &["scenario", "secret"]),
    ("target", &["scenario", "rules", "secret"]),
    ("wire", &["secret"]),
    ("mcp", &["wire", "secret"]),
    ("oauth", &["wire", "secret"]),
    ("webhook", &["wire", "secret"]),
    (
        "expect",
        &["scenario", "wire", "mcp", "oauth", "webhook", "secret"],
    ),
    (
        "step",
        &[
            "expect", "mcp", "oauth", "webhook", "wire", "target", "rules", "scenario", "secret",
        ],
    ),
    (
        "run",
        &[
            "step", "expect", "mcp", "oauth", "webhook", "wire", "target", "rules", "scenario", "secret",
        ],
    ),
    (
        "agent",
        &[
            "run", "step", "expect", "mcp", "oauth", "webhook", "wire", "target", "rules", "scenario",
            "secret",
        ],
    ),
    (
        "load",
        &[
            "run", "step", "expect", "mcp", "oauth", "webhook", "wire", "target", "rules", "scenario",
            "secret",
        ],
    ),
    (
        "cli",
        &[
            "agent", "load", "run", "step", "expect", "mcp", "oauth", "webhook", "wire", "target", "rules",
            "scenario", "secret",
        ],
    ),
];

/// Words that may stand in one room only, and where. `None`: nowhere but in the named file.
const ABSENT: &[(&str, &[&str], &str)] = &[
    ("serde_saphyr", &["scenario"], "YAML is read in `scenario` alone"),
    ("reqwest::", &["wire"], "no HTTP client type outside `wire`"),
    ("println!", &[], "printing goes through `cli::term`"),
    ("eprintln!", &[], "printing goes through `cli::term`"),
    ("std::io::stdout", &["cli"], "only `cli` prints"),
    ("std::io::stderr", &["cli"], "only `cli` prints"),
    ("std::env::var", &["cli"], "only `cli` reads the environment"),
    (
        "Clean::vouched",
        &["secret"],
        "text enters a record only through the scrubber",
    ),
    (
        "hallmark_mock::",
        &["run", "agent", "cli"],
        "the mock is started by `run` and `agent` and served by `cli`",
    ),
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// `(room, path, text without tests)` of every source file.
fn sources() -> Vec<(String, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&root, &mut found);
    found
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&root).expect("below src").to_owned();
            let room = inside
                .components()
                .next()
                .expect("a name")
                .as_os_str()
                .to_string_lossy()
                .into_owned();
            let text = std::fs::read_to_string(&path).expect("a file");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
            let is_test = inside.to_string_lossy().contains("test");
            (
                room,
                inside.display().to_string(),
                if is_test { String::new() } else { code },
            )
        })
        .collect()
}

#[test]
fn no_room_uses_one_above_it() {
    let mut forbidden = Vec::new();
    for (room, path, code) in sources() {
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == room) else {
            continue;
        };
        for (number, line) in code
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
        {
            for rest in line.split("crate::").skip(1) {
                let used: String = rest
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                    .collect();
                let is_room = ALLOWED.iter().any(|(name, _)| *name == used);
                if is_room && used != room && !allowed.contains(&used.as_str()) {
                    forbidden.push(format!("src/{path}:{}: {room} → {used}", number + 1));
                }
            }
        }
    }
    assert!(forbidden.is_empty(), "forbidden edges:\n{}", forbidden.join("\n"));
}

#[test]
fn every_room_has_a_floor() {
    for (room, path, _) in sources() {
        let known = room.ends_with(".rs") || ALLOWED.iter().any(|(name, _)| *name == room);
        assert!(known, "src/{path}: `{room}` is on no floor");
    }
}

#[test]
fn what_must_be_absent_is() {
    let mut found = Vec::new();
    for (room, path, code) in sources() {
        for (word, rooms, why) in ABSENT {
            if rooms.contains(&room.as_str()) {
                continue;
            }
            for (number, line) in code
                .lines()
                .enumerate()
                .filter(|(_, line)| !line.trim_start().starts_with("//"))
            {
                if line.contains(word) {
                    found.push(format!("src/{path}:{}: `{word}`: {why}", number + 1));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The reports know nothing of async, the network or the clock; the mock nothing of the harness.
#[test]
fn packages_stand_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (package, forbidden) in [
        ("reports", &["tokio", "reqwest", "hyper", "hallmark-mock"][..]),
        ("mock-server", &["hallmark-reports", "mcp-hallmark"]),
    ] {
        let manifest = std::fs::read_to_string(root.join(package).join("Cargo.toml")).expect("a manifest");
        let own = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        for word in forbidden {
            assert!(
                !own.lines().any(|line| line.starts_with(word)),
                "{package} depends on {word}"
            );
        }
    }
}
