"""The services of the stack: how each is prepared, started, asked whether it is ready, and stopped."""
