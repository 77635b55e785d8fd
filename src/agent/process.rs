//! One life of the command: a child in a process group of its own, its output bounded, ended with all its children.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

/// Bytes that are kept of what a command writes: the first, and the last.
const HEAD: usize = 192 << 10;
const TAIL: usize = 64 << 10;
/// How long the pipes of a command that has ended are read on: a child of it may hold them open.
const LINGER: Duration = Duration::from_millis(300);

/// What a command has written.
#[derive(Debug, Default)]
struct Written {
    head: Vec<u8>,
    tail: Vec<u8>,
    lost: u64,
}

impl Written {
    fn take(&mut self, bytes: &[u8]) {
        let room = HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..room]);
        self.tail.extend_from_slice(&bytes[room..]);
        if self.tail.len() > 2 * TAIL {
            let over = self.tail.len() - TAIL;
            self.tail.drain(..over);
            self.lost += over as u64;
        }
    }

    fn text(&self) -> String {
        let mut text = String::from_utf8_lossy(&self.head).into_owned();
        if self.lost > 0 {
            let _ = write!(text, "\n[{} bytes more]\n", self.lost);
        }
        text.push_str(&String::from_utf8_lossy(&self.tail));
        text
    }
}

/// A running command.
pub(super) struct Process {
    child: Child,
    group: Group,
    written: Arc<Mutex<Written>>,
    readers: Vec<JoinHandle<()>>,
}

/// The process group of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Group(Option<u32>);

impl Group {
    /// Ends everything in it at once.
    pub(super) fn kill(self) {
        #[cfg(unix)]
        if let Some(pid) = self.0.and_then(|pid| i32::try_from(pid).ok())
            && let Some(pid) = rustix::process::Pid::from_raw(pid)
        {
            // Nobody is left in it: that is what was wanted.
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
    }
}

impl Process {
    /// Starts it in a folder, with this environment and no other.
    pub(super) fn start(
        program: &str,
        arguments: &[String],
        environment: &BTreeMap<String, String>,
        folder: &Path,
    ) -> std::io::Result<Self> {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .envs(environment)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn()?;
        let written = Arc::new(Mutex::new(Written::default()));
        let readers = [
            child.stdout.take().map(|pipe| read(pipe, written.clone())),
            child.stderr.take().map(|pipe| read(pipe, written.clone())),
        ];
        Ok(Self {
            group: Group(child.id()),
            child,
            written,
            readers: readers.into_iter().flatten().collect(),
        })
    }

    /// Its process group.
    pub(super) fn group(&self) -> Group {
        self.group
    }

    /// What it has written so far.
    pub(super) fn output(&self) -> String {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).text()
    }

    /// Waits for its end, at most so long; `None`: the time was over, and it has been ended.
    pub(super) async fn wait(&mut self, most: Duration) -> Option<std::process::ExitStatus> {
        let ended = tokio::time::timeout(most, self.child.wait()).await;
        if ended.is_err() {
            self.group.kill();
            let _ = self.child.wait().await;
        }
        let all = futures_util::future::join_all(self.readers.drain(..).map(Stopped));
        let _ = tokio::time::timeout(LINGER, all).await;
        // Whoever it has left behind.
        self.group.kill();
        ended.ok().and_then(Result::ok)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.group.kill();
    }
}

/// A reader that ends when nobody waits for it any more.
struct Stopped(JoinHandle<()>);

impl Future for Stopped {
    type Output = ();

    fn poll(mut self: std::pin::Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> std::task::Poll<()> {
        std::pin::Pin::new(&mut self.0).poll(cx).map(|_| ())
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn read(mut pipe: impl AsyncRead + Unpin + Send + 'static, written: Arc<Mutex<Written>>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut bytes = vec![0; 64 << 10];
        while let Ok(count @ 1..) = pipe.read(&mut bytes).await {
            written
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(&bytes[..count]);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Process {
        let environment = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]);
        let arguments = ["-c".to_owned(), script.to_owned()];
        Process::start("sh", &arguments, &environment, Path::new("/")).unwrap()
    }

    #[tokio::test]
    async fn a_printer_of_much_is_bounded() {
        let mut process = sh("head -c 20000000 /dev/zero | tr '\\0' x; echo end");
        let status = process.wait(Duration::from_mins(1)).await;
        assert_eq!(status.and_then(|status| status.code()), Some(0));
        let text = process.output();
        assert!(text.len() < HEAD + 3 * TAIL, "{}", text.len());
        assert!(text.contains("bytes more]") && text.ends_with("end\n"));
    }

    #[tokio::test]
    async fn children_end_with_it() {
        let mark = std::env::temp_dir().join(format!("hallmark-orphan-{}", std::process::id()));
        let _ = std::fs::remove_file(&mark);
        let mut process = sh(&format!("(sleep 1; touch {}) & echo gone", mark.display()));
        let started = std::time::Instant::now();
        assert!(process.wait(Duration::from_secs(20)).await.is_some());
        assert!(started.elapsed() < Duration::from_millis(900));
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert!(!mark.exists(), "the child lived on");
    }

    #[tokio::test]
    async fn one_that_hangs_costs_its_own_time() {
        let mut process = sh("sleep 60");
        assert!(process.wait(Duration::from_millis(200)).await.is_none());
    }
}
