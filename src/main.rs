//! The command-line program. `outturn help` lists the commands.

use std::process::ExitCode;

fn main() -> ExitCode {
    outturn::cli::run()
}
