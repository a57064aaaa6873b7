//! Power cuts at any change of the disk, also while the store is opened again. `MQTTSPEC_CUTS` says how many (default
//! 300).

use std::{mem, path::Path};

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use redb::Database;

use super::{
    disk::{Dice, Disk, Fault},
    steps::{Step, fold, steps},
};
use crate::{
    core::{Stored, Timestamp},
    store::{Persist, Store, StoreError, StoreErrorKind, database},
};

#[test]
fn power_cut_keeps_everything_committed() {
    let wrong: Vec<String> = (0..cuts()).filter_map(|seed| cut(seed, Fault::None).err()).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cuts(), wrong.join("\n"));
}

/// The test above can fail.
#[test]
fn lying_sync_is_detected() {
    let found = (0..30).filter(|seed| cut(*seed, Fault::LyingSync).is_err()).count();
    assert!(found > 0);
}

#[test]
fn full_disk_is_an_error_and_keeps_earlier_commits() {
    for seed in 0..30 {
        let mut dice = Dice(seed);
        let steps = steps_of(seed);
        let disk = made().with_fault(Fault::Full);
        disk.fail_after(dice.below(400));
        let (kept, error) = run(&disk, &steps, &mut dice);
        assert!(error.is_none_or(|error| matches!(error.kind(), StoreErrorKind::Full(_))));
        let found = load(&Disk::holding(disk.after_power_cut(&mut dice))).unwrap();
        assert!(found == fold(&steps[..kept.sure]) || found == fold(&steps[..kept.perhaps]));
    }
}

#[test]
fn panic_of_the_database_is_an_error_and_does_not_recur_on_close() {
    for seed in 0..60 {
        let mut dice = Dice(seed);
        let disk = made().with_fault(Fault::Panic);
        disk.fail_after(dice.below(100));
        let (_, error) = run(&disk, &steps_of(seed), &mut dice);
        assert!(error.is_none_or(|error| matches!(error.kind(), StoreErrorKind::Damaged(_))));
    }
}

/// One history on one disk, with three power cuts in it.
fn cut(seed: u64, fault: Fault) -> Result<(), String> {
    let mut dice = Dice(seed);
    let steps = steps_of(seed);
    let mut bytes = bytes_of(&made());
    let mut done = 0;
    for cut in 0..3 {
        let disk = Disk::holding(mem::take(&mut bytes)).with_fault(fault);
        disk.fail_after(dice.below(250));
        let (kept, _) = run(&disk, &steps[done..], &mut dice);
        bytes = disk.after_power_cut(&mut dice);
        let found = load(&Disk::holding(bytes.clone())).map_err(|error| format!("seed {seed}, cut {cut}: {error}"))?;
        done = [kept.perhaps, kept.sure]
            .into_iter()
            .map(|more| done + more)
            .find(|len| fold(&steps[..*len]) == found)
            .ok_or_else(|| format!("seed {seed}, cut {cut}: not what was committed"))?;
    }
    Ok(())
}

/// How many steps are committed.
#[derive(Debug, Default)]
struct Kept {
    sure: usize,
    /// The last commit was not heard of.
    perhaps: usize,
}

/// Opens the store and commits in batches until something fails.
fn run(disk: &Disk, steps: &[Step], dice: &mut Dice) -> (Kept, Option<StoreError>) {
    let mut kept = Kept::default();
    let mut store = match open(disk) {
        Ok(store) => store,
        Err(error) => return (kept, Some(error)),
    };
    while kept.sure < steps.len() {
        kept.perhaps = steps.len().min(kept.sure + 1 + dice.below(4));
        let batch = steps[kept.sure..kept.perhaps].concat();
        if let Err(error) = store.commit(&batch, Timestamp::ZERO) {
            return (kept, Some(error));
        }
        kept.sure = kept.perhaps;
    }
    mem::forget(store); // no shutdown: the power is about to go
    (kept, None)
}

fn load(disk: &Disk) -> Result<Stored, StoreError> {
    Ok(open(disk)?.load()?.stored)
}

fn open(disk: &Disk) -> Result<Store, StoreError> {
    let path = Path::new("memory");
    database::guarded(|| {
        let database = database::builder().create_with_backend(disk.clone()).map_err(redb::Error::from)?;
        Store::checked(database, path, None)
    })
    .map_err(|kind| StoreError::new(path, kind))
}

/// A disk with a new store on it: making one does not count, for it gets its name when it is done.
fn made() -> Disk {
    let disk = Disk::default();
    let database: Database = database::builder().create_with_backend(disk.clone()).unwrap();
    database::write(&database, |tables| tables.write_format()).unwrap();
    database.close().unwrap();
    Disk::holding(bytes_of(&disk))
}

fn bytes_of(disk: &Disk) -> Vec<u8> {
    use redb::StorageBackend;
    let mut bytes = vec![0; disk.len().unwrap() as usize];
    disk.read(0, &mut bytes).unwrap();
    bytes
}

fn steps_of(seed: u64) -> Vec<Step> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed.to_le_bytes(), [0; 8], [0; 8], [0; 8]].concat());
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    steps(120).new_tree(&mut runner).unwrap().current()
}

fn cuts() -> u64 {
    std::env::var("MQTTSPEC_CUTS").ok().and_then(|cuts| cuts.parse().ok()).unwrap_or(300)
}
