//! Keys on real files behind two handles, at a moment that the test decides.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use editkey::access::{Access, KeyLimits, Moment};
use editkey::error::{Kind, Refused};
use editkey::files::Saver;
use editkey::mint::{Bind, Idle, KeyId, Narrowing, Record, Secrets};
use editkey::names::{Basename, Dirname, Place, Rights};
use editkey::resolve::{HardLinks, Protected, Roots};
use editkey::store::{Found, Keys, LastUses};
use jiff::{SignedDuration, Timestamp};
use proptest::sample::Index;

use super::ask::Op;
use super::gone::Past;
use super::seen::Allows;

/// The ceilings, where there are any.
const LONGEST: Duration = Duration::from_secs(60 * 86_400);
const MOST_IDLE: u16 = 20;

/// So many minutes after the beginning.
pub(super) fn minute(at: i64) -> Moment {
    let start: Timestamp = "2026-11-21T12:00:00Z".parse().expect("a time");
    let time = start.checked_add(SignedDuration::from_mins(at));
    Moment {
        time: time.expect("a time"),
        instant: Instant::now(),
    }
}

/// Keys behind two handles.
pub(super) struct Scene {
    pub(super) folder: tempfile::TempDir,
    pub(super) limits: KeyLimits,
    pub(super) sides: [Access; 2],
    pub(super) now: i64,
    /// Every key that there ever was, and what it was derived from.
    pub(super) known: Vec<(KeyId, Option<KeyId>)>,
    pub(super) past: Past,
}

impl Scene {
    pub(super) fn new(ceilings: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder.path().join("root/a")).expect("a folder");
        let limits = KeyLimits {
            lifetime: ceilings.then_some(LONGEST),
            rights: Rights::Edit,
            bind: Bind::Holder,
            idle: Idle::days(MOST_IDLE).ok().filter(|_| ceilings),
            require_passphrase: false,
        };
        let sides = sides(&folder, limits);
        Self {
            folder,
            limits,
            sides,
            now: 0,
            known: Vec::new(),
            past: Past::default(),
        }
    }

    pub(super) fn apply(&mut self, op: &Op) {
        self.begin();
        match op {
            Op::Mint { whole, ask } => self.mint(*whole, ask),
            Op::Derive { of, side, ask } => self.derive(self.pick(*of), *side, ask),
            Op::Set { of, side, ask } => self.set_as_asked(self.pick(*of), *side, ask),
            Op::Claim { of, side, browser } => self.claim(self.pick(*of), *side, *browser),
            Op::Use { of } => {
                if let Some(found) = self.pick(*of).and_then(|id| self.live(0, &id)) {
                    self.sides[0].used(&found, minute(self.now));
                }
            }
            Op::Revoke { of, side } => {
                if let Some(id) = self.pick(*of) {
                    self.revoke(id, *side);
                }
            }
            Op::Hand { of, edit } => self.by_hand(self.pick(*of), *edit),
            Op::Prune {
                side,
                due,
                meanwhile,
            } => {
                let meanwhile = meanwhile.as_ref();
                let meanwhile = meanwhile.and_then(|(of, ask)| Some((self.pick(*of)?, ask)));
                self.prune(*side, *due, meanwhile);
            }
            Op::Undo { side } => self.undo(*side),
            Op::Copy => self.copy(),
            Op::Import { side, from } => self.import(*side, from),
            Op::Reopen => {
                Self::block_on(self.sides[0].last_uses.flush()).expect("written");
                self.sides = sides(&self.folder, self.limits);
            }
            Op::Pass { minutes } => self.now += minutes,
        }
    }

    pub(super) fn pick(&self, of: Index) -> Option<KeyId> {
        (!self.known.is_empty()).then(|| of.get(&self.known).0)
    }

    pub(super) fn ids(&self) -> Vec<KeyId> {
        self.known.iter().map(|(id, _)| *id).collect()
    }

    pub(super) fn parent(&self, at: usize) -> Option<KeyId> {
        self.known[at].1
    }

    pub(super) fn access(&self, side: usize) -> &Access {
        &self.sides[side]
    }

    pub(super) fn keys(&self, side: usize) -> Keys {
        self.sides[side].keys.clone()
    }

    pub(super) fn block_on<F: Future>(future: F) -> F::Output {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        runtime.expect("a runtime").block_on(future)
    }

    pub(super) fn live(&self, side: usize, id: &KeyId) -> Option<Found> {
        match Self::block_on(self.sides[side].live(id, minute(self.now))) {
            Ok(found) => Some(found),
            Err(Refused { kind, cause, .. }) => {
                assert_eq!(kind, Kind::Refused, "{cause}");
                None
            }
        }
    }

    pub(super) fn seen(&self, side: usize, id: &KeyId) -> Option<Allows> {
        self.live(side, id).as_ref().map(Allows::of)
    }

    pub(super) fn standing(&self, id: KeyId) -> Option<Found> {
        self.live(0, &id)
    }

    pub(super) fn record(&self, id: KeyId) -> Record {
        let log = self.keys(0).file().expect("a file").clone();
        let record = log.look_blocking(|look| Keys::record(look, &look.table.find(&id)?));
        record.expect("readable").expect("there")
    }

    pub(super) fn set(&self, side: usize, id: KeyId, by: Narrowing) -> Result<Record, Refused> {
        self.sides[side].set_blocking(id, by, minute(self.now))
    }

    pub(super) fn place(&self, whole: bool) -> Place {
        let root = self
            .folder
            .path()
            .canonicalize()
            .expect("there")
            .join("root");
        let (dirname, basename) = if whole {
            (root, "a")
        } else {
            (root.join("a"), "x.md")
        };
        Place {
            dirname: Dirname::parse(dirname.to_str().expect("UTF-8")).expect("clean"),
            basename: Basename::parse(basename).expect("a name"),
        }
    }
}

pub(super) fn secrets() -> Secrets {
    Secrets::derive(&[1; 32])
}

pub(super) fn path(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("accesskeys.json")
}

/// Two handles on the same files, as two processes have them; what was used is known to both at once.
fn sides(folder: &tempfile::TempDir, limits: KeyLimits) -> [Access; 2] {
    let uses = LastUses::at(&folder.path().join("lastused.json"));
    [(); 2].map(|()| {
        let root = folder.path().canonicalize().expect("there").join("root");
        let root = Dirname::parse(root.to_str().expect("UTF-8")).expect("clean");
        let roots = Roots::open(vec![root], HardLinks::Refuse, Protected::new(Vec::new()));
        Access::new(
            Keys::at(&path(folder), secrets().sealer()),
            uses.clone(),
            secrets(),
            roots.expect("a root"),
            Saver::new(1 << 20, None),
            limits,
            1 << 20,
        )
    })
}
