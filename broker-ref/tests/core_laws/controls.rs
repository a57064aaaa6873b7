//! The laws are tried on stores that are wrong on purpose: what they did not find, they would not find in the broker.
//! The laws of the store itself are off here, since clients have to see what is wrong.

use proptest::{
    prelude::*,
    test_runner::{TestError, TestRng, TestRunner},
};

use crate::{disk::Fault, plan::plan, play};

macro_rules! found {
    ($($name:ident: $fault:ident;)*) => {$(
        #[test]
        fn $name() {
            is_found(Fault::$fault);
        }
    )*};
}

found! {
    output_that_leaves_a_step_early: ReleaseEarly;
    an_acknowledged_message_that_stays_in_the_queue: ForgetDropEntry;
    a_step_that_is_half_on_disk: SplitStep;
    an_identifier_of_qos_2_that_is_not_stored: LosePutReceived;
    a_message_that_is_stored_after_it_was_acknowledged: PutMessageLate;
}

fn is_found(fault: Fault) {
    let config = ProptestConfig { cases: 20_000, max_shrink_iters: 0, failure_persistence: None, ..Default::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(Default::default()));
    let found = runner.run(&plan(), |plan| {
        play(&plan, Some(fault));
        Ok(())
    });
    assert!(matches!(found, Err(TestError::Fail(..))), "{fault:?} is not found: {found:?}");
}
