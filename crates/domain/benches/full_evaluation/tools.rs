//! The tools that are measured, each in a fresh process, and the Python environment of those that are not ours.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use super::files::Outcome;

/// Where this bench keeps its files: under `target/`.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("full-evaluation")
}

/// Where the Python scripts are.
fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/full_evaluation/python")
}

/// Something that does the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tool {
    /// As the table names it.
    pub name: &'static str,
    /// The script; `None` for our own.
    script: Option<&'static str>,
    /// Threads it is held to; `None` for as many as it takes by itself.
    threads: Option<u32>,
    /// What our own process is asked.
    asking: &'static str,
}

const fn ours(name: &'static str, asking: &'static str, threads: Option<u32>) -> Tool {
    Tool { name, script: None, threads, asking }
}

const fn theirs(name: &'static str, script: &'static str, threads: Option<u32>) -> Tool {
    Tool { name, script: Some(script), threads, asking: "" }
}

/// All of them; the first is what the others are held against.
pub const TOOLS: [Tool; 6] = [
    ours("Leitai, all cores", "year", None),
    ours("Leitai, 1 thread", "year", Some(1)),
    ours("Leitai, 1 thread, twelve rounds each alone", "each_alone", Some(1)),
    theirs("pandas", "pandas_job.py", None),
    theirs("polars, 1 thread", "polars_job.py", Some(1)),
    theirs("polars, all cores", "polars_job.py", None),
];

/// What one process measured.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// Median of its repeats.
    pub seconds: f64,
    /// Beyond what it held before.
    pub peak_kib: u64,
}

impl Tool {
    /// True for our own.
    pub fn is_ours(&self) -> bool {
        self.script.is_none()
    }

    /// Runs it on an input in a process of its own.
    pub fn measure(&self, python: &Path, input: &Path, repeats: usize) -> Result<Measured, Box<dyn Error>> {
        self.run(python, input, repeats, None)
    }

    /// Runs it once and reads what it made.
    pub fn outcome(&self, python: &Path, input: &Path) -> Result<Outcome, Box<dyn Error>> {
        let folder = folder().join("outcome");
        self.run(python, input, 1, Some(&folder))?;
        Outcome::read(&folder)
    }

    fn run(&self, python: &Path, input: &Path, repeats: usize, output: Option<&Path>) -> Result<Measured, Box<dyn Error>> {
        let mut command = match self.script {
            None => Command::new(env::current_exe()?),
            Some(script) => {
                let mut command = Command::new(python);
                command.arg(scripts().join(script));
                command
            }
        };
        if self.is_ours() {
            command.args(["--measure", self.asking]);
        }
        command.arg(input).arg(repeats.to_string()).args(output);
        if let Some(threads) = self.threads {
            command.env("POLARS_MAX_THREADS", threads.to_string()).env("RAYON_NUM_THREADS", threads.to_string());
        }
        let done = command.env("PYTHONDONTWRITEBYTECODE", "1").output()?;
        if !done.status.success() {
            return Err(format!("{}: {}", self.name, String::from_utf8_lossy(&done.stderr)).into());
        }
        let line: Value = serde_json::from_slice(&done.stdout)?;
        let mut seconds: Vec<f64> = line["seconds"].as_array().ok_or("no seconds")?.iter().filter_map(Value::as_f64).collect();
        seconds.sort_by(f64::total_cmp);
        let seconds = *seconds.get(seconds.len() / 2).ok_or("no repeat")?;
        Ok(Measured { seconds, peak_kib: line["peak_kib"].as_u64().ok_or("no peak")? })
    }
}

/// The interpreter of an environment with the pinned packages, made on the first run.
pub fn python() -> Result<PathBuf, Box<dyn Error>> {
    let (venv, pinned) = (folder().join("venv"), scripts().join("requirements.txt"));
    let (python, mark) = (venv.join("bin/python"), venv.join("installed.txt"));
    let wanted = fs::read_to_string(&pinned)?;
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
    succeed(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(&pinned))?;
    fs::write(mark, wanted)?;
    Ok(python)
}

/// Versions of the interpreter and the packages that are measured.
pub fn versions(python: &Path) -> Result<String, Box<dyn Error>> {
    let say = "import sys, importlib.metadata as m; print('Python', sys.version.split()[0], *(f'{p} {m.version(p)}' for p in ('numpy', 'pandas', 'polars')), sep=', ')";
    let done = Command::new(python).args(["-c", say]).output()?;
    Ok(String::from_utf8(done.stdout)?.trim().to_owned())
}

fn succeed(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let done = command.output().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stderr).into_owned().into()) }
}
