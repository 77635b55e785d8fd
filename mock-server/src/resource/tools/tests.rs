//! What the tools promise: 35 names that describe themselves, one decision before and in a call, and answers
//! that hold the canaries they should.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Effect, ToolAnswer, ToolError, actions, authorize, call, effect, list, visible};
use crate::platform::{Caller, Platform, Refusal};

const NOW: i64 = 1_795_248_000;
const MINTED: &str = "fiok_0123456789abcdefghijklmnop9xYz";
const KEYS: [&str; 7] = [
    "finance-ro",
    "finance-rw",
    "outsider",
    "org-admin",
    "full",
    "support-ro",
    "two-ws",
];

fn world() -> Platform {
    let mut platform = Platform::two_tenants(7, NOW);
    for name in KEYS {
        platform
            .admit_fixture_key(name, &format!("fiok_{name}{name}"))
            .unwrap();
    }
    platform
}

fn caller(platform: &Platform, name: &str) -> Caller {
    platform.caller(platform.keys.lookup(&format!("fiok_{name}{name}")).unwrap())
}

fn place(platform: &Platform, domain: &str, folder: &str) -> String {
    platform.workspace_named(domain, folder).unwrap().id.clone()
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(map) = value else {
        panic!("arguments are an object")
    };
    map
}

fn ask(
    platform: &mut Platform,
    caller: &Caller,
    tool: &str,
    arguments: Value,
) -> Result<ToolAnswer, ToolError> {
    call(
        platform,
        caller,
        NOW,
        &mut || MINTED.to_owned(),
        tool,
        &object(arguments),
    )
}

#[test]
fn the_layout_has_35_names_in_pairs() {
    let names: BTreeSet<&str> = list().iter().map(|tool| tool.name.as_ref()).collect();
    assert_eq!((list().len(), names.len()), (35, 35));
    let pairs = names
        .iter()
        .filter(|name| names.contains(format!("{name}_manage").as_str()))
        .count();
    assert_eq!(pairs, 16);
}

#[test]
fn every_tool_has_a_schema_hints_and_describes_itself() {
    let mut platform = world();
    let reader = caller(&platform, "finance-ro");
    for tool in list() {
        let schema = &tool.input_schema;
        assert_eq!(
            (&schema["type"], &schema["required"]),
            (&json!("object"), &json!(["action"])),
            "{}",
            tool.name
        );
        for (name, property) in schema["properties"].as_object().unwrap() {
            assert!(property["type"].is_string(), "{} {name}", tool.name);
        }
        assert_eq!(
            tool.annotations.read_only_hint,
            !tool.annotations.destructive_hint
        );
        let told = ask(
            &mut platform,
            &reader,
            &tool.name,
            json!({ "action": "describe" }),
        )
        .unwrap()
        .structured;
        let described: Vec<&Value> = told["actions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["action"])
            .collect();
        let allowed: Vec<&Value> = schema["properties"]["action"]["enum"]
            .as_array()
            .unwrap()
            .iter()
            .collect();
        assert_eq!(described, allowed, "{}", tool.name);
    }
    let wire = serde_json::to_value(&list()[0]).unwrap();
    assert!(wire["inputSchema"].is_object() && wire["annotations"]["readOnlyHint"] == true);
}

#[test]
fn every_working_action_is_listed() {
    for working in actions::all() {
        let (tool, action) = working.named();
        assert!(
            effect(tool, &object(json!({ "action": action }))).is_some(),
            "{tool} {action}"
        );
    }
}

#[test]
fn readers_are_not_shown_what_writes() {
    let platform = world();
    let shown = |name: &str| visible(&caller(&platform, name)).len();
    assert_eq!(
        (
            shown("finance-ro"),
            shown("support-ro"),
            shown("finance-rw"),
            shown("full")
        ),
        (20, 20, 35, 35)
    );
}

#[test]
fn effects_follow_the_action() {
    for (tool, action, expected) in [
        ("storage", "list", Some(Effect::Read)),
        ("storage", "delete", None),
        ("storage_manage", "delete", Some(Effect::Write)),
        ("storage_manage", "describe", Some(Effect::Read)),
        ("member_manage", "add", Some(Effect::Admin)),
        ("auth_manage", "signin", Some(Effect::Read)),
        ("nothing", "list", None),
    ] {
        assert_eq!(
            effect(tool, &object(json!({ "action": action }))),
            expected,
            "{tool} {action}"
        );
    }
    assert_eq!(effect("storage", &object(json!({ "action": 7 }))), None);
}

/// The decision taken before a call is the one the call takes: for every caller, working action and place.
#[test]
fn the_decision_before_is_the_decision_within() {
    let clean = world();
    let places = [("acme", "finance"), ("acme", "support"), ("globex", "finance")];
    let mut permitted = 0;
    for key in KEYS {
        let caller = caller(&clean, key);
        for (domain, folder) in places {
            let workspace = place(&clean, domain, folder);
            let org = clean.org_named(domain).unwrap().id.clone();
            for (tool, action) in actions::all().map(actions::Working::named) {
                let arguments = object(json!({
                    "action": action, "profile_id": workspace, "workspace_id": workspace, "node_id": "root",
                    "org_id": if tool == "org" { json!(org) } else { Value::Null }, "query": "settlement",
                    "name": "x", "content": "x", "parent_id": "root", "key_id": caller.credential,
                    "event_id": "nothing", "confirm": "true",
                }));
                let before = authorize(&clean, &caller, tool, &arguments);
                let mut platform = clean.clone();
                let within = call(
                    &mut platform,
                    &caller,
                    NOW,
                    &mut || MINTED.to_owned(),
                    tool,
                    &arguments,
                );
                let within = match within {
                    Err(ToolError::Refused(refusal)) if refusal.status == 403 => Err(refusal),
                    _ => Ok(()),
                };
                permitted += usize::from(within.is_ok());
                match before {
                    Err(refusal) if refusal.status == 403 => {
                        assert_eq!(within, Err(refusal), "{key} {tool} {action}");
                    }
                    _ => assert_eq!(within, Ok(()), "{key} {tool} {action} {domain}/{folder}"),
                }
            }
        }
    }
    assert!(permitted > 100, "{permitted}");
}

#[test]
fn a_reader_is_refused_before_its_arguments_are_read() {
    let platform = world();
    let reader = caller(&platform, "finance-ro");
    for (tool, action) in [
        ("storage_manage", "delete"),
        ("share_manage", "create"),
        ("auth_manage", "api-key-create"),
    ] {
        let refused = authorize(&platform, &reader, tool, &object(json!({ "action": action }))).unwrap_err();
        assert_eq!((refused.status, refused.code), (403, 10_770), "{tool} {action}");
        assert!(refused.scope_needed.is_some());
    }
    let open = authorize(
        &platform,
        &reader,
        "auth_manage",
        &object(json!({ "action": "signin" })),
    );
    assert_eq!(open, Ok(()));
}

/// A world without its trail, and without the count of ids that the trail's events use up.
fn but_the_trail(platform: &Platform) -> Value {
    let mut world = serde_json::to_value(platform).unwrap();
    let members = world.as_object_mut().unwrap();
    assert!(members.remove("trail").is_some() && members.remove("minted").is_some());
    world
}

#[test]
fn a_refused_write_changes_nothing_but_the_trail() {
    let mut platform = world();
    let before = but_the_trail(&platform);
    let reader = caller(&platform, "finance-ro");
    let workspace = place(&platform, "acme", "finance");
    let note = json!({ "action": "create-note", "workspace_id": workspace, "name": "a.md" });
    assert!(matches!(
        ask(&mut platform, &reader, "workspace_manage", note),
        Err(ToolError::Refused(_))
    ));
    let key = json!({ "action": "api-key-create", "name": "k" });
    let mut minted = false;
    let mut mint = || {
        minted = true;
        MINTED.to_owned()
    };
    assert!(
        call(
            &mut platform,
            &reader,
            NOW,
            &mut mint,
            "auth_manage",
            &object(key)
        )
        .is_err()
    );
    assert!(!minted);
    assert!(but_the_trail(&platform) == before);
}

#[test]
fn status_tells_the_callers_own_canary_and_a_list_the_workspaces() {
    let mut platform = world();
    let canaries: Vec<String> = KEYS.iter().map(|name| caller(&platform, name).canary).collect();
    for name in KEYS {
        let caller = caller(&platform, name);
        for action in ["status", "check", "scopes"] {
            let answer = ask(&mut platform, &caller, "auth", json!({ "action": action })).unwrap();
            for told in [answer.structured.to_string(), answer.text] {
                let seen: Vec<&String> = canaries.iter().filter(|canary| told.contains(*canary)).collect();
                assert_eq!(seen, [&caller.canary], "{name} {action}");
            }
        }
    }
    let reader = caller(&platform, "finance-ro");
    let workspace = platform.workspace_named("acme", "finance").unwrap().clone();
    let listing = json!({ "action": "list", "profile_type": "workspace", "profile_id": workspace.id });
    let answer = ask(&mut platform, &reader, "storage", listing).unwrap();
    for node in answer.structured["nodes"].as_array().unwrap() {
        assert!(node["name"].as_str().unwrap().contains(&workspace.canary));
    }
    assert!(
        answer
            .text
            .starts_with("**Result:** success\n\n# nodes\n\n- id: ")
    );
    assert!(canaries.iter().all(|canary| !answer.text.contains(canary)));
}

#[test]
fn a_foreign_workspace_is_unknown_in_every_tool() {
    let mut platform = world();
    let foreign = place(&platform, "globex", "finance");
    for name in ["finance-ro", "full", "org-admin"] {
        let caller = caller(&platform, name);
        for id in [foreign.as_str(), "4999999999999999999", "*", ""] {
            for (tool, arguments) in [
                ("storage", json!({ "action": "list", "profile_id": id })),
                (
                    "storage",
                    json!({ "action": "search", "profile_id": id, "query": "settlement" }),
                ),
                (
                    "find",
                    json!({ "action": "search", "profile_id": id, "query": "settlement" }),
                ),
                ("workspace", json!({ "action": "details", "workspace_id": id })),
                ("event", json!({ "action": "search", "workspace_id": id })),
            ] {
                let refused = ask(&mut platform, &caller, tool, arguments.clone()).unwrap_err();
                assert_eq!(
                    refused,
                    ToolError::Refused(Refusal::not_found()),
                    "{name} {tool} {arguments}"
                );
            }
        }
    }
}

#[test]
fn a_key_is_made_once_used_and_ended() {
    let mut platform = world();
    let full = caller(&platform, "full");
    let scope = format!("workspace:{}:r", place(&platform, "acme", "support"));
    // REST sends scopes as JSON text.
    let wanted =
        json!({ "action": "api-key-create", "name": "nightly", "scopes": json!([scope]).to_string() });
    let made = ask(&mut platform, &full, "auth_manage", wanted)
        .unwrap()
        .structured;
    assert_eq!(made["api_key"], MINTED);
    let id = made["key"]["id"].as_str().unwrap().to_owned();
    let seen = ask(
        &mut platform,
        &full,
        "auth",
        json!({ "action": "api-key-get", "key_id": id }),
    )
    .unwrap();
    assert_eq!(
        (
            &seen.structured["api_key"]["api_key"],
            &seen.structured["api_key"]["scopes"]
        ),
        (&json!("…9xYz"), &json!([scope]))
    );
    let end = json!({ "action": "api-key-delete", "key_id": id });
    assert!(matches!(
        ask(&mut platform, &full, "auth_manage", end.clone()),
        Err(ToolError::BadArguments(_))
    ));
    let mut end = end;
    end["confirm"] = json!("true");
    let ended = ask(&mut platform, &full, "auth_manage", end).unwrap().structured;
    assert_eq!(ended["key"]["state"], "revoked");
}

#[test]
fn a_call_that_is_no_call_says_why() {
    let mut platform = world();
    let writer = caller(&platform, "finance-rw");
    for (tool, arguments, expected) in [
        ("nothing", json!({ "action": "list" }), "unknown tool"),
        ("storage", json!({}), "action: is required"),
        (
            "storage",
            json!({ "action": ["list"] }),
            "action: must be a string",
        ),
        (
            "find",
            json!({ "action": "seek" }),
            "action: find has search, describe",
        ),
        ("storage", json!({ "action": "list" }), "profile_id: is required"),
        (
            "storage",
            json!({ "action": "list", "profile_id": 4 }),
            "profile_id: must be a string",
        ),
        (
            "storage",
            json!({ "action": "details", "profile_id": "4", "profile_type": "share" }),
            "profile_type: share: only for storage list and content",
        ),
        ("share", json!({ "action": "list" }), "workspace_id: is required"),
        (
            "share_manage",
            json!({ "action": "create" }),
            "workspace_id: is required",
        ),
    ] {
        let error = ask(&mut platform, &writer, tool, arguments).unwrap_err();
        assert_eq!(error.to_string(), expected, "{tool}");
    }
}
