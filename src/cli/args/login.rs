//! `hallmark login`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::shared::WireArgs;

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct LoginArgs {
    /// MCP endpoint
    #[arg(long, value_name = "URL", conflicts_with = "target")]
    pub url: Option<String>,
    /// Target file: its `mcp`
    #[arg(long, value_name = "FILE")]
    pub target: Option<PathBuf>,
    /// Name of the login, as `oauth: { vault: NAME }` of a target file has it (default: default)
    #[arg(long = "as", value_name = "NAME")]
    pub name: Option<String>,
    /// How the logins stand (with --as: only that one); nothing is sent
    #[arg(long, conflicts_with_all = ["url", "target", "forget"])]
    pub status: bool,
    /// Revoke the login at its server, then delete it here
    #[arg(long, conflicts_with_all = ["url", "target"])]
    pub forget: bool,
    /// With --forget: delete it also where the server does not revoke it
    #[arg(long, requires = "forget")]
    pub force: bool,
    /// Show the address only: open no browser
    #[arg(long)]
    pub no_browser: bool,
    /// The browser is on another machine: paste its last address here (over SSH this is the default)
    #[arg(long)]
    pub paste: bool,
    /// Port of the redirect to 127.0.0.1, for a server that knows no other (default: one that is free)
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub port: u16,
    /// How long to wait for the browser, in minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1440))]
    pub wait: u64,
    /// Scope to ask for, repeatable (default: what the endpoint names)
    #[arg(long, value_name = "SCOPE")]
    pub scope: Vec<String>,
    /// Take `http://localhost` for this machine, as servers in development need it
    #[arg(long)]
    pub allow_localhost: bool,
    #[command(flatten)]
    pub client: ClientArgs,
    /// Vault (default: HALLMARK_VAULT, else a folder of the user)
    #[arg(long, value_name = "file:/PATH", env = "HALLMARK_VAULT", hide_env = true)]
    pub vault: Option<String>,
    #[command(flatten)]
    pub wire: WireArgs,
}

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Client")]
pub(in crate::cli) struct ClientArgs {
    /// A client that is registered already (default: registered at login)
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// Environment variable that holds its secret
    #[arg(long, value_name = "NAME", requires = "client_id")]
    pub client_secret_env: Option<String>,
    /// Environment variable that holds its private key (PEM), for private_key_jwt
    #[arg(
        long,
        value_name = "NAME",
        requires = "client_id",
        conflicts_with = "client_secret_env"
    )]
    pub client_key_env: Option<String>,
    /// none, client_secret_basic, client_secret_post, private_key_jwt (default: basic with a secret)
    #[arg(long, value_name = "METHOD", requires = "client_id")]
    pub client_auth: Option<String>,
    /// The https address of a client id metadata document
    #[arg(long, value_name = "URL", conflicts_with = "client_id")]
    pub client_document: Option<String>,
    /// Authorization server, where the endpoint names several
    #[arg(long, value_name = "URL")]
    pub issuer: Option<String>,
}
