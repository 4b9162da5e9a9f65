//! What the server keeps, and what it may lose: looked at once, at the start, and said in plain words.

use std::collections::HashMap;

use redis::{Cmd, FromRedisValue, Value, from_redis_value};

use super::address::Where;
use super::link::Link;
use super::told::Trouble;
use crate::store::StoreError;

impl Link {
    /// What the server could lose of what it acknowledged, each with what to do about it; empty where all is well. Redis
    /// before 6.2 is no server for us, and refused as one that is away.
    ///
    /// # Errors
    /// [`StoreError::Away`].
    pub async fn check(&self) -> Result<Vec<String>, StoreError> {
        let mut warnings = Vec::new();
        let known = self.setting("maxmemory-policy").await?.is_ok();
        if known {
            self.check_settings(&mut warnings).await?;
        } else {
            warnings.push(
                "Redis does not let us read its settings (CONFIG GET), so it cannot be told whether it keeps what it \
                 acknowledges: see yourself that appendonly is yes, appendfsync always and maxmemory-policy noeviction"
                    .to_owned(),
            );
        }
        self.check_replicas(&mut warnings).await?;
        Ok(warnings)
    }

    async fn check_settings(&self, warnings: &mut Vec<String>) -> Result<(), StoreError> {
        let mut see = async |name, well: &str, otherwise: &str| {
            let value = self.setting(name).await?.unwrap_or_default();
            let is_well = value.is_empty() || value == well;
            if !is_well {
                warnings.push(format!(
                    "{name} of Redis is {value}: {otherwise}; set it to {well}"
                ));
            }
            Ok::<bool, StoreError>(is_well)
        };
        see(
            "maxmemory-policy",
            "noeviction",
            "when its memory is full it drops keys that it acknowledged",
        )
        .await?;
        let appends = see(
            "appendonly",
            "yes",
            "a restart loses what was changed since the last snapshot, if there is one",
        )
        .await?;
        if appends {
            see(
                "appendfsync",
                "always",
                "when its machine fails, it loses the last changes that it acknowledged",
            )
            .await?;
        }
        see(
            "cluster-allow-reads-when-down",
            "no",
            "a node that is cut off answers with what is old",
        )
        .await?;
        Ok(())
    }

    async fn check_replicas(&self, warnings: &mut Vec<String>) -> Result<(), StoreError> {
        let (address, options) = self.asked_for();
        if options.replicas == 0 {
            if !matches!(address.at, Where::Server(_)) {
                warnings.push(
                    "redis.replicas is 0: a failover may lose the last changes that were acknowledged; set it to \
                     the number of replicas"
                        .to_owned(),
                );
            }
            return Ok(());
        }
        let mut info = redis::cmd("INFO");
        info.arg("replication");
        let wanted = options.replicas;
        match self.one::<String>(info).await? {
            Err(_) => warnings.push(format!(
                "Redis does not let us see its replicas (INFO), so it cannot be told whether it has the {wanted} of \
                 redis.replicas"
            )),
            Ok(info) => {
                let mut lines = info.lines();
                let have = lines.find_map(|line| line.strip_prefix("connected_slaves:"));
                let have = have.and_then(|have| have.trim().parse::<u32>().ok()).unwrap_or(0);
                if have < wanted {
                    warnings.push(format!(
                        "redis.replicas is {wanted}, and Redis has {have}: no change is acknowledged until it has enough"
                    ));
                } else if have > wanted {
                    warnings.push(format!(
                        "redis.replicas is {wanted}, and Redis has {have}: a failover may make one the primary that lacks \
                         what another has, and lose changes that were acknowledged; set it to {have}"
                    ));
                }
            }
        }
        Ok(())
    }

    /// A setting of the server, empty where it has none of this name.
    async fn setting(&self, name: &str) -> Result<Result<String, Trouble>, StoreError> {
        let mut get = redis::cmd("CONFIG");
        get.arg("GET").arg(name);
        let found = self.one::<HashMap<String, String>>(get).await?;
        Ok(found.map(|mut found| found.remove(name).unwrap_or_default()))
    }

    /// The answer to one command, or what the server has against it.
    async fn one<R: FromRedisValue>(&self, command: Cmd) -> Result<Result<R, Trouble>, StoreError> {
        let mut pipe = redis::pipe();
        pipe.add_command(command).ignore_errors();
        let answers = self.ask::<Vec<Value>>(pipe).await?;
        Ok(match answers.into_iter().next() {
            Some(Value::ServerError(error)) => Err(Trouble::from(&error)),
            answer => from_redis_value(answer.unwrap_or(Value::Nil))
                .map_err(|error| Trouble::from(redis::RedisError::from(error))),
        })
    }
}
