//! The folder: modes, the file that names its key, files that come into place whole.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::sealed::FORMAT;
use super::super::{Key, VaultError};

/// Says which key everything is sealed with.
pub(super) const ABOUT: &str = "vault.json";
/// Longest file that is read.
const LONGEST: u64 = 1 << 20;

#[derive(Debug, Serialize, Deserialize)]
struct About {
    format: u32,
    /// The public half: it opens nothing.
    key: String,
}

/// Where a key file lies when nothing else is said, below a folder for settings.
pub fn key_name() -> &'static str {
    "vault.key"
}

/// Makes the folder, or refuses it.
pub(super) fn prepare(folder: &Path, key: &Key) -> Result<(), VaultError> {
    make_folder(folder)?;
    check_mode(folder)?;
    let path = folder.join(ABOUT);
    let public = key.public();
    loop {
        if let Some(bytes) = private_file(&path)? {
            return check_key(&path, &bytes, &public, key.origin.as_str());
        }
        let about = About {
            format: FORMAT,
            key: public.clone(),
        };
        let text = serde_json::to_vec_pretty(&about).map_err(|_| VaultError::CutOff)?;
        match write_new(&path, &text) {
            Ok(()) => return Ok(()),
            // Another process was faster; what it wrote decides.
            Err(VaultError::Io { .. }) if path.exists() => {}
            Err(error) => return Err(error),
        }
    }
}

fn check_key(path: &Path, bytes: &[u8], public: &str, origin: &'static str) -> Result<(), VaultError> {
    let about: About = serde_json::from_slice(bytes).map_err(|_| VaultError::Io {
        doing: "read",
        path: path.to_owned(),
        why: "it is not what hallmark wrote; move the folder away to begin anew".to_owned(),
    })?;
    if about.format > FORMAT {
        return Err(VaultError::Newer {
            path: path.to_owned(),
            found: about.format,
            known: FORMAT,
        });
    }
    if about.key == public {
        return Ok(());
    }
    Err(VaultError::OtherKey {
        path: path.parent().unwrap_or(path).to_owned(),
        found: about.key,
        at_hand: public.to_owned(),
        origin,
        advice: "; give the first one in HALLMARK_VAULT_KEY, or another folder in HALLMARK_VAULT".to_owned(),
    })
}

fn make_folder(folder: &Path) -> Result<(), VaultError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder
        .create(folder)
        .map_err(|error| VaultError::io("make the folder", folder, &error))
}

/// Refuses what others can read.
pub(super) fn check_mode(path: &Path) -> Result<(), VaultError> {
    let about = path
        .metadata()
        .map_err(|error| VaultError::io("look at", path, &error))?;
    private(path, &about)
}

#[cfg(unix)]
fn private(path: &Path, about: &std::fs::Metadata) -> Result<(), VaultError> {
    use std::os::unix::fs::MetadataExt as _;
    let mode = about.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(VaultError::Open {
            path: path.to_owned(),
            mode,
            wanted: if about.is_dir() { "700" } else { "600" },
        });
    }
    if about.uid() != rustix::process::geteuid().as_raw() {
        return Err(VaultError::Foreign {
            path: path.to_owned(),
            uid: about.uid(),
        });
    }
    Ok(())
}

/// Elsewhere the folder of the user's own profile keeps others out.
#[cfg(not(unix))]
fn private(_: &Path, _: &std::fs::Metadata) -> Result<(), VaultError> {
    Ok(())
}

/// A file that only its owner can read; `None` where there is none.
pub(in crate::oauth::vault) fn private_file(path: &Path) -> Result<Option<Vec<u8>>, VaultError> {
    let unreadable = |error: std::io::Error| VaultError::io("read", path, &error);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    // Of the file that was opened: another could take its place in between.
    private(path, &file.metadata().map_err(unreadable)?)?;
    let mut bytes = Vec::new();
    file.take(LONGEST).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(Some(bytes))
}

/// Writes a file that is not there yet, whole, with its folder.
pub(in crate::oauth::vault) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), VaultError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder)?;
    let part = beside(path);
    let done = write_part(&part, bytes).and_then(|()| {
        // A link fails where something is there already; a rename would write over it.
        std::fs::hard_link(&part, path).map_err(|error| VaultError::io("write", path, &error))
    });
    let _ = std::fs::remove_file(&part);
    done?;
    sync_folder(folder)
}

/// A name beside the file that no other process uses.
pub(super) fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{:016x}.part", rand::random::<u64>()));
    path.with_file_name(name)
}

/// Writes and syncs a new file.
pub(super) fn write_part(part: &Path, bytes: &[u8]) -> Result<(), VaultError> {
    let failed = |error: std::io::Error| VaultError::io("write", part, &error);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    owner_only(&mut options);
    let mut file = options.open(part).map_err(failed)?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(failed)
}

pub(super) fn owner_only(options: &mut OpenOptions) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = options;
}

/// A rename is durable when its folder is.
pub(super) fn sync_folder(folder: &Path) -> Result<(), VaultError> {
    #[cfg(unix)]
    {
        let failed = |error: std::io::Error| VaultError::io("sync", folder, &error);
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        Ok(())
    }
}
