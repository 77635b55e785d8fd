//! What a person is told to do.

use url::Url;

/// Whether the browser is likely to be on another machine: a shell over SSH without a screen.
pub(super) fn is_remote(is_set: &dyn Fn(&str) -> bool) -> bool {
    let ssh = ["SSH_CONNECTION", "SSH_TTY"].into_iter().any(is_set);
    let screen = ["DISPLAY", "WAYLAND_DISPLAY"].into_iter().any(is_set);
    ssh && !screen
}

/// The address, what to do with it, and how long that may take.
pub(super) fn instructions(url: &Url, opened: bool, remote: bool, minutes: u64) -> String {
    if remote {
        return format!(
            "\nOpen this address in a browser, on any machine:\n\n  {url}\n\nAt the end the browser is sent to an address that begins with\nhttp://127.0.0.1 and may say that it cannot be reached. Copy that whole\naddress from the browser, paste it here and press Enter:\n"
        );
    }
    let what = if opened {
        "The browser opens. If it does not, open this address in one on this machine:"
    } else {
        "Open this address in a browser on this machine:"
    };
    format!("\n{what}\n\n  {url}\n\n  waiting for the browser, {minutes} min at most; Ctrl-C ends it\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_browser_is() {
        let remote = |names: &[&str]| is_remote(&|name| names.contains(&name));
        assert!(remote(&["SSH_CONNECTION"]));
        assert!(!remote(&["SSH_CONNECTION", "DISPLAY"]));
        assert!(!remote(&[]));
    }

    #[test]
    fn words() {
        let url = Url::parse("https://as.example/authorize?state=S").expect("a URL");
        let all = [(true, false), (false, false), (false, true)]
            .map(|(opened, remote)| instructions(&url, opened, remote, 10));
        insta::assert_snapshot!(all.join("---"), @r"
        The browser opens. If it does not, open this address in one on this machine:

          https://as.example/authorize?state=S

          waiting for the browser, 10 min at most; Ctrl-C ends it
        ---
        Open this address in a browser on this machine:

          https://as.example/authorize?state=S

          waiting for the browser, 10 min at most; Ctrl-C ends it
        ---
        Open this address in a browser, on any machine:

          https://as.example/authorize?state=S

        At the end the browser is sent to an address that begins with
        http://127.0.0.1 and may say that it cannot be reached. Copy that whole
        address from the browser, paste it here and press Enter:
        ");
    }
}
