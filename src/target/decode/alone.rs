//! A target without an MCP endpoint: an authorization server, a receiver of webhooks, or both.

use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::yaml::Node;
use crate::target::model::Target;
use crate::target::probe::{Call, Hook};

/// The address that stands for such a target: the issuer's, else the first receiver's.
pub(super) fn endpoint(root: &Node) -> Option<&Node> {
    issuer(root).or_else(|| receiver(root))
}

fn issuer(root: &Node) -> Option<&Node> {
    root.get("oauth")?.get("issuer")
}

fn receiver(root: &Node) -> Option<&Node> {
    let webhooks = root.get("webhooks")?;
    let named = webhooks.get("receivers").and_then(Node::map).unwrap_or_default();
    let main = webhooks.get("receiver").into_iter();
    main.chain(named.iter().map(|(_, node)| node))
        .find_map(|receiver| receiver.get("url"))
}

/// Probes and hooks are plain requests there.
pub(super) fn check_doors(target: &Target, diagnostics: &mut Diagnostics) {
    let Some(kind) = target.alone() else {
        return;
    };
    let by_hooks = target.hooks.values().filter_map(|hook| match hook {
        Hook::Call(call, _) => Some(call.as_ref()),
        Hook::Exec(_) => None,
    });
    let calls = target.probes.values().map(|probe| &probe.call).chain(by_hooks);
    for call in calls {
        let (word, at) = match call {
            Call::Tool { tool, .. } => ("tool", &tool.at),
            Call::Method { method, .. } => ("method", &method.at),
            Call::Http(_) => continue,
        };
        diagnostics
            .error(
                "missing-key",
                at,
                format!("`{word}` needs an MCP endpoint, and the target is {kind} alone"),
            )
            .help("`http: { url: https://… }` in place of it, or `mcp: https://…` where there is one");
    }
}
