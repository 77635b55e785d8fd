//! The pages, as a browser without scripts uses them.

use std::time::Duration;

use hallmark_mock::World;

use super::client::{authorize, finance, get, merged, param, redeem, send, text};
use crate::support::{Reply, world};

/// A browser: it has one cookie.
pub(crate) struct Browser<'a> {
    world: &'a World,
    cookie: String,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        Self {
            world,
            cookie: String::new(),
        }
    }

    fn line(&self) -> String {
        format!("Cookie: other=1; {}", self.cookie)
    }

    fn keep(&mut self, reply: &Reply) {
        if let Some(set) = reply.header("set-cookie") {
            set.split(';')
                .next()
                .unwrap_or_default()
                .clone_into(&mut self.cookie);
        }
    }

    pub(crate) async fn get(&mut self, url: &str) -> Reply {
        let target = url.trim_start_matches(&self.world.urls().origin);
        let reply = get(self.world, target, &[&self.line()]).await;
        self.keep(&reply);
        reply
    }

    /// Sends the form of a page with these fields beside the hidden ones.
    pub(crate) async fn submit(&mut self, page: &Reply, fields: &[(&str, &str)]) -> Reply {
        let after = |mark: &str| {
            let (_, rest) = page.body.split_once(mark)?;
            rest.split('"').next().map(str::to_owned)
        };
        let hidden = |name: &'static str| Some((name, after(&format!("name=\"{name}\" value=\""))?));
        let base: Vec<_> = ["auth_request_id", "id", "csrf"]
            .into_iter()
            .filter_map(hidden)
            .collect();
        let action = after("action=\"").unwrap_or_default();
        let line = self.line();
        let lines = [line.as_str(), "Content-Type: application/x-www-form-urlencoded"];
        let reply = send(self.world, "POST", &action, &lines, &merged(&base, fields)).await;
        self.keep(&reply);
        reply
    }

    pub(crate) async fn sign_in(&mut self, url: &str) -> Reply {
        self.sign_in_as(url, "alice").await
    }

    pub(crate) async fn sign_in_as(&mut self, url: &str, user: &str) -> Reply {
        let password = &self.world.fixtures().oauth.users[user].password;
        let page = self.get(url).await;
        let sent = self
            .submit(&page, &[("user", user), ("password", password)])
            .await;
        assert!(matches!(sent.status, 303 | 307), "{sent:?}");
        let to = sent.header("location").unwrap().to_owned();
        self.get(&to).await
    }
}

pub(crate) async fn page_of(world: &World, client: &str) -> String {
    let reply = authorize(world, client, &[]).await;
    reply.header("location").unwrap().to_owned()
}

#[tokio::test]
async fn a_person_signs_in_narrows_and_approves() {
    let world = world(&[], &[]).await;
    let mut browser = Browser::new(&world);
    let url = page_of(&world, "app").await;
    let page = browser.get(&url).await;
    assert!(
        page.body.contains("<form id=\"sign-in\"") && !page.body.contains("<script"),
        "{page:?}"
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert!(
        page.header("set-cookie")
            .unwrap()
            .contains("HttpOnly; SameSite=Lax")
    );
    let wrong = browser
        .submit(&page, &[("user", "alice"), ("password", "wrong")])
        .await;
    assert!(
        wrong.status == 401 && wrong.body.contains("role=\"alert\""),
        "{wrong:?}"
    );

    let consent = browser.sign_in(&url).await;
    for part in [
        "Acme Dashboard",
        "app.example.com",
        "the workspace finance of",
        "value=\"approve\"",
        "alice",
    ] {
        assert!(consent.body.contains(part), "{part} in {}", consent.body);
    }
    let nothing = browser.submit(&consent, &[("decision", "approve")]).await;
    assert_eq!(nothing.status, 400);
    let less = finance(&world, "r");
    let sent = browser
        .submit(
            &consent,
            &[
                ("decision", "approve"),
                ("+scope", &less),
                ("+scope", "org:*:rwa"),
            ],
        )
        .await;
    assert_eq!(sent.status, 303);
    let back = sent.header("location").unwrap();
    let answer = redeem(&world, "app", &param(back, "code").unwrap(), &[])
        .await
        .json();
    assert_eq!(text(&answer, "scope"), less);

    let second = page_of(&world, "rival").await;
    let asked = browser.get(&second).await;
    assert!(
        asked.body.contains("Rival Agent asks for access"),
        "each client is asked about anew"
    );
    assert!(asked.body.contains("a program on this computer"));
    let denied = browser.submit(&asked, &[("decision", "deny")]).await;
    assert_eq!(
        param(denied.header("location").unwrap(), "error").as_deref(),
        Some("access_denied")
    );
}

#[tokio::test]
async fn forms_of_other_sites_are_not_accepted() {
    let world = world(&[], &[]).await;
    let mut browser = Browser::new(&world);
    let consent = browser.sign_in(&page_of(&world, "app").await).await;
    let scope = finance(&world, "r");
    let fields = [("decision", "approve"), ("+scope", scope.as_str())];
    let forged = browser
        .submit(&consent, &[fields[0], fields[1], ("csrf", "guess")])
        .await;
    assert_eq!(forged.status, 403);
    let mut other = Browser::new(&world);
    assert_eq!(other.submit(&consent, &fields).await.status, 403);
    for method in ["GET", "OPTIONS"] {
        let lines = [
            "Origin: http://localhost:1",
            "Access-Control-Request-Method: POST",
        ];
        let reply = send(&world, method, "/current/oauth/authorize/", &lines, "").await;
        assert_eq!(reply.header("access-control-allow-origin"), None);
    }
    world.control().advance(Duration::from_mins(10));
    assert_eq!(
        browser.submit(&consent, &fields).await.status,
        400,
        "ten minutes are over"
    );
}
