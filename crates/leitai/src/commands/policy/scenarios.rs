//! `leitai policy test`: scenarios tried under a notification policy, without any service.

use std::path::Path;

use anyhow::Context;
use leitai_domain::calendar::{CHINA_TOML, Calendar};
use leitai_notification::{EXAMPLE_POLICY_TOML, Policy, ScenarioFile, ScenarioOutcome};

use crate::{files, say::say};

/// Tries every scenario of the files; fails where anything came otherwise than expected.
pub fn run(files: &[impl AsRef<Path>], calendar: Option<&Path>) -> anyhow::Result<()> {
    let calendar = Calendar::from_toml(&text(calendar, CHINA_TOML)?)?;
    let mut failed = 0;
    for file in files.iter().map(AsRef::as_ref) {
        for outcome in tried(file, &calendar)? {
            failed += usize::from(!outcome.differences.is_empty());
            tell(&outcome);
        }
    }
    anyhow::ensure!(failed == 0, "{failed} scenarios came otherwise than expected");
    Ok(())
}

fn tried(file: &Path, calendar: &Calendar) -> anyhow::Result<Vec<ScenarioOutcome>> {
    let at = || format!("scenarios `{}`", file.display());
    let scenarios = ScenarioFile::from_toml(&files::text(file).with_context(at)?).with_context(at)?;
    let policy = scenarios.policy.as_ref().map(|policy| file.with_file_name(policy));
    let named = || format!("policy `{}`", policy.as_deref().unwrap_or(Path::new("example")).display());
    let policy = Policy::from_toml(&text(policy.as_deref(), EXAMPLE_POLICY_TOML)?).with_context(named)?;
    scenarios.run(&policy, calendar).with_context(at)
}

fn tell(outcome: &ScenarioOutcome) {
    say!("{} {}", if outcome.differences.is_empty() { "ok    " } else { "FAILED" }, outcome.name);
    for difference in &outcome.differences {
        say!("       {difference}");
    }
}

fn text(file: Option<&Path>, shipped: &str) -> anyhow::Result<String> {
    let Some(file) = file else { return Ok(shipped.to_owned()) };
    files::text(file).with_context(|| format!("`{}`", file.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../notification/scenarios/example.toml");

    #[test]
    fn shipped_scenarios_pass_and_a_file_names_its_own_policy() {
        run(&[SHIPPED], None).unwrap();
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("milder.toml"), EXAMPLE_POLICY_TOML.replacen("{ periods = 2 }", "{ periods = 3 }", 1)).unwrap();
        let scenarios = format!("policy = \"milder.toml\"\n{}", fs::read_to_string(SHIPPED).unwrap());
        let file = directory.path().join("scenarios.toml");
        fs::write(&file, scenarios).unwrap();
        let error = run(&[&file], None).unwrap_err();
        assert_eq!(error.to_string(), "1 scenarios came otherwise than expected");
    }
}
