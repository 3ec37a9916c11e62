//! The steps that are scripts. They are sent by hash; a server that does not have one yet is sent its text.

use redis::{Cmd, Pipeline, RedisError, Script, ServerErrorKind, Value};

use super::{
    connect::Connector,
    error::{server_error, unexpected},
    keys::Keys,
};
use crate::store::StoreError;

macro_rules! scripts {
    ($($name:ident: $($file:literal),+;)*) => {
        /// All of them.
        pub(super) struct Scripts {
            $(pub(super) $name: Step,)*
        }

        impl Scripts {
            pub(super) fn new() -> Self {
                Self { $($name: Step::new(concat!($(include_str!($file), "\n"),+)),)* }
            }
        }
    };
}

scripts! {
    begin: "lua/user.lua", "lua/begin.lua";
    open: "lua/user.lua", "lua/open.lua";
    load: "lua/user.lua", "lua/load.lua";
    rotate: "lua/user.lua", "lua/rotate.lua";
    end: "lua/user.lua", "lua/end.lua";
    revoke_user: "lua/user.lua", "lua/revoke_user.lua";
    count: "lua/user.lua", "lua/count.lua";
    list: "lua/user.lua", "lua/list.lua";
    deny: "lua/deny.lua";
    raise_floor: "lua/raise_floor.lua";
    root: "lua/root.lua";
}

pub(super) struct Step {
    text: &'static str,
    hash: String,
}

impl Step {
    fn new(text: &'static str) -> Self {
        Self { text, hash: Script::new(text).get_hash().to_owned() }
    }

    /// The command that runs it, by hash.
    pub(super) fn command(&self, keys: &[String], arguments: &[&[u8]]) -> Cmd {
        Self::with("EVALSHA", &self.hash, keys, arguments)
    }

    fn with(command: &str, script: &str, keys: &[String], arguments: &[&[u8]]) -> Cmd {
        let mut command = redis::cmd(command);
        command.arg(script).arg(keys.len()).arg(keys).arg(arguments);
        command
    }

    /// Runs it. With `replicas`, that many must have its effect within half the response timeout.
    pub(super) async fn run(
        &self,
        connector: &Connector,
        keys: &[String],
        arguments: &[&[u8]],
        replicas: u32,
    ) -> Result<Value, StoreError> {
        let mut answers = connector.exchange(waiting(self.command(keys, arguments), keys, connector, replicas)).await;
        if answers.as_ref().map_or_else(is_unknown_error, |answers| answers.iter().any(is_unknown)) {
            // It did nothing: it was not there.
            let command = Self::with("EVAL", self.text, keys, arguments);
            answers = connector.exchange(waiting(command, keys, connector, replicas)).await;
        }
        let mut answers = answers?.into_iter();
        let answer = answers.next().ok_or_else(unexpected)?;
        if let Value::ServerError(error) = answer {
            return Err(server_error(error));
        }
        if replicas > 0 {
            if let Value::ServerError(error) = answers.next().ok_or_else(unexpected)? {
                return Err(server_error(error));
            }
            match answers.next() {
                Some(Value::Int(have)) if have >= i64::from(replicas) => {}
                Some(Value::Int(have)) => {
                    let text = format!("{have} of {replicas} replicas have the change");
                    return Err(StoreError::new(text));
                }
                Some(Value::ServerError(error)) => return Err(server_error(error)),
                _ => return Err(unexpected()),
            }
        }
        Ok(answer)
    }
}

/// A command, and after it the wait for the replicas.
fn waiting(command: Cmd, keys: &[String], connector: &Connector, replicas: u32) -> Pipeline {
    let mut commands = redis::pipe();
    commands.add_command(command);
    if replicas > 0 {
        // Half the time there is, so that the answer can still be in time.
        let limit = u64::try_from(connector.response_timeout.as_millis() / 2).unwrap_or(u64::MAX).max(1);
        // It waits for what this connection wrote last. A step that is repeated on a new one writes nothing, so this is written after
        // it: replicas that have it have all from before.
        commands.cmd("SET").arg(keys.first().map_or_else(String::new, |key| Keys::mark(key))).arg("").arg("EX").arg(60);
        commands.cmd("WAIT").arg(replicas).arg(limit);
    }
    commands
}

fn is_unknown(answer: &Value) -> bool {
    matches!(answer, Value::ServerError(error) if error.kind() == Some(ServerErrorKind::NoScript))
}

fn is_unknown_error(error: &StoreError) -> bool {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<RedisError>());
    source.is_some_and(|error| error.kind() == redis::ErrorKind::Server(ServerErrorKind::NoScript))
}
