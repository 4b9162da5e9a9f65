//! What a new key costs where it stands, without HTTP before it: as many asks at once as a load has connections, each of which
//! waits for its key before it asks for the next.
//!
//! `minting STORE TASKS SECONDS`, where STORE is the port of a Redis on this machine, or the path of a key file. It prints one
//! line of JSON. It must never ask for what was asked before: each key is new.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use editkey::grants::Grants;
use editkey::mint::{Life, Sealer, Secrets, Terms, draft};
use editkey::names::{Basename, Dirname, Place, Rights, Scope};
use editkey::store::Keys;
use editkey::store::redis::{Link, LinkState, Options, RedisPlace, StoreAddress, Where};
use editkey::visitor::{Source, Visitor};
use jiff::Timestamp;

/// As the program has it.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Keys that are minted before it counts.
const WARM: Duration = Duration::from_millis(300);

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let [store, tasks, seconds] = arguments.as_slice() else {
        anyhow::bail!("usage: minting PORT|KEYFILE TASKS SECONDS");
    };
    let sealer = Secrets::derive(&[1; 32]).sealer();
    let keys = match store.parse() {
        Ok(port) => Keys::over(link(port)?, sealer.clone()),
        Err(_) => Keys::at(Path::new(store), sealer.clone()),
    };
    let (tasks, seconds): (usize, f64) = (tasks.parse()?, seconds.parse()?);
    let load = Load {
        keys,
        sealer,
        run: Timestamp::now().as_millisecond(),
        begun: Instant::now(),
        length: Duration::from_secs_f64(seconds),
        done: AtomicU64::new(0),
        waits: Mutex::default(),
    };
    // As one of a server's threads does it.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let load = Arc::new(load);
    runtime.block_on(async {
        let all = futures_util::future::join_all((0..tasks).map(|task| Load::run(&load, task)));
        all.await.into_iter().collect::<anyhow::Result<Vec<()>>>()
    })?;
    load.tell();
    Ok(())
}

/// The way to a Redis on this machine, once it is there.
fn link(port: u16) -> anyhow::Result<Link> {
    let address = StoreAddress {
        at: Where::Server(RedisPlace::Tcp("127.0.0.1".to_owned(), port)),
        tls: None,
        database: 0,
        user: None,
        password: None,
        sentinel_password: None,
    };
    let options = Options {
        prefix: "editkey".to_owned(),
        stale: Duration::from_secs(1),
        within: Duration::from_secs(2),
        cache: 64 << 20,
        replicas: 0,
    };
    let link = Link::to(address, &options);
    let begun = Instant::now();
    while link.state() != LinkState::Up {
        anyhow::ensure!(
            begun.elapsed() < Duration::from_secs(10),
            "no Redis at {port}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(link)
}

struct Load {
    keys: Keys,
    sealer: Sealer,
    /// What the names of this run begin with.
    run: i64,
    begun: Instant,
    length: Duration,
    done: AtomicU64,
    waits: Mutex<Vec<u32>>,
}

impl Load {
    /// Asks for one key after another until the time is over.
    async fn run(self: &Arc<Self>, task: usize) -> anyhow::Result<()> {
        let mut waits = Vec::new();
        for number in 0_u64.. {
            let since = self.begun.elapsed();
            if since >= WARM + self.length {
                break;
            }
            let (draft, now) = self.draft(&format!("{}-{task}-{number}.md", self.run))?;
            let minted = self.keys.mint(draft, now, Vec::new()).await?;
            anyhow::ensure!(minted.new, "a key that was there");
            let wait = self.begun.elapsed().saturating_sub(since);
            if since >= WARM && since + wait < WARM + self.length {
                waits.push(u32::try_from(wait.as_micros())?);
            }
        }
        self.done.fetch_add(waits.len() as u64, Ordering::Relaxed);
        self.waits
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(waits);
        Ok(())
    }

    fn draft(&self, name: &str) -> anyhow::Result<(editkey::mint::Draft, Timestamp)> {
        let place = Place {
            dirname: Dirname::parse("/srv/projects/handbook")?,
            basename: Basename::parse(name)?,
        };
        let permit = Grants::everything(Rights::Edit)
            .permit(place, Scope::File, None, &Visitor::of(Source::Local))
            .map_err(|_| anyhow::anyhow!("not granted"))?;
        let now = Timestamp::now();
        Ok((
            draft(permit, Terms::of(Life::Unlimited), now, &self.sealer)?,
            now,
        ))
    }
}

impl Load {
    /// What came of it, as the lines of `wrk` say it.
    #[expect(
        clippy::print_stdout,
        reason = "what it measured is what it is run for"
    )]
    fn tell(&self) {
        let mut waits =
            std::mem::take(&mut *self.waits.lock().unwrap_or_else(PoisonError::into_inner));
        waits.sort_unstable();
        let part = |hundredths: usize| {
            waits
                .get(waits.len() * hundredths / 100)
                .copied()
                .unwrap_or(0)
        };
        let told = serde_json::json!({
            "requests": self.done.load(Ordering::Relaxed), "failed": 0, "seconds": self.length.as_secs_f64(),
            "p50_us": part(50), "p99_us": part(99),
        });
        println!("{told}");
    }
}
