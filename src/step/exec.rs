//! The `exec` step: a command without a shell. Off unless the target file or the command line allows it.

use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::act::silent;
use super::{Fill, Problem};
use crate::expect::{Executed, Outcome, Single};
use crate::scenario::model::ExecStep;
use crate::target::Permission;

/// What is kept of a command's output.
const OUTPUT: u64 = 256 * 1024;

pub(super) async fn perform(
    step: &ExecStep,
    timeout: Option<Duration>,
    fill: Fill<'_>,
) -> Result<Single, Problem> {
    if !fill.world.target().target.allow.contains(&Permission::Exec) {
        return Err(Problem::NotAllowed {
            what: "running a command".to_owned(),
            unlock: "allow: [exec]".to_owned(),
        });
    }
    let start = Instant::now();
    let argv = step
        .argv
        .iter()
        .map(|template| fill.text(template))
        .collect::<Result<Vec<_>, _>>()?;
    let (program, arguments) = argv
        .split_first()
        .ok_or_else(|| Problem::Unusable("no command".to_owned()))?;
    let stdin = step
        .stdin
        .as_ref()
        .map(|template| fill.text(template))
        .transpose()?;
    let left = fill.world.deadline().saturating_duration_since(start);
    let run = run(program, arguments, stdin);
    let executed = match tokio::time::timeout(timeout.unwrap_or(left).min(left), run).await {
        Ok(result) => result.map_err(|error| Problem::Failed(format!("cannot run `{program}`: {error}")))?,
        Err(_) => Executed {
            code: None,
            output: "ended: its time was over".to_owned(),
            end: "time-out",
            files: Vec::new(),
        },
    };
    let mut single = silent(start);
    single.outcome = if executed.code == Some(0) {
        Outcome::Done
    } else {
        Outcome::Broken
    };
    single.executed = Some(executed);
    Ok(single)
}

async fn run(program: &str, arguments: &[String], stdin: Option<String>) -> std::io::Result<Executed> {
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .stdin(if stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    if let (Some(text), Some(mut pipe)) = (stdin, child.stdin.take()) {
        pipe.write_all(text.as_bytes()).await?;
    }
    let (out, err) = tokio::join!(read(child.stdout.take()), read(child.stderr.take()));
    let status = child.wait().await?;
    Ok(Executed {
        code: status.code(),
        output: format!("{}{}", out?, err?),
        end: if status.code().is_some() { "exit" } else { "signal" },
        files: Vec::new(),
    })
}

async fn read(pipe: Option<impl tokio::io::AsyncRead + Unpin>) -> std::io::Result<String> {
    let Some(mut pipe) = pipe else {
        return Ok(String::new());
    };
    let mut bytes = Vec::new();
    (&mut pipe).take(OUTPUT).read_to_end(&mut bytes).await?;
    // The rest is read and dropped, so that a talkative command does not block on a full pipe.
    tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
