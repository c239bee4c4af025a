//! Nothing: the tests are in `it/`, one binary over in-process servers, and `outside/`, which runs the built program.
