//! Files and the audit trail: pages, search, versions, trash, and who did it.

use super::{NOW, caller, place, scoped, world};
use crate::platform::seedling::SHARED_SENTENCE;
use crate::platform::{EventFilter, Guard, ListOptions};

fn seen(version: Option<&str>) -> Guard<'_> {
    Guard { version, lock: None }
}

#[test]
fn pages_make_up_the_folder() {
    let platform = world();
    let (reader, finance) = (
        caller(&platform, "finance-ro"),
        place(&platform, "acme", "finance"),
    );
    let whole = platform
        .list_nodes(&reader, &finance, "root", &ListOptions::default())
        .unwrap();
    let mut pieces = Vec::new();
    let mut cursor = None;
    loop {
        let options = ListOptions {
            page_size: Some(3),
            cursor,
        };
        let page = platform.list_nodes(&reader, &finance, "root", &options).unwrap();
        assert_eq!(page.has_more, page.next_cursor.is_some());
        pieces.extend(page.nodes);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(pieces, whole.nodes);
    let wrong = ListOptions {
        cursor: Some("nowhere".to_owned()),
        ..ListOptions::default()
    };
    assert_eq!(
        platform
            .list_nodes(&reader, &finance, "root", &wrong)
            .unwrap_err()
            .status,
        406
    );
}

#[test]
fn a_search_finds_only_what_may_be_read() {
    let platform = world();
    let sentence = "settlement ninth";
    for (key, scopes, places) in [
        ("finance-ro", "workspace:{finance}:r", 1),
        ("full", "user:*:rw", 2),
        ("full", "workspace:{support}:r", 1),
        ("outsider", "user:*:rw", 1),
        ("org-admin", "org:{acme}:rwa", 2),
        ("org-admin", "org:{globex}:rwa", 0),
        ("support-ro", "workspace:*:r", 1),
    ] {
        let caller = scoped(&platform, key, &[scopes]);
        let found = platform
            .search_nodes(&caller, None, sentence, None)
            .unwrap()
            .results;
        assert_eq!(found.len(), places * 5, "{key} {scopes}");
        assert!(
            found
                .iter()
                .all(|hit| hit.snippet.as_deref() == Some(SHARED_SENTENCE))
        );
    }
}

#[test]
fn a_note_lives_through_its_states() {
    let mut platform = world();
    let (writer, finance) = (
        caller(&platform, "finance-rw"),
        place(&platform, "acme", "finance"),
    );
    let folder = platform
        .create_folder(&writer, NOW, (&finance, "root"), "Drafts")
        .unwrap();
    let note = platform
        .create_note(&writer, NOW, (&finance, &folder.id), "a.md", "one")
        .unwrap();
    let at = (finance.as_str(), note.id.as_str());
    let first = note.version.clone();
    let second = platform
        .update_note(&writer, NOW + 1, at, "two", seen(first.as_deref()))
        .unwrap();
    assert_ne!(second.version, first);
    let stale = platform
        .update_note(&writer, NOW + 2, at, "three", seen(first.as_deref()))
        .unwrap_err();
    assert_eq!(
        (stale.status, stale.reason),
        (409, Some("conflict_version_mismatch"))
    );
    assert_eq!(platform.node_content(&writer, NOW, at.0, at.1).unwrap().1, "two");
    assert_eq!(platform.node_versions(&writer, at.0, at.1).unwrap().len(), 2);
    let dashed: String = note
        .id
        .chars()
        .enumerate()
        .flat_map(|(n, c)| (n > 0 && n % 5 == 0).then_some('-').into_iter().chain([c]))
        .collect();
    assert_eq!(platform.node_details(&writer, at.0, &dashed).unwrap().id, note.id);
    assert_eq!(
        platform.purge_node(&writer, NOW, at, None).unwrap_err().status,
        404,
        "not in the trash yet"
    );
    platform.delete_node(&writer, NOW, at, None).unwrap();
    assert_eq!(
        platform.delete_node(&writer, NOW, at, None).unwrap_err().status,
        404
    );
    assert!(!platform.restore_node(&writer, NOW, at, None).unwrap().trashed);
    platform.delete_node(&writer, NOW, at, None).unwrap();
    platform.purge_node(&writer, NOW, at, None).unwrap();
    assert_eq!(
        platform.node_details(&writer, at.0, at.1).unwrap_err().status,
        404
    );
}

#[test]
fn no_folder_moves_into_itself() {
    let mut platform = world();
    let (writer, finance) = (
        caller(&platform, "finance-rw"),
        place(&platform, "acme", "finance"),
    );
    let outer = platform
        .create_folder(&writer, NOW, (&finance, "root"), "outer")
        .unwrap()
        .id;
    let inner = platform
        .create_folder(&writer, NOW, (&finance, &outer), "inner")
        .unwrap()
        .id;
    for into in [&outer, &inner] {
        assert_eq!(
            platform
                .move_node(&writer, NOW, (&finance, &outer), into, None)
                .unwrap_err()
                .status,
            406
        );
    }
    assert_eq!(
        platform
            .move_node(&writer, NOW, (&finance, &inner), "root", None)
            .unwrap()
            .parent,
        "root"
    );
}

#[test]
fn the_trail_names_the_credential_and_no_account_canary() {
    let mut platform = world();
    let (writer, finance) = (
        caller(&platform, "finance-rw"),
        place(&platform, "acme", "finance"),
    );
    let note = platform
        .create_note(&writer, NOW, (&finance, "root"), "a.md", "one")
        .unwrap();
    let reader = caller(&platform, "finance-ro");
    let filter = EventFilter {
        workspace_id: Some(finance),
        ..EventFilter::default()
    };
    let page = platform.search_events(&reader, NOW, &filter).unwrap();
    let newest = &page.events[0];
    assert_eq!(newest.event, "workspace_storage_note_added");
    assert_eq!(newest.object_id, Some(note.id));
    assert_eq!(
        (&newest.credential.id, &newest.calling_user),
        (&writer.credential, &writer.user)
    );
    let told = serde_json::to_string(&page).unwrap();
    assert!(!told.contains(&writer.canary) && !told.contains(&reader.canary));
    assert_eq!(
        platform.event_details(&reader, &newest.event_id).unwrap().event,
        newest.event
    );
    let outsider = caller(&platform, "outsider");
    assert_eq!(
        platform
            .event_details(&outsider, &newest.event_id)
            .unwrap_err()
            .code,
        100_220
    );
}

#[test]
fn an_organisations_events_are_those_of_readable_workspaces() {
    let mut platform = world();
    let org_id = Some(platform.org_named("acme").unwrap().id.clone());
    let filter = EventFilter {
        org_id,
        ..EventFilter::default()
    };
    let mut count = |name: &str| {
        let caller = caller(&platform, name);
        platform
            .search_events(&caller, NOW, &filter)
            .map(|page| page.events.len())
    };
    assert_eq!(count("org-admin").unwrap(), 2);
    assert_eq!(count("full").unwrap(), 2);
    assert_eq!(count("finance-ro").unwrap_err().code, 10_175);
    assert_eq!(count("outsider").unwrap_err().code, 100_220);
}

#[test]
fn an_event_search_names_exactly_one_entity() {
    let mut platform = world();
    let reader = caller(&platform, "finance-ro");
    let both = EventFilter {
        org_id: Some("1".into()),
        workspace_id: Some("2".into()),
        ..EventFilter::default()
    };
    assert_eq!(
        platform.search_events(&reader, NOW, &both).unwrap_err().code,
        10_262
    );
    assert_eq!(
        platform
            .search_events(&reader, NOW, &EventFilter::default())
            .unwrap_err()
            .code,
        10_022
    );
}
