//! Subscriptions, of all shapes.

use crate::{
    scripts::{Script, none, one, scripts},
    world::World,
};

pub(crate) fn scripts() -> [Script; 10] {
    scripts! { "limits.total_subscription_bytes":
        "filters of one level" 6000 one, |world, step| of_one(world, &step.to_string());
        "filters of empty levels" 200 one, |world, step| of_one(world, &format!("{step}{}", "/".repeat(120)));
        "filters of named levels" 200 one, |world, step| of_one(world, &format!("{step}{}", "/level".repeat(120)));
        "filters of single-level wildcards" 200 one, |world, step| of_one(world, &format!("{step}{}", "/+".repeat(120)));
        "filters that share their levels" 6000 one, |world, step| of_one(world, &format!("a/b/c/d/{step}/#"));
        "long filters" 60 one, |world, step| of_one(world, &format!("{step}{}", "f".repeat(50_000)));
        "one filter of many Sessions" 100 none, |world, step| {
            let at = world.connect(&step.to_string());
            for number in 0..100 {
                world.subscribe(at, &format!("f/{}", number * 3), None);
            }
            world.close(at);
        };
        "shared subscriptions" 6000 one, |world, step| of_one(world, &format!("$share/g/{step}"));
        "long names of shared subscriptions" 300 one, |world, step| {
            of_one(world, &format!("$share/{step}{}/t", "g".repeat(5000)));
        };
        "many shared subscriptions to one filter" 6000 one, |world, step| of_one(world, &format!("$share/{step}/a/b"));
    }
}

fn of_one(world: &mut World, filter: &str) {
    world.subscribe(world.at[0], filter, Some(7));
}
