//! A small server on the crates rust-mcp-sdk and rust-mcp-axum with their own bearer middleware: notes that belong to a
//! team. The SDK has no scope per tool, so `add_note` refuses as a tool does: with an error in its result.

use std::collections::HashMap;
use std::env;
use std::sync::Arc;

use async_trait::async_trait;
use hallmark_interop_rust::{Caller, Notes, READ, WRITE, callers};
use rust_mcp_axum::{AxumServerOptions, create_axum_server};
use rust_mcp_sdk::auth::{AuthInfo, AuthMetadataBuilder, AuthenticationError, OauthTokenVerifier, RemoteAuthProvider};
use rust_mcp_sdk::error::SdkResult;
use rust_mcp_sdk::macros::{JsonSchema, mcp_tool};
use rust_mcp_sdk::mcp_server::ServerHandler;
use rust_mcp_sdk::schema::schema_utils::CallToolError;
use rust_mcp_sdk::schema::{
    CallToolRequestParams, CallToolResult, Implementation, ListToolsResult, ListToolsResultCacheScope,
    PaginatedRequestParams, RpcError, ServerCapabilities, ServerCapabilitiesTools, ServerResult, TextContent,
};
use rust_mcp_sdk::{McpServer, RequestContext, ServerDetails, ToMcpServerHandler, tool_box};
use serde::{Deserialize, Serialize};

#[mcp_tool(name = "whoami", description = "Who is calling.", read_only_hint = true)]
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct Whoami {}

#[mcp_tool(name = "echo", description = "Return the text.", read_only_hint = true)]
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct Echo {
    text: String,
}

#[mcp_tool(name = "list_notes", description = "The notes of the caller's team.", read_only_hint = true)]
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct ListNotes {}

#[mcp_tool(name = "read_note", description = "One note of the caller's team.", read_only_hint = true)]
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct ReadNote {
    note: String,
}

#[mcp_tool(
    name = "search_notes",
    description = "The notes of the caller's team that hold the text.",
    read_only_hint = true
)]
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct SearchNotes {
    text: String,
}

#[mcp_tool(name = "add_note", description = "Add a note for the caller's team.")]
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct AddNote {
    text: String,
}

#[mcp_tool(name = "remove_note", description = "Remove a note of the caller's team.")]
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct RemoveNote {
    note: String,
}

tool_box!(NoteTools, [Whoami, Echo, ListNotes, ReadNote, SearchNotes, AddNote, RemoveNote]);

/// The SDK asks it for each token.
struct Table(HashMap<String, Caller>);

#[async_trait]
impl OauthTokenVerifier for Table {
    async fn verify_token(&self, access_token: String) -> Result<AuthInfo, AuthenticationError> {
        let caller = self
            .0
            .get(&access_token)
            .ok_or(AuthenticationError::InvalidToken { description: "unknown token" })?;
        Ok(AuthInfo {
            token_unique_id: caller.client.clone(),
            client_id: Some(caller.client.clone()),
            user_id: None,
            scopes: Some(caller.scopes.clone()),
            expires_at: Some(caller.until),
            audience: None,
            extra: None,
        })
    }
}

struct Handler {
    notes: Notes,
}

impl Handler {
    fn call(&self, tool: NoteTools, caller: &Caller) -> Result<String, String> {
        match tool {
            NoteTools::Whoami(_) => Ok(caller.client.clone()),
            NoteTools::Echo(Echo { text }) => Ok(text),
            NoteTools::ListNotes(_) => Ok(self.notes.holding(caller, "")),
            NoteTools::SearchNotes(SearchNotes { text }) => Ok(self.notes.holding(caller, &text)),
            NoteTools::ReadNote(ReadNote { note }) => self.notes.read(caller, &note),
            NoteTools::AddNote(AddNote { text }) => self.notes.add(caller, text),
            NoteTools::RemoveNote(RemoveNote { note }) => self.notes.remove(caller, &note),
        }
    }
}

#[async_trait]
impl ServerHandler for Handler {
    async fn handle_list_tools_request(
        &self,
        _params: Option<PaginatedRequestParams>,
        _context: &RequestContext,
        _runtime: Arc<dyn McpServer>,
    ) -> Result<ListToolsResult, RpcError> {
        Ok(ListToolsResult {
            tools: NoteTools::tools(),
            meta: None,
            next_cursor: None,
            cache_scope: ListToolsResultCacheScope::Private,
            result_type: "complete".to_owned(),
            ttl_ms: 0,
        })
    }

    async fn handle_call_tool_request(
        &self,
        params: CallToolRequestParams,
        _context: &RequestContext,
        runtime: Arc<dyn McpServer>,
    ) -> Result<ServerResult, CallToolError> {
        let known = runtime.auth_info_cloned().await.ok_or_else(|| CallToolError::from_message("no caller"))?;
        let caller = Caller {
            client: known.client_id.unwrap_or_default(),
            scopes: known.scopes.unwrap_or_default(),
            until: known.expires_at.unwrap_or(std::time::UNIX_EPOCH),
        };
        let said = self.call(NoteTools::try_from(params)?, &caller).map_err(CallToolError::from_message)?;
        Ok(CallToolResult::text_content(vec![TextContent::from(said)]).into())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> SdkResult<()> {
    let port: u16 = env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or_default();
    let base = format!("http://127.0.0.1:{port}");
    let resource = format!("{base}/mcp");
    let (authority, protected) = AuthMetadataBuilder::new(&resource)
        .issuer(base.clone())
        .authorization_servers(vec![&base])
        .authorization_endpoint("/authorize")
        .token_endpoint("/token")
        .scopes_supported(vec![READ.to_owned(), WRITE.to_owned()])
        .build()?;
    let auth = RemoteAuthProvider::new(authority, protected, Box::new(Table(callers())), Some(vec![READ.to_owned()]));
    let details = ServerDetails {
        server_info: Implementation {
            name: "notes".into(),
            version: "1".into(),
            title: None,
            description: None,
            icons: vec![],
            website_url: None,
        },
        capabilities: ServerCapabilities {
            tools: Some(ServerCapabilitiesTools { list_changed: None }),
            ..Default::default()
        },
        meta: None,
        instructions: None,
    };
    let handler = Handler { notes: Notes::of_this_run() };
    let options = AxumServerOptions {
        host: "127.0.0.1".into(),
        port,
        auth: Some(Arc::new(auth)),
        ..Default::default()
    };
    create_axum_server(details, handler.to_mcp_server_handler(), options).start().await
}
