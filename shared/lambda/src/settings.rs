//! What a function is told by its environment: read and checked once, at its start.
//! `docs/deploy-environment.md` lists the variables.

use std::fmt;

use tracing::level_filters::LevelFilter;

/// The longest name of a table, and the shortest; DynamoDB's own limits.
const TABLE_NAME_BYTES: std::ops::RangeInclusive<usize> = 3..=255;
const LEVELS: [&str; 5] = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"];

/// What every function is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The table.
    pub table: String,
    /// Where AWS's region is.
    pub region: String,
    /// The bus, for a function that puts events on it.
    pub event_bus: Option<String>,
    /// From which level on lines are logged.
    pub level: LevelFilter,
}

/// All that is missing or wrong in the environment, one sentence each.
#[derive(PartialEq, Eq, thiserror::Error)]
#[error("the function's environment cannot be used: {}; \
         docs/deploy-environment.md lists what the stack has to set", .0.join("; "))]
pub struct SettingsError(Vec<String>);

impl SettingsError {
    /// That one function needs what others do not.
    pub(crate) fn not_set(name: &str) -> Self {
        Self(vec![format!("{name} is not set")])
    }
}

// A `main` that returns an error prints it in this form, and a person has to read it.
impl fmt::Debug for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Settings {
    /// Reads the settings from the environment; `variable` looks one up. An empty one is not set.
    ///
    /// # Errors
    ///
    /// * [`SettingsError`], which names all that is missing or wrong.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let mut wrong = Vec::new();
        let mut needed = |name: &str| {
            let value = variable(name);
            if value.is_none() {
                wrong.push(format!("{name} is not set"));
            }
            value.unwrap_or_default()
        };
        let (table, region) = (needed("TABLE_NAME"), needed("AWS_REGION"));
        if !table.is_empty() && !is_table_name(&table) {
            wrong.push(format!(
                "TABLE_NAME is {table:?}, which is no name of a table: 3 to 255 letters, digits, \
                 '_', '-' and '.'"
            ));
        }
        let level = variable("LOG_LEVEL").unwrap_or_else(|| "INFO".to_owned());
        if !LEVELS.iter().any(|known| known.eq_ignore_ascii_case(&level)) {
            let levels = LEVELS.join(", ");
            wrong.push(format!("LOG_LEVEL is {level:?}: leave it out or name one of {levels}"));
        }
        if let Some(url) = variable("AWS_ENDPOINT_URL")
            && !["http://", "https://"].iter().any(|scheme| url.starts_with(scheme))
        {
            wrong.push(format!(
                "AWS_ENDPOINT_URL is {url:?}: leave it out, or begin it with http:// or https://"
            ));
        }
        let level = level.parse().unwrap_or(LevelFilter::INFO);
        let event_bus = variable("EVENT_BUS_NAME");
        if wrong.is_empty() {
            Ok(Self { table, region, event_bus, level })
        } else {
            Err(SettingsError(wrong))
        }
    }
}

fn is_table_name(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    TABLE_NAME_BYTES.contains(&name.len()) && name.bytes().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> Result<Settings, String> {
        let value = |name: &str| set.iter().find(|one| one.0 == name).map(|one| one.1.to_owned());
        Settings::read(value).map_err(|wrong| format!("{wrong:?}"))
    }

    #[test]
    fn what_is_set_is_read() {
        let read = |level| {
            read(&[
                ("TABLE_NAME", "upline.Table_1-a"),
                ("AWS_REGION", "eu-west-1"),
                ("LOG_LEVEL", level),
                ("EVENT_BUS_NAME", "bus"),
                ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"),
            ])
        };
        let settings = |level| {
            let (table, region) = ("upline.Table_1-a".to_owned(), "eu-west-1".to_owned());
            Ok(Settings { table, region, event_bus: Some("bus".to_owned()), level })
        };
        assert_eq!(read(""), settings(LevelFilter::INFO));
        assert_eq!(read("WARN"), settings(LevelFilter::WARN));
        assert_eq!(read("debug"), settings(LevelFilter::DEBUG));
    }

    #[test]
    fn all_that_is_missing_or_wrong_is_named_together() {
        let wrong = read(&[
            ("TABLE_NAME", "a table"),
            ("AWS_REGION", ""),
            ("LOG_LEVEL", "loud"),
            ("AWS_ENDPOINT_URL", "127.0.0.1:4566"),
        ]);
        let wrong = wrong.unwrap_err();
        for told in [
            "TABLE_NAME is \"a table\"",
            "AWS_REGION is not set",
            "LOG_LEVEL is \"loud\"",
            "AWS_ENDPOINT_URL is \"127.0.0.1:4566\"",
            "docs/deploy-environment.md",
        ] {
            assert!(wrong.contains(told), "{told}: {wrong}");
        }
        let wrong = read(&[("AWS_REGION", "eu-west-1")]).unwrap_err();
        assert!(wrong.contains("TABLE_NAME is not set;"), "{wrong}");
        assert!(!wrong.contains("no name of a table"), "one fault is told once: {wrong}");
        let wrong = read(&[]).unwrap_err();
        assert!(wrong.contains("TABLE_NAME is not set; AWS_REGION is not set;"), "{wrong}");
    }

    #[test]
    fn a_table_has_a_name_of_dynamodb() {
        for (name, is_one) in [("ab", false), ("abc", true), ("a/b", false), ("tä", false)] {
            assert_eq!(is_table_name(name), is_one, "{name}");
        }
        assert!(is_table_name(&"a".repeat(255)) && !is_table_name(&"a".repeat(256)));
    }
}
