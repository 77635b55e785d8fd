//! The pages of the authorization server: sign in, consent, and refusals. Plain HTML without any script.
//!
//! Every text that comes from a request or a client goes through [`escape`]. A page allows nothing but its own style,
//! cannot be framed (RFC 9700 §4.16) and tells no other site where the browser came from (RFC 9700 §4.2.4).

mod agree;
mod consent;
mod style;
mod words;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

pub(super) use agree::{agree, agree_sign_in};
pub(super) use consent::consent;

use super::client::Client;
use super::endpoint::CONNECT;
use super::request::AuthorizationRequest;
use crate::defect::oac;
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;
use crate::state::View;
use style::STYLE;

/// What the defect `referer-leak` loads from another site.
const FOREIGN: &str = "<script src=\"https://cdn.example/widgets.js\"></script>\n";

/// Text that cannot become markup.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // What would turn the direction of the text around a name.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

/// A page that says no.
pub(super) fn refusal(view: &View, status: u16, title: &str, text: &str) -> Answer {
    let body = format!("<h1>{}</h1>\n<p>{}</p>\n", escape(title), escape(text));
    page(view, status, title, &body, None)
}

/// The page to sign in at; `name` is what somebody tried before.
pub(super) fn sign_in(
    exchange: &Exchange<'_>,
    request: &AuthorizationRequest,
    csrf: &str,
    name: Option<&str>,
    problem: Option<&'static str>,
) -> Answer {
    let hint = name.or(request.login_hint.as_deref());
    let form = SignIn {
        action: CONNECT,
        what: &client_name(exchange, request),
        hidden: &hidden(request, csrf),
    };
    sign_in_page(exchange, &form, hint, problem)
}

/// A form to sign in at, and what for.
struct SignIn<'a> {
    action: &'static str,
    /// Escaped.
    what: &'a str,
    hidden: &'a str,
}

fn sign_in_page(
    exchange: &Exchange<'_>,
    form: &SignIn<'_>,
    hint: Option<&str>,
    problem: Option<&'static str>,
) -> Answer {
    let hint = hint.unwrap_or_default();
    // The keyboard goes on where something is missing.
    let (first, second) = if hint.is_empty() {
        (" autofocus", "")
    } else {
        ("", " autofocus")
    };
    let body = format!(
        r#"<h1>Sign in</h1>
<p>to continue to <strong>{what}</strong></p>
{problem}<form id="sign-in" method="post" action="{action}">
{hidden}<label for="user">Name</label>
<input id="user" name="user" value="{hint}" autocomplete="username" autocapitalize="none" spellcheck="false" required{first}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required{second}>
<p class="buttons"><button id="continue" class="main">Sign in</button></p>
</form>
<p class="soft">This is a mock: names and passwords stand where it was started, under OAuth, and in its ready file.</p>
"#,
        what = form.what,
        action = form.action,
        hint = escape(hint),
        problem = alert(problem),
        hidden = form.hidden,
    );
    let status = if problem.is_some() { 401 } else { 200 };
    page(&exchange.view, status, "Sign in", &body, None)
}

fn client_name(exchange: &Exchange<'_>, request: &AuthorizationRequest) -> String {
    let store = exchange.world.oauth();
    let name = store
        .client(&request.client)
        .map(|client: &Client| escape(&client.name));
    name.unwrap_or_default()
}

/// What every form sends back.
fn hidden(request: &AuthorizationRequest, csrf: &str) -> String {
    format!(
        "<input type=\"hidden\" name=\"auth_request_id\" value=\"{}\">\n<input type=\"hidden\" name=\"csrf\" value=\"{}\">\n",
        escape(&request.id),
        escape(csrf)
    )
}

fn alert(problem: Option<&str>) -> String {
    problem
        .map(|text| format!("<p class=\"problem\" role=\"alert\">{}</p>\n", escape(text)))
        .unwrap_or_default()
}

/// `to`: the scheme that a form's answer may lead to, beside this site.
fn page(view: &View, status: u16, title: &str, body: &str, to: Option<&str>) -> Answer {
    let html = format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
{body}</main>
{foreign}
</body>
</html>
"#,
        title = escape(title),
        foreign = if view.defects.has(oac::REFERER_LEAK) {
            FOREIGN
        } else {
            ""
        },
    );
    let mut answer = answer::typed(status, "text/html; charset=utf-8", html);
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let to = to.map(|scheme| format!(" {scheme}:")).unwrap_or_default();
    let own = if view.defects.has(oac::REFERER_LEAK) {
        "default-src *"
    } else {
        "default-src 'none'"
    };
    let rest = format!("{own}; style-src 'sha256-{hash}'; form-action 'self'{to}; base-uri 'none'");
    if view.defects.has(oac::FRAMABLE_CONSENT) {
        answer = answer::with(answer, "content-security-policy", &rest);
    } else {
        let whole = format!("{rest}; frame-ancestors 'none'");
        answer = answer::with(answer, "content-security-policy", &whole);
        answer = answer::with(answer, "x-frame-options", "DENY");
    }
    if !view.defects.has(oac::REFERER_LEAK) {
        answer = answer::with(answer, "referrer-policy", "no-referrer");
    }
    answer = answer::with(answer, "x-content-type-options", "nosniff");
    answer::with(answer, "cache-control", "no-store")
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn no_text_becomes_markup() {
        assert_eq!(
            escape("<b onclick='x' a=\"&\">\u{202e}\n"),
            "&lt;b onclick=&#39;x&#39; a=&quot;&amp;&quot;&gt; "
        );
    }
}
