//! Shows a page in the browser of whoever ran this: the report, or where to log in. The opener is started by itself, not by a shell, and
//! sees only what it needs of the environment: credentials live there too.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use url::Url;

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
    // A path, never an option, whatever the folder is called.
    let opened = std::path::absolute(page).is_ok_and(|page| any(page.as_os_str()));
    if !opened {
        term::complain_with_help(
            &format!("found no program that opens {}", page.display()),
            "open it in a browser by hand",
        );
    }
}

/// Opens an address; whether some program took it. Its scheme stands first, so that it is no option.
pub(super) fn open_address(url: &Url) -> bool {
    matches!(url.scheme(), "https" | "http") && any(url.as_str().as_ref())
}

fn any(what: &OsStr) -> bool {
    OPENERS.iter().any(|opener| start(opener, what).is_ok())
}

fn start(opener: &str, what: &OsStr) -> std::io::Result<()> {
    let known = |name: &str| NEEDED.contains(&name) || name.starts_with("XDG_") || name.starts_with("LC_");
    let mut command = Command::new(opener);
    if opener == "gio" {
        command.arg("open");
    }
    command
        .arg(what)
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(known)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map(drop)
}
