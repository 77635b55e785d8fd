//! `hallmark init`.

use std::path::Path;

use super::Exit;
use super::args::InitArgs;
use super::term;
use crate::target::init_files;

pub(super) fn init(args: &InitArgs) -> Exit {
    let files = init_files();
    let there: Vec<String> = files
        .iter()
        .map(|(path, _)| args.dir.join(path))
        .filter(|path| path.exists())
        .map(|path| path.display().to_string())
        .collect();
    if !there.is_empty() && !args.force {
        term::complain_with_help(
            &format!("{} is already there; nothing was written", there.join(" and ")),
            "`--force` writes over it",
        );
        return Exit::Usage;
    }
    for (path, text) in files {
        if let Err(error) = write(&args.dir.join(path), text) {
            term::complain(&format!(
                "cannot write {}: {error}",
                args.dir.join(path).display()
            ));
            return Exit::Invalid;
        }
        term::out(&format!("wrote {}\n", args.dir.join(path).display()));
    }
    term::out(
        "next: put your endpoint into hallmark.yaml, then\n  hallmark check\n  hallmark run --target hallmark.yaml\n",
    );
    Exit::Good
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text)
}
