//! Lines on standard output.

use std::{
    fmt,
    io::{self, Write},
};

/// Prints a line. A reader that has seen enough and closed the pipe does not stop the work.
pub fn line(text: fmt::Arguments<'_>) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// `println!` that outlives its reader.
macro_rules! say {
    () => { $crate::say::line(format_args!("")) };
    ($($text:tt)*) => { $crate::say::line(format_args!($($text)*)) };
}
pub(crate) use say;
