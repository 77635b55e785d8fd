//! Listing tools and calling one.

use serde_json::{Map, Value, json};
use url::Url;

use super::peer::{Era, Peer};
use super::rpc::{HEADER_MISMATCH, LINK_REQUIRED, params};
use super::tools::Tool;
use super::wire::Kind;
use crate::failure::Failure;
use crate::habits::{self, on};
use crate::http::Request;
use crate::say::say;

impl Peer {
    /// The tools, from all pages; their names.
    pub(crate) async fn list_tools(&self) -> Result<Vec<String>, Failure> {
        const MOST_PAGES: usize = 50;
        let (mut tools, mut asked) = (Vec::new(), Map::new());
        for _ in 0..MOST_PAGES {
            let page = self.ask("tools/list", &asked, Kind::Safe).await??;
            tools.extend(
                page["tools"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Tool::read),
            );
            match page["nextCursor"].as_str() {
                Some(cursor) if asked.get("cursor") != Some(&json!(cursor)) => {
                    asked = params(json!({ "cursor": cursor }));
                }
                _ => break,
            }
        }
        self.curious(&tools).await;
        let names = tools.iter().map(|tool| tool.name.clone()).collect();
        *self.tools() = tools;
        Ok(names)
    }

    /// What wrong habits fetch because a server named it.
    async fn curious(&self, tools: &[Tool]) {
        let icons = tools
            .iter()
            .filter(|_| on(habits::ICON_WITH_TOKEN))
            .flat_map(Tool::icons);
        let references = tools
            .iter()
            .filter(|_| on(habits::RESOLVE_REF))
            .flat_map(Tool::references);
        let token = self.wire.token().await.unwrap_or_default();
        for icon in icons.filter_map(|address| Url::parse(&address).ok()) {
            self.wire
                .fetch(Request::get(icon).with("Authorization", &format!("Bearer {token}")))
                .await;
        }
        for reference in references.filter_map(|address| Url::parse(&address).ok()) {
            self.wire.fetch(Request::get(reference)).await;
        }
    }

    /// Calls a tool; what it says.
    pub(crate) async fn call(&self, tool: &str, arguments: &Value) -> Result<String, Failure> {
        if self.era() == Era::Stateless && self.tools().is_empty() {
            self.list_tools().await?;
        }
        let mut call = params(json!({ "name": tool, "arguments": arguments }));
        self.overshare(&mut call).await;
        let mut listed_again = false;
        let mut rounds = 0;
        loop {
            let known = self.tools().iter().find(|known| known.name == tool).cloned();
            if known.is_none() && self.era() == Era::Stateless {
                return Err(Failure::Refused(format!("the server has no usable tool {tool}")));
            }
            let kind = if known.is_some_and(|known| known.repeatable) {
                Kind::Safe
            } else {
                Kind::Effect
            };
            let result = match self.ask("tools/call", &call, kind).await? {
                Ok(result) => result,
                Err(error)
                    if error.code == HEADER_MISMATCH && !listed_again && !on(habits::MISMATCH_FATAL) =>
                {
                    listed_again = true;
                    self.list_tools().await?;
                    continue;
                }
                Err(error) if error.code == LINK_REQUIRED => {
                    self.page(&error.data["elicitations"][0]).await;
                    return Err(error.into());
                }
                Err(error) => return Err(error.into()),
            };
            if result["resultType"] != "input_required" {
                return said(&result);
            }
            rounds += 1;
            if rounds > 3 {
                return Err(Failure::Refused(
                    "the tool wants a person, and nobody is here".to_owned(),
                ));
            }
            self.declined(&mut call, &result).await;
        }
    }

    /// The next round of a call that asks back: every question is declined, and what the server wants back comes back as
    /// it was (2026-07-28, multi round-trip requests).
    async fn declined(&self, call: &mut Map<String, Value>, result: &Value) {
        let mut answers = Map::new();
        for (name, question) in result["inputRequests"].as_object().into_iter().flatten() {
            self.page(&question["params"]).await;
            answers.insert(name.clone(), json!({ "action": "decline" }));
        }
        call.insert("inputResponses".to_owned(), Value::Object(answers));
        call.remove("requestState");
        if let Some(state) = result.get("requestState") {
            let state = match state.as_str().filter(|_| on(habits::STATE_REENCODED)) {
                Some(text) => json!(text.trim().trim_end_matches('=').replace('+', "-")),
                None => state.clone(),
            };
            call.insert("requestState".to_owned(), state);
        }
    }

    /// A page that the server wants a person to visit: shown, not opened and not fetched (client, safe URL handling).
    async fn page(&self, question: &Value) {
        let Some(url) = question["url"].as_str().and_then(|url| Url::parse(url).ok()) else {
            return;
        };
        say(&format!(
            "the server wants a person to visit a page at {}",
            url.origin().ascii_serialization()
        ));
        if on(habits::PREFETCH_ELICITATION) {
            self.wire.fetch(Request::get(url)).await;
        }
    }

    async fn overshare(&self, call: &mut Map<String, Value>) {
        if on(habits::TOKEN_AS_ARG) {
            call["arguments"]["token"] = json!(self.wire.token().await);
        }
        if on(habits::TOKEN_IN_META) {
            call.insert("_meta".to_owned(), json!({ "token": self.wire.token().await }));
        }
    }
}

fn said(result: &Value) -> Result<String, Failure> {
    let texts: Vec<&str> = result["content"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|part| part["text"].as_str())
        .collect();
    let text: String = texts.join("\n").chars().take(2_000).collect();
    if result["isError"] == true {
        Err(Failure::Refused(format!("the tool says: {text}")))
    } else {
        Ok(text)
    }
}
