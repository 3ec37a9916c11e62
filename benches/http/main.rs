//! Requests a second over loopback: one route, unprotected and protected in several ways, served and called in the same run.
//!
//! `cargo bench --manifest-path benches/Cargo.toml --bench http` prints Markdown. The rounds alternate between the routes, and each
//! ratio is the median of the rounds' own, so that whatever else the machine does weighs on all alike. Client and server share the
//! machine, so the figures say what a route costs beside another, not what a server can do.

mod load;
mod service;

use tokio::{net::TcpListener, runtime::Runtime};

use crate::load::Failure;

const ROUNDS: usize = 15;

fn main() -> Result<(), Failure> {
    let runtime = Runtime::new()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let mut rows = Vec::new();
        let mut app = axum::Router::new();
        for route in service::routes().await? {
            app = app.merge(route.router);
            rows.push((route.name, load::Load::new(address, route.path, &route.tokens).await?, Vec::new()));
        }
        tokio::spawn(async move { axum::serve(listener, app).await });

        // The first round warms up caches and connections.
        for round in 0..=ROUNDS {
            for (_, load, rates) in &mut rows {
                let rate = load.run().await?;
                if round > 0 {
                    rates.push(rate);
                }
            }
        }

        let connections = load::CONNECTIONS;
        println!(
            "\n`GET` of one route over loopback, {connections} connections kept alive, median of {ROUNDS} rounds.\n"
        );
        println!("| route | requests/s | of the unprotected |");
        println!("|---|---:|---:|");
        let unprotected = rows.first().map(|(_, _, rates)| rates.clone()).unwrap_or_default();
        for (name, _, rates) in &rows {
            let ratios = rates.iter().zip(&unprotected).map(|(rate, base)| rate / base).collect();
            println!("| {name} | {:.0} | {:.2} |", median(rates.clone()), median(ratios));
        }
        Ok(())
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
