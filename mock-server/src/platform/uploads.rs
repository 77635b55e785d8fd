//! Bringing bytes in: staged blobs, uploads, and imports from addresses on a fixed list. Ids of blobs and uploads
//! answer to the account that got them and to nobody else.

use serde::Serialize;

use super::{Caller, Demand, Flaw, Mode, NodeKind, NodeView, Platform, Refusal, Version, stamp};

/// The longest file, in bytes.
pub const LONGEST_FILE: usize = 4 << 20;

/// Blobs and uploads kept for an account; the oldest go first.
const KEPT: usize = 100;

/// Bytes that wait to become a file.
#[derive(Debug, Clone, Serialize)]
pub struct Blob {
    user: String,
    text: String,
    created: i64,
}

/// A blob as an answer shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BlobView {
    /// Opaque id.
    pub blob_id: String,
    /// Bytes.
    pub size: usize,
    /// When it came.
    pub created: String,
}

/// What became of bytes.
#[derive(Debug, Clone, Serialize)]
pub struct Upload {
    user: String,
    view: UploadView,
}

/// An upload as an answer shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UploadView {
    /// Opaque id.
    pub upload_id: String,
    /// `complete`: an upload of one piece has no other state.
    pub state: &'static str,
    /// Where it went.
    pub workspace_id: String,
    /// The file it became.
    pub new_file_id: String,
    /// Its name, with the canary of the workspace.
    pub filename: String,
    /// Bytes.
    pub size: usize,
    /// The address it was imported from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_url: Option<String>,
    /// When.
    pub created: String,
}

impl Platform {
    /// Keeps bytes until they become a file.
    pub fn stage_blob(&mut self, caller: &Caller, now: i64, text: String) -> Result<BlobView, Refusal> {
        self.permit(caller, &upload_demand())?;
        check_size(&text)?;
        let id = self.next_id("b");
        self.blobs.insert(
            id.clone(),
            Blob {
                user: caller.user.clone(),
                text,
                created: now,
            },
        );
        forget_oldest(
            &mut self.blobs,
            |blob| blob.user == caller.user,
            |blob| blob.created,
        );
        self.blob(caller, &id)
    }

    /// One blob of the caller's own.
    pub fn blob(&self, caller: &Caller, id: &str) -> Result<BlobView, Refusal> {
        self.permit(caller, &Demand::own())?;
        let blob = self.own_blob(caller, id)?;
        Ok(BlobView {
            blob_id: id.to_owned(),
            size: blob.text.len(),
            created: stamp(blob.created),
        })
    }

    /// The text of a blob of the caller's own.
    pub fn blob_text(&self, caller: &Caller, id: &str) -> Result<String, Refusal> {
        self.own_blob(caller, id).map(|blob| blob.text.clone())
    }

    fn own_blob(&self, caller: &Caller, id: &str) -> Result<&Blob, Refusal> {
        let blob = self.blobs.get(id).filter(|blob| blob.user == caller.user);
        blob.ok_or_else(Refusal::not_found)
    }

    /// Stores a file in a folder. A file of that name there keeps its id and gets a new version.
    ///
    /// # Errors
    /// 423 while somebody else holds the lock of that file, 409 for a `lock` that is not in force; 406 for more than [`LONGEST_FILE`].
    pub fn store_file(
        &mut self,
        caller: &Caller,
        now: i64,
        (workspace, folder): (&str, &str),
        (name, text): (&str, &str),
        source: Option<&str>,
        lock: Option<&str>,
    ) -> Result<UploadView, Refusal> {
        check_size(text)?;
        let node = match self.namesake(caller, workspace, folder, name)? {
            Some(id) => self.add_version(caller, now, (workspace, &id), text, lock)?,
            None if lock.is_some() => return Err(Refusal::lock_lost()),
            None => self.create_node(caller, now, (workspace, folder), NodeKind::File, name, text)?,
        };
        let upload = self.next_id("5");
        let view = UploadView {
            upload_id: upload.clone(),
            state: "complete",
            workspace_id: workspace.to_owned(),
            new_file_id: node.id,
            filename: format!("{name} ({})", node.origin),
            size: text.len(),
            source_url: source.map(str::to_owned),
            created: stamp(now),
        };
        let user = caller.user.clone();
        self.uploads.insert(
            upload,
            Upload {
                user,
                view: view.clone(),
            },
        );
        forget_oldest(
            &mut self.uploads,
            |upload| upload.user == caller.user,
            |upload| upload.view.created.clone(),
        );
        Ok(view)
    }

    /// The state of an upload of the caller's own.
    pub fn upload(&self, caller: &Caller, id: &str) -> Result<&UploadView, Refusal> {
        self.permit(caller, &Demand::own())?;
        let open = self.switches.flaws.has(Flaw::UploadsOpen);
        let upload = self.uploads.get(id);
        let upload = upload.filter(|upload| open || upload.user == caller.user);
        upload.map(|upload| &upload.view).ok_or_else(Refusal::not_found)
    }

    /// Brings in a file from an address: one on the list of this world, or one of the platform's own files, which is
    /// read with the rights of the caller. Nothing is fetched from anywhere else.
    pub fn import(
        &mut self,
        caller: &Caller,
        now: i64,
        place: (&str, &str),
        (source, name): (&str, Option<&str>),
        lock: Option<&str>,
    ) -> Result<UploadView, Refusal> {
        self.permit(caller, &Demand::workspace(place.0, Mode::Rw))?;
        let text = match self.sources.get(source) {
            Some(text) => text.clone(),
            None => self.own_address(caller, now, source)?,
        };
        let last = source
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        let name = name.filter(|name| !name.is_empty()).unwrap_or(last);
        self.store_file(caller, now, place, (name, &text), Some(source), lock)
    }

    /// The text behind an address of the platform's own.
    fn own_address(&mut self, caller: &Caller, now: i64, source: &str) -> Result<String, Refusal> {
        let unknown = || Refusal::validation("source_url", "is not an address that files are imported from");
        let path = source
            .strip_prefix(self.home.as_str())
            .filter(|_| !self.home.is_empty());
        let segments: Vec<&str> = path
            .and_then(|path| path.strip_prefix("/current/workspace/"))
            .map(|path| path.trim_end_matches('/').split('/').collect())
            .ok_or_else(unknown)?;
        let [workspace, "storage", node, "read" | "content"] = segments.as_slice() else {
            return Err(unknown());
        };
        let switches = self.switches;
        self.switches.flaws = switches
            .flaws
            .with(Flaw::Waved, switches.flaws.has(Flaw::ImportsAsSystem));
        let read = self.node_content(caller, now, workspace, node);
        self.switches = switches;
        read.map(|(_, text)| text)
    }

    /// Says where the world answers, and which addresses files are imported from.
    pub fn settle(&mut self, home: &str) {
        home.clone_into(&mut self.home);
        let sources = SOURCES.iter();
        self.sources = sources
            .map(|(name, text)| (format!("{home}/sources/{name}"), (*text).to_owned()))
            .collect();
    }

    fn namesake(
        &self,
        caller: &Caller,
        workspace: &str,
        folder: &str,
        name: &str,
    ) -> Result<Option<String>, Refusal> {
        let place = self.workspace(caller, workspace, Mode::Rw)?;
        let parent = super::files::parent_of(place, folder)?;
        let same = |node: &&super::Node| {
            node.kind == NodeKind::File && !node.trashed && node.parent == parent && node.name == name
        };
        Ok(place
            .storage
            .nodes()
            .values()
            .find(same)
            .map(|node| node.id.clone()))
    }

    fn add_version(
        &mut self,
        caller: &Caller,
        now: i64,
        (workspace, node): (&str, &str),
        text: &str,
        lock: Option<&str>,
    ) -> Result<NodeView, Refusal> {
        self.unlocked(caller, now, (workspace, node), lock)?;
        let version = Version {
            id: self.next_id("3"),
            created: now,
            by: caller.credential.clone(),
            text: text.to_owned(),
        };
        let view = self.change_node(caller, workspace, node, None, |node| {
            node.versions.push(version);
            node.modified = now;
            Ok(())
        })?;
        self.note_node(caller, now, "updated", workspace, &view);
        Ok(view)
    }
}

/// What staging asks: a credential that may write somewhere.
pub fn upload_demand() -> Demand {
    Demand {
        mode: Mode::Rw,
        ..Demand::own()
    }
}

/// What files are imported from: names below `/sources/` of the world itself, and what stands there.
pub const SOURCES: &[(&str, &str)] = &[
    ("rates.csv", "currency,rate\nEUR,1.0\nUSD,1.1\n"),
    ("terms.txt", "These terms apply from the first of the month.\n"),
];

fn check_size(text: &str) -> Result<(), Refusal> {
    if text.len() > LONGEST_FILE {
        return Err(Refusal::validation("content", "is longer than 4 MiB"));
    }
    Ok(())
}

fn forget_oldest<T, K: Ord>(
    kept: &mut std::collections::BTreeMap<String, T>,
    own: impl Fn(&T) -> bool,
    age: impl Fn(&T) -> K,
) {
    let own: Vec<(K, String)> = kept
        .iter()
        .filter(|(_, one)| own(one))
        .map(|(id, one)| (age(one), id.clone()))
        .collect();
    if own.len() > KEPT
        && let Some((_, oldest)) = own.into_iter().min()
    {
        kept.remove(&oldest);
    }
}
