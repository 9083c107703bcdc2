//! The binary: hands the process's arguments to [`ormdojo::cli`] and its exit code back to the system.

fn main() -> std::process::ExitCode {
    ormdojo::cli::main()
}
