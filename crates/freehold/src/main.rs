//! The freehold binary.

fn main() -> std::process::ExitCode {
    cli::main()
}
