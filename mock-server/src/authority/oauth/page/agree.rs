//! The page on which somebody agrees to what an agent is about to do for them.

use super::{SignIn, alert, escape, page, sign_in_page};
use crate::resource::mcp::input::PAGE;
use crate::serve::answer::Answer;
use crate::serve::exchange::Exchange;

fn hidden(id: &str, csrf: &str) -> String {
    format!(
        "<input type=\"hidden\" name=\"id\" value=\"{}\">\n<input type=\"hidden\" name=\"csrf\" value=\"{}\">\n",
        escape(id),
        escape(csrf)
    )
}

/// Who comes here signs in first. Nothing is filled in: the address says nothing of who is asked.
pub(in super::super) fn agree_sign_in(
    exchange: &Exchange<'_>,
    (id, csrf): (&str, &str),
    name: Option<&str>,
    problem: Option<&'static str>,
) -> Answer {
    let form = SignIn {
        action: PAGE,
        what: "answer an agent of yours",
        hidden: &hidden(id, csrf),
    };
    sign_in_page(exchange, &form, name, problem)
}

pub(in super::super) fn agree(
    exchange: &Exchange<'_>,
    (id, csrf): (&str, &str),
    user: &str,
    problem: Option<&'static str>,
) -> Answer {
    let platform = exchange.world.platform();
    let name = platform
        .user(user)
        .map(|user| escape(&user.name))
        .unwrap_or_default();
    drop(platform);
    let body = format!(
        r#"<h1>An agent of yours asks to read a sealed file</h1>
{problem}<form id="agree" method="post" action="{PAGE}">
{hidden}<p class="buttons">
<button id="approve" class="main" name="decision" value="approve">Show it</button>
<button id="deny" name="decision" value="deny">Do not</button>
</p>
<p class="soft">You are signed in as <strong>{name}</strong>.</p>
</form>
"#,
        problem = alert(problem),
        hidden = hidden(id, csrf),
    );
    let status = if problem.is_some() { 400 } else { 200 };
    page(&exchange.view, status, "An agent of yours asks", &body, None)
}
