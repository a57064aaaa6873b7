//! The rounds.

use std::time::Instant;

use futures_util::future::try_join_all;

use crate::{
    options::Options,
    result::{Results, Values},
    scenario,
    stage::Result,
    transport::Transport,
};

/// Plays every scenario in each round. The transports are measured beside each other where a few users wait for the network
/// most of the time, and one after the other where the processor is measured.
///
/// # Errors
/// When a server or its users cannot be started.
pub(crate) async fn measure(options: Options) -> Result<Results> {
    let mut results = Results::default();
    let start = Instant::now();
    for round in 0..options.rounds() {
        // the same for every transport: the same people say the same
        let seed = options.seed().wrapping_add(u64::from(round) << 8);
        let progress = |what: &str| {
            let seconds = start.elapsed().as_secs();
            eprintln!("round {} of {}, {seconds} s: {what}", round + 1, options.rounds());
        };
        progress("small rooms");
        beside(&mut results, |transport| scenario::load(transport, options, seed)).await?;
        progress("idle");
        beside(&mut results, |transport| scenario::idle(transport, options, seed)).await?;
        progress("every connection breaks");
        beside(&mut results, |transport| scenario::interruption(transport, options, seed)).await?;
        progress("a proxy that buffers");
        beside(&mut results, |transport| scenario::buffering(transport, options, seed)).await?;
        progress("a proxy that cuts silent connections");
        beside(&mut results, |transport| scenario::cutting(transport, options, seed)).await?;
        for transport in Transport::ALL {
            progress(&format!("{} users, {}", options.users(), transport.name()));
            results.add(transport, scenario::crowd(transport, options, seed).await?);
        }
    }
    Ok(results)
}

async fn beside<F: Future<Output = Result<Values>>>(
    results: &mut Results,
    scenario: impl Fn(Transport) -> F,
) -> Result<()> {
    let values = try_join_all(Transport::ALL.map(scenario)).await?;
    for (transport, values) in Transport::ALL.into_iter().zip(values) {
        results.add(transport, values);
    }
    Ok(())
}
