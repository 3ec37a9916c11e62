//! A graph as SVG: both axes logarithmic, no background of its own, one file for light pages and one for dark ones.

use std::{error::Error, path::Path};

use plotters::{prelude::*, style::text_anchor};

use crate::curve::Graph;

const SIZE: (u32, u32) = (760, 420);

struct Palette {
    suffix: &'static str,
    ink: RGBColor,
    grid: RGBColor,
    curves: [RGBColor; 5],
}

// The colours of Okabe and Ito, which the colour-blind tell apart too; the dark page's are lighter.
const LIGHT: Palette = Palette {
    suffix: "light",
    ink: RGBColor(31, 35, 40),
    grid: RGBColor(208, 215, 222),
    curves: [
        RGBColor(0, 114, 178),
        RGBColor(213, 94, 0),
        RGBColor(0, 135, 98),
        RGBColor(176, 82, 142),
        RGBColor(120, 120, 120),
    ],
};
const DARK: Palette = Palette {
    suffix: "dark",
    ink: RGBColor(230, 237, 243),
    grid: RGBColor(61, 68, 77),
    curves: [
        RGBColor(86, 180, 233),
        RGBColor(230, 159, 0),
        RGBColor(64, 200, 150),
        RGBColor(226, 140, 196),
        RGBColor(170, 170, 170),
    ],
};

pub(crate) fn write(graph: &Graph, folder: &Path) -> Result<(), Box<dyn Error>> {
    for palette in [LIGHT, DARK] {
        draw(graph, &folder.join(format!("{}-{}.svg", graph.name, palette.suffix)), &palette)?;
    }
    Ok(())
}

fn draw(graph: &Graph, file: &Path, palette: &Palette) -> Result<(), Box<dyn Error>> {
    let points = || graph.curves.iter().flat_map(|curve| &curve.points);
    let (least_x, most_x) = bounds(points().map(|point| point.0));
    let (least_y, most_y) = bounds(points().map(|point| point.1));
    let text = |size: u32| ("sans-serif", size).into_font().color(&palette.ink);

    let area = SVGBackend::new(file, SIZE).into_drawing_area();
    let mut chart = ChartBuilder::on(&area)
        .caption(graph.title, text(18))
        .margin(12)
        // Room at the right for the names.
        .margin_right(170)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d((least_x..most_x).log_scale(), (least_y / 1.5..most_y * 1.5).log_scale())?;
    chart
        .configure_mesh()
        .bold_line_style(palette.grid)
        .light_line_style(TRANSPARENT)
        .axis_style(palette.ink)
        .label_style(text(13))
        .x_desc(graph.x)
        .y_desc(graph.y)
        .x_label_formatter(&|value| number(*value))
        .y_label_formatter(&|value| number(*value))
        .draw()?;
    let mut last = i32::MIN / 2;
    let mut order: Vec<_> = graph.curves.iter().zip(palette.curves).collect();
    order.sort_by(|a, b| end(&b.0.points).1.total_cmp(&end(&a.0.points).1));
    for (curve, colour) in order {
        chart.draw_series(LineSeries::new(curve.points.clone(), colour.stroke_width(2)))?;
        chart.draw_series(curve.points.iter().map(|point| Circle::new(*point, 3, colour.filled())))?;
        // The name stands at the end of its curve; if that is another's place, below it.
        let (x, y) = chart.backend_coord(&end(&curve.points));
        let y = y.max(last + 16);
        last = y;
        let anchor = text_anchor::Pos::new(text_anchor::HPos::Left, text_anchor::VPos::Center);
        let style = ("sans-serif", 13).into_font().color(&colour).pos(anchor);
        area.draw(&Text::new(curve.name.clone(), (x + 8, y), style))?;
    }
    area.present()?;
    Ok(())
}

fn end(points: &[(f64, f64)]) -> (f64, f64) {
    points.last().copied().unwrap_or_default()
}

fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, 0.0), |(least, most), value| (least.min(value), most.max(value)))
}

fn number(value: f64) -> String {
    match value {
        1e6.. => format!("{} M", value / 1e6),
        1e3.. => format!("{} k", value / 1e3),
        _ => format!("{value}"),
    }
}
