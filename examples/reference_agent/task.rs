//! The tasks of the contract.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::access::Access;
use crate::config::Config;
use crate::failure::Failure;
use crate::http::Http;
use crate::mcp::{Peer, Wire};
use crate::say::{print, say};
use crate::webhook;

/// Does what `HALLMARK_TASK` says.
pub(crate) async fn run(config: Config) -> Result<(), Failure> {
    if config.task == "receive-webhook" {
        return webhook::receive(&config).await;
    }
    let http = Http::new(std::time::Duration::from_secs(8))?;
    let access = Access::new(&config, &http)?;
    let endpoint = config
        .endpoint
        .clone()
        .ok_or_else(|| Failure::Setup("HALLMARK_MCP_URL is not set".to_owned()))?;
    let peer = Arc::new(Peer::new(Wire::new(endpoint, access)?, config.stateless_first));
    peer.open().await?;
    let done = work(&config, &peer).await;
    // What the task came to counts; a session that does not want to be closed is the server's.
    if let Err(why) = peer.close().await {
        say(&format!("the session was not closed: {why}"));
    }
    done
}

async fn work(config: &Config, peer: &Arc<Peer>) -> Result<(), Failure> {
    match config.task.as_str() {
        "list-tools" => {
            for name in peer.list_tools().await? {
                print(&name);
            }
            Ok(())
        }
        "call-once" => call(config, peer).await,
        "call-twice" => {
            let first = call(config, peer).await;
            sleep(config.idle).await;
            call(config, peer).await.and(first)
        }
        "idle-then-call" => {
            sleep(config.idle).await;
            call(config, peer).await
        }
        "call-in-parallel" => in_parallel(config, peer).await,
        "listen" => {
            peer.listen(config.stay, &config.state_dir.join("heard.jsonl"))
                .await
        }
        other => Err(Failure::Setup(format!(
            "HALLMARK_TASK is {other}, which is not known here"
        ))),
    }
}

async fn call(config: &Config, peer: &Peer) -> Result<(), Failure> {
    let tool = config
        .tool
        .as_ref()
        .ok_or_else(|| Failure::Setup("HALLMARK_TOOL is not set".to_owned()))?;
    print(&peer.call(tool, &config.arguments).await?);
    Ok(())
}

/// A call that gives up does not take the others with it.
async fn in_parallel(config: &Config, peer: &Arc<Peer>) -> Result<(), Failure> {
    let tool = config
        .tool
        .clone()
        .ok_or_else(|| Failure::Setup("HALLMARK_TOOL is not set".to_owned()))?;
    let mut calls = JoinSet::new();
    for _ in 0..config.count {
        let (peer, tool, arguments) = (Arc::clone(peer), tool.clone(), config.arguments.clone());
        calls.spawn(async move { peer.call(&tool, &arguments).await });
    }
    let mut failed = None;
    while let Some(call) = calls.join_next().await {
        match call.map_err(Failure::machine("a call")).and_then(|said| said) {
            Ok(text) => print(&text),
            Err(why) => {
                say(&format!("one call: {why}"));
                failed = failed.or(Some(why));
            }
        }
    }
    failed.map_or(Ok(()), Err)
}
