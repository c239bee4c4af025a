//! Roles as processes of their own, and what they cost: memory and processor time as Linux counts them.

use std::{
    env,
    fs::{self, File},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::Context;

/// A role that runs until dropped.
pub struct Role(Child);

impl Role {
    /// Starts this program again as one role. Its log is added to `DIR/ROLE.log`.
    pub fn start(role: &str, config: &Path, directory: &Path) -> anyhow::Result<Self> {
        let log = File::options().create(true).append(true).open(directory.join(format!("{role}.log")))?;
        let child = Command::new(env::current_exe()?)
            .args(["serve", "--role", role, "--config"])
            .arg(config)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn();
        Ok(Self(child.with_context(|| format!("role {role}"))?))
    }

    /// That it is still running.
    pub fn check(&mut self) -> anyhow::Result<()> {
        match self.0.try_wait()? {
            None => Ok(()),
            Some(status) => anyhow::bail!("a role ended by itself, {status}; see its log, kept with --dir"),
        }
    }

    /// The most memory that it has held so far, MiB; `None` off Linux.
    pub fn peak_mib(&self) -> Option<f64> {
        peak_mib(self.0.id())
    }
}

fn peak_mib(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kib: f64 = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}

impl Drop for Role {
    fn drop(&mut self) {
        // It may have ended already; its store is thrown away.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A loopback address that was free a moment ago.
pub fn free_address() -> anyhow::Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_where_the_system_tells_it() {
        let held = vec![1_u8; 64 << 20];
        assert!(!cfg!(target_os = "linux") || peak_mib(std::process::id()).is_some_and(|mib| mib > 64.0));
        drop(held);
    }
}
