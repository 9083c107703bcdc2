//! The binary: hands the process's arguments to [`ormdojo::cli`] and its exit code back to the system.

/// Counts what programs hold, so that their memory limit holds too.
#[global_allocator]
static ALLOCATOR: ormdojo::python::vm::CountingAllocator = ormdojo::python::vm::CountingAllocator;

fn main() -> std::process::ExitCode {
    ormdojo::cli::main()
}
