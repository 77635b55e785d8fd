//! Folders, files and notes of one workspace. Seeded workspaces grow their tree when it is first looked at.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::index::Index;
use super::seedling::Seedling;
use super::stamp;

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeKind {
    /// Holds others.
    Folder,
    /// Holds bytes.
    File,
    /// Holds text people edit in place.
    Note,
}

/// One state of a file's or note's text.
#[derive(Debug, Clone, Serialize)]
pub struct Version {
    /// Opaque id.
    pub id: String,
    /// Unix seconds.
    pub created: i64,
    /// The credential that wrote it.
    pub by: String,
    /// The text.
    pub text: String,
}

/// One object of a workspace.
#[derive(Debug, Clone, Serialize)]
pub struct Node {
    /// Opaque id.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// The folder it is in; `None` is the root.
    pub parent: Option<String>,
    /// Its name.
    pub name: String,
    /// Unix seconds.
    pub created: i64,
    /// Unix seconds.
    pub modified: i64,
    /// In the trash.
    pub trashed: bool,
    /// Oldest first; empty for folders.
    pub versions: Vec<Version>,
}

/// A node as an answer shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodeView {
    /// Opaque id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `folder`, `file` or `note`.
    #[serde(rename = "type")]
    pub kind: NodeKind,
    /// The folder's id, or `root`.
    pub parent: String,
    /// Bytes.
    pub size: usize,
    /// Hex SHA-256 of the text, for files and notes.
    pub hash: Option<String>,
    /// `sha256` where there is a hash.
    pub hash_algo: Option<&'static str>,
    /// `text/plain` or `text/markdown`.
    pub mimetype: Option<&'static str>,
    /// The id of the newest version.
    pub version: Option<String>,
    /// When it was made.
    pub created: String,
    /// When it last changed.
    pub modified: String,
    /// In the trash.
    pub trashed: bool,
    /// Where it lives: the workspace's name and canary.
    pub origin: String,
}

/// A version as an answer shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VersionView {
    /// Opaque id.
    pub id: String,
    /// When it was written.
    pub created: String,
    /// The credential that wrote it.
    pub credential_id: String,
    /// Bytes.
    pub size: usize,
}

/// The tree of a workspace, grown from its seedling on first use.
#[derive(Debug, Clone)]
pub struct Storage {
    seedling: Seedling,
    grown: OnceLock<BTreeMap<String, Node>>,
    index: OnceLock<Index>,
    /// What was said of the root since the last change.
    said: Option<Arc<str>>,
}

impl Node {
    /// The newest text; empty for folders.
    pub fn text(&self) -> &str {
        self.versions.last().map_or("", |version| &version.text)
    }

    /// The answer form. `origin` names the workspace.
    pub fn view(&self, origin: &str) -> NodeView {
        let holds_text = self.kind != NodeKind::Folder;
        NodeView {
            id: self.id.clone(),
            name: self.name.clone(),
            kind: self.kind,
            parent: self.parent.clone().unwrap_or_else(|| "root".to_owned()),
            size: self.text().len(),
            hash: holds_text.then(|| hex(&Sha256::digest(self.text()))),
            hash_algo: holds_text.then_some("sha256"),
            mimetype: match self.kind {
                NodeKind::Folder => None,
                NodeKind::File => Some("text/plain"),
                NodeKind::Note => Some("text/markdown"),
            },
            version: self.versions.last().map(|version| version.id.clone()),
            created: stamp(self.created),
            modified: stamp(self.modified),
            trashed: self.trashed,
            origin: origin.to_owned(),
        }
    }
}

impl Version {
    /// The answer form.
    pub fn view(&self) -> VersionView {
        VersionView {
            id: self.id.clone(),
            created: stamp(self.created),
            credential_id: self.by.clone(),
            size: self.text.len(),
        }
    }
}

impl Storage {
    /// A tree that will grow from this seedling.
    pub(super) fn planted(seedling: Seedling) -> Storage {
        Storage {
            seedling,
            grown: OnceLock::new(),
            index: OnceLock::new(),
            said: None,
        }
    }

    /// A tree with nothing in it. What is known of a seedling stays: the word it would have used.
    pub(super) fn empty(seedling: Seedling) -> Storage {
        Storage {
            seedling,
            grown: OnceLock::from(BTreeMap::new()),
            index: OnceLock::new(),
            said: None,
        }
    }

    /// A word that only files of this workspace hold.
    pub fn code_name(&self) -> String {
        self.seedling.code_name()
    }

    /// All nodes, by id.
    pub fn nodes(&self) -> &BTreeMap<String, Node> {
        self.grown.get_or_init(|| self.seedling.grow())
    }

    /// The node with this id, written with or without dashes.
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes().get(&plain(id))
    }

    /// What was said of the root, if nothing has changed since.
    pub(super) fn said(&self) -> Option<Arc<str>> {
        self.said.clone()
    }

    /// Keeps that.
    pub(super) fn say(&mut self, said: Arc<str>) {
        self.said = Some(said);
    }

    /// Where its words stand.
    pub(super) fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(self.nodes().values()))
    }

    /// Changes the tree, grown if it was not.
    pub(super) fn change<T>(&mut self, change: impl FnOnce(&mut BTreeMap<String, Node>) -> T) -> T {
        let mut nodes = self.grown.take().unwrap_or_else(|| self.seedling.grow());
        let outcome = change(&mut nodes);
        self.grown = OnceLock::from(nodes);
        self.index = OnceLock::new();
        self.said = None;
        outcome
    }
}

impl Serialize for Storage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.nodes().serialize(serializer)
    }
}

pub(super) fn plain(id: &str) -> String {
    id.replace('-', "")
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    text.extend(digits.filter_map(|digit| char::from_digit(digit.into(), 16)));
    text
}
