//! A task that panics ends alone; a simulation must end with it.

use std::{
    panic,
    sync::{Mutex, PoisonError},
};

static FIRST: Mutex<Option<String>> = Mutex::new(None);

/// Keeps the first panic of the process.
pub fn watch() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        FIRST.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| info.to_string());
        usual(info);
    }));
}

/// Fails where there was one.
pub fn none() -> anyhow::Result<()> {
    match &*FIRST.lock().unwrap_or_else(PoisonError::into_inner) {
        Some(panic) => Err(anyhow::anyhow!("a task panicked: {panic}")),
        None => Ok(()),
    }
}
