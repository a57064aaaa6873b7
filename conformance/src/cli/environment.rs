//! The environment variables of `mqttspec check`: each option has one, `MQTTSPEC_` and its name.

use clap::{ArgAction, Command, builder::FalseyValueParser};

/// Lets every option of `check` take its value from a variable, if it is not given as a flag: `MQTTSPEC_MQTT_VERSION`. An
/// option that is on or off is off if its variable is empty, `0`, `no`, `off` or `false`. `MQTTSPEC_URLS` has blanks between
/// the URLs; other repeatable options have one value.
pub(super) fn of_check(command: Command) -> Command {
    command.mut_subcommand("check", |check| {
        check.after_help(HELP).mut_args(|arg| {
            let id = arg.get_id().as_str().to_ascii_uppercase();
            let arg = match arg.get_action() {
                ArgAction::SetTrue => arg.value_parser(FalseyValueParser::new()),
                ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version => return arg,
                _ if arg.is_positional() => arg.value_delimiter(' '),
                _ => arg,
            };
            arg.env(format!("MQTTSPEC_{id}")).hide_env(true)
        })
    })
}

const HELP: &str = "Each option has an environment variable, such as MQTTSPEC_MQTT_VERSION for --mqtt-version; a flag goes \
                    first. Behind both comes mqttspec.toml in the current directory, with options by their long names and \
                    the brokers as urls. MQTTSPEC_URLS are the brokers, with blanks between them. Give passwords only in \
                    MQTTSPEC_PASSWORD, because others may see the arguments of a process.";
