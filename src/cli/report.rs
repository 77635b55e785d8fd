//! `hallmark report`: a saved record drawn again, compared, merged.

use std::path::{Path, PathBuf};

use hallmark_reports::record::{Record, RecordError};
use hallmark_reports::{compare, merge};

use super::Exit;
use super::args::{ReportArgs, ReportCommand};
use super::summary::{Summary, View};
use super::{outputs, report_baseline, term};

pub(super) fn report(args: ReportArgs) -> Exit {
    let result = match args.what {
        Some(ReportCommand::Compare {
            before,
            after,
            format,
        }) => compared(&before, &after, &format),
        Some(ReportCommand::Baseline {
            record,
            out,
            why,
            until,
        }) => read(&record)
            .and_then(|record| report_baseline::write(&record, out.as_deref(), why.as_deref(), until)),
        Some(ReportCommand::Merge { records, out }) => merged(&records, out.as_deref()),
        None => drawn(&args),
    };
    result.unwrap_or_else(|exit| exit)
}

fn drawn(args: &ReportArgs) -> Result<Exit, Exit> {
    let path = args
        .record
        .clone()
        .unwrap_or_else(|| PathBuf::from("hallmark-out/record.json"));
    let outputs = outputs::outputs(&args.report, &folder_of(&path))?;
    let record = read(&path)?;
    if outputs.is_empty() {
        let color = args.color.on(term::stdout_is_terminal());
        let summary = Summary {
            record: &record,
            view: View {
                color,
                width: term::width(),
                verbose: false,
                quiet: false,
            },
        };
        term::out(&(hallmark_reports::load_text(&record) + &summary.text()));
        return Ok(Exit::Good);
    }
    Ok(outputs::write_all(&outputs, &record, args.strict))
}

/// Where the page of a record goes: beside the record of a run, else into a folder named like the file, so that it
/// never takes the place of another record.
fn folder_of(record: &Path) -> PathBuf {
    let own = ["record.json", "events.ndjson"]
        .iter()
        .any(|name| record.ends_with(name));
    if own {
        record.parent().unwrap_or(Path::new("")).to_owned()
    } else {
        record.with_extension("")
    }
}

fn compared(before: &Path, after: &Path, format: &str) -> Result<Exit, Exit> {
    let (before, after) = (read(before)?, read(after)?);
    let comparison = compare::compare(&before, &after);
    match format {
        "text" => term::out(&comparison.to_text()),
        "markdown" => term::out(&comparison.to_markdown()),
        other => {
            term::complain_with_help(
                &format!("`{other}` is no format of a comparison"),
                "text or markdown",
            );
            return Err(Exit::Usage);
        }
    }
    Ok(if comparison.is_worse() {
        Exit::Broke
    } else {
        Exit::Good
    })
}

fn merged(paths: &[PathBuf], out: Option<&Path>) -> Result<Exit, Exit> {
    let records = paths
        .iter()
        .map(|path| read(path))
        .collect::<Result<Vec<_>, _>>()?;
    let ruled = super::load::ruled(&records);
    let judge = |record: &mut Record| super::load::judge_again(record, ruled);
    let merged = merge::merge_load(records, judge).map_err(|error| {
        term::complain(&format!("cannot merge: {error}"));
        Exit::Unjudged
    })?;
    let text = merged.to_json().map_err(|error| {
        term::complain(&error.to_string());
        Exit::Bug
    })?;
    match out {
        None => term::out(&String::from_utf8_lossy(&text)),
        Some(path) => outputs::replace(path, &text).map_err(|error| {
            term::complain(&format!("cannot write {}: {error}", path.display()));
            Exit::Unjudged
        })?,
    }
    Ok(match merged.load {
        Some(_) => super::load::judged(&merged),
        None => Exit::of(&merged.checks, merged.baseline.as_ref(), false),
    })
}

/// Reads `record.json`, or `events.ndjson` of a run that was killed.
pub(super) fn read(path: &Path) -> Result<Record, Exit> {
    let bytes = std::fs::read(path).map_err(|error| {
        term::complain_with_help(
            &format!("cannot read {}: {error}", path.display()),
            "`hallmark run` writes hallmark-out/record.json",
        );
        Exit::Invalid
    })?;
    let parsed = match Record::parse(&bytes) {
        Err(RecordError::NoSchema | RecordError::Json(_))
            if path.extension().is_some_and(|ending| ending == "ndjson") =>
        {
            Record::from_events(&bytes[..])
        }
        other => other,
    };
    parsed.map_err(|error| {
        term::complain(&format!("{}: {error}", path.display()));
        Exit::Invalid
    })
}
