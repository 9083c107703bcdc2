//! `explain`: what a finding means.

use crate::bank::FINDINGS;
use crate::cli::console::Style;
use crate::cli::exit::{self, Failure};
use crate::cli::world::World;
use crate::diagnostics::nearest;
use crate::grading::{HANDBOOK, Page};

/// `explain`
pub fn explain(world: &mut World<'_>, finding: Option<&str>) -> Result<u8, Failure> {
    let Some(name) = finding else {
        for page in HANDBOOK {
            let first = page.means.split(". ").next().unwrap_or(page.means).trim_end_matches('.');
            let line = format!("{:28} {first}", page.id);
            world.console.line(&crate::cli::render::table::cut(&line, world.console.width));
        }
        return Ok(exit::FINE);
    };
    let Some(page) = HANDBOOK.iter().find(|page| page.id == name) else {
        let hint = match nearest(name, FINDINGS.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`ormdojo explain` lists them".to_owned(),
        };
        return Err(Failure::Usage(format!("there is no finding `{name}`; {hint}")));
    };
    show(world, page);
    Ok(exit::FINE)
}

fn show(world: &mut World<'_>, page: &Page) {
    let console = &mut world.console;
    let title = console.paint(Style::Title, page.id);
    console.line(&title);
    console.line("");
    let text = console.fold("", page.means);
    console.line(&text);
    for (head, code, style) in [("Instead of", page.example, Style::Bad), ("write", page.instead, Style::Good)] {
        console.line("");
        console.line(head);
        for line in code.lines() {
            let line = console.paint(style, line);
            console.line(format!("    {line}").trim_end());
        }
    }
}
