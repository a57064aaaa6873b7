//! [`Process`]: memory and CPU time of a broker's process on Linux; not available elsewhere.

use std::{fs, time::Duration};

/// A process on this machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Process(u32);

impl Process {
    pub(super) const fn new(id: u32) -> Self {
        Self(id)
    }

    /// The resident memory in kB.
    pub(super) fn resident(self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0)).ok()?;
        status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.split_whitespace().next()?.parse().ok()
    }

    /// The CPU time of all its threads since it started, in steps of 10 ms.
    pub(super) fn busy(self) -> Option<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0)).ok()?;
        // the name, in parentheses, may contain spaces and parentheses
        let (_, fields) = stat.rsplit_once(')')?;
        let mut times = fields.split_whitespace().skip(USER_TIME).map(str::parse::<u64>);
        let (user, system) = (times.next()?.ok()?, times.next()?.ok()?);
        Some(Duration::from_millis((user + system) * TICK))
    }
}

/// The number of fields in `/proc/PID/stat` between the name and `utime`, which `stime` follows (proc_pid_stat(5)).
const USER_TIME: usize = 11;
/// Milliseconds per clock tick in the interface for programs, whatever Linux uses internally.
const TICK: u64 = 10;

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{process, time::Instant};

    use super::*;

    #[test]
    fn busy_process_uses_cpu_time() {
        let this = Process::new(process::id());
        let (before, start) = (this.busy().unwrap(), Instant::now());
        while this.busy().unwrap() == before {
            assert!(start.elapsed() < Duration::from_secs(60), "nothing was counted");
        }
        assert!(this.resident().unwrap() > 100);
        assert!(this.busy().unwrap() <= start.elapsed() * 1000 + before);
        assert_eq!(Process::new(u32::MAX).busy(), None);
    }
}
