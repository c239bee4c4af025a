//! Lines on standard output, and beside them on standard error. A reader that has seen enough and closed the pipe is no fault.

use std::{
    fmt,
    io::{self, ErrorKind, Write},
};

/// Writes what was asked for to standard output.
///
/// # Errors
/// The system's own, a full disk's for one.
pub fn bytes(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Prints a line. A reader that has gone does not stop the work.
pub fn line(text: fmt::Arguments<'_>) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// Prints a line on standard error.
pub fn aside(text: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// `println!` that outlives its reader.
macro_rules! say {
    () => { $crate::say::line(format_args!("")) };
    ($($text:tt)*) => { $crate::say::line(format_args!($($text)*)) };
}
/// `eprintln!` that outlives its reader.
macro_rules! remark {
    ($($text:tt)*) => { $crate::say::aside(format_args!($($text)*)) };
}
pub(crate) use {remark, say};
