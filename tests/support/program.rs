//! Runs the `hallmark` binary as a user does.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

/// A folder of its own below the system's temporary one; removed at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "hallmark-test-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap_or_default()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a command did.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The binary in `folder`, without colour, terminal, proxies or HOME.
pub(crate) fn command(folder: &Folder, arguments: &[&str]) -> Command {
    // The slow proofs run a release binary from tests that are built once, in the dev profile.
    let binary = std::env::var_os("HALLMARK").unwrap_or_else(|| env!("CARGO_BIN_EXE_hallmark").into());
    let mut command = Command::new(binary);
    command
        .args(arguments)
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

/// Runs it to its end.
pub(crate) fn hallmark(folder: &Folder, arguments: &[&str]) -> Ran {
    command(folder, arguments)
        .output()
        .expect("the binary starts")
        .into()
}

/// A check of a record: rule, verdict, `scenario#case:id`, message.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    pub(crate) rule: String,
    pub(crate) verdict: String,
    pub(crate) name: String,
    pub(crate) message: String,
}

/// The checks of `hallmark-out/record.json`.
pub(crate) fn checks(folder: &Folder) -> Vec<Checked> {
    let record: Value = serde_json::from_str(&folder.read("hallmark-out/record.json")).expect("a record");
    let text = |check: &Value, key: &str| check[key].as_str().unwrap_or_default().to_owned();
    record["checks"]
        .as_array()
        .expect("checks")
        .iter()
        .map(|check| Checked {
            rule: text(check, "rule"),
            verdict: text(check, "verdict"),
            name: format!(
                "{}#{}:{}",
                text(check, "scenario"),
                text(check, "case"),
                text(check, "id")
            ),
            message: text(check, "message"),
        })
        .collect()
}

/// The program with a vault in the folder, and a browser that writes down what it is given.
#[cfg(unix)]
pub(crate) fn with_browser(folder: &Folder, arguments: &[&str]) -> Command {
    use std::os::unix::fs::PermissionsExt as _;

    folder.write(
        "bin/xdg-open",
        "#!/bin/sh\nenv > \"$HOME/environment\"\necho \"$1\" >> \"$HOME/opened\"\n",
    );
    let bin = folder.path().join("bin");
    std::fs::set_permissions(bin.join("xdg-open"), std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let mut command = command(folder, arguments);
    command
        .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
        .env("HOME", folder.path())
        .env("HALLMARK_VAULT_KEYRING", "off")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}
