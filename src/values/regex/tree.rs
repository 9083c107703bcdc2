//! The parsed pattern.

/// A pattern with what belongs to it.
#[derive(Debug)]
pub(super) struct Parsed {
    pub body: Alternatives,
    pub groups: usize,
    pub names: Vec<(String, usize)>,
    pub flags: u32,
    /// The least and greatest widths of the groups, by number.
    pub widths: Vec<Option<(u64, u64)>>,
    /// The groups in the order in which their parentheses close.
    pub closing_order: Vec<usize>,
}

/// `a|b|c`
pub(super) type Alternatives = Vec<Sequence>;
/// Nodes one behind the other.
pub(super) type Sequence = Vec<Node>;

/// `\d`, `\s` and `\w`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Category {
    Digit,
    Space,
    Word,
}

/// A member of a character set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Member {
    Literal(char),
    Range(char, char),
    Category { category: Category, negated: bool },
}

/// How a repetition gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Greed {
    Greedy,
    Lazy,
    Possessive,
}

/// One piece of a pattern.
#[derive(Debug)]
pub(super) enum Node {
    Literal(char),
    Any,
    Set {
        negated: bool,
        members: Vec<Member>,
    },
    Category {
        category: Category,
        negated: bool,
    },
    /// `^`
    LineStart,
    /// `$`
    LineEnd,
    /// `\A`
    TextStart,
    /// `\Z`
    TextEnd,
    /// `\b`, or `\B`
    Boundary {
        negated: bool,
    },
    /// Capturing with a number, else only for its flags.
    Group {
        number: Option<usize>,
        add: u32,
        remove: u32,
        body: Alternatives,
    },
    Atomic(Alternatives),
    Look {
        ahead: bool,
        negated: bool,
        body: Alternatives,
    },
    Reference(usize),
    Conditional {
        group: usize,
        yes: Sequence,
        no: Option<Sequence>,
    },
    Repeat {
        min: u32,
        max: Option<u32>,
        greed: Greed,
        body: Box<Node>,
    },
}

impl Node {
    /// Whether Python counts it among the positions, which can't be repeated.
    pub fn is_position(&self) -> bool {
        matches!(self, Node::LineStart | Node::LineEnd | Node::TextStart | Node::TextEnd | Node::Boundary { .. })
    }
}

/// The least and the greatest number of characters; `widths` holds those of the groups.
pub(super) fn width(body: &Alternatives, widths: &[Option<(u64, u64)>]) -> (u64, u64) {
    let mut least = u64::MAX;
    let mut greatest = 0;
    for sequence in body {
        let (low, high) = sequence_width(sequence, widths);
        least = least.min(low);
        greatest = greatest.max(high);
    }
    (if least == u64::MAX { 0 } else { least }, greatest)
}

fn sequence_width(sequence: &Sequence, widths: &[Option<(u64, u64)>]) -> (u64, u64) {
    sequence.iter().fold((0u64, 0u64), |(low, high), node| {
        let (more_low, more_high) = node_width(node, widths);
        (low.saturating_add(more_low), high.saturating_add(more_high))
    })
}

pub(super) fn node_width(node: &Node, widths: &[Option<(u64, u64)>]) -> (u64, u64) {
    match node {
        Node::Literal(_) | Node::Any | Node::Set { .. } | Node::Category { .. } => (1, 1),
        Node::LineStart
        | Node::LineEnd
        | Node::TextStart
        | Node::TextEnd
        | Node::Boundary { .. }
        | Node::Look { .. } => (0, 0),
        Node::Group { body, .. } | Node::Atomic(body) => width(body, widths),
        Node::Reference(group) => widths.get(*group).copied().flatten().unwrap_or((0, u64::MAX)),
        Node::Conditional { yes, no, .. } => {
            let (low, high) = sequence_width(yes, widths);
            let (other_low, other_high) = no.as_ref().map_or((0, 0), |no| sequence_width(no, widths));
            (low.min(other_low), high.max(other_high))
        }
        Node::Repeat { min, max, body, .. } => {
            let (low, high) = node_width(body, widths);
            let greatest = match max {
                Some(max) => high.saturating_mul((*max).into()),
                None if high == 0 => 0,
                None => u64::MAX,
            };
            (low.saturating_mul((*min).into()), greatest)
        }
    }
}
