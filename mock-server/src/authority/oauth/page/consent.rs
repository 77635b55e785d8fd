//! The consent page: which application, where the answer goes, what it may do; approve, narrow or deny.

use url::Url;

use super::super::client::Origin;
use super::super::endpoint::CONNECT;
use super::super::redirect;
use super::super::request::AuthorizationRequest;
use super::super::scopes::Scopes;
use super::{alert, client_name, escape, hidden, page, words};
use crate::defect::cimd;
use crate::serve::answer::Answer;
use crate::serve::exchange::Exchange;

pub(in super::super) fn consent(
    exchange: &Exchange<'_>,
    request: &AuthorizationRequest,
    user: &str,
    csrf: &str,
    offered: &Scopes,
    problem: Option<&'static str>,
) -> Answer {
    let client = client_name(exchange, request);
    let redirect = Url::parse(&request.redirect_uri).ok();
    let name = exchange
        .world
        .platform()
        .user(user)
        .map(|user| escape(&user.name))
        .unwrap_or_default();
    let body = format!(
        r#"<h1>{client} asks for access</h1>
{problem}{who}<form id="consent" method="post" action="{CONNECT}">
{hidden}{permissions}{details}{place}<p class="buttons">
{approve}<button id="deny" name="decision" value="deny">Deny</button>
</p>
<p class="soft">You are signed in as <strong>{name}</strong>.
<button id="switch" class="link" name="decision" value="switch">Use another account</button></p>
</form>
"#,
        problem = alert(problem),
        who = introduction(exchange, request),
        hidden = hidden(request, csrf),
        permissions = permissions(exchange, offered),
        details = details(request),
        place = place(exchange, redirect.as_ref()),
        approve = if offered.is_empty() {
            ""
        } else {
            "<button id=\"approve\" class=\"main\" name=\"decision\" value=\"approve\">Approve</button>\n"
        },
    );
    let status = if problem.is_some() { 400 } else { 200 };
    let scheme = redirect.as_ref().map(Url::scheme);
    page(
        &exchange.view,
        status,
        &format!("{} asks for access", plain(&client)),
        &body,
        scheme,
    )
}

/// The name in the title is escaped once more there.
fn plain(escaped: &str) -> String {
    escaped
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

/// Who says that the application is called that.
fn introduction(exchange: &Exchange<'_>, request: &AuthorizationRequest) -> String {
    let store = exchange.world.oauth();
    let told = match store.client(&request.client).map(|client| client.origin) {
        Some(Origin::Dynamic) => "It chose this name itself. Nobody has checked it.".to_owned(),
        Some(Origin::Document) => {
            let host = Url::parse(&request.client).ok();
            let host = host.as_ref().and_then(host_and_port).unwrap_or_default();
            format!("It describes itself at <strong>{}</strong>.", escape(&host))
        }
        _ => return String::new(),
    };
    format!("<p class=\"soft\">{told}</p>\n")
}

fn permissions(exchange: &Exchange<'_>, offered: &Scopes) -> String {
    if offered.is_empty() {
        return "<p>There is nothing here that you could allow: your account has none of the rights it asks for.</p>\n"
            .to_owned();
    }
    let platform = exchange.world.platform();
    let choices: String = offered
        .words()
        .iter()
        .map(|word| {
            let value = escape(&word.to_string());
            let sentence = escape(&words::sentence(&platform, word));
            format!(
                "<label class=\"choice\"><input type=\"checkbox\" name=\"scope\" value=\"{value}\" checked>\n\
                 <span>{sentence}<code>{value}</code></span></label>\n"
            )
        })
        .collect();
    format!(
        "<fieldset>\n<legend>It would be able to</legend>\n{choices}</fieldset>\n<p class=\"soft\">Untick what you do not want to allow.</p>\n"
    )
}

fn details(request: &AuthorizationRequest) -> String {
    let mut rows = format!(
        "<dt>Access is for</dt>\n<dd>{}</dd>\n",
        request
            .resources
            .iter()
            .map(|one| escape(one))
            .collect::<Vec<_>>()
            .join("<br>")
    );
    if let Some(agent) = &request.agent_name {
        let agent = escape(agent);
        rows = format!("{rows}<dt>It calls itself</dt>\n<dd>{agent}</dd>\n");
    }
    format!("<dl>\n{rows}</dl>\n")
}

/// Where the browser goes with the answer, and what that means on this computer.
fn place(exchange: &Exchange<'_>, redirect: Option<&Url>) -> String {
    if exchange.view.defects.has(cimd::CONSENT_HIDES_HOST) {
        return String::new();
    }
    let Some(url) = redirect else {
        return String::new();
    };
    let Some(host) = host_and_port(url) else {
        return format!(
            "<p>Your answer goes to the application on this device that opens <strong>{}:</strong></p>\n",
            escape(url.scheme())
        );
    };
    let host = escape(&host);
    if redirect::is_loopback(url) {
        return format!(
            "<p class=\"note\">Your answer goes to a program on this computer (<strong>{host}</strong>). Any program \
             here can ask under this name. Approve only if you have just started it yourself.</p>\n"
        );
    }
    format!("<p>Your answer goes to <strong>{host}</strong>.</p>\n")
}

fn host_and_port(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(
        url.port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
    )
}
