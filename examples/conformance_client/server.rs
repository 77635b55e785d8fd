//! The MCP side: both eras, as far as a tool call needs them.

use std::time::Duration;

use hallmark::mcp::{
    ClientInfo, Mirrored, Revision, Session, answer, call, completed, discovered, end_request, headers_for,
    initialize_request, initialized, mirrored, opened, tool_said, tools_page, with_meta,
};
use hallmark::wire::{Exchange, HeaderLine, Read, Request};
use serde_json::{Value, json};
use url::Url;

use super::access::Access;

const TIMEOUT: Duration = Duration::from_secs(20);
/// How often one message is sent: once, with a token, with a nonce, with more scope.
const TRIES: usize = 8;

pub(crate) struct Server {
    endpoint: Url,
    revision: Revision,
    access: Access,
    session: Option<Session>,
}

impl Server {
    pub(crate) fn new(endpoint: Url, revision: Revision, access: Access) -> Self {
        Self {
            endpoint,
            revision,
            access,
            session: None,
        }
    }

    /// Opens a session where the revision has them, lists the tools, calls the first.
    pub(crate) async fn use_a_tool(mut self) -> Result<(), String> {
        self.open().await?;
        let listed = self.ask(&json!(1), "tools/list", json!({})).await?;
        let page = tools_page(&listed).ok_or("tools/list was answered without tools")?;
        let tool = page.tools.first().ok_or("there is no tool to call")?;
        let params = json!({ "name": tool.name, "arguments": {} });
        let said = self.ask(&json!(2), "tools/call", params).await?;
        tool_said(&said).ok_or("tools/call was answered without content")?;
        self.close().await;
        Ok(())
    }

    async fn open(&mut self) -> Result<(), String> {
        let client = ClientInfo::default();
        if self.revision.is_stateless() {
            let id = json!(0);
            let exchange = self.send(call(&id, "server/discover", None)).await?;
            let found = discovered(&exchange, &id, self.revision);
            return found.map(|_| ()).map_err(|why| format!("server/discover {why}"));
        }
        let exchange = self.send(initialize_request(self.revision, &client)).await?;
        let session = opened(&exchange, self.revision).map_err(|why| format!("initialize {why}"))?;
        self.session = Some(session);
        self.send(initialized()).await?;
        Ok(())
    }

    async fn ask(&mut self, id: &Value, method: &str, params: Value) -> Result<Value, String> {
        let exchange = self.send(call(id, method, Some(params))).await?;
        let mut answer = answer(&exchange, id);
        if self.revision.is_stateless() {
            answer = completed(answer);
        }
        let status = exchange.response.as_ref().map_or(0, |response| response.status);
        answer
            .rpc
            .result()
            .cloned()
            .ok_or_else(|| format!("{method} was answered with {:?} (HTTP {status})", answer.rpc))
    }

    /// Again while something can be done about the refusal.
    async fn send(&mut self, mut message: Value) -> Result<Exchange, String> {
        if self.revision.is_stateless() {
            with_meta(&mut message, self.revision, &ClientInfo::default(), None);
        }
        let mut denied = false;
        for _ in 0..TRIES {
            let exchange = self.access.wire.send(&self.request(&message)).await;
            let response = exchange.response.as_ref().map_err(ToString::to_string)?;
            if !self.access.heed(response, &mut denied).await? {
                return Ok(exchange);
            }
        }
        Err(format!("refused {TRIES} times"))
    }

    fn request(&self, message: &Value) -> Request {
        let mut named = headers_for(self.session.as_ref());
        if self.revision.is_stateless() {
            named.extend(mirrored(message, self.revision, &Mirrored::new()));
        }
        let mut headers: Vec<HeaderLine> = named
            .into_iter()
            .map(|(name, value)| HeaderLine::Field(name, value.into_bytes()))
            .collect();
        headers.extend(self.access.headers("POST"));
        Request {
            method: "POST".to_owned(),
            url: self.endpoint.clone(),
            target: None,
            headers,
            body: message.to_string().into_bytes().into(),
            timeout: TIMEOUT,
            redirects: 0,
            read: message
                .get("id")
                .map_or(Read::Whole, |id| Read::UntilRpc(id.clone())),
        }
    }

    async fn close(&self) {
        let ended = self.session.as_ref();
        let Some(mut request) = ended.and_then(|session| end_request(&self.endpoint, session, TIMEOUT))
        else {
            return;
        };
        request.headers.extend(self.access.headers("DELETE"));
        self.access.wire.send(&request).await;
    }
}
