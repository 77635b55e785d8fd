//! What is found, answered, uploaded, shared and imported, and for whom.

use super::{NOW, caller, place, scoped, world};
use crate::platform::{Guard, Platform, Scoped, ShareKind};

const SETTLEMENT: &str = "When does the settlement window close?";

fn in_finance(finance: &str) -> Scoped<'_> {
    Scoped {
        workspace: Some(finance),
        files: &[],
    }
}

/// A file outside the trash.
fn file(platform: &Platform, domain: &str, folder: &str) -> String {
    let place = platform.workspace_named(domain, folder).unwrap();
    let mut nodes = place.storage.nodes().values();
    let found = nodes.find(|node| !node.trashed && !node.text().is_empty());
    found.unwrap().id.clone()
}

#[test]
fn intelligence_scores_what_words_alone_only_find() {
    let mut platform = world();
    let (reader, admin) = (caller(&platform, "finance-ro"), caller(&platform, "org-admin"));
    let finance = place(&platform, "acme", "finance");
    let found = |platform: &Platform| {
        platform
            .search_nodes(&reader, Some(&finance), "settlement closes", None)
            .unwrap()
    };
    let with = found(&platform);
    assert_eq!(with.total, 5);
    assert!(with.results.iter().all(|hit| hit.score == Some(20)));
    assert!(with.results[0].snippet.as_ref().unwrap().contains("settlement"));
    // The same every time, ties included.
    let ids = |page: &crate::platform::FoundPage| {
        page.results
            .iter()
            .map(|hit| hit.node.id.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&with), ids(&found(&world())));

    platform.update_workspace(&admin, NOW, &finance, false).unwrap();
    let without = found(&platform);
    assert_eq!(without.total, 5);
    assert!(
        without
            .results
            .iter()
            .all(|hit| hit.score.is_none() && hit.snippet.is_none())
    );
    let writer = caller(&platform, "finance-rw");
    let refused = platform
        .answer_question(&writer, in_finance(&finance), SETTLEMENT)
        .unwrap_err();
    assert_eq!(refused.status, 406);
    let reader_switches = platform
        .update_workspace(&reader, NOW, &finance, true)
        .unwrap_err();
    assert_eq!(reader_switches.status, 403);
}

#[test]
fn an_index_follows_its_files() {
    let mut platform = world();
    let writer = caller(&platform, "finance-rw");
    let finance = place(&platform, "acme", "finance");
    let total = |platform: &Platform| {
        platform
            .search_nodes(&writer, Some(&finance), "kangaroo", None)
            .unwrap()
            .total
    };
    assert_eq!(total(&platform), 0);
    let note = platform
        .create_note(&writer, NOW, (&finance, "root"), "a.md", "A kangaroo.")
        .unwrap();
    assert_eq!(total(&platform), 1);
    platform
        .delete_node(&writer, NOW, (&finance, &note.id), None)
        .unwrap();
    assert_eq!(total(&platform), 0);
}

#[test]
fn an_answer_cites_what_it_rests_on_and_nothing_foreign() {
    let platform = world();
    for (key, scopes, places) in [
        ("finance-rw", "workspace:{finance}:rw", 1),
        ("full", "user:*:rw", 2),
        ("outsider", "user:*:rw", 1),
    ] {
        let caller = scoped(&platform, key, &[scopes]);
        let said = platform
            .answer_question(&caller, Scoped::default(), SETTLEMENT)
            .unwrap();
        assert_eq!(said.citations.len(), 5, "{key}");
        assert!(said.answer.contains("[5]") && said.answer.contains("ninth business day"));
        let mut cited: Vec<&str> = said
            .citations
            .iter()
            .map(|one| one.workspace_id.as_str())
            .collect();
        cited.sort_unstable();
        cited.dedup();
        assert!(cited.len() <= places, "{key}: {cited:?}");
        for one in &said.citations {
            assert!(
                platform
                    .node_details(&caller, &one.workspace_id, &one.node_id)
                    .is_ok(),
                "{key}"
            );
        }
    }
    let reader = caller(&platform, "finance-ro");
    let refused = platform.answer_question(&reader, Scoped::default(), SETTLEMENT);
    assert_eq!(refused.unwrap_err().status, 403);
}

#[test]
fn a_chat_belongs_to_who_opened_it() {
    let mut platform = world();
    let (writer, full) = (caller(&platform, "finance-rw"), caller(&platform, "full"));
    let finance = place(&platform, "acme", "finance");
    let (chat, first) = platform
        .open_chat(&writer, NOW, in_finance(&finance), SETTLEMENT)
        .unwrap();
    platform
        .continue_chat(&writer, NOW, (&finance, &chat), "And what is open?")
        .unwrap();
    let messages = platform.chat_messages(&writer, &finance, &chat).unwrap();
    assert_eq!((messages.len(), &messages[0]), (2, &first));
    assert_eq!(
        platform.chat_messages(&full, &finance, &chat).unwrap_err().status,
        404
    );
    assert_eq!(
        platform
            .continue_chat(&full, NOW, (&finance, &chat), "?")
            .unwrap_err()
            .status,
        404
    );
}

#[test]
fn a_second_upload_of_a_name_is_a_version() {
    let mut platform = world();
    let (writer, full) = (caller(&platform, "finance-rw"), caller(&platform, "full"));
    let finance = place(&platform, "acme", "finance");
    let store = |platform: &mut Platform, text: &str| {
        platform
            .store_file(&writer, NOW, (&finance, "root"), ("a.txt", text), None, None)
            .unwrap()
    };
    let first = store(&mut platform, "one");
    let second = store(&mut platform, "two");
    assert_eq!(first.new_file_id, second.new_file_id);
    let versions = platform
        .node_versions(&writer, &finance, &first.new_file_id)
        .unwrap();
    assert_eq!(versions.len(), 2);
    let oldest = versions.last().unwrap().id.clone();
    platform
        .restore_version(
            &writer,
            NOW,
            (&finance, &first.new_file_id),
            &oldest,
            Guard::default(),
        )
        .unwrap();
    let (_, text) = platform
        .node_content(&writer, NOW, &finance, &first.new_file_id)
        .unwrap();
    assert_eq!(text, "one");
    assert!(platform.upload(&writer, &first.upload_id).is_ok());
    assert_eq!(platform.upload(&full, &first.upload_id).unwrap_err().status, 404);

    let blob = platform.stage_blob(&writer, NOW, "bytes".to_owned()).unwrap();
    assert_eq!(platform.blob_text(&writer, &blob.blob_id).unwrap(), "bytes");
    assert_eq!(platform.blob(&full, &blob.blob_id).unwrap_err().status, 404);
    let long = "x".repeat(crate::platform::LONGEST_FILE + 1);
    assert_eq!(platform.stage_blob(&writer, NOW, long).unwrap_err().status, 406);
}

#[test]
fn a_download_token_is_for_one_file_and_five_minutes() {
    let mut platform = world();
    let reader = caller(&platform, "finance-ro");
    let finance = place(&platform, "acme", "finance");
    let node = file(&platform, "acme", "finance");
    let (token, end) = platform.download_token(&reader, NOW, &finance, &node).unwrap();
    assert_eq!(platform.token_holder(&token).as_ref(), Some(&reader.credential));
    let globex = place(&platform, "globex", "finance");
    let foreign = file(&platform, "globex", "finance");
    let edited = token.replace('.', "x.");
    for (now, place, token, expected) in [
        (NOW, (finance.as_str(), node.as_str()), &token, true),
        (end - 1, (&finance, &node), &token, true),
        (end, (&finance, &node), &token, false),
        (NOW, (&globex, &foreign), &token, false),
        (NOW, (&finance, &node), &edited, false),
    ] {
        let opened = platform.by_token(&reader, now, place, token);
        assert_eq!(opened.is_ok(), expected, "{now} {place:?}");
    }
    assert!(platform.token_holder(&edited).is_none());
    for wrong in ["", ".", "a.b", "ä.ö"] {
        assert!(platform.token_holder(wrong).is_none(), "{wrong}");
    }
}

#[test]
fn a_share_opens_its_folder_and_nothing_else() {
    let mut platform = world();
    let (writer, outsider) = (caller(&platform, "finance-rw"), caller(&platform, "outsider"));
    let finance = place(&platform, "acme", "finance");
    let share = platform.first_share(&finance).unwrap().clone();
    let only = scoped(&platform, "finance-rw", &[&format!("share:{}:r", share.id)]);
    let nodes = platform.share_nodes(&only, &share.id).unwrap();
    assert!(
        nodes
            .iter()
            .all(|node| Some(&node.parent) == share.folder.as_ref())
    );
    let whole = platform.list_nodes(&only, &finance, "root", &crate::platform::ListOptions::default());
    assert_eq!(whole.unwrap_err().status, 403);
    assert_eq!(
        platform
            .rename_share(&only, NOW, &share.id, "x")
            .unwrap_err()
            .status,
        403
    );
    assert_eq!(
        platform.share_details(&outsider, &share.id).unwrap_err().status,
        404
    );
    let inside = nodes.first().map(|node| node.id.clone());
    let outside = file(&platform, "acme", "support");
    if let Some(inside) = inside {
        assert!(platform.share_content(&only, NOW, &share.id, &inside).is_ok());
    }
    assert_eq!(
        platform
            .share_content(&only, NOW, &share.id, &outside)
            .unwrap_err()
            .status,
        404
    );

    let made = platform
        .create_share(&writer, NOW, (&finance, "root"), ShareKind::Receive, "in")
        .unwrap();
    assert!(platform.share_nodes(&writer, &made.id).unwrap().is_empty());
    assert_eq!(platform.list_shares(&writer, &finance).unwrap().len(), 2);
    platform.delete_share(&writer, NOW, &made.id).unwrap();
    assert_eq!(platform.share_details(&writer, &made.id).unwrap_err().status, 404);
}

#[test]
fn an_import_reads_what_its_caller_may_read() {
    let mut platform = world();
    platform.settle("http://127.0.0.1:1");
    let writer = caller(&platform, "finance-rw");
    let finance = place(&platform, "acme", "finance");
    let mut import = |source: &str| {
        let done = platform.import(&writer, NOW, (&finance, "root"), (source, None), None);
        done.map(|upload| upload.new_file_id)
            .map_err(|refused| refused.status)
    };
    let address = |domain: &str| {
        let platform = world();
        let (place, node) = (
            place(&platform, domain, "finance"),
            file(&platform, domain, "finance"),
        );
        format!("http://127.0.0.1:1/current/workspace/{place}/storage/{node}/read/")
    };
    assert!(import("http://127.0.0.1:1/sources/rates.csv").is_ok());
    assert!(import(&address("acme")).is_ok());
    assert_eq!(import(&address("globex")), Err(404));
    for elsewhere in [
        "",
        "http://127.0.0.1:1/sources/other",
        "http://127.0.0.1:2/sources/rates.csv",
        "http://127.0.0.1:1/current/user/auth/keys/",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
    ] {
        assert_eq!(import(elsewhere), Err(406), "{elsewhere}");
    }
}
