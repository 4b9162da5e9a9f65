//! Small scripts with fixed text, for what is one step at the server and needs more than a change can do: to count.

use redis::FromRedisValue;

use super::link::Link;
use crate::store::StoreError;

impl Link {
    /// The answer of `script`, which touches these keys alone. It may have run where the answer did not come.
    ///
    /// # Errors
    /// [`StoreError::Away`].
    pub(in crate::store) async fn run<R: FromRedisValue + Send + 'static>(
        &self,
        script: &'static str,
        keys: &[&[u8]],
        arguments: &[Vec<u8>],
    ) -> Result<R, StoreError> {
        let mut commands = redis::pipe();
        commands.cmd("EVAL").arg(script).arg(keys.len()).arg(keys);
        commands.arg(arguments);
        let (answer,) = self.ask(commands).await?;
        Ok(answer)
    }
}
