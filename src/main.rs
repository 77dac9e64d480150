//! The command line: see `outturn help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    outturn::cli::run()
}
