//! A small server on the crate rmcp: notes that belong to a team. rmcp leaves authorization to the program; the
//! middleware here is that of its own example `simple_auth_streamhttp`, which looks tokens up after `Bearer ` and
//! answers 401 without more words.

use std::collections::HashMap;
use std::env;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, request::Parts};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use hallmark_interop_rust::{Caller, Notes, callers};
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{CallToolResult, ContentBlock, ServerCapabilities, ServerConfig};
use rmcp::service::RequestContext;
use rmcp::transport::StreamableHttpServerConfig;
use rmcp::transport::streamable_http_server::{session::local::LocalSessionManager, tower::StreamableHttpService};
use rmcp::{ErrorData, RoleServer, ServerHandler, tool, tool_handler, tool_router};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Deserialize, JsonSchema)]
struct Text {
    text: String,
}

#[derive(Deserialize, JsonSchema)]
struct ById {
    note: String,
}

#[derive(Clone)]
struct Handler {
    notes: Arc<Notes>,
}

type Answer = Result<CallToolResult, ErrorData>;

fn says(said: Result<String, String>) -> Answer {
    Ok(match said {
        Ok(text) => CallToolResult::success(vec![ContentBlock::text(text)]),
        Err(text) => CallToolResult::error(vec![ContentBlock::text(text)]),
    })
}

/// The middleware left the caller with the request.
fn caller(context: &RequestContext<RoleServer>) -> Result<Caller, ErrorData> {
    let parts = context.extensions.get::<Parts>();
    parts
        .and_then(|parts| parts.extensions.get::<Caller>())
        .cloned()
        .ok_or_else(|| ErrorData::internal_error("no caller", None))
}

#[tool_router]
impl Handler {
    #[tool(description = "Who is calling.", annotations(read_only_hint = true))]
    fn whoami(&self, context: RequestContext<RoleServer>) -> Answer {
        says(Ok(caller(&context)?.client))
    }

    #[tool(description = "Return the text.", annotations(read_only_hint = true))]
    fn echo(&self, Parameters(Text { text }): Parameters<Text>) -> Answer {
        says(Ok(text))
    }

    #[tool(description = "The notes of the caller's team.", annotations(read_only_hint = true))]
    fn list_notes(&self, context: RequestContext<RoleServer>) -> Answer {
        says(Ok(self.notes.holding(&caller(&context)?, "")))
    }

    #[tool(description = "One note of the caller's team.", annotations(read_only_hint = true))]
    fn read_note(&self, Parameters(ById { note }): Parameters<ById>, context: RequestContext<RoleServer>) -> Answer {
        says(self.notes.read(&caller(&context)?, &note))
    }

    #[tool(description = "The notes of the caller's team that hold the text.", annotations(read_only_hint = true))]
    fn search_notes(&self, Parameters(Text { text }): Parameters<Text>, context: RequestContext<RoleServer>) -> Answer {
        says(Ok(self.notes.holding(&caller(&context)?, &text)))
    }

    #[tool(description = "Add a note for the caller's team.")]
    fn add_note(&self, Parameters(Text { text }): Parameters<Text>, context: RequestContext<RoleServer>) -> Answer {
        says(self.notes.add(&caller(&context)?, text))
    }

    #[tool(description = "Remove a note of the caller's team.")]
    fn remove_note(&self, Parameters(ById { note }): Parameters<ById>, context: RequestContext<RoleServer>) -> Answer {
        says(self.notes.remove(&caller(&context)?, &note))
    }
}

#[tool_handler]
impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }
}

fn token(headers: &HeaderMap) -> Option<&str> {
    headers.get("Authorization")?.to_str().ok()?.strip_prefix("Bearer ")
}

async fn authorize(
    State(callers): State<Arc<HashMap<String, Caller>>>,
    headers: HeaderMap,
    mut request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let caller = token(&headers).and_then(|token| callers.get(token)).ok_or(StatusCode::UNAUTHORIZED)?;
    request.extensions_mut().insert(caller.clone());
    Ok(next.run(request).await)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let port = env::var("PORT").unwrap_or_default();
    let mut callers = callers();
    callers.retain(|_, caller| caller.until > std::time::SystemTime::now());
    let handler = Handler { notes: Arc::new(Notes::of_this_run()) };
    let service = StreamableHttpService::new(
        move || Ok(handler.clone()),
        LocalSessionManager::default().into(),
        StreamableHttpServerConfig::default(),
    );
    let app = axum::Router::new()
        .nest_service("/mcp", service)
        .layer(from_fn_with_state(Arc::new(callers), authorize));
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    axum::serve(listener, app).await
}
