//! The toy over TCP, in a runtime that the test owns.

use mqttspec::{Baseline, Filter, Suite, Target};

#[tokio::test]
async fn conforms_but_for_what_is_known() -> Result<(), Box<dyn std::error::Error>> {
    let broker: Target = format!("mqtt://{}", toy_broker::listen()?).parse()?;
    let filter = Filter::default().only("3.12-pingreq")?.only("3.01-connect/second-connect")?;
    let suite = Suite::embedded()?.filter(filter).baseline(Baseline::read("known-failures.yaml")?);
    suite.run(&broker).await?.assert_conformant();
    Ok(())
}
