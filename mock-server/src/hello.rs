//! What a world says about itself when it is up: for machines (`--ready-file`) and for people.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::world::World;

impl World {
    /// URLs, control, credentials and the other secrets, as JSON. For a file only its owner may read.
    pub fn ready_document(&self) -> Value {
        let urls = self.urls();
        let control = urls
            .control
            .as_ref()
            .map(|url| json!({ "url": url, "secret": self.control_secret() }));
        json!({
            "urls": urls,
            "revisions": self.revisions(),
            "control": control,
            "credentials": self.fixtures().credentials,
            "others": self.fixtures().others,
            "workspaces": self.fixtures().workspaces,
            "oauth": self.fixtures().oauth,
            "identities": self.fixtures().identities,
        })
    }

    /// The same for a person: where it listens, who may come in, and lines to paste.
    pub fn hello(&self) -> String {
        let urls = self.urls();
        let mut text = format!(
            "MCP      {}\n         {}\n         {}\nREST     {}/\n",
            urls.mcp,
            urls.mcp_tools,
            self.revisions().join(", "),
            urls.api
        );
        if let Some(sse) = &urls.sse {
            let _ = writeln!(text, "HTTP+SSE {sse}");
        }
        if let Some(plain) = &urls.plain {
            let _ = writeln!(text, "Plain    {plain}");
        }
        if let Some(control) = &urls.control {
            let _ = writeln!(
                text,
                "Control  {control}  X-Hallmark-Control: {}",
                self.control_secret()
            );
        }
        text.push_str("\nCredentials (they work here and nowhere else)\n");
        let width = self
            .fixtures()
            .credentials
            .iter()
            .map(|credential| credential.name.len())
            .max()
            .unwrap_or(0);
        for credential in &self.fixtures().credentials {
            let state = credential.state.word();
            let token = if credential.token.len() > 80 {
                "(long; see the ready file)"
            } else {
                &credential.token
            };
            let scopes = credential.scopes.join(" ");
            let _ = writeln!(text, "  {:width$}  {state:7}  {token}  {scopes}", credential.name);
        }
        if let (Some(first), Some(last)) = (
            self.fixtures().identities.first(),
            self.fixtures().identities.last(),
        ) {
            let _ = writeln!(text, "  {} to {}: see the ready file", first.name, last.name);
        }
        text.push_str(&self.people());
        text.push_str(&self.curl_lines());
        text
    }

    /// Who can sign in, and as which clients.
    fn people(&self) -> String {
        let oauth = &self.fixtures().oauth;
        let mut text = format!(
            "\nOAuth    {}  (people, who sign in in a browser, and clients)\n",
            oauth.issuer
        );
        for (name, user) in &oauth.users {
            let _ = writeln!(
                text,
                "  {name:10} password {}  {}",
                user.password,
                user.scopes.join(" ")
            );
        }
        for (name, client) in &oauth.clients {
            let secret = client.secret.as_deref().unwrap_or("-");
            let _ = writeln!(text, "  {name:10} {}  {}  {secret}", client.id, client.auth);
        }
        text
    }

    fn curl_lines(&self) -> String {
        let fixtures = self.fixtures();
        let Some(reader) = fixtures.credential("finance-ro") else {
            return String::new();
        };
        let mcp = self.urls().mcp;
        let workspace = reader.workspace.as_deref().unwrap_or_default();
        format!(
            r#"
Try it
  hallmark login --url {mcp} --as reader
  export KEY='{token}'
  SESSION=$(curl -s -o /dev/null -D - {mcp} -H "Authorization: Bearer $KEY" \
    -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \
    -d '{{"jsonrpc":"2.0","id":1,"method":"initialize","params":{{"protocolVersion":"2025-11-25","capabilities":{{}},"clientInfo":{{"name":"curl","version":"1"}}}}}}' \
    | tr -d '\r' | sed -n 's/^mcp-session-id: //ip')
  curl -s {mcp} -H "Authorization: Bearer $KEY" -H "Mcp-Session-Id: $SESSION" \
    -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \
    -d '{{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{{"name":"storage","arguments":{{"action":"list","profile_type":"workspace","profile_id":"{workspace}"}}}}}}'
{stateless}"#,
            stateless = self.stateless_line(),
            token = reader.token,
        )
    }

    /// The same without a session, where the world speaks 2026-07-28.
    fn stateless_line(&self) -> String {
        if !self.revisions().contains(&"2026-07-28") {
            return String::new();
        }
        let mcp = self.urls().mcp;
        format!(
            r#"  curl -s {mcp} -H "Authorization: Bearer $KEY" -H 'MCP-Protocol-Version: 2026-07-28' \
    -H 'Mcp-Method: tools/call' -H 'Mcp-Name: workspace' \
    -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \
    -d '{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"workspace","arguments":{{"action":"list"}},"_meta":{{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{{}}}}}}}}'
"#
        )
    }
}
