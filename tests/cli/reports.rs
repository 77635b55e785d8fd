//! Reports: drawn, drawn again, merged, compared, opened.

use crate::support::program::{Folder, command, hallmark};

#[test]
fn data_on_stdout_moves_the_talk_to_stderr() {
    let folder = Folder::new();
    let ran = hallmark(&folder, &["run", "--only", "BEARER-01", "--report", "junit"]);
    assert!(ran.stdout.starts_with("<?xml"), "{}", ran.stdout);
    assert!(ran.stderr.contains("PASSED:"), "{}", ran.stderr);
    let ran = hallmark(&folder, &["run", "--only", "BEARER-01", "--events", "-"]);
    assert!(
        ran.stdout.lines().all(|line| line.starts_with('{')),
        "{}",
        ran.stdout
    );
}

#[test]
fn reports_are_drawn_again_compared_and_merged() {
    let folder = Folder::new();
    for shard in ["1/2", "2/2"] {
        let name = format!("record={}.json", &shard[..1]);
        hallmark(
            &folder,
            &[
                "run", "--only", "BEARER", "--seed", "3", "--shard", shard, "--report", &name,
            ],
        );
    }
    assert_eq!(
        hallmark(
            &folder,
            &["report", "merge", "1.json", "2.json", "--out", "all.json"]
        )
        .code,
        0
    );
    assert_eq!(
        hallmark(&folder, &["report", "merge", "1.json", "--out", "all2.json"]).code,
        4,
        "a missing shard fails"
    );
    hallmark(
        &folder,
        &[
            "run",
            "--only",
            "BEARER",
            "--seed",
            "3",
            "--defect",
            "last-word",
            "--report",
            "record=bad.json",
        ],
    );
    for format in [
        "junit",
        "json",
        "ndjson",
        "markdown",
        "github",
        "sarif",
        "html-single",
    ] {
        let ran = hallmark(&folder, &["report", "bad.json", "--report", format]);
        assert!(
            ran.code == 0 && !ran.stdout.is_empty(),
            "{format}: {}",
            ran.stderr
        );
    }
    let ran = hallmark(&folder, &["report", "bad.json", "--report", "html"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
    for file in ["index.html", "style.css", "record.json"] {
        assert!(!folder.read(&format!("bad/{file}")).is_empty(), "{file}");
    }
    folder.write("site/index.html", "<p>somebody's site</p>");
    let ran = hallmark(&folder, &["report", "bad.json", "--report", "html=site"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert_eq!(folder.read("site/index.html"), "<p>somebody's site</p>");
    let ran = hallmark(&folder, &["report", "compare", "all.json", "bad.json"]);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout.contains("BEARER-05") || ran.stdout.contains("bearer/scheme"),
        "{}",
        ran.stdout
    );
    let ran = hallmark(&folder, &["report", "hallmark-out/events.ndjson"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

/// The opener gets the page and nothing of the environment that it does not need.
#[cfg(target_os = "linux")]
#[test]
fn the_page_is_opened_without_a_shell_and_without_credentials() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    folder.write(
        "bin/xdg-open",
        "#!/bin/sh\nenv > opened.tmp\necho \"page:$#:$1\" >> opened.tmp\nmv opened.tmp opened\n",
    );
    let opener = folder.path().join("bin/xdg-open");
    std::fs::set_permissions(&opener, std::fs::Permissions::from_mode(0o755)).expect("a program");
    let mut run = command(&folder, &["run", "BEARER-01", "--open", "--out", "a b; $HOME"]);
    run.env("MY_TOKEN", "tok-that-is-nobodys-business");
    run.env(
        "PATH",
        format!("{}:/usr/bin:/bin", folder.path().join("bin").display()),
    );
    assert!(run.output().expect("the binary starts").status.success());
    let opened = folder.path().join("opened");
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while !opened.exists() && std::time::Instant::now() < until {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let seen = folder.read("opened");
    assert!(
        seen.contains("page:1:/") && seen.contains("/a b; $HOME/index.html"),
        "{seen}"
    );
    assert!(seen.contains("PATH=") && !seen.contains("MY_TOKEN"), "{seen}");
}
