//! `hallmark`: the real world's arguments in, an exit code out.

use std::process::ExitCode;

/// Thousands of short cases on several threads: glibc's allocator takes a third of their time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // A reader that goes away (`hallmark rules | head`) is not an error worth a message.
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return hallmark::cli::cannot_start(&error),
    };
    let code = runtime.block_on(hallmark::cli::main(std::env::args_os().collect()));
    runtime.shutdown_background();
    ExitCode::from(code)
}
