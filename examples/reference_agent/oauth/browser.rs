//! Opening an address for the person: a program and one argument, never a command line that a shell reads.

use std::process::Stdio;

use tokio::process::Command;
use url::Url;

use crate::failure::Failure;
use crate::habits::{self, on};

/// What the child has no business with.
const SECRETS: [&str; 5] = [
    "HALLMARK_API_KEY",
    "HALLMARK_CLIENT_SECRET",
    "HALLMARK_REFRESH_TOKEN",
    "HALLMARK_ACCESS_TOKEN",
    "HALLMARK_WEBHOOK_SECRET",
];

/// Opens an address with the given program.
pub(super) fn open(program: &str, url: &Url) -> Result<(), Failure> {
    if !matches!(url.scheme(), "https" | "http") && !on(habits::OPENS_ANY_URL) {
        return Err(Failure::Login(format!(
            "an address of the scheme {} is not opened",
            url.scheme()
        )));
    }
    let mut command = if on(habits::OPENS_WITH_SHELL) {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("{program} \"{}\"", unescaped(url)));
        shell
    } else {
        let mut command = Command::new(program);
        command.arg(url.as_str());
        command
    };
    for name in SECRETS {
        command.env_remove(name);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = command
        .spawn()
        .map_err(Failure::machine("the browser does not start"))?;
    tokio::spawn(async move { child.wait().await });
    Ok(())
}

/// The address as a shell gets it from programs that write it out again before they open it.
fn unescaped(url: &Url) -> String {
    url.as_str()
        .replace("%60", "`")
        .replace("%24", "$")
        .replace("%28", "(")
        .replace("%29", ")")
        .replace("%20", " ")
}
