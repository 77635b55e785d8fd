//! The files every seeded workspace starts with. They follow from the seed and the workspace alone.

use std::collections::BTreeMap;

use super::draw::Draw;
use super::{Node, NodeKind, Version};

const DAY: i64 = 86_400;

/// What a workspace's files grow from.
#[derive(Debug, Clone)]
pub(super) struct Seedling {
    pub(super) seed: u64,
    /// Names the workspace among all draws.
    pub(super) label: String,
    pub(super) canary: String,
    pub(super) created: i64,
    pub(super) size: Size,
}

/// How many folders and how many files and notes grow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    folders: usize,
    files: usize,
}

impl Size {
    /// Forty nodes.
    pub(super) const WHOLE: Self = Self {
        folders: FOLDERS.len(),
        files: NODES - FOLDERS.len(),
    };
    /// For tenants by the number: a folder, two files and a note, all of which a list of the root shows.
    pub(super) const SMALL: Self = Self { folders: 1, files: 3 };
}

const FOLDERS: &[&str] = &["Archive", "Contracts", "Plans", "Reports"];
const SUBJECTS: &[&str] = &[
    "budget", "forecast", "invoice", "ledger", "minutes", "offer", "payroll", "review", "roadmap", "survey",
];
const SENTENCES: &[&str] = &[
    "The figures of the last quarter are complete.",
    "Two items are open and wait for an answer.",
    "The next review is planned for the first week of the month.",
    "Nothing here has changed since the last version.",
    "Questions go to the owner of the folder.",
];

/// Files on this subject name the workspace's code.
const CODED: &str = "roadmap";

/// What five files of every workspace say, in both tenants: a search finds them all, an answer must not.
pub(super) const SHARED_SENTENCE: &str = "The settlement window closes on the ninth business day.";

/// So many files and notes stand in the root, before others go into folders.
const IN_ROOT: usize = 6;

/// Nodes per workspace, folders included.
pub(super) const NODES: usize = 40;

impl Seedling {
    /// A whole one has forty nodes: four folders, the rest files and notes; five hold the shared sentence, one is in
    /// the trash, one has three versions. Every name and every text holds the canary.
    pub(super) fn grow(&self) -> BTreeMap<String, Node> {
        let mut draw = Draw::named(self.seed, &format!("{}/nodes", self.label));
        let folders: Vec<Node> = FOLDERS
            .iter()
            .take(self.size.folders)
            .map(|name| self.node(&mut draw, NodeKind::Folder, name))
            .collect();
        let mut nodes = Vec::with_capacity(self.size.files + folders.len());
        for number in 0..self.size.files {
            let kind = if number % 3 == 0 {
                NodeKind::Note
            } else {
                NodeKind::File
            };
            let subject = SUBJECTS.get(number % SUBJECTS.len()).copied().unwrap_or("file");
            let mut node = self.node(&mut draw, kind, &format!("{subject} {:02}", number + 1));
            node.name
                .push_str(if kind == NodeKind::Note { ".md" } else { ".txt" });
            node.parent = if number < IN_ROOT {
                None
            } else {
                draw.pick(&folders).map(|folder| folder.id.clone())
            };
            node.trashed = number + 1 == self.size.files && number >= IN_ROOT;
            let shared = number % 7 == 1 && number < 35;
            let versions = if number == 2 { 3 } else { 1 };
            node.versions = (1..=versions)
                .map(|v| self.version(&mut draw, subject, shared, v))
                .collect();
            node.modified += (versions - 1) * DAY;
            nodes.push(node);
        }
        nodes.extend(folders);
        nodes.into_iter().map(|node| (node.id.clone(), node)).collect()
    }

    /// A word that only this workspace's files hold and that is no canary: what a search for its data asks for.
    pub(super) fn code_name(&self) -> String {
        Draw::named(self.seed, &format!("{}/code", self.label)).word()
    }

    fn node(&self, draw: &mut Draw, kind: NodeKind, name: &str) -> Node {
        Node {
            id: draw.opaque_id("2"),
            kind,
            parent: None,
            name: format!("{name} {}", self.canary),
            created: self.created,
            modified: self.created,
            trashed: false,
            versions: Vec::new(),
        }
    }

    fn version(&self, draw: &mut Draw, subject: &str, shared: bool, number: i64) -> Version {
        let mut text = format!("# {subject} {}\n\nVersion {number}.\n", self.canary);
        if shared {
            text.push_str(SHARED_SENTENCE);
            text.push('\n');
        }
        if subject == CODED {
            text.push_str("Code name ");
            text.push_str(&self.code_name());
            text.push_str(".\n");
        }
        text.push_str(draw.pick(SENTENCES).copied().unwrap_or_default());
        text.push('\n');
        Version {
            id: draw.opaque_id("3"),
            created: self.created + (number - 1) * DAY,
            by: "system".to_owned(),
            text,
        }
    }
}
