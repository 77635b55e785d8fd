//! `--open`: shows the page in the browser of whoever ran this. The opener is started by itself, not by a shell, and
//! sees only what it needs of the environment: credentials live there too.

use std::path::Path;
use std::process::{Command, Stdio};

use super::term;

/// Programs that open a file with whatever is meant for it, by platform.
const OPENERS: &[&str] = if cfg!(target_os = "macos") {
    &["open"]
} else if cfg!(windows) {
    &["explorer"]
} else {
    &["xdg-open", "gio", "wslview"]
};

/// Variables that an opener and a browser need to find the screen, the session and the user's files.
const NEEDED: &[&str] = &[
    "BROWSER",
    "DBUS_SESSION_BUS_ADDRESS",
    "DESKTOP_SESSION",
    "DISPLAY",
    "HOME",
    "LANG",
    "LOCALAPPDATA",
    "PATH",
    "SystemRoot",
    "TEMP",
    "TMPDIR",
    "USERPROFILE",
    "WAYLAND_DISPLAY",
    "WSL_DISTRO_NAME",
    "WSL_INTEROP",
    "XAUTHORITY",
];

/// Opens the page and does not wait for it. What goes wrong is said and changes no verdict.
pub(super) fn open(page: &Path) {
    let opened = OPENERS.iter().any(|opener| start(opener, page).is_ok());
    if !opened {
        term::complain_with_help(
            &format!("found no program that opens {}", page.display()),
            "open it in a browser by hand",
        );
    }
}

fn start(opener: &str, page: &Path) -> std::io::Result<()> {
    let known = |name: &str| NEEDED.contains(&name) || name.starts_with("XDG_") || name.starts_with("LC_");
    let mut command = Command::new(opener);
    if opener == "gio" {
        command.arg("open");
    }
    command
        // A path, never an option, whatever the folder is called.
        .arg(std::path::absolute(page)?)
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(known)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map(drop)
}
