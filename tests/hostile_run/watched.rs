//! One run of the program against a server, watched from outside: how long, and how much it held.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::bent::TOKEN;
use crate::support::program::{Folder, command};

/// Bound of one whole run; a single exchange may take ten seconds.
const BOUND: Duration = Duration::from_mins(1);
/// Bound of what it may hold. A run of the mock holds 60 MiB.
const HELD: u64 = 400 << 10;

const TARGET: &str = "\
target: hostile
mcp: \"${env.MCP_URL}\"
principals: { reader: { bearer: \"${env.TOKEN}\" } }
timeouts: { exchange: 1s }
";

pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stderr: String,
    pub(crate) folder: Folder,
}

/// Runs some scenarios against what listens there.
pub(crate) async fn run(address: SocketAddr, only: &[&str]) -> Ended {
    run_with(address, "", only).await
}

/// The same with more lines in the target file.
pub(crate) async fn run_with(address: SocketAddr, more: &str, only: &[&str]) -> Ended {
    run_file(address, &format!("{TARGET}{more}"), only).await
}

/// The same with another target file.
pub(crate) async fn run_file(address: SocketAddr, target: &str, only: &[&str]) -> Ended {
    let folder = Folder::new();
    folder.write("hallmark.yaml", target);
    let mut arguments = vec!["run", "--target", "hallmark.yaml"];
    arguments.extend(only.iter().flat_map(|one| ["--only", one]));
    let mut command = command(&folder, &arguments);
    command
        .env("MCP_URL", format!("http://{address}/mcp"))
        .env("TOKEN", TOKEN)
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(folder.path().join("stderr")).expect("a file"));
    let (code, took, held) = tokio::task::spawn_blocking(move || watch(command))
        .await
        .expect("it ran");
    assert!(took < BOUND, "{took:?}");
    assert!(held < HELD, "held {held} KiB");
    Ended {
        code,
        stderr: folder.read("stderr"),
        folder,
    }
}

/// Its exit code, its time, and the most it held, in KiB.
fn watch(mut command: std::process::Command) -> (i32, Duration, u64) {
    let started = Instant::now();
    let mut child = command.spawn().expect("the binary starts");
    let mut held = 0;
    loop {
        held = held.max(peak(child.id()));
        if let Some(status) = child.try_wait().expect("a child") {
            return (status.code().unwrap_or(-1), started.elapsed(), held);
        }
        if started.elapsed() > BOUND {
            let _ = child.kill();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// `VmHWM`; nothing where there is no such file.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|text| text.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}
