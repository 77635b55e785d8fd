//! What a command leaves on the disk: files, their modes, and the secrets in them.

use std::path::Path;

use serde_json::{Value as Json, json};

/// Files that are looked at.
const MOST: usize = 500;
/// Bytes of one that are searched.
const LARGEST: u64 = 4 << 20;

/// A secret by its name, in every form in which it can be written.
pub(super) struct Known {
    pub(super) name: String,
    pub(super) forms: Vec<String>,
}

/// The files below a folder, as the selector `files` shows them.
pub(super) fn look(folder: &Path, called: &str, known: &[Known]) -> Vec<Json> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(inside) = waiting.pop() {
        let Ok(entries) = std::fs::read_dir(&inside) else {
            continue;
        };
        let mut entries: Vec<_> = entries.flatten().collect();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let Ok(about) = entry.path().symlink_metadata() else {
                continue;
            };
            if about.is_dir() {
                waiting.push(entry.path());
            }
            if !about.is_file() || found.len() >= MOST {
                continue;
            }
            let path = entry.path();
            let shown = path.strip_prefix(folder).unwrap_or(&path);
            found.push(json!({
                "path": shown.display().to_string(),
                "folder": called,
                "mode": mode(&about),
                "size": about.len(),
                "holds": held(&path, about.len(), known),
            }));
        }
    }
    found
}

/// Permission bits in octal: `600`.
fn mode(about: &std::fs::Metadata) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        format!("{:03o}", about.permissions().mode() & 0o777)
    }
    #[cfg(not(unix))]
    {
        let _ = about;
        String::new()
    }
}

fn held(path: &Path, size: u64, known: &[Known]) -> Vec<String> {
    if size > LARGEST {
        return Vec::new();
    }
    let bytes = std::fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let inside = |one: &&Known| one.forms.iter().any(|form| text.contains(form.as_str()));
    known.iter().filter(inside).map(|one| one.name.clone()).collect()
}
