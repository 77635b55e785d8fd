//! argv and settings → one job; the live console; exit codes.
//!
//! May use every room. The only room that prints, reads the environment, the clock of the wall and the command line.

mod agent;
mod args;
mod browse;
mod check;
mod choose;
mod console;
mod exit;
mod init;
mod library;
mod load;
mod login;
mod logins;
mod mock;
mod outputs;
mod pipeline;
mod report;
mod report_baseline;
mod requirements;
mod rules;
mod run;
mod schema;
mod subject;
mod summary;
mod term;
mod unjudged;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};
pub use exit::Exit;

/// Runs one command; the exit code is documented in the README.
pub async fn main(argv: Vec<OsString>) -> u8 {
    let typed = typed(&argv);
    let args = match Args::try_parse_from(argv) {
        Ok(args) => args,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Usage.code()
            } else {
                Exit::Good.code()
            };
        }
    };
    let exit = match args.command {
        Command::Run(run) => Box::pin(run::run(*run, &typed)).await,
        Command::Agent(agent) => Box::pin(agent::agent(*agent, &typed)).await,
        Command::Load(load) => Box::pin(load::load(*load, &typed)).await,
        Command::Check(check) => check::check(&check),
        Command::Rules(rules) => rules::rules(&rules),
        Command::Mock(mock) => mock::mock(mock).await,
        Command::Report(report) => report::report(report),
        Command::Schema(schema) => schema::schema(&schema),
        Command::Init(init) => init::init(&init),
        Command::Login(login) => Box::pin(login::login(*login)).await,
        Command::Completions { shell } => args::completions(shell),
    };
    let exit = if term::lost() {
        exit.and(Exit::Unjudged)
    } else {
        exit
    };
    exit.code()
}

/// The runtime could not be made.
pub fn cannot_start(error: &std::io::Error) -> ExitCode {
    term::complain(&format!("cannot start: {error}"));
    ExitCode::from(Exit::Bug.code())
}

/// The command as typed, quoted where a shell would need it.
fn typed(argv: &[OsString]) -> String {
    let words = argv.iter().skip(1).map(|word| quoted(&word.to_string_lossy()));
    std::iter::once("hallmark".to_owned())
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}

fn quoted(word: &str) -> String {
    let plain = !word.is_empty()
        && word
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_./:=,@+%".contains(c));
    if plain {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
