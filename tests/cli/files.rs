//! The files that are shipped or written pass the check and run.

use crate::support::program::{Folder, checks, hallmark};

#[test]
fn init_writes_files_that_pass_the_check() {
    let folder = Folder::new();
    assert_eq!(hallmark(&folder, &["init"]).code, 0);
    let ran = hallmark(&folder, &["check", "."]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(hallmark(&folder, &["init"]).code, 2, "nothing is overwritten");
}

#[test]
fn the_shipped_files_pass_the_check() {
    let folder = Folder::new();
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");
    let target = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/targets/mock.yaml");
    let ran = hallmark(
        &folder,
        &[
            "check",
            "--target",
            target,
            &format!("{shipped}/bearer"),
            &format!("{shipped}/challenge"),
            &format!("{shipped}/examples"),
            &format!("{shipped}/transport"),
            &format!("{shipped}/scope"),
            &format!("{shipped}/targets"),
            &format!("{shipped}/rules"),
        ],
    );
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn the_examples_run() {
    let folder = Folder::new();
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/examples");
    let ran = hallmark(&folder, &["run", examples]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(
        checks(&folder)
            .iter()
            .filter(|check| check.verdict == "passed")
            .count()
            > 10
    );
}
