//! The plot: a panel of bars for each of six metrics.

use plotters::{
    coord::Shift,
    drawing::IntoDrawingArea,
    element::{Rectangle, Text},
    prelude::{DrawingArea, RGBColor, SVGBackend, WHITE},
    style::{Color, FontDesc, FontFamily, FontStyle},
};

use super::{Metric, Results, table::cell};
use crate::{stage::Result, transport::Transport};

/// How long a bar is.
#[derive(Clone, Copy)]
enum Scale {
    Linear,
    Logarithmic,
}

const PANELS: [(Metric, Scale); 6] = [
    (Metric::Median, Scale::Linear),
    (Metric::Bytes, Scale::Linear),
    (Metric::IdleBytes, Scale::Logarithmic),
    (Metric::Processor, Scale::Linear),
    (Metric::Lost, Scale::Linear),
    (Metric::Doubled, Scale::Linear),
];

/// An SVG of 800 by 540 pixels.
///
/// # Errors
/// Those of the library.
pub(crate) fn svg(results: &Results) -> Result<String> {
    let mut text = String::new();
    {
        let root = SVGBackend::with_string(&mut text, (800, 540)).into_drawing_area();
        root.fill(&WHITE)?;
        for (area, (metric, scale)) in root.split_evenly((3, 2)).iter().zip(PANELS) {
            panel(area, results, metric, scale)?;
        }
        root.present()?;
    }
    Ok(text)
}

fn panel(area: &DrawingArea<SVGBackend<'_>, Shift>, results: &Results, metric: Metric, scale: Scale) -> Result<()> {
    let font = |size: f64, style| FontDesc::new(FontFamily::SansSerif, size, style).color(&TEXT);
    let title = match scale {
        Scale::Linear => metric.text().to_owned(),
        Scale::Logarithmic => format!("{}, logarithmic", metric.text()),
    };
    area.draw(&Text::new(title, (10, 8), font(17.0, FontStyle::Bold)))?;
    let values = Transport::ALL.map(|transport| results.value(metric, transport));
    let longest = values.iter().copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
    for (row, (transport, value)) in (0..).zip(Transport::ALL.into_iter().zip(values)) {
        let y = 30 + row * 20;
        let width = (length(scale, value, longest) * 190.0).round() as i32;
        area.draw(&Text::new(transport.name(), (10, y + 2), font(15.0, FontStyle::Normal)))?;
        let bar = [(110, y), (110 + width, y + 15)];
        area.draw(&Rectangle::new(bar, color(transport).filled()))?;
        area.draw(&Text::new(cell(metric, value), (116 + width, y + 2), font(15.0, FontStyle::Normal)))?;
    }
    Ok(())
}

/// The length of a bar, 0 to 1.
fn length(scale: Scale, value: f64, longest: f64) -> f64 {
    let share = match scale {
        Scale::Linear => value / longest,
        // from a tenth of the unit on
        Scale::Logarithmic => (value * 10.0).max(1.0).ln() / (longest * 10.0).max(1.0).ln(),
    };
    if share.is_finite() { share } else { 0.0 }
}

fn color(transport: Transport) -> RGBColor {
    match transport {
        Transport::ShortPolling | Transport::LongPolling => RGBColor(0x8C, 0x8C, 0x8C),
        Transport::Sse => RGBColor(0xD9, 0x8E, 0x04),
        Transport::WebSocket => RGBColor(0x2A, 0x9D, 0x8F),
        Transport::MqttQos0 | Transport::MqttQos1 | Transport::MqttQos2 => RGBColor(0x66, 0x4A, 0xB8),
    }
}

const TEXT: RGBColor = RGBColor(0x22, 0x22, 0x22);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_is_one() {
        assert_eq!(length(Scale::Linear, 5.0, 10.0), 0.5);
        assert_eq!(length(Scale::Logarithmic, 10.0, 1000.0), 0.5);
        assert_eq!(length(Scale::Logarithmic, 0.05, 1000.0), 0.0);
        assert_eq!(length(Scale::Linear, 0.0, 0.0), 0.0);
        assert_eq!(length(Scale::Linear, f64::NAN, 1.0), 0.0);
    }
}
