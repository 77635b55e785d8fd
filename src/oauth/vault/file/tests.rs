//! The store: leases, fencing, modes, damage.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::{AuthMethod, Client, KeyOrigin, State, Tokens};
use super::*;
use crate::secret::Secret;

struct Place {
    folder: PathBuf,
    now: Arc<AtomicU64>,
    key: Key,
}

impl Place {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("hallmark-vault-{:016x}", rand::random::<u64>()));
        Self {
            folder,
            now: Arc::new(AtomicU64::new(1_000_000)),
            key: Key::generate(KeyOrigin::Variable),
        }
    }

    fn open(&self) -> Result<FileVault, VaultError> {
        let now = Arc::clone(&self.now);
        let clock = Clock::new(move || Duration::from_secs(now.load(Ordering::Relaxed)));
        FileVault::open(&self.folder, self.key.clone(), clock, Steps::default())
    }

    fn pass(&self, seconds: u64) {
        self.now.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Words without what differs from run to run.
    fn said(&self, error: &VaultError) -> String {
        error
            .to_string()
            .replace(&self.folder.display().to_string(), "VAULT")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn name() -> Name {
    Name::parse("writer").expect("a name")
}

fn grant(refresh: &str) -> Grant {
    Grant {
        endpoint: "https://a.example/mcp".to_owned(),
        issuer: "https://b.example".to_owned(),
        token_endpoint: "https://b.example/token".to_owned(),
        revocation_endpoint: None,
        resource: None,
        client: Client {
            id: "c".to_owned(),
            secret: None,
            key: None,
            auth: AuthMethod::None,
        },
        scope: Vec::new(),
        since: 1,
        state: State::Connected(Tokens {
            access: None,
            refresh: Some(Secret::new(refresh)),
            refreshes: 0,
            pending: None,
            alarm: None,
        }),
    }
}

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn what_is_committed_is_read_and_listed_and_deleted() {
    let place = Place::new();
    let vault = place.open().expect("a vault");
    assert_eq!(vault.read(&name()).await, Ok(None));
    let lease = vault.lease(&name(), MINUTE).await.expect("a lease");
    vault.commit(&lease, &grant("one")).await.expect("committed");
    vault.commit(&lease, &grant("two")).await.expect("committed");
    vault.release(lease).await.expect("released");
    let again = place.open().expect("the same vault");
    assert_eq!(again.read(&name()).await, Ok(Some(grant("two"))));
    assert_eq!(again.list().await, Ok(vec![name()]));
    let lease = again.lease(&name(), MINUTE).await.expect("a lease");
    assert_eq!(lease.fencing, 2);
    again.delete(&lease).await.expect("deleted");
    again.release(lease).await.expect("released");
    assert_eq!(again.read(&name()).await, Ok(None));
    let mut left: Vec<String> = std::fs::read_dir(&place.folder)
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    left.sort();
    assert_eq!(left, ["vault.json", "writer.lease", "writer.lock"]);
}

#[tokio::test]
async fn a_lease_keeps_others_out_until_its_time_is_over() {
    let place = Place::new();
    let (first, second) = (place.open().expect("a vault"), place.open().expect("a vault"));
    let lease = first.lease(&name(), MINUTE).await.expect("a lease");
    let Err(VaultError::Held { left, .. }) = second.lease(&name(), MINUTE).await else {
        panic!("it is held");
    };
    assert_eq!(left, MINUTE);
    place.pass(60);
    let taken = second.lease(&name(), MINUTE).await.expect("taken over");
    assert_eq!((lease.fencing, taken.fencing), (1, 2));
    second.commit(&taken, &grant("new")).await.expect("committed");
    let late = first.commit(&lease, &grant("late")).await.expect_err("too late");
    insta::assert_snapshot!(place.said(&late), @"the lease 1 on the login `writer` was taken over (now 2): what was about to be written is dropped");
    assert!(matches!(
        first.delete(&lease).await,
        Err(VaultError::Fenced { .. })
    ));
    // Giving back what somebody else has now takes nothing from them.
    first.release(lease.clone()).await.expect("nothing to do");
    second
        .commit(&taken, &grant("newer"))
        .await
        .expect("still theirs");
    second.release(taken).await.expect("released");
    assert!(matches!(
        first.commit(&lease, &grant("late")).await,
        Err(VaultError::Fenced { .. })
    ));
    assert_eq!(first.read(&name()).await, Ok(Some(grant("newer"))));
}

#[tokio::test]
async fn late_but_not_taken_over_is_in_time() {
    let place = Place::new();
    let vault = place.open().expect("a vault");
    let lease = vault.lease(&name(), MINUTE).await.expect("a lease");
    place.pass(3600);
    vault
        .commit(&lease, &grant("one"))
        .await
        .expect("nobody else wrote");
}

#[tokio::test]
async fn the_number_survives_a_lost_lease_file() {
    let place = Place::new();
    let vault = place.open().expect("a vault");
    for _ in 0..3 {
        let lease = vault.lease(&name(), MINUTE).await.expect("a lease");
        vault.commit(&lease, &grant("x")).await.expect("committed");
        vault.release(lease).await.expect("released");
    }
    for content in [&b""[..], b"{\"fencing\":", b"\0\0\0\0"] {
        std::fs::write(place.folder.join("writer.lease"), content).expect("a file");
        let lease = vault.lease(&name(), MINUTE).await.expect("a lease");
        assert_eq!(lease.fencing, 4);
        vault.release(lease).await.expect("released");
    }
    std::fs::remove_file(place.folder.join("writer.lease")).expect("gone");
    assert_eq!(vault.lease(&name(), MINUTE).await.expect("a lease").fencing, 4);
}

#[tokio::test]
async fn one_of_many_gets_the_lease() {
    let place = Place::new();
    for round in 1..=20 {
        let vaults: Vec<FileVault> = (0..16).map(|_| place.open().expect("a vault")).collect();
        let tasks: Vec<_> = vaults
            .into_iter()
            .map(|vault| tokio::spawn(async move { vault.lease(&name(), MINUTE).await }))
            .collect();
        let mut got = Vec::new();
        for task in tasks {
            got.extend(task.await.expect("a task").ok());
        }
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].fencing, round);
        // Alternately given back and left to end.
        if round % 2 == 0 {
            place
                .open()
                .expect("a vault")
                .release(got.remove(0))
                .await
                .expect("released");
        } else {
            place.pass(60);
        }
    }
}

#[tokio::test]
async fn damage_is_named_and_mended_by_a_new_login() {
    let place = Place::new();
    let vault = place.open().expect("a vault");
    let lease = vault.lease(&name(), MINUTE).await.expect("a lease");
    vault.commit(&lease, &grant("one")).await.expect("committed");
    let path = place.folder.join("writer.age");
    let whole = std::fs::read(&path).expect("a file");
    let mut said = Vec::new();
    for content in [&b""[..], &whole[..whole.len() / 2], b"hello"] {
        std::fs::write(&path, content).expect("a file");
        said.push(place.said(&vault.read(&name()).await.expect_err("damaged")));
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    VAULT/writer.age is damaged (cut short, or changed); `hallmark login --as writer` makes it anew
    VAULT/writer.age is damaged (cut short, or changed); `hallmark login --as writer` makes it anew
    VAULT/writer.age is damaged (its head is not one of age); `hallmark login --as writer` makes it anew
    ");
    vault.commit(&lease, &grant("two")).await.expect("a new login");
    assert_eq!(vault.read(&name()).await, Ok(Some(grant("two"))));
}

#[test]
fn another_key_is_refused_before_anything_is_written() {
    let mut place = Place::new();
    place.open().expect("a vault");
    place.key = Key::generate(KeyOrigin::Variable);
    let Err(VaultError::OtherKey { found, at_hand, .. }) = place.open() else {
        panic!("another key");
    };
    assert_ne!(found, at_hand);
}

#[test]
fn a_vault_of_a_later_version_is_left_alone() {
    let place = Place::new();
    place.open().expect("a vault");
    let path = place.folder.join("vault.json");
    std::fs::write(&path, br#"{"format":2,"key":"age1x"}"#).expect("a file");
    let error = place.open().expect_err("newer");
    insta::assert_snapshot!(place.said(&error), @"VAULT/vault.json has format 2, this version reads 1: use a newer hallmark");
    std::fs::write(&path, b"").expect("a file");
    let error = place.open().expect_err("damaged");
    insta::assert_snapshot!(place.said(&error), @"cannot read VAULT/vault.json: it is not what hallmark wrote; move the folder away to begin anew");
}

#[cfg(unix)]
#[tokio::test]
async fn looser_modes_are_refused_with_the_line_that_mends_them() {
    use std::os::unix::fs::PermissionsExt as _;
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
    };
    let place = Place::new();
    let vault = place.open().expect("a vault");
    let lease = vault.lease(&name(), MINUTE).await.expect("a lease");
    vault.commit(&lease, &grant("one")).await.expect("committed");
    let mode = |file: &str| {
        place
            .folder
            .join(file)
            .metadata()
            .expect("a file")
            .permissions()
            .mode()
            & 0o7777
    };
    assert_eq!(
        place.folder.metadata().expect("a folder").permissions().mode() & 0o7777,
        0o700
    );
    for file in [
        "vault.json",
        "writer.age",
        "writer.lease",
        "writer.lock",
        "writer.spare",
    ] {
        assert_eq!(mode(file), 0o600, "{file}");
    }
    let mut said = Vec::new();
    set(&place.folder.join("writer.age"), 0o640);
    said.push(place.said(&vault.read(&name()).await.expect_err("open")));
    set(&place.folder.join("writer.age"), 0o600);
    set(&place.folder, 0o755);
    said.push(place.said(&vault.read(&name()).await.expect_err("open")));
    said.push(place.said(&vault.commit(&lease, &grant("x")).await.expect_err("open")));
    said.push(place.said(&place.open().expect_err("open")));
    insta::assert_snapshot!(said.join("\n"), @r"
    VAULT/writer.age can be read by others (mode 0640); type: chmod 600 VAULT/writer.age
    VAULT can be read by others (mode 0755); type: chmod 700 VAULT
    VAULT can be read by others (mode 0755); type: chmod 700 VAULT
    VAULT can be read by others (mode 0755); type: chmod 700 VAULT
    ");
}

/// A disk with no space left: the smallest file system that root can make. Elsewhere the test has nothing to fill.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_found_before_anything_is_sent_and_keeps_what_was_there() {
    let place = Place::new();
    std::fs::create_dir_all(&place.folder).expect("a folder");
    let mount = |arguments: &[&str]| {
        std::process::Command::new(arguments[0])
            .args(&arguments[1..])
            .arg(&place.folder)
            .status()
            .is_ok_and(|status| status.success())
    };
    if !mount(&["mount", "-t", "tmpfs", "-o", "size=128k,mode=0700", "tmpfs"]) {
        return;
    }
    let vault = place.open().expect("a vault");
    let lease = vault.lease(&name(), MINUTE).await.expect("a lease");
    vault.commit(&lease, &grant("one")).await.expect("committed");
    // Full after the lease: the space that was kept takes the rotated token.
    let filler = place.folder.join("filler");
    let full = |bytes: usize| std::fs::write(&filler, vec![1; bytes]).is_err();
    assert!(full(1 << 20), "the disk is full");
    vault
        .commit(&lease, &grant("two"))
        .await
        .expect("in the space that was kept");
    assert_eq!(vault.read(&name()).await, Ok(Some(grant("two"))));
    assert!(full(1 << 20), "the disk is full");
    let second = vault.commit(&lease, &grant("three")).await;
    let _ = vault.release(lease).await;
    assert!(full(1 << 20), "the disk is full");
    let none = vault.lease(&name(), MINUTE).await;
    let kept = vault.read(&name()).await;
    std::fs::remove_file(&filler).expect("room");
    let after = vault.lease(&name(), MINUTE).await;
    // Else the folder cannot be taken off.
    drop(vault);
    assert!(mount(&["umount"]));
    assert!(
        matches!(second, Err(VaultError::Io { .. } | VaultError::Full { .. })),
        "{second:?}"
    );
    assert_eq!(kept, Ok(Some(grant("two"))));
    assert!(after.is_ok(), "{after:?}");
    insta::assert_snapshot!(place.said(&none.expect_err("full")), @"no space left for VAULT/writer.spare: a refreshed token could not be kept, so none is asked for");
}
