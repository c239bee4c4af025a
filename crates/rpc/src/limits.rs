//! Bounds that servers and clients agree on.

use std::time::Duration;

/// Largest message either way: a workbook of 16 MiB and its envelope, or a frozen round of about 10,000 counties' verdicts.
pub const MESSAGE_BYTES: usize = 64 * 1024 * 1024;
/// Longest call that is not a stream: a report of 100,000 rows with its checks.
pub const CALL_DEADLINE: Duration = Duration::from_secs(60);
/// Longest time to connect.
pub const CONNECT_DEADLINE: Duration = Duration::from_secs(5);
/// A silent connection is asked for a sign of life this often, and dropped after as long again without one.
pub const KEEP_ALIVE: Duration = Duration::from_secs(20);
