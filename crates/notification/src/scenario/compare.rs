//! What was expected held against what came.

/// What is expected and did not come, then what came and was not expected, each as it is shown.
pub fn differences<T: Ord>(
    mut expected: Vec<T>,
    mut found: Vec<T>,
    absent: impl Fn(&T) -> String,
    surplus: impl Fn(&T) -> String,
) -> Vec<String> {
    expected.sort();
    found.sort();
    let missing = expected.iter().filter(|one| !found.contains(one)).map(absent);
    let too_many = found.iter().filter(|one| !expected.contains(one)).map(surplus);
    missing.chain(too_many).collect()
}
