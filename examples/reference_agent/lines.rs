//! Files of one JSON value a line, durable when `append` returns.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::failure::Failure;

/// Adds a line.
pub(crate) fn append(path: &Path, value: &Value) -> Result<(), Failure> {
    let machine = Failure::machine("a line is not written");
    let open = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path);
    let mut file = open.map_err(&machine)?;
    file.write_all(format!("{value}\n").as_bytes())
        .and_then(|()| file.sync_data())
        .map_err(&machine)
}
