//! What the browser shows at the end: nothing is loaded, no address goes into a `Referer`, and the code leaves the
//! address line.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// Takes the query off the address, so that neither a screen that is shared nor Back and Forward hold a code: whoever
/// presents a spent one can make a server end the grant (RFC 6749 §4.1.2). Where scripts are off, the address stays.
const BARE: &str = "history.replaceState(null,'',location.pathname)";

/// The answer to this login, whole.
pub(super) fn last(title: &str, words: &str) -> Vec<u8> {
    let hash = STANDARD.encode(Sha256::digest(BARE));
    let script = format!("<script>{BARE}</script>\n");
    whole(
        "200 OK",
        title,
        words,
        &script,
        &format!("script-src 'sha256-{hash}'; "),
    )
}

/// An answer to anything else. `words` are ours, never what was sent.
pub(super) fn answer(status: &str, title: &str, words: &str) -> Vec<u8> {
    whole(status, title, words, "", "")
}

fn whole(status: &str, title: &str, words: &str, script: &str, policy: &str) -> Vec<u8> {
    let body = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n{script}<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem;color:#222;background:#fff}}@media(prefers-color-scheme:dark){{body{{color:#ddd;background:#181818}}}}</style>\n<main><h1>{title}</h1><p>{words}</p></main>\n</html>\n"
    );
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'; {policy}style-src 'unsafe-inline'; frame-ancestors 'none'\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body.into_bytes()].concat()
}
