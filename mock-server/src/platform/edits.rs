//! Changes to files, folders and notes. Each asks for permission, looks at the object, then leaves an event.

use std::collections::BTreeMap;

use super::files::parent_of;
use super::tree::plain;
use super::{Caller, Flaw, Guard, Mode, Node, NodeKind, NodeView, Platform, Refusal, Version, Workspace};

impl Platform {
    /// Makes a folder in a folder.
    pub fn create_folder(
        &mut self,
        caller: &Caller,
        now: i64,
        (workspace, folder): (&str, &str),
        name: &str,
    ) -> Result<NodeView, Refusal> {
        self.create_node(caller, now, (workspace, folder), NodeKind::Folder, name, "")
    }

    /// Makes a note in a folder.
    pub fn create_note(
        &mut self,
        caller: &Caller,
        now: i64,
        (workspace, folder): (&str, &str),
        name: &str,
        text: &str,
    ) -> Result<NodeView, Refusal> {
        self.create_node(caller, now, (workspace, folder), NodeKind::Note, name, text)
    }

    /// Gives a note a new text, as a new version.
    ///
    /// # Errors
    /// 409 for another version than the guard's, 423 while somebody else holds its lock.
    pub fn update_note(
        &mut self,
        caller: &Caller,
        now: i64,
        (workspace, node): (&str, &str),
        text: &str,
        guard: Guard<'_>,
    ) -> Result<NodeView, Refusal> {
        self.unlocked(caller, now, (workspace, node), guard.lock)?;
        let version = Version {
            id: self.next_id("3"),
            created: now,
            by: caller.credential.clone(),
            text: text.to_owned(),
        };
        let view = self.change_node(caller, workspace, node, guard.version, |node| {
            if node.kind != NodeKind::Note {
                return Err(Refusal::validation("node_id", "is not a note"));
            }
            node.versions.push(version);
            node.modified = now;
            Ok(())
        })?;
        self.note_node(caller, now, "updated", workspace, &view);
        Ok(view)
    }

    /// Makes the text of an old version the newest, as a version of its own. Errors as for
    /// [`Platform::update_note`].
    pub fn restore_version(
        &mut self,
        caller: &Caller,
        now: i64,
        (workspace, node): (&str, &str),
        version: &str,
        guard: Guard<'_>,
    ) -> Result<NodeView, Refusal> {
        self.unlocked(caller, now, (workspace, node), guard.lock)?;
        let id = self.next_id("3");
        let view = self.change_node(caller, workspace, node, guard.version, |node| {
            let old = node.versions.iter().find(|old| old.id == plain(version));
            let text = old.ok_or_else(Refusal::not_found)?.text.clone();
            node.versions.push(Version {
                id,
                created: now,
                by: caller.credential.clone(),
                text,
            });
            node.modified = now;
            Ok(())
        })?;
        self.note_node(caller, now, "updated", workspace, &view);
        Ok(view)
    }

    /// Renames a node. Errors as for [`Platform::update_note`].
    pub fn rename_node(
        &mut self,
        caller: &Caller,
        now: i64,
        (workspace, node): (&str, &str),
        name: &str,
        guard: Guard<'_>,
    ) -> Result<NodeView, Refusal> {
        self.unlocked(caller, now, (workspace, node), guard.lock)?;
        let view = self.change_node(caller, workspace, node, guard.version, |node| {
            check_name(name)?;
            name.clone_into(&mut node.name);
            node.modified = now;
            Ok(())
        })?;
        self.note_node(caller, now, "updated", workspace, &view);
        Ok(view)
    }

    /// Moves a node into another folder of the same workspace. `lock`: the token of its lock, if one is held.
    pub fn move_node(
        &mut self,
        caller: &Caller,
        now: i64,
        (workspace, node): (&str, &str),
        folder: &str,
        lock: Option<&str>,
    ) -> Result<NodeView, Refusal> {
        let place = self.workspace(caller, workspace, Mode::Rw)?;
        if !self.switches.locks.moves_free {
            self.unlocked(caller, now, (workspace, node), lock)?;
        }
        let parent = parent_of(place, folder)?;
        if parent
            .as_deref()
            .is_some_and(|parent| within(place, parent, &plain(node)))
        {
            return Err(Refusal::validation(
                "parent_id",
                "is the node itself or inside it",
            ));
        }
        let view = self.change_node(caller, workspace, node, None, |node| {
            node.parent = parent;
            node.modified = now;
            Ok(())
        })?;
        self.note_node(caller, now, "moved", workspace, &view);
        Ok(view)
    }

    /// Copies a file or note, from any workspace the caller may read, into a folder of this one.
    pub fn copy_node(
        &mut self,
        caller: &Caller,
        now: i64,
        (workspace, node): (&str, &str),
        folder: &str,
    ) -> Result<NodeView, Refusal> {
        let source = {
            self.workspace(caller, workspace, Mode::Rw)?;
            let places = if self.switches.flaws.has(Flaw::SourceAnywhere) {
                self.workspaces.values().collect()
            } else {
                self.readable_workspaces(caller)?
            };
            let mut found = places.into_iter().filter_map(|place| place.storage.node(node));
            let source = found.next().filter(|node| node.kind != NodeKind::Folder);
            source.ok_or_else(Refusal::not_found)?.clone()
        };
        let name = format!("Copy of {}", source.name);
        self.create_node(
            caller,
            now,
            (workspace, folder),
            source.kind,
            &name,
            source.text(),
        )
    }

    /// Puts a node in the trash.
    pub fn delete_node(
        &mut self,
        caller: &Caller,
        now: i64,
        place: (&str, &str),
        lock: Option<&str>,
    ) -> Result<NodeView, Refusal> {
        self.trash(caller, now, place, lock, true)
    }

    /// Takes a node out of the trash.
    pub fn restore_node(
        &mut self,
        caller: &Caller,
        now: i64,
        place: (&str, &str),
        lock: Option<&str>,
    ) -> Result<NodeView, Refusal> {
        self.trash(caller, now, place, lock, false)
    }

    /// Ends a trashed node for good; one that is not in the trash is not found there.
    pub fn purge_node(
        &mut self,
        caller: &Caller,
        now: i64,
        (workspace, node): (&str, &str),
        lock: Option<&str>,
    ) -> Result<NodeView, Refusal> {
        self.unlocked(caller, now, (workspace, node), lock)?;
        let place = self.workspace_mut(caller, workspace, Mode::Rw)?;
        let id = plain(node);
        let view = place
            .storage
            .node(&id)
            .filter(|node| node.trashed)
            .map(|node| node.view(&place.origin()));
        let view = view.ok_or_else(Refusal::not_found)?;
        place.storage.change(|nodes| nodes.remove(&id));
        self.forget_locks(&id);
        self.note_node(caller, now, "purged", workspace, &view);
        Ok(view)
    }

    pub(super) fn create_node(
        &mut self,
        caller: &Caller,
        now: i64,
        (workspace, folder): (&str, &str),
        kind: NodeKind,
        name: &str,
        text: &str,
    ) -> Result<NodeView, Refusal> {
        let parent = parent_of(self.workspace(caller, workspace, Mode::Rw)?, folder)?;
        check_name(name)?;
        let (id, version) = (self.next_id("2"), self.next_id("3"));
        let version = Version {
            id: version,
            created: now,
            by: caller.credential.clone(),
            text: text.to_owned(),
        };
        let node = Node {
            id: id.clone(),
            kind,
            parent,
            name: name.to_owned(),
            created: now,
            modified: now,
            trashed: false,
            versions: if kind == NodeKind::Folder {
                Vec::new()
            } else {
                vec![version]
            },
        };
        let place = self.workspace_mut(caller, workspace, Mode::Rw)?;
        let view = node.view(&place.origin());
        place.storage.change(|nodes| nodes.insert(id, node));
        self.note_node(caller, now, "added", workspace, &view);
        Ok(view)
    }

    fn trash(
        &mut self,
        caller: &Caller,
        now: i64,
        (workspace, node): (&str, &str),
        lock: Option<&str>,
        trashed: bool,
    ) -> Result<NodeView, Refusal> {
        self.unlocked(caller, now, (workspace, node), lock)?;
        let view = self.change_node(caller, workspace, node, None, |node| {
            if node.trashed == trashed {
                return Err(Refusal::not_found());
            }
            node.trashed = trashed;
            node.modified = now;
            Ok(())
        })?;
        self.note_node(
            caller,
            now,
            if trashed { "deleted" } else { "restored" },
            workspace,
            &view,
        );
        Ok(view)
    }

    pub(super) fn change_node(
        &mut self,
        caller: &Caller,
        workspace: &str,
        node: &str,
        if_version: Option<&str>,
        change: impl FnOnce(&mut Node) -> Result<(), Refusal>,
    ) -> Result<NodeView, Refusal> {
        let place = self.workspace_mut(caller, workspace, Mode::Rw)?;
        let origin = place.origin();
        place.storage.change(|nodes| {
            let node = nodes.get_mut(&plain(node)).ok_or_else(Refusal::not_found)?;
            check_version(node, if_version)?;
            change(node)?;
            Ok(node.view(&origin))
        })
    }

    pub(super) fn note_node(
        &mut self,
        caller: &Caller,
        now: i64,
        what: &str,
        workspace: &str,
        node: &NodeView,
    ) {
        let kind = match node.kind {
            NodeKind::Folder => "folder",
            NodeKind::File => "file",
            NodeKind::Note => "note",
        };
        let line = format!("{kind} {what}: {} [{}]", node.name, node.origin);
        let event = format!("workspace_storage_{kind}_{what}");
        self.note(caller, now, &event, Some(workspace), Some(&node.id), &line);
        if what != "read" && self.overrides_lock(caller, now, &node.id) {
            let event = "workspace_storage_lock_overridden";
            self.note(caller, now, event, Some(workspace), Some(&node.id), &line);
        }
    }
}

/// Whether the folder `inner` is `outer` or lies in it.
pub(super) fn within(place: &Workspace, inner: &str, outer: &str) -> bool {
    let nodes: &BTreeMap<String, Node> = place.storage.nodes();
    let mut at = Some(inner);
    while let Some(id) = at {
        if id == outer {
            return true;
        }
        at = nodes.get(id).and_then(|node| node.parent.as_deref());
    }
    false
}

fn check_name(name: &str) -> Result<(), Refusal> {
    if name.trim().is_empty() || name.chars().count() > 255 || name.contains(['/', '\0']) {
        return Err(Refusal::validation(
            "name",
            "must be 1 to 255 characters without a slash",
        ));
    }
    Ok(())
}

fn check_version(node: &Node, expected: Option<&str>) -> Result<(), Refusal> {
    let current = node.versions.last().map_or("", |version| version.id.as_str());
    match expected {
        Some(expected) if plain(expected) != current => Err(Refusal::version_mismatch(current)),
        _ => Ok(()),
    }
}
