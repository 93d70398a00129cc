"""Running a client under test: in a thread, or in a child process."""
